// Random shapes and values for tests: the same ones in every build.
#pragma once

#include "striate/core/rng.hpp"
#include "striate/kernels/reference/reference.hpp"

#include <cstdint>
#include <iterator>

namespace striate::tests {

using kernels::reference::Values;

// Values that floats hold exactly, so that the double twin sees the same inputs.
inline Values random_values(std::size_t count, core::Rng& rng, double scale = 1.0) {
  Values values(count);
  for (double& value : values) value = static_cast<float>(scale * (rng.uniform() * 2.0f - 1.0f));
  return values;
}

struct Draw {
  core::Rng rng;
  int pick(int low, int high) { return low + static_cast<int>(rng.below(static_cast<std::uint32_t>(high - low + 1))); }
  bool coin() { return rng.below(2) == 0; }
  // 1 … most, half of the time beside a tile's or a vector's edge, or a prime.
  int edge(int most) {
    constexpr int edges[] = {1, 2, 3, 4, 5, 7, 8, 9, 11, 12, 13, 15, 16, 17, 19, 23, 31, 32, 33};
    if (coin()) return pick(1, most);
    int count = 0;
    while (count < static_cast<int>(std::size(edges)) && edges[count] <= most) ++count;
    return edges[pick(0, count - 1)];
  }
  int batch() { return rng.below(3) == 0 ? edge(17) : pick(1, 3); }
  Values values(std::size_t count, double scale = 1.0) { return random_values(count, rng, scale); }
};

}  // namespace striate::tests

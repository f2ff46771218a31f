#include "striate/init/init.hpp"

#include "striate/core/rng.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace striate::init {

void constant(std::span<float> values, float value) { std::fill(values.begin(), values.end(), value); }

void he_normal(std::span<float> values, std::int64_t fan_in, std::uint64_t seed, std::uint32_t item) {
  assert(fan_in >= 1);
  core::Rng rng(seed, core::RandomStream::init, 0, item);
  const float deviation = std::sqrt(2.0f / static_cast<float>(fan_in));
  for (float& value : values) value = rng.normal() * deviation;
}

}  // namespace striate::init

// Median of k × k neighbours, k = 3, 5, 7, by exchanges: the values are put through a network that leaves the middle one
// in its place, for a whole vector of pixels at once. Larger k count levels (augment/filter.cpp).
//
// Forgetful selection: of the first n/2 + 2 values the smallest and the largest cannot be the median and are dropped, one
// more value is taken in, and so on until one is left. Source: the idea of Paeth, "Median finding on a 3×3 grid", 1990.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace striate::kernels::image::impl {

template <class Arch, int lanes>
inline void exchange(std::uint8_t* __restrict low, std::uint8_t* __restrict high) {
  for (int i = 0; i < lanes; ++i) {
    const std::uint8_t a = low[i], b = high[i];
    low[i] = std::min(a, b);
    high[i] = std::max(a, b);
  }
}

// The smallest of values[0 … n) goes to 0 and the largest to n-1.
template <class Arch, int lanes>
void ends(std::uint8_t (*values)[lanes], int n) {
  for (int i = 0; i < n / 2; ++i) exchange<Arch, lanes>(values[i], values[n - 1 - i]);
  const int lows = (n + 1) / 2;  // the smallest is among the first of them, the largest among the last
  for (int i = 1; i < lows; ++i) exchange<Arch, lanes>(values[0], values[i]);
  for (int i = n - lows; i < n - 1; ++i) exchange<Arch, lanes>(values[i], values[n - 1]);
}

// rows: k rows of the padded image, each k − 1 pixels longer than `out`.
template <class Arch>
void median_row(const std::uint8_t* const* rows, int k, std::uint8_t* out, int width) {
  constexpr int lanes = 64;
  alignas(64) std::uint8_t values[26][lanes];
  const int count = k * k, first = count / 2 + 2;
  for (int x = 0; x < width; x += lanes) {
    const int some = std::min(lanes, width - x);
    const auto take = [&](int place, std::uint8_t* to) {
      const std::uint8_t* from = rows[place / k] + x + place % k;
      if (some == lanes) {
        for (int i = 0; i < lanes; ++i) to[i] = from[i];
      } else {
        for (int i = 0; i < lanes; ++i) to[i] = from[std::min(i, some - 1)];
      }
    };
    for (int i = 0; i < first; ++i) take(i, values[i]);
    int held = first;
    for (int next = first; held > 1; ++next) {
      ends<Arch, lanes>(values, held);
      // The last place is forgotten, the first is overwritten by the next value.
      if (next < count) {
        take(next, values[0]);
        held -= 1;
      } else {
        held -= 2;
        for (int i = 0; i < held; ++i) {
          for (int lane = 0; lane < lanes; ++lane) values[i][lane] = values[i + 1][lane];
        }
      }
    }
    for (int i = 0; i < some; ++i) out[x + i] = values[0][i];
  }
}

}  // namespace striate::kernels::image::impl

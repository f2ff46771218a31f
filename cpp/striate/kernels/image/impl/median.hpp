// Median of k × k neighbours, k = 3, 5, 7, by exchanges: the values are put through a network that leaves the middle one
// in its place, for a whole vector of pixels at once. Larger k count levels (augment/filter.cpp).
//
// Forgetful selection: of the first n/2 + 2 values the smallest and the largest cannot be the median and are dropped, one
// more value is taken in, and so on until one is left. The smallest and the largest so far stay in registers.
// Source: the idea of Paeth, "Median finding on a 3×3 grid", 1990.
#pragma once

#include <xsimd/xsimd.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace striate::kernels::image::impl {

template <class Arch>
using Bytes = xsimd::batch<std::uint8_t>;

// The smallest of values[0 … n) goes to 0 and the largest to n-1.
template <class Arch>
inline void ends(Bytes<Arch>* values, int n) {
  for (int i = 0; i < n / 2; ++i) {
    const Bytes<Arch> a = values[i], b = values[n - 1 - i];
    values[i] = xsimd::min(a, b);
    values[n - 1 - i] = xsimd::max(a, b);
  }
  const int lows = (n + 1) / 2;  // the smallest is among the first of them, the largest among the last
  Bytes<Arch> low = values[0];
  for (int i = 1; i < lows; ++i) {
    const Bytes<Arch> other = values[i];
    values[i] = xsimd::max(low, other);
    low = xsimd::min(low, other);
  }
  values[0] = low;
  Bytes<Arch> high = values[n - 1];
  for (int i = n - lows; i < n - 1; ++i) {
    const Bytes<Arch> other = values[i];
    values[i] = xsimd::min(high, other);
    high = xsimd::max(high, other);
  }
  values[n - 1] = high;
}

// The medians of as many pixels as a vector holds, their corners from rows[0] + x on.
template <class Arch>
inline Bytes<Arch> median_vector(const std::uint8_t* const* rows, int k, int x) {
  Bytes<Arch> values[26];
  const int count = k * k, first = count / 2 + 2;
  int row = 0, column = 0;
  const auto take = [&] {
    const Bytes<Arch> value = Bytes<Arch>::load_unaligned(rows[row] + x + column);
    if (++column == k) ++row, column = 0;
    return value;
  };
  for (int i = 0; i < first; ++i) values[i] = take();
  Bytes<Arch>* held = values;
  for (int n = first; n > 1;) {
    ends<Arch>(held, n);
    // The last place is forgotten, the first is overwritten by the next value while there is one.
    if (row < k) {
      held[0] = take();
      n -= 1;
    } else {
      ++held;
      n -= 2;
    }
  }
  return held[0];
}

// rows: k rows of the padded image, each k − 1 pixels longer than `out`.
template <class Arch>
void median_row(const std::uint8_t* const* rows, int k, std::uint8_t* out, int width) {
  constexpr auto lanes = static_cast<int>(Bytes<Arch>::size);
  if (width < lanes) {
    std::uint8_t copies[7][lanes + 7] = {}, made[lanes];
    const std::uint8_t* short_rows[7];
    for (int j = 0; j < k; ++j) {
      std::memcpy(copies[j], rows[j], static_cast<std::size_t>(width + k - 1));
      short_rows[j] = copies[j];
    }
    median_vector<Arch>(short_rows, k, 0).store_unaligned(made);
    std::memcpy(out, made, static_cast<std::size_t>(width));
    return;
  }
  // The last vector begins early instead of ending late: what it repeats comes out the same.
  for (int x = 0; x < width; x += lanes) {
    const int at = std::min(x, width - lanes);
    median_vector<Arch>(rows, k, at).store_unaligned(out + at);
  }
}

}  // namespace striate::kernels::image::impl

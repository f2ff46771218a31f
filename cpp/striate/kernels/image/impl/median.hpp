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
#include <utility>

namespace striate::kernels::image::impl {

template <class Arch>
using Bytes = xsimd::batch<std::uint8_t>;

template <class Arch>
inline void exchange(Bytes<Arch>& low, Bytes<Arch>& high) {
  const Bytes<Arch> a = low, b = high;
  low = xsimd::min(a, b);
  high = xsimd::max(a, b);
}

// The smallest of values[0 … n) goes to 0 and the largest to n-1.
template <class Arch, int n>
inline void ends(Bytes<Arch>* values) {
  constexpr int pairs = n / 2, lows = (n + 1) / 2;  // the smallest is among the first `lows`, the largest among the last
  // Indices known to the compiler: the values stay in registers.
  [values]<int... i>(std::integer_sequence<int, i...>) {
    (exchange<Arch>(values[i], values[n - 1 - i]), ...);
  }(std::make_integer_sequence<int, pairs>());
  [values]<int... i>(std::integer_sequence<int, i...>) {
    (exchange<Arch>(values[0], values[1 + i]), ...);
    (exchange<Arch>(values[n - lows + i], values[n - 1]), ...);
  }(std::make_integer_sequence<int, lows - 1>());
}

// values[0 … n) are held, `taken` of k × k were: forgets and takes in until one is left.
template <class Arch, int k, int n, int taken>
inline Bytes<Arch> select(const std::uint8_t* const* rows, int x, Bytes<Arch>* values) {
  if constexpr (n == 1) {
    return values[0];
  } else {
    ends<Arch, n>(values);
    // The last place is forgotten, the first is overwritten by the next value while there is one.
    if constexpr (taken < k * k) {
      values[0] = Bytes<Arch>::load_unaligned(rows[taken / k] + x + taken % k);
      return select<Arch, k, n - 1, taken + 1>(rows, x, values);
    } else {
      return select<Arch, k, n - 2, taken>(rows, x, values + 1);
    }
  }
}

// The medians of as many pixels as a vector holds, their corners from rows[0] + x on.
template <class Arch, int k>
inline Bytes<Arch> median_vector(const std::uint8_t* const* rows, int x) {
  constexpr int first = k * k / 2 + 2;
  Bytes<Arch> values[first];
  [&]<int... i>(std::integer_sequence<int, i...>) {
    ((values[i] = Bytes<Arch>::load_unaligned(rows[i / k] + x + i % k)), ...);
  }(std::make_integer_sequence<int, first>());
  return select<Arch, k, first, first>(rows, x, values);
}

template <class Arch, int k>
void median_row_of(const std::uint8_t* const* rows, std::uint8_t* out, int width) {
  constexpr auto lanes = static_cast<int>(Bytes<Arch>::size);
  if (width < lanes) {
    std::uint8_t copies[k][lanes + k] = {}, made[lanes];
    const std::uint8_t* short_rows[k];
    for (int j = 0; j < k; ++j) {
      std::memcpy(copies[j], rows[j], static_cast<std::size_t>(width + k - 1));
      short_rows[j] = copies[j];
    }
    median_vector<Arch, k>(short_rows, 0).store_unaligned(made);
    std::memcpy(out, made, static_cast<std::size_t>(width));
    return;
  }
  // The last vector begins early instead of ending late: what it repeats comes out the same.
  for (int x = 0; x < width; x += lanes) {
    const int at = std::min(x, width - lanes);
    median_vector<Arch, k>(rows, at).store_unaligned(out + at);
  }
}

// rows: k rows of the padded image, each k − 1 pixels longer than `out`.
template <class Arch>
void median_row(const std::uint8_t* const* rows, int k, std::uint8_t* out, int width) {
  if (k == 3) return median_row_of<Arch, 3>(rows, out, width);
  if (k == 5) return median_row_of<Arch, 5>(rows, out, width);
  median_row_of<Arch, 7>(rows, out, width);
}

}  // namespace striate::kernels::image::impl

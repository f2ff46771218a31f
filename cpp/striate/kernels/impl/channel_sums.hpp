// Sums per channel over all images and pixels, rows in order: the gradient of a bias (Σ dy) and of a factor (Σ dy·x).
#pragma once

#include "striate/kernels/blocked_view.hpp"
#include "striate/kernels/impl/simd.hpp"

namespace striate::kernels::impl {

// sums[c] = Σ f(block, y, c, offset of the vector in the row). Two running vectors hide the latency of a sum.
template <class Arch, class Function>
inline void sum_channels(const ConstBlockedView& view, float* sums, Function&& f) {
  constexpr int width = width_of<Arch>;
  const int row_floats = view.width * view.lanes;
  for (int c = 0; c < view.channels; ++c) {
    Vector<Arch> even(0.0f), odd(0.0f);
    for (int block = 0; block < view.blocks; ++block) {
      for (int y = 0; y < view.height; ++y) {
        int i = 0;
        for (; i + 2 * width <= row_floats; i += 2 * width) {
          even = even + f(block, y, c, i);
          odd = odd + f(block, y, c, i + width);
        }
        if (i < row_floats) even = even + f(block, y, c, i);
      }
    }
    sums[c] = sum_lanes<Arch>(even + odd);
  }
}

template <class Arch>
void channel_sums(const ConstBlockedView& view, float* sums) {
  sum_channels<Arch>(view, sums, [&](int block, int y, int c, int i) { return load<Arch>(view.at(block, y, c) + i); });
}

template <class Arch>
void channel_products(const ConstBlockedView& a, const ConstBlockedView& b, float* sums) {
  sum_channels<Arch>(a, sums, [&](int block, int y, int c, int i) {
    return load<Arch>(a.at(block, y, c) + i) * load<Arch>(b.at(block, y, c) + i);
  });
}

}  // namespace striate::kernels::impl

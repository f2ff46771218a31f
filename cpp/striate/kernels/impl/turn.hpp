// From lanes that are images to lanes that are channels, and small sums over images with them: what weight gradients whose
// reduction runs over images alone are made of.
#pragma once

#include "striate/kernels/impl/tile.hpp"

#include <algorithm>

namespace striate::kernels::impl {

// A square of `width` values of as many rows, `step` floats apart, turned to rows `pitch` floats apart. Rows behind the last one are
// copies of it.
template <class Arch>
inline void turn_square(const float* from, std::ptrdiff_t step, int last, float* to, std::ptrdiff_t pitch) {
  constexpr int width = width_of<Arch>;
  Vector<Arch> square[width];
#pragma GCC unroll 16
  for (int i = 0; i < width; ++i) square[i] = load<Arch>(from + std::min(i, last) * step);
  xsimd::transpose(square, square + width);
#pragma GCC unroll 16
  for (int i = 0; i < width; ++i) square[i].store_unaligned(to + i * pitch);
}

// [channels][step] to [count][pitch]: `count` values of each channel, a multiple of the width, which then lie side by side.
// Channels are filled up to a whole vector with copies of the last.
template <class Arch>
[[gnu::noinline]] void turn(const float* from, std::ptrdiff_t step, int channels, int count, float* to, std::ptrdiff_t pitch) {
  constexpr int width = width_of<Arch>;
  for (int c = 0; c < channels; c += width) {
    for (int k = 0; k < count; k += width) {
      turn_square<Arch>(from + c * step + k, step, channels - 1 - c, to + k * pitch + c, pitch);
    }
  }
}

}  // namespace striate::kernels::impl

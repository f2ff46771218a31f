// The same pixels in another order.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace striate::kernels::image::impl {

template <class Arch>
void mirror_rows(const std::uint8_t* in, std::uint8_t* out, int height, int width) {
  for (int y = 0; y < height; ++y) {
    const std::uint8_t* from = in + std::ptrdiff_t{y} * width;
    std::uint8_t* to = out + std::ptrdiff_t{y} * width;
    for (int x = 0; x < width; ++x) to[x] = from[width - 1 - x];
  }
}

template <class Arch>
void transpose(const std::uint8_t* in, std::uint8_t* out, int height, int width) {
  // Tiles of 16×16 stay in the first cache, whatever the stride.
  constexpr int tile = 16;
  for (int top = 0; top < height; top += tile) {
    const int bottom = std::min(top + tile, height);
    for (int left = 0; left < width; left += tile) {
      const int right = std::min(left + tile, width);
      for (int x = left; x < right; ++x) {
        std::uint8_t* to = out + std::ptrdiff_t{x} * height;
        for (int y = top; y < bottom; ++y) to[y] = in[std::ptrdiff_t{y} * width + x];
      }
    }
  }
}

}  // namespace striate::kernels::image::impl

// A whole image through an affine map: places, sampling and the way back to planes in one pass, bilinear or nearest.
//
// The image comes packed and framed, so that a place is one read (one channel, nearest) or four, and none lies outside.
// Places run in 32 bits with 20 binary digits, from row beginnings of 32: over a row of 1024 pixels they leave the exact place
// by less than 2^-11 pixels. By 32 pixels: what a row has no room for falls onto the next one, which is made later.
// Bilinear as warp.hpp does it: 1/256 pixel, integers, one rounding.
#pragma once

#include "striate/kernels/image/impl/warp.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#if defined(__AVX2__)
#include <xsimd/xsimd.hpp>
#endif

namespace striate::kernels::image::impl {

// More than GCC unrolls before it looks for vectors.
constexpr int affine_lanes = 32;

// The places of 32 pixels, 20 binary places, two's complement: the first one, and how far the others lie behind it.
template <class Arch>
struct Places {
  std::uint32_t x, y;
  std::uint32_t ramp_x[affine_lanes], ramp_y[affine_lanes];
  std::int32_t low, right, bottom;  // the frame, in 1/256
};

// out[i] = from[at[i]]. GCC takes vectors of indices apart for this loop instead of using the instruction made for it.
template <class Arch>
inline void gather(const std::uint32_t* __restrict from, const std::int32_t* __restrict at, std::uint32_t* __restrict out) {
#if defined(__AVX2__)
  using Words = xsimd::batch<std::uint32_t>;
  constexpr auto lanes = static_cast<int>(Words::size);
  static_assert(affine_lanes % lanes == 0);
  for (int i = 0; i < affine_lanes; i += lanes) {
    Words::gather(from, xsimd::batch<std::int32_t>::load_unaligned(at + i)).store_unaligned(out + i);
  }
#else
  for (int i = 0; i < affine_lanes; ++i) out[i] = from[at[i]];
#endif
}

// Where the places' pixels stand, and how far the places lie behind them, in 1/256.
template <class Arch>
inline void locate(const Places<Arch>& places, std::int32_t stride, std::int32_t* __restrict at, std::uint32_t* __restrict fx,
                   std::uint32_t* __restrict fy) {
  const std::uint32_t x = places.x, y = places.y;
  const std::int32_t low = places.low, right = places.right, bottom = places.bottom;
  for (int i = 0; i < affine_lanes; ++i) {
    const std::int32_t px = std::min(std::max(static_cast<std::int32_t>(x + places.ramp_x[i]) >> 12, low), right);
    const std::int32_t py = std::min(std::max(static_cast<std::int32_t>(y + places.ramp_y[i]) >> 12, low), bottom);
    fx[i] = static_cast<std::uint32_t>(px & 255);
    fy[i] = static_cast<std::uint32_t>(py & 255);
    at[i] = (py >> 8) * stride + (px >> 8);
  }
}

template <class Arch>
void affine_linear_one(const PackedImage& image, const Places<Arch>& places, std::uint8_t* __restrict out) {
  std::int32_t at[affine_lanes];
  std::uint32_t words[affine_lanes], fx[affine_lanes], fy[affine_lanes];
  locate(places, image.stride, at, fx, fy);
  gather<Arch>(image.pixels, at, words);
  for (int i = 0; i < affine_lanes; ++i) out[i] = static_cast<std::uint8_t>(between<Arch>(words[i], fx[i], fy[i]));
}

template <class Arch>
void affine_linear(const PackedImage& image, const Places<Arch>& places, std::uint32_t* __restrict out) {
  std::int32_t at[affine_lanes];
  Neighbours<Arch, affine_lanes> from;
  locate(places, image.stride, at, from.fx, from.fy);
  gather<Arch>(image.pixels, at, from.p00);
  gather<Arch>(image.pixels + 1, at, from.p01);
  gather<Arch>(image.pixels + image.stride, at, from.p10);
  gather<Arch>(image.pixels + image.stride + 1, at, from.p11);
  interpolate(from, affine_lanes, out);
}

template <class Arch>
void affine_nearest(const PackedImage& image, const Places<Arch>& places, std::uint32_t* __restrict out) {
  std::int32_t at[affine_lanes];
  std::uint32_t fx[affine_lanes], fy[affine_lanes];
  locate(places, image.stride, at, fx, fy);
  gather<Arch>(image.pixels, at, out);
}

template <class Arch>
void sample_affine(const PackedImage& image, Interpolation interpolation, const AffinePlaces& map, int height, int width,
                   std::uint8_t* planes, std::size_t plane_size) {
  const bool nearest = interpolation == Interpolation::nearest || interpolation == Interpolation::nearest_exact;
  const bool constant = image.border == Border::constant;
  const bool one = image.channels == 1 && !nearest;
  const std::int32_t beyond = constant ? 0 : 1;
  Places<Arch> p;
  p.low = constant ? -256 : 0;
  p.right = (image.width - beyond) * 256;
  p.bottom = (image.height - beyond) * 256;
  const auto short_of = [](std::int64_t place) { return static_cast<std::uint32_t>((place + 2048) >> 12); };
  const std::uint32_t step_x = short_of(map.x_by_column), step_y = short_of(map.y_by_column);
  for (std::uint32_t i = 0; i < affine_lanes; ++i) {
    p.ramp_x[i] = i * step_x;
    p.ramp_y[i] = i * step_y;
  }
  // Half of the last place kept; the nearest pixel is the one that a place half a pixel further on lies behind.
  const std::uint32_t half = nearest ? 1 << 19 : 1 << 11;
  std::uint8_t bytes[affine_lanes];
  std::uint32_t words[affine_lanes];
  for (int row = 0; row < height; ++row) {
    p.x = short_of(map.x + row * map.x_by_row) + half;
    p.y = short_of(map.y + row * map.y_by_row) + half;
    for (int first = 0; first < width; first += affine_lanes, p.x += affine_lanes * step_x, p.y += affine_lanes * step_y) {
      const std::size_t at = static_cast<std::size_t>(row) * static_cast<std::size_t>(width) + static_cast<std::size_t>(first);
      const bool room = at + affine_lanes <= plane_size;
      const auto some = static_cast<std::size_t>(std::min(affine_lanes, width - first));
      if (one) {
        affine_linear_one(image, p, room ? planes + at : bytes);
        if (!room) std::memcpy(planes + at, bytes, some);
        continue;
      }
      if (nearest) {
        affine_nearest(image, p, words);
      } else {
        affine_linear(image, p, words);
      }
      for (int c = 0; c < image.channels; ++c) {
        std::uint8_t* const plane = planes + static_cast<std::size_t>(c) * plane_size + at;
        std::uint8_t* const __restrict to = room ? plane : bytes;
        const int shift = 8 * c;
        for (int i = 0; i < affine_lanes; ++i) to[i] = static_cast<std::uint8_t>(words[i] >> shift);
        if (!room) std::memcpy(plane, bytes, some);
      }
    }
  }
}

}  // namespace striate::kernels::image::impl

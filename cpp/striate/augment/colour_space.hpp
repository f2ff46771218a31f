// Changes made in another colour space, a few thousand pixels at a time so that all stays in the first caches.
#pragma once

#include "striate/augment/tables.hpp"
#include "striate/augment/transform.hpp"

#include <cstddef>
#include <cstdint>

namespace striate::augment {

// table[h] = h + by, modulo 180, its whole part.
void hue_table(double by, Table& table);

// RGB to HSV, each of the three through its table, and back. `in` and `out` may be the same image.
core::Status through_hsv(const ConstImage& in, const Image& out, const Table& hue, const Table& saturation, const Table& value,
                         Scratch& scratch, const ImageKernels& kernels);
core::Status turn_hue(const ConstImage& in, const Image& out, const Table& hue, Scratch& scratch, const ImageKernels& kernels);

// Rounds hue to whole half degrees, saturation to 1/255; gives the lightness in bytes.
void hls_to_bytes(float* h, const float* l, float* s, std::uint8_t* lightness, std::size_t count);

// RGB to HLS in bytes (hue in half degrees), change(l, first, count) on the lightness of some pixels, and back.
template <class Change>
core::Status through_lightness(const ConstImage& in, const Image& out, Change&& change, Scratch& scratch, const ImageKernels& kernels) {
  constexpr std::size_t chunk = 4096;
  STRIATE_TAKE(float, hls, scratch, 3 * chunk);
  STRIATE_TAKE(std::uint8_t, lightness, scratch, chunk);
  float *h = hls, *l = hls + chunk, *s = hls + 2 * chunk;
  for (std::size_t first = 0; first < in.plane_size(); first += chunk) {
    const std::size_t count = in.plane_size() - first < chunk ? in.plane_size() - first : chunk;
    kernels.rgb_to_hls(in.plane(0) + first, in.plane(1) + first, in.plane(2) + first, h, l, s, count);
    hls_to_bytes(h, l, s, lightness, count);
    change(lightness, first, count);
    for (std::size_t i = 0; i < count; ++i) l[i] = static_cast<float>(lightness[i]) * (1.0f / 255.0f);
    kernels.hls_to_rgb(h, l, s, out.plane(0) + first, out.plane(1) + first, out.plane(2) + first, count);
  }
  return {};
}

}  // namespace striate::augment

// Sampling a packed image at given places: nearest, bilinear, bicubic (a = −0.75), Lanczos with 8×8 taps.
//
// Places have 16 binary digits behind the point. Bilinear rounds them to 1/256 pixel and works in integers: products of
// 8 and 8 bits in 16-bit fields, then once more in 32-bit fields, rounded once at the end: within one level of the exact
// value. Bicubic and Lanczos weigh in float; weights of a Lanczos row are divided by their sum.
// A tap outside the image takes the border's pixel, so a constant border shines into the edge as OpenCV does it.
// Source: OpenCV's documentation of remap and warpAffine.
#pragma once

#include "striate/kernels/image/image_kernels.hpp"
#include "striate/kernels/image/impl/pointwise.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace striate::kernels::image::impl {

template <class Arch>
void pack(const std::uint8_t* planes, std::size_t plane_size, std::size_t count, int channels, std::uint32_t* out) {
  const std::uint8_t* a = planes;
  const std::uint8_t* b = a + plane_size;
  const std::uint8_t* c = b + plane_size;
  const std::uint8_t* d = c + plane_size;
  switch (channels) {
    case 1:
      for (std::size_t i = 0; i < count; ++i) out[i] = a[i];
      break;
    case 2:
      for (std::size_t i = 0; i < count; ++i) out[i] = a[i] | std::uint32_t{b[i]} << 8;
      break;
    case 3:
      for (std::size_t i = 0; i < count; ++i) out[i] = a[i] | std::uint32_t{b[i]} << 8 | std::uint32_t{c[i]} << 16;
      break;
    default:
      for (std::size_t i = 0; i < count; ++i) {
        out[i] = a[i] | std::uint32_t{b[i]} << 8 | std::uint32_t{c[i]} << 16 | std::uint32_t{d[i]} << 24;
      }
  }
}

// Sixteen words at a time by interleaving bytes, then pairs of them: compilers take the four streams apart instead.
template <class Arch>
void pack_neighbours(const std::uint8_t* __restrict in, std::size_t stride, std::size_t count, std::uint32_t* __restrict out) {
  typedef std::uint8_t Bytes __attribute__((vector_size(16)));
  typedef std::uint16_t Pairs __attribute__((vector_size(16)));
  const std::uint8_t* const __restrict next = in + stride;
  const auto bytes = [](const std::uint8_t* from) {
    Bytes value;
    std::memcpy(&value, from, sizeof value);
    return value;
  };
  const auto first = [](Bytes a, Bytes b) {
    return __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  };
  const auto last = [](Bytes a, Bytes b) {
    return __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
  };
  const auto store = [](Bytes above, Bytes below, std::uint32_t* to) {
    const auto a = std::bit_cast<Pairs>(above), b = std::bit_cast<Pairs>(below);
    const Pairs words[2] = {__builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11),
                            __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15)};
    std::memcpy(to, words, sizeof words);
  };
  std::size_t i = 0;
  for (; i + 16 <= count; i += 16) {
    const Bytes a = bytes(in + i), b = bytes(in + i + 1), c = bytes(next + i), d = bytes(next + i + 1);
    store(first(a, b), first(c, d), out + i);
    store(last(a, b), last(c, d), out + i + 8);
  }
  for (; i < count; ++i) {
    out[i] = in[i] | std::uint32_t{in[i + 1]} << 8 | std::uint32_t{next[i]} << 16 | std::uint32_t{next[i + 1]} << 24;
  }
}

template <class Arch>
void ramp(std::int64_t start, std::int64_t step, int count, std::int32_t* out) {
  // The low half of a logical shift is that of the arithmetic one, which vectors of 64 bits often lack.
  auto place = static_cast<std::uint64_t>(start);
  const auto by = static_cast<std::uint64_t>(step);
  for (int i = 0; i < count; ++i, place += by) out[i] = static_cast<std::int32_t>(place >> 16);
}

template <class Arch>
void unpack(const std::uint32_t* in, std::size_t count, std::uint8_t* planes, std::size_t plane_size, int channels) {
  for (int c = 0; c < channels; ++c) {
    std::uint8_t* plane = planes + plane_size * static_cast<std::size_t>(c);
    const int shift = 8 * c;
    for (std::size_t i = 0; i < count; ++i) plane[i] = static_cast<std::uint8_t>(in[i] >> shift);
  }
}

template <class Arch>
std::uint32_t tap(const PackedImage& image, std::ptrdiff_t y, std::ptrdiff_t x) {
  const int row = border_index(y, image.height, image.border);
  const int column = border_index(x, image.width, image.border);
  return row < 0 || column < 0 ? image.fill : image.pixels[std::ptrdiff_t{row} * image.stride + column];
}

// The four neighbours of some places, and how far the places lie between them, in 1/256.
template <class Arch, int count = 128>
struct Neighbours {
  static constexpr int most = count;
  std::uint32_t p00[most], p01[most], p10[most], p11[most], fx[most], fy[most];
};

template <class Arch>
void fetch(const PackedImage& image, const std::int32_t* x, const std::int32_t* y, int count, Neighbours<Arch>& to) {
  const auto inner_width = static_cast<std::uint32_t>(image.width - 1), inner_height = static_cast<std::uint32_t>(image.height - 1);
  for (int i = 0; i < count; ++i) {
    const std::int32_t px = (x[i] + 128) >> 8, py = (y[i] + 128) >> 8;
    const std::int32_t column = px >> 8, row = py >> 8;
    to.fx[i] = static_cast<std::uint32_t>(px & 255);
    to.fy[i] = static_cast<std::uint32_t>(py & 255);
    if (static_cast<std::uint32_t>(column) < inner_width && static_cast<std::uint32_t>(row) < inner_height) {
      const std::uint32_t* from = image.pixels + std::ptrdiff_t{row} * image.stride + column;
      to.p00[i] = from[0];
      to.p01[i] = from[1];
      to.p10[i] = from[image.stride];
      to.p11[i] = from[image.stride + 1];
    } else if (image.border == Border::constant &&
               (column < -1 || row < -1 || column >= image.width || row >= image.height)) {
      to.p00[i] = to.p01[i] = to.p10[i] = to.p11[i] = image.fill;
    } else {
      to.p00[i] = tap<Arch>(image, row, column);
      to.p01[i] = tap<Arch>(image, row, column + 1);
      to.p10[i] = tap<Arch>(image, row + 1, column);
      to.p11[i] = tap<Arch>(image, row + 1, column + 1);
    }
  }
}

// The same of a framed image: what lies beyond its frame is held at the frame, whose colour is that of all beyond.
template <class Arch>
void fetch_framed(const PackedImage& image, const std::int32_t* __restrict x, const std::int32_t* __restrict y, int count,
                  Neighbours<Arch>& __restrict to) {
  const bool constant = image.border == Border::constant;
  const std::int32_t low = constant ? -256 : 0;
  const std::int32_t right = (image.width - (constant ? 0 : 1)) * 256, bottom = (image.height - (constant ? 0 : 1)) * 256;
  const std::uint32_t* const __restrict pixels = image.pixels;
  const std::int32_t stride = image.stride;
  for (int i = 0; i < count; ++i) {
    const std::int32_t px = std::min(std::max((x[i] + 128) >> 8, low), right), py = std::min(std::max((y[i] + 128) >> 8, low), bottom);
    to.fx[i] = static_cast<std::uint32_t>(px & 255);
    to.fy[i] = static_cast<std::uint32_t>(py & 255);
    const std::int32_t at = (py >> 8) * stride + (px >> 8);
    to.p00[i] = pixels[at];
    to.p01[i] = pixels[at + 1];
    to.p10[i] = pixels[at + stride];
    to.p11[i] = pixels[at + stride + 1];
  }
}

// a · (256 − share) + b · share, in one or two fields of a word: as a whole number the word comes out right, however the
// difference borrows between its fields. 255 · 256 fits the 16 bits of a field.
template <class Arch>
inline std::uint32_t mixed(std::uint32_t a, std::uint32_t b, std::uint32_t share) { return (a << 8) + (b - a) * share; }

// Bilinear between the four bytes of a word: a pixel, its neighbours to the right, below and diagonally below.
template <class Arch>
inline std::uint32_t between(std::uint32_t word, std::uint32_t right, std::uint32_t below) {
  const std::uint32_t rows = mixed<Arch>(word & 0x00FF00FF, word >> 8 & 0x00FF00FF, right);
  return (mixed<Arch>(rows & 0xFFFF, rows >> 16, below) + 0x8000) >> 16;
}

// One channel, framed: a word holds a pixel and its three neighbours, so that a place is one read.
template <class Arch>
void sample_one(const PackedImage& image, const std::int32_t* __restrict x, const std::int32_t* __restrict y, int count,
                std::uint32_t* __restrict out) {
  const bool constant = image.border == Border::constant;
  const std::int32_t low = constant ? -256 : 0;
  const std::int32_t last_x = (image.width - (constant ? 0 : 1)) * 256, last_y = (image.height - (constant ? 0 : 1)) * 256;
  const std::uint32_t* const __restrict pixels = image.pixels;
  const std::int32_t stride = image.stride;
  for (int i = 0; i < count; ++i) {
    const std::int32_t px = std::min(std::max((x[i] + 128) >> 8, low), last_x), py = std::min(std::max((y[i] + 128) >> 8, low), last_y);
    out[i] = between<Arch>(pixels[(py >> 8) * stride + (px >> 8)], static_cast<std::uint32_t>(px & 255), static_cast<std::uint32_t>(py & 255));
  }
}

template <class Arch, int most>
void interpolate(const Neighbours<Arch, most>& from, int count, std::uint32_t* __restrict out) {
  constexpr std::uint32_t low_bytes = 0x00FF00FF, low_half = 0xFFFF, rounding = 0x8000;
  for (int i = 0; i < count; ++i) {
    const std::uint32_t right = from.fx[i], below = from.fy[i];
    const std::uint32_t top_ac = mixed<Arch>(from.p00[i] & low_bytes, from.p01[i] & low_bytes, right);
    const std::uint32_t top_bd = mixed<Arch>(from.p00[i] >> 8 & low_bytes, from.p01[i] >> 8 & low_bytes, right);
    const std::uint32_t bottom_ac = mixed<Arch>(from.p10[i] & low_bytes, from.p11[i] & low_bytes, right);
    const std::uint32_t bottom_bd = mixed<Arch>(from.p10[i] >> 8 & low_bytes, from.p11[i] >> 8 & low_bytes, right);
    const std::uint32_t a = mixed<Arch>(top_ac & low_half, bottom_ac & low_half, below) + rounding;
    const std::uint32_t b = mixed<Arch>(top_bd & low_half, bottom_bd & low_half, below) + rounding;
    const std::uint32_t c = mixed<Arch>(top_ac >> 16, bottom_ac >> 16, below) + rounding;
    const std::uint32_t d = mixed<Arch>(top_bd >> 16, bottom_bd >> 16, below) + rounding;
    out[i] = a >> 16 | (b >> 16) << 8 | (c >> 16) << 16 | (d >> 16) << 24;
  }
}

// Neighbours first, so that the arithmetic runs over whole vectors of places.
template <class Arch>
void sample_linear(const PackedImage& image, const std::int32_t* x, const std::int32_t* y, int count, std::uint32_t* out) {
  if (image.framed && image.channels == 1) return sample_one<Arch>(image, x, y, count, out);
  Neighbours<Arch> neighbours;
  for (int first = 0; first < count; first += Neighbours<Arch>::most) {
    const int some = std::min(Neighbours<Arch>::most, count - first);
    if (image.framed) {
      fetch_framed(image, x + first, y + first, some, neighbours);
    } else {
      fetch(image, x + first, y + first, some, neighbours);
    }
    interpolate(neighbours, some, out + first);
  }
}

template <class Arch>
void sample_nearest(const PackedImage& image, const std::int32_t* x, const std::int32_t* y, int count, std::uint32_t* out) {
  const auto width = static_cast<std::uint32_t>(image.width), height = static_cast<std::uint32_t>(image.height);
  for (int i = 0; i < count; ++i) {
    const std::int32_t column = (x[i] + 32768) >> 16, row = (y[i] + 32768) >> 16;
    if (static_cast<std::uint32_t>(column) < width && static_cast<std::uint32_t>(row) < height) {
      out[i] = image.pixels[std::ptrdiff_t{row} * image.stride + column];
    } else {
      out[i] = tap<Arch>(image, row, column);
    }
  }
}

// The weights of the neighbours around a place t behind the middle left one.
template <class Arch>
void cubic_weights(float t, float* w) {
  constexpr float a = -0.75f;
  const float u = t + 1.0f, v = 1.0f - t;
  w[0] = ((a * u - 5.0f * a) * u + 8.0f * a) * u - 4.0f * a;
  w[1] = ((a + 2.0f) * t - (a + 3.0f)) * t * t + 1.0f;
  w[2] = ((a + 2.0f) * v - (a + 3.0f)) * v * v + 1.0f;
  w[3] = 1.0f - w[0] - w[1] - w[2];
}

// sin(π (t + k)) = ± sin(π t), and the quarter angles turn by 45° from tap to tap: one polynomial serves all eight.
template <class Arch>
double short_sine(double x) {  // |x| ≤ π / 2
  const double q = x * x;
  return x * (1.0 + q * (-1.0 / 6 + q * (1.0 / 120 + q * (-1.0 / 5040 + q * (1.0 / 362880 + q * (-1.0 / 39916800 + q / 6227020800.0))))));
}

template <class Arch>
void lanczos_weights(float t, float* w) {
  if (t < 1e-6f) {
    for (int k = 0; k < 8; ++k) w[k] = k == 3 ? 1.0f : 0.0f;
    return;
  }
  // lanczos(d) = sin(πd) sin(πd/4) / d², d = t + 3 − k; constants drop out when the sum is made 1.
  constexpr double pi = 3.14159265358979323846;
  const double quarter = pi / 4 * (static_cast<double>(t) - 0.5);
  const double sine = short_sine<Arch>(quarter), cosine = std::sqrt(1.0 - sine * sine);
  // sin(π/4 · (t − ½ + m)), m = 3½ − k: turns of 45°, from the eighths of a circle.
  constexpr double eighth_sine = 0.38268343236508977173, eighth_cosine = 0.92387953251128675613, half = 0.70710678118654752440;
  double s = sine * eighth_cosine + cosine * eighth_sine, c = cosine * eighth_cosine - sine * eighth_sine;  // d = t
  double sum = 0, values[8];
  for (int k = 3; k < 8; ++k) {
    const double d = t + 3 - k;
    values[k] = ((k & 1) != 0 ? 1.0 : -1.0) * s / (d * d);
    const double turned = (s - c) * half;
    c = (c + s) * half;
    s = turned;
  }
  s = sine * eighth_cosine + cosine * eighth_sine;
  c = cosine * eighth_cosine - sine * eighth_sine;
  for (int k = 2; k >= 0; --k) {
    const double turned = (s + c) * half;
    c = (c - s) * half;
    s = turned;
    const double d = t + 3 - k;
    values[k] = ((k & 1) != 0 ? 1.0 : -1.0) * s / (d * d);
  }
  for (int k = 0; k < 8; ++k) sum += values[k];
  for (int k = 0; k < 8; ++k) w[k] = static_cast<float>(values[k] / sum);
}

template <class Arch, int taps>
void sample_weighted(const PackedImage& image, const std::int32_t* x, const std::int32_t* y, int count, std::uint32_t* out) {
  constexpr int before = taps / 2 - 1;
  // OpenCV reads Lanczos from a table with 32 steps a pixel, and cubic exactly.
  constexpr std::int32_t step = taps == 8 ? 65536 / 32 : 1;
  const auto weights = [](std::int32_t place, float* w) {
    const float t = static_cast<float>(place & 65535) * 0x1p-16f;
    if constexpr (taps == 4) {
      cubic_weights<Arch>(t, w);
    } else {
      lanczos_weights<Arch>(t, w);
    }
  };
  for (int i = 0; i < count; ++i) {
    const std::int32_t px = (x[i] + step / 2) & ~(step - 1), py = (y[i] + step / 2) & ~(step - 1);
    const std::int32_t column = (px >> 16) - before, row = (py >> 16) - before;
    const bool inside = column >= 0 && row >= 0 && column + taps <= image.width && row + taps <= image.height;
    if (!inside && image.border == Border::constant &&
        (column + taps <= 0 || row + taps <= 0 || column >= image.width || row >= image.height)) {
      out[i] = image.fill;
      continue;
    }
    float wx[taps], wy[taps], sums[4] = {0, 0, 0, 0};
    weights(px, wx);
    weights(py, wy);
    for (int j = 0; j < taps; ++j) {
      float line[4] = {0, 0, 0, 0};
      const std::uint32_t* from = inside ? image.pixels + std::ptrdiff_t{row + j} * image.stride + column : nullptr;
      for (int k = 0; k < taps; ++k) {
        const std::uint32_t pixel = inside ? from[k] : tap<Arch>(image, row + j, column + k);
        for (int c = 0; c < 4; ++c) line[c] += wx[k] * static_cast<float>(pixel >> (8 * c) & 255);
      }
      for (int c = 0; c < 4; ++c) sums[c] += wy[j] * line[c];
    }
    std::uint32_t made = 0;
    for (int c = 0; c < 4; ++c) {
      const float value = cut<Arch>(sums[c] + 0.5f);
      made |= static_cast<std::uint32_t>(static_cast<int>(value)) << (8 * c);
    }
    out[i] = made;
  }
}

template <class Arch>
void sample(const PackedImage& image, Interpolation interpolation, const std::int32_t* x, const std::int32_t* y, int count,
            std::uint32_t* out) {
  switch (interpolation) {
    case Interpolation::nearest:
    case Interpolation::nearest_exact: return sample_nearest<Arch>(image, x, y, count, out);
    case Interpolation::cubic: return sample_weighted<Arch, 4>(image, x, y, count, out);
    case Interpolation::lanczos4: return sample_weighted<Arch, 8>(image, x, y, count, out);
    default: return sample_linear<Arch>(image, x, y, count, out);  // area means linear for a warp
  }
}

}  // namespace striate::kernels::image::impl

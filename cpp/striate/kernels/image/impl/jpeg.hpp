// What JPEG does to pixels, without the coding between: colours, halved chroma, the transform of 8 × 8 blocks, quantised and
// back. Whole numbers, the roundings of libjpeg's accurate integer method, so that pixels come out as its decoder gives them.
// Source: ITU-T T.81 (1992), A.3; Loeffler, Ligtenberg and Moschytz, "Practical fast 1-D DCT algorithms with 11
// multiplications", 1989, with constants of 13 binary places and 2 more places kept between the two directions.
#pragma once

#include "striate/kernels/image/impl/pointwise.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace striate::kernels::image::impl {

constexpr int jpeg_fixed(double value, int places) { return static_cast<int>(value * (1 << places) + 0.5); }

template <class Arch>
void rgb_to_ycc(const std::uint8_t* __restrict r, const std::uint8_t* __restrict g, const std::uint8_t* __restrict b, std::uint8_t* __restrict y,
                std::uint8_t* __restrict cb, std::uint8_t* __restrict cr, std::size_t count) {
  constexpr int half = 1 << 15, centre = (128 << 16) + half - 1;
  for (std::size_t i = 0; i < count; ++i) {
    const int red = r[i], green = g[i], blue = b[i];
    y[i] = static_cast<std::uint8_t>((19595 * red + 38470 * green + 7471 * blue + half) >> 16);
    cb[i] = static_cast<std::uint8_t>((-11059 * red - 21709 * green + 32768 * blue + centre) >> 16);
    cr[i] = static_cast<std::uint8_t>((32768 * red - 27439 * green - 5329 * blue + centre) >> 16);
  }
}

template <class Arch>
void ycc_to_rgb(const std::uint8_t* __restrict y, const std::uint8_t* __restrict cb, const std::uint8_t* __restrict cr, std::uint8_t* __restrict r,
                std::uint8_t* __restrict g, std::uint8_t* __restrict b, std::size_t count) {
  constexpr int half = 1 << 15;
  for (std::size_t i = 0; i < count; ++i) {
    const int light = y[i], blue = int{cb[i]} - 128, red = int{cr[i]} - 128;
    const int to_red = light + ((jpeg_fixed(1.402, 16) * red + half) >> 16);
    const int to_green = light + ((-jpeg_fixed(0.344136286, 16) * blue - jpeg_fixed(0.714136286, 16) * red + half) >> 16);
    const int to_blue = light + ((jpeg_fixed(1.772, 16) * blue + half) >> 16);
    r[i] = static_cast<std::uint8_t>(std::min(std::max(to_red, 0), 255));
    g[i] = static_cast<std::uint8_t>(std::min(std::max(to_green, 0), 255));
    b[i] = static_cast<std::uint8_t>(std::min(std::max(to_blue, 0), 255));
  }
}

// out[i] = the mean of a and b at 2i and 2i + 1; halves go down and up by turns.
template <class Arch>
void halve_rows(const std::uint8_t* __restrict a, const std::uint8_t* __restrict b, std::uint8_t* __restrict out, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    const int sum = int{a[2 * i]} + int{a[2 * i + 1]} + int{b[2 * i]} + int{b[2 * i + 1]};
    out[i] = static_cast<std::uint8_t>((sum + 1 + static_cast<int>(i & 1)) >> 2);
  }
}

// A row of twice the width from a row and its neighbour: weights ¾ and ¼ in both directions.
template <class Arch>
void double_row(const std::uint8_t* __restrict near, const std::uint8_t* __restrict far, std::uint8_t* __restrict out, std::size_t count) {
  const auto at = [&](std::size_t i) { return 3 * int{near[i]} + int{far[i]}; };
  out[0] = static_cast<std::uint8_t>((4 * at(0) + 8) >> 4);
  for (std::size_t i = 0; i + 1 < count; ++i) {
    const int now = at(i), next = at(i + 1);
    out[2 * i + 1] = static_cast<std::uint8_t>((3 * now + next + 7) >> 4);
    out[2 * i + 2] = static_cast<std::uint8_t>((3 * next + now + 8) >> 4);
  }
  out[2 * count - 1] = static_cast<std::uint8_t>((4 * at(count - 1) + 7) >> 4);
}

// Eight blocks side by side, transformed along the first index.
struct JpegStrip {
  std::int32_t v[8][64];
};

inline constexpr int jpeg_places = 13, jpeg_kept = 2;

template <class Arch>
void jpeg_odd(std::int32_t& a, std::int32_t& b, std::int32_t& c, std::int32_t& d) {
  constexpr auto k = [](double value) { return jpeg_fixed(value, jpeg_places); };
  const std::int32_t both = (a + c + b + d) * k(1.175875602);
  const std::int32_t ad = (a + d) * -k(0.899976223), bc = (b + c) * -k(2.562915447);
  const std::int32_t ac = (a + c) * -k(1.961570560) + both, bd = (b + d) * -k(0.390180644) + both;
  a = a * k(0.298631336) + ad + ac;
  b = b * k(2.053119869) + bc + bd;
  c = c * k(3.072711026) + bc + ac;
  d = d * k(1.501321110) + ad + bd;
}

template <class Arch>
void jpeg_forward(JpegStrip& s, int lanes, bool second) {
  constexpr auto k = [](double value) { return jpeg_fixed(value, jpeg_places); };
  const int shift = second ? jpeg_places + jpeg_kept : jpeg_places - jpeg_kept, half = 1 << (shift - 1);
  for (int i = 0; i < lanes; ++i) {
    const std::int32_t s0 = s.v[0][i] + s.v[7][i], s1 = s.v[1][i] + s.v[6][i], s2 = s.v[2][i] + s.v[5][i], s3 = s.v[3][i] + s.v[4][i];
    std::int32_t d0 = s.v[0][i] - s.v[7][i], d1 = s.v[1][i] - s.v[6][i], d2 = s.v[2][i] - s.v[5][i], d3 = s.v[3][i] - s.v[4][i];
    const std::int32_t e0 = s0 + s3, e3 = s0 - s3, e1 = s1 + s2, e2 = s1 - s2;
    const std::int32_t sum = (e0 + e1) * (1 << jpeg_places), difference = (e0 - e1) * (1 << jpeg_places);
    const std::int32_t z = (e2 + e3) * k(0.541196100);
    jpeg_odd<Arch>(d3, d2, d1, d0);
    s.v[0][i] = (sum + half) >> shift;
    s.v[4][i] = (difference + half) >> shift;
    s.v[2][i] = (z + e3 * k(0.765366865) + half) >> shift;
    s.v[6][i] = (z - e2 * k(1.847759065) + half) >> shift;
    s.v[7][i] = (d3 + half) >> shift;
    s.v[5][i] = (d2 + half) >> shift;
    s.v[3][i] = (d1 + half) >> shift;
    s.v[1][i] = (d0 + half) >> shift;
  }
}

template <class Arch>
void jpeg_inverse(JpegStrip& s, int lanes, bool second) {
  constexpr auto k = [](double value) { return jpeg_fixed(value, jpeg_places); };
  const int shift = second ? jpeg_places + jpeg_kept + 3 : jpeg_places - jpeg_kept, half = 1 << (shift - 1);
  for (int i = 0; i < lanes; ++i) {
    const std::int32_t z = (s.v[2][i] + s.v[6][i]) * k(0.541196100);
    const std::int32_t low = z - s.v[6][i] * k(1.847759065), high = z + s.v[2][i] * k(0.765366865);
    const std::int32_t sum = (s.v[0][i] + s.v[4][i]) * (1 << jpeg_places) + half, difference = (s.v[0][i] - s.v[4][i]) * (1 << jpeg_places) + half;
    std::int32_t d0 = s.v[7][i], d1 = s.v[5][i], d2 = s.v[3][i], d3 = s.v[1][i];
    jpeg_odd<Arch>(d0, d1, d2, d3);
    s.v[0][i] = (sum + high + d3) >> shift;
    s.v[7][i] = (sum + high - d3) >> shift;
    s.v[1][i] = (difference + low + d2) >> shift;
    s.v[6][i] = (difference + low - d2) >> shift;
    s.v[2][i] = (difference - low + d1) >> shift;
    s.v[5][i] = (difference - low - d1) >> shift;
    s.v[3][i] = (sum - high + d0) >> shift;
    s.v[4][i] = (sum - high - d0) >> shift;
  }
}

// Rows become columns in each block.
template <class Arch>
void jpeg_turn(const JpegStrip& in, JpegStrip& out, int lanes) {
  for (int block = 0; block < lanes; block += 8) {
    for (int a = 0; a < 8; ++a) {
      for (int b = 0; b < 8; ++b) out.v[a][block + b] = in.v[b][block + a];
    }
  }
}

// Eight rows of 8 · blocks pixels, in place. steps: the quantisation's, rows of vertical frequencies.
template <class Arch>
void jpeg_blocks(std::uint8_t* pixels, std::size_t stride, int blocks, const std::uint8_t* steps) {
  alignas(64) JpegStrip a, b;
  alignas(64) float tiled[8][64];
  for (int v = 0; v < 8; ++v) {
    for (int i = 0; i < 64; ++i) tiled[v][i] = static_cast<float>(steps[8 * v + i % 8]);
  }
  for (int first = 0; first < blocks; first += 8) {
    const int lanes = 8 * std::min(8, blocks - first);
    std::uint8_t* corner = pixels + 8 * first;
    for (int y = 0; y < 8; ++y) {
      for (int x = 0; x < lanes; ++x) a.v[y][x] = int{corner[static_cast<std::size_t>(y) * stride + static_cast<std::size_t>(x)]} - 128;
    }
    jpeg_turn<Arch>(a, b, lanes);
    jpeg_forward<Arch>(b, lanes, false);
    jpeg_turn<Arch>(b, a, lanes);
    jpeg_forward<Arch>(a, lanes, true);
    // The transform came out eight times too large. Floats hold these whole numbers, and cut their quotients rightly.
    for (int v = 0; v < 8; ++v) {
      for (int i = 0; i < lanes; ++i) {
        const float step = tiled[v][i], value = static_cast<float>(a.v[v][i]);
        const float size = value < 0 ? -value : value;
        const int level = static_cast<int>((size + 4 * step) / (8 * step));
        a.v[v][i] = (value < 0 ? -level : level) * static_cast<int>(step);
      }
    }
    jpeg_inverse<Arch>(a, lanes, false);
    jpeg_turn<Arch>(a, b, lanes);
    jpeg_inverse<Arch>(b, lanes, true);
    jpeg_turn<Arch>(b, a, lanes);
    for (int y = 0; y < 8; ++y) {
      for (int x = 0; x < lanes; ++x) {
        corner[static_cast<std::size_t>(y) * stride + static_cast<std::size_t>(x)] = static_cast<std::uint8_t>(std::min(std::max(a.v[y][x] + 128, 0), 255));
      }
    }
  }
}

}  // namespace striate::kernels::image::impl

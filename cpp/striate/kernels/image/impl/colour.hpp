// Gray, HSV and HLS.
//
// gray: (9798 r + 19235 g + 3735 b + 2^14) / 2^15.
// HSV: v = max, s = 255 (v − min) / v, h in half degrees from the place of the maximum, by 12-bit reciprocals rounded to
// the nearest, as OpenCV's 8-bit conversion. The reciprocals come from a float division, which is exact enough to give
// the same integers for every v. Back: v·(1 − s·w) with w = 0, f, 1, 1, 1 − f, 0 in the six sectors of 60° (f: how far into
// the sector), red's sectors beginning at 0°, green's at 240°, blue's at 120°; in single precision and with the fraction
// dropped, as OpenCV does. Hue below 180.
// HLS in floats: l = (max + min) / 2, s = (max − min) / (1 − |2l − 1|), h in degrees; back by p = l + s·min(l, 1 − l),
// q = 2l − p and q + (p − q)·w with the same w as above, its falling and rising parts exchanged with 1; rounded.
// Source: OpenCV's documentation of cvtColor.
#pragma once

#include "striate/kernels/image/impl/pointwise.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace striate::kernels::image::impl {

template <class Arch>
void gray(const std::uint8_t* r, const std::uint8_t* g, const std::uint8_t* b, std::uint8_t* out, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    out[i] = static_cast<std::uint8_t>((9798 * r[i] + 19235 * g[i] + 3735 * b[i] + (1 << 14)) >> 15);
  }
}

template <class Arch>
void rgb_to_hsv(const std::uint8_t* __restrict r, const std::uint8_t* __restrict g, const std::uint8_t* __restrict b,
                std::uint8_t* __restrict h, std::uint8_t* __restrict s, std::uint8_t* __restrict v, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    const int red = r[i], green = g[i], blue = b[i];
    const int high = std::max(std::max(red, green), blue);
    const int low = std::min(std::min(red, green), blue);
    const int span = high - low;
    // +0.5 and truncation: no quotient lies within float's error of a half.
    const int per_value = static_cast<int>(1044480.0f / static_cast<float>(std::max(high, 1)) + 0.5f);  // 255·2^12 / v
    const int per_span = static_cast<int>(122880.0f / static_cast<float>(std::max(span, 1)) + 0.5f);    // 30·2^12 / span
    const int saturation = (span * per_value + 2048) >> 12;
    // Masks instead of branches, so that the loop becomes vector code.
    const int is_red = ~((red - high) >> 31), is_green = ~((green - high) >> 31);
    const int from_green = blue - red + 2 * span, from_blue = red - green + 4 * span;
    const int place = (is_red & (green - blue)) | (~is_red & ((is_green & from_green) | (~is_green & from_blue)));
    const int turned = (place * per_span + 2048) >> 12;
    h[i] = static_cast<std::uint8_t>(turned + ((turned >> 31) & 180));
    s[i] = static_cast<std::uint8_t>(saturation);
    v[i] = static_cast<std::uint8_t>(high);
  }
}

template <class Arch>
void hsv_to_rgb(const std::uint8_t* __restrict h, const std::uint8_t* __restrict s, const std::uint8_t* __restrict v,
                std::uint8_t* __restrict r, std::uint8_t* __restrict g, std::uint8_t* __restrict b, std::size_t count) {
  // The share of the depth that a channel gets along the six sectors: 0, rising, 1, 1, falling, 0.
  // Sums of exact products with 0 and 1 instead of branches, so that the loop becomes vector code.
  const auto share = [](int sector, float rising) {
    const int place = sector - (-static_cast<int>(sector >= 6) & 6);
    const auto when = [&](int wanted) { return static_cast<float>(static_cast<int>(place == wanted)); };
    return when(1) * rising + when(4) * (1.0f - rising) + (when(2) + when(3));
  };
  for (std::size_t i = 0; i < count; ++i) {
    const float hue = static_cast<float>(h[i]) * (6.0f / 180.0f);
    const int sector = static_cast<int>(hue);
    const float rising = hue - static_cast<float>(sector);
    const float saturation = static_cast<float>(s[i]) * (1.0f / 255.0f), value = static_cast<float>(v[i]) * (1.0f / 255.0f);
    const auto channel = [&](int offset) {
      return static_cast<std::uint8_t>(static_cast<int>(value * (1.0f - saturation * share(sector + offset, rising)) * 255.0f));
    };
    r[i] = channel(0);
    g[i] = channel(4);
    b[i] = channel(2);
  }
}

// h in degrees (0…360), l and s in 0…1.
template <class Arch>
void rgb_to_hls(const std::uint8_t* __restrict r, const std::uint8_t* __restrict g, const std::uint8_t* __restrict b,
                float* __restrict h, float* __restrict l, float* __restrict s, std::size_t count) {
  // In OpenCV's order of operations on in / 255: where a hue lies on a half, its rounding decides.
  constexpr float unit = 1.0f / 255.0f;
  for (std::size_t i = 0; i < count; ++i) {
    const int red = r[i], green = g[i], blue = b[i];
    const int high = std::max(std::max(red, green), blue);
    const int low = std::min(std::min(red, green), blue);
    const auto is_red = static_cast<float>(static_cast<int>(red == high));
    const auto is_green = static_cast<float>(static_cast<int>(green == high)) * (1.0f - is_red);
    const float is_blue = 1.0f - is_red - is_green;
    const float fr = static_cast<float>(red) * unit, fg = static_cast<float>(green) * unit, fb = static_cast<float>(blue) * unit;
    const float top = static_cast<float>(high) * unit, bottom = static_cast<float>(low) * unit;
    const auto gray = static_cast<float>(static_cast<int>(high == low));
    const float span = top - bottom, sum = top + bottom, light = sum * 0.5f;
    const float scale = 60.0f / (span + gray);
    // One of three differences, the others times 0.
    const float difference = is_red * (fg - fb) + is_green * (fb - fr) + is_blue * (fr - fg);
    const float turned = difference * scale + (is_green * 120.0f + is_blue * 240.0f);
    h[i] = turned + static_cast<float>(static_cast<int>(turned < 0.0f)) * 360.0f;
    l[i] = light;
    const auto dark = static_cast<float>(static_cast<int>(light < 0.5f));
    const float room = dark * sum + (1.0f - dark) * (2.0f - top - bottom);
    s[i] = span / (room + gray);
  }
}

template <class Arch>
void hls_to_rgb(const float* __restrict h, const float* __restrict l, const float* __restrict s, std::uint8_t* __restrict r,
                std::uint8_t* __restrict g, std::uint8_t* __restrict b, std::size_t count) {
  // 1 in the two sectors around the channel's own hue, falling and rising beside them.
  const auto share = [](int sector, float rising) {
    const int place = sector - (-static_cast<int>(sector >= 6) & 6);
    const auto when = [&](int wanted) { return static_cast<float>(static_cast<int>(place == wanted)); };
    return (when(0) + when(5)) + when(1) * (1.0f - rising) + when(4) * rising;
  };
  for (std::size_t i = 0; i < count; ++i) {
    // Whole turns off: hues may come out of noise. A replayed log can ask for any shift: what is beyond a thousand turns, or
    // not a number, stays within what an int holds.
    const float turns = std::min(std::max(-1000.0f, h[i] * (1.0f / 360.0f)), 1000.0f);
    const float whole = static_cast<float>(static_cast<int>(turns + 1024.0f) - 1024);
    const float hue = std::min((turns - whole) * 6.0f, 5.9999995f);
    const int sector = static_cast<int>(hue);
    const float rising = hue - static_cast<float>(sector);
    const float light = std::min(std::max(l[i], 0.0f), 1.0f);
    const float p = light + s[i] * std::min(light, 1.0f - light), q = 2.0f * light - p;
    const auto channel = [&](int offset) {
      const float value = (q + (p - q) * share(sector + offset, rising)) * 255.0f + 0.5f;
      return static_cast<std::uint8_t>(static_cast<int>(cut<Arch>(value)));
    };
    r[i] = channel(0);
    g[i] = channel(4);
    b[i] = channel(2);
  }
}

}  // namespace striate::kernels::image::impl

// Fields of noise: uniform and normal values for places first … first + count − 1 of a field.
//
// Normal values come in pairs (Box and Muller): √(−2 ln u) · cos 2πv and · sin 2πv, u and v two words of the first place;
// the partner of place i is i + half. ln by 2·artanh((m − 1)/(m + 1)) to the 9th power, sin and cos by Taylor to the 9th
// power of at most π/4: errors below 1e-6. Only single precision, no library function but the exact square root.
#pragma once

#include "striate/kernels/image/noise_word.hpp"

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace striate::kernels::image::impl {

template <class Arch>
void noise_uniform(std::uint32_t seed, std::uint32_t stream, float* __restrict out, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    out[i] = static_cast<float>(static_cast<std::int32_t>(noise_word(seed, static_cast<std::uint32_t>(i), stream) >> 8)) * 0x1p-24f;
  }
}

template <class Arch>
inline float short_log(float value) {  // positive, normal
  const auto bits = std::bit_cast<std::int32_t>(value);
  // The mantissa between √½ and √2, so that the series stays short.
  const std::int32_t exponent = (bits - 0x3F3504F3) >> 23;
  const float m = std::bit_cast<float>(bits - (exponent << 23));
  const float s = (m - 1.0f) / (m + 1.0f), q = s * s;
  const float series = 2.0f * s * (1.0f + q * (1.0f / 3 + q * (1.0f / 5 + q * (1.0f / 7 + q * (1.0f / 9)))));
  return static_cast<float>(exponent) * 0.693147180559945f + series;
}

template <class Arch>
void noise_normal(std::uint32_t seed, std::uint32_t stream, float* __restrict out, std::size_t count) {
  const std::size_t half = (count + 1) / 2;
  float* __restrict partner = out + half;
  const auto pair = [&](std::size_t i, float& first, float& second) {
    const std::uint32_t a = noise_word(seed, static_cast<std::uint32_t>(i), 2 * stream);
    const std::uint32_t b = noise_word(seed, static_cast<std::uint32_t>(i), 2 * stream + 1);
    const float u = static_cast<float>(static_cast<std::int32_t>(a >> 8) + 1) * 0x1p-24f;
    const float length = std::sqrt(-2.0f * short_log<Arch>(u));
    // Quarter turns, and what is left of at most an eighth to each side.
    const float turn = static_cast<float>(static_cast<std::int32_t>(b >> 8)) * 0x1p-22f;
    const auto quarter = static_cast<std::int32_t>(turn + 0.5f);
    const float x = (turn - static_cast<float>(quarter)) * 1.57079632679489662f, q = x * x;
    const float sine = x * (1.0f + q * (-1.0f / 6 + q * (1.0f / 120 + q * (-1.0f / 5040 + q * (1.0f / 362880)))));
    const float cosine = 1.0f + q * (-0.5f + q * (1.0f / 24 + q * (-1.0f / 720 + q * (1.0f / 40320))));
    const auto odd = static_cast<float>(quarter & 1), even = 1.0f - odd;
    const float sine_sign = 1.0f - static_cast<float>(quarter & 2), cosine_sign = 1.0f - static_cast<float>((quarter + 1) & 2);
    first = length * cosine_sign * (even * cosine + odd * sine);
    second = length * sine_sign * (even * sine + odd * cosine);
  };
  const std::size_t pairs = count / 2;
  for (std::size_t i = 0; i < pairs; ++i) pair(i, out[i], partner[i]);
  if (half > pairs) {
    float ignored;
    pair(pairs, out[pairs], ignored);
  }
}

}  // namespace striate::kernels::image::impl

// Pixel by pixel: scale and offset, inversion above a threshold, weighted sums. Elementwise, so any width gives
// the same bits; `in` and `out` may be the same block.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace striate::kernels::image::impl {

// To the nearest whole number, halves to the even one: adding 3·2^22 leaves no room for a fraction. |value| < 2^22.
template <class Arch>
inline float round_even(float value) {
  constexpr float large = 12582912.0f;
  return (value + large) - large;
}

template <class Arch>
void scale(const std::uint8_t* in, std::uint8_t* out, std::size_t count, float factor, float offset) {
  for (std::size_t i = 0; i < count; ++i) {
    const float value = static_cast<float>(in[i]) * factor + offset;
    out[i] = static_cast<std::uint8_t>(static_cast<int>(std::min(std::max(value, 0.0f), 255.0f)));
  }
}

template <class Arch>
void invert_above(const std::uint8_t* in, std::uint8_t* out, std::size_t count, int threshold, std::uint8_t mask) {
  if (threshold > 255) {
    for (std::size_t i = 0; i < count; ++i) out[i] = in[i] & mask;
    return;
  }
  const auto least = static_cast<std::uint8_t>(threshold);
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint8_t value = in[i] & mask;
    out[i] = value >= least ? static_cast<std::uint8_t>(255 - value) : value;
  }
}

template <class Arch>
void blend(const std::uint8_t* a, float weight_a, const std::uint8_t* b, float weight_b, float offset, std::uint8_t* out,
           std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    const float value = static_cast<float>(a[i]) * weight_a + (static_cast<float>(b[i]) * weight_b + offset);
    out[i] = static_cast<std::uint8_t>(static_cast<int>(round_even<Arch>(std::min(std::max(value, 0.0f), 255.0f))));
  }
}

}  // namespace striate::kernels::image::impl

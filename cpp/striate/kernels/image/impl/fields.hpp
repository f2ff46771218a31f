// Bytes and fields of floats together: noise added, light multiplied.
#pragma once

#include "striate/kernels/image/impl/pointwise.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace striate::kernels::image::impl {

template <class Arch>
void add_field(const std::uint8_t* in, const float* __restrict field, float scale, float offset, std::uint8_t* out, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    const float value = std::min(std::max(field[i] * scale + offset, -255.0f), 255.0f);
    const int made = in[i] + static_cast<int>(value);
    out[i] = static_cast<std::uint8_t>(std::min(std::max(made, 0), 255));
  }
}

template <class Arch>
void multiply_field(const std::uint8_t* in, const float* __restrict factors, std::uint8_t* out, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    const float value = static_cast<float>(in[i]) * factors[i];
    out[i] = static_cast<std::uint8_t>(static_cast<int>(cut<Arch>(value)));
  }
}

// out = in · factors + addends, rounded: contrast and light that differ from place to place.
template <class Arch>
void shade(const std::uint8_t* in, const float* __restrict factors, const float* __restrict addends, std::uint8_t* out, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    const float value = static_cast<float>(in[i]) * factors[i] + addends[i];
    out[i] = static_cast<std::uint8_t>(static_cast<int>(cut<Arch>(value + 0.5f)));
  }
}

}  // namespace striate::kernels::image::impl

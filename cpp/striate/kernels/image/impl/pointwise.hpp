// Pixel by pixel: scale and offset, inversion above a threshold, weighted sums, gamma's table. Elementwise, so any width
// gives the same bits; `in` and `out` may be the same block.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#if defined(__wasm__)
#include <wasm_simd128.h>
#endif

namespace striate::kernels::image::impl {

// To the nearest whole number, halves to the even one: adding 3·2^22 leaves no room for a fraction. |value| < 2^22.
template <class Arch>
inline float round_even(float value) {
  constexpr float large = 12582912.0f;
  return (value + large) - large;
}

// Cut to 0…255. Floats that are not negative stand in the order of their bits, those that are have negative bits; as whole
// numbers GCC's vectors take two instructions, as floats, with the cast behind them, a dozen.
template <class Arch>
inline float cut(float value) {
  constexpr auto most = std::bit_cast<std::int32_t>(255.0f);
  return std::bit_cast<float>(std::min(std::max(std::bit_cast<std::int32_t>(value), 0), most));
}

template <class Arch>
void scale(const std::uint8_t* in, std::uint8_t* out, std::size_t count, float factor, float offset) {
  std::size_t i = 0;
#if defined(__wasm__)
  // Clang makes it one by one. Narrowing cuts, to 16 bits and to a byte.
  const v128_t by = wasm_f32x4_splat(factor), more = wasm_f32x4_splat(offset);
  const auto four = [&](v128_t words) {
    return wasm_i32x4_trunc_sat_f32x4(wasm_f32x4_add(wasm_f32x4_mul(wasm_f32x4_convert_u32x4(words), by), more));
  };
  const auto eight = [&](v128_t pairs) {
    return wasm_i16x8_narrow_i32x4(four(wasm_u32x4_extend_low_u16x8(pairs)), four(wasm_u32x4_extend_high_u16x8(pairs)));
  };
  for (; i + 16 <= count; i += 16) {
    const v128_t bytes = wasm_v128_load(in + i);
    wasm_v128_store(out + i, wasm_u8x16_narrow_i16x8(eight(wasm_u16x8_extend_low_u8x16(bytes)), eight(wasm_u16x8_extend_high_u8x16(bytes))));
  }
#endif
  for (; i < count; ++i) {
    const float value = static_cast<float>(in[i]) * factor + offset;
    out[i] = static_cast<std::uint8_t>(static_cast<int>(cut<Arch>(value)));
  }
}

template <class Arch>
void scale_floats(const std::uint8_t* __restrict in, float* __restrict out, std::size_t count, float factor, float offset, float limit) {
  for (std::size_t i = 0; i < count; ++i) out[i] = std::min(std::max(static_cast<float>(in[i]) * factor + offset, -limit), limit);
}

// e^x as 2^n · e^r, |r| ≤ ln 2 / 2, Taylor to the 9th power: off by less than 1e-9; |x| is held to 700.
template <class Arch>
void gamma_table(const double* __restrict logarithms, double gamma, std::uint8_t* __restrict table, std::size_t count) {
  constexpr double ln2_high = 6.93147180369123816490e-01, ln2_low = 1.90821492927058770002e-10, large = 6755399441055744.0;
  for (std::size_t i = 0; i < count; ++i) {
    const double x = std::min(std::max(gamma * logarithms[i], -700.0), 700.0);
    const double shifted = x * (1.0 / (ln2_high + ln2_low)) + large;  // its low bits are n
    const double n = shifted - large, r = (x - n * ln2_high) - n * ln2_low;
    double sum = 1.0 / 362880 * r + 1.0 / 40320;
    sum = sum * r + 1.0 / 5040, sum = sum * r + 1.0 / 720, sum = sum * r + 1.0 / 120, sum = sum * r + 1.0 / 24;
    sum = sum * r + 1.0 / 6, sum = sum * r + 1.0 / 2, sum = sum * r + 1.0, sum = sum * r + 1.0;
    const auto power = std::bit_cast<double>((std::bit_cast<std::uint64_t>(shifted) << 52) + (std::uint64_t{1023} << 52));
    table[i] = static_cast<std::uint8_t>(static_cast<int>(std::min(sum * power * 255.0 + 1e-6, 255.0)));
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
    out[i] = static_cast<std::uint8_t>(static_cast<int>(round_even<Arch>(cut<Arch>(value))));
  }
}

}  // namespace striate::kernels::image::impl

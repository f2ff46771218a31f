// CIE L*a*b* of bytes, as OpenCV's 8-bit conversion: L · 255 / 100, a + 128, b + 128, from sRGB with white D65.
//
// There: gamma and cube root from integer tables (11 and 15 bits), the matrix in 12 bits, so that L agrees with OpenCV's
// to the level. Back: floats, and a table of 4096 steps for the gamma.
// Source: CIE 1976; sRGB; OpenCV's documentation of cvtColor and its fixed-point widths.
#pragma once

#include "striate/augment/image.hpp"
#include "striate/augment/scratch.hpp"
#include "striate/core/result.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace striate::augment {

class LabTables {
 public:
  static const LabTables& get();  // made at the first use

  // count pixels; a and b may be null when only L is wanted.
  void from_rgb(const std::uint8_t* r, const std::uint8_t* g, const std::uint8_t* b, std::uint8_t* l, std::uint8_t* a, std::uint8_t* b_out, std::size_t count) const;
  void to_rgb(const std::uint8_t* l, const std::uint8_t* a, const std::uint8_t* b_in, std::uint8_t* r, std::uint8_t* g, std::uint8_t* b, std::size_t count) const;

 private:
  LabTables();
  std::array<std::uint16_t, 256> linear_;       // 11 bits: 255 · 8 is white
  std::array<std::uint16_t, 3072> root_;        // 15 bits
  std::array<std::uint8_t, 4097> gamma_;
  std::array<float, 256> lightness_;            // (L + 16) / 116 of a level
};

}  // namespace striate::augment

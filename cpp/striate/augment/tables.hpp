// Transforms that look each byte up in a table, one for all channels or one for each.
#pragma once

#include "striate/augment/exact_math.hpp"
#include "striate/augment/transform.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace striate::augment {

using Table = std::array<std::uint8_t, 256>;

// value cut to 0…255, the fraction dropped / rounded.
inline std::uint8_t cut_byte(double value) { return static_cast<std::uint8_t>(bounded(value, 0, 255)); }
inline std::uint8_t round_byte(double value) { return cut_byte(value + 0.5); }
// Rounded, halves to the even number.
inline std::uint8_t even_byte(double value) { return cut_byte(round_even(value)); }

// v + the whole part of `by`, cut to 0…255.
inline void shift_table(double by, Table& table) {
  const int whole = bounded(by, -255, 255);
  for (int i = 0; i < 256; ++i) table[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(std::min(std::max(i + whole, 0), 255));
}

// The table that makes the levels of a histogram equally frequent, OpenCV's way or Pillow's (equalize.cpp).
void equalize_table(const std::array<std::uint32_t, 256>& histogram, bool pil, Table& table);

class TableTransform : public Transform {
 public:
  core::Status apply(const Job& job) const override {
    Table table;
    if (one_table(job.parameters)) {
      fill(job.parameters, 0, table);
      job.kernels.lookup(job.in.pixels, job.out.pixels, job.in.size(), table.data());
      return {};
    }
    for (int c = 0; c < job.in.shape.channels; ++c) {
      fill(job.parameters, c, table);
      job.kernels.lookup(job.in.plane(c), job.out.plane(c), job.in.plane_size(), table.data());
    }
    return {};
  }

 protected:
  virtual bool one_table(const Parameters& parameters) const {
    static_cast<void>(parameters);
    return true;
  }
  virtual void fill(const Parameters& parameters, int channel, Table& table) const = 0;
};

}  // namespace striate::augment

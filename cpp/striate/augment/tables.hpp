// Transforms that look each byte up in a table, one for all channels or one for each.
#pragma once

#include "striate/augment/transform.hpp"

#include <array>
#include <cmath>
#include <cstdint>

namespace striate::augment {

using Table = std::array<std::uint8_t, 256>;

// value cut to 0…255, the fraction dropped / rounded.
inline std::uint8_t cut_byte(double value) { return static_cast<std::uint8_t>(bounded(value, 0, 255)); }
inline std::uint8_t round_byte(double value) { return static_cast<std::uint8_t>(bounded(std::floor(value + 0.5), 0, 255)); }

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

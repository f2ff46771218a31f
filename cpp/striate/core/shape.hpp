// Shape of one image or activation: channels, height, width (the C, H, W of NCHW).
//
// The batch size N is not part of it: a network is planned for any N. A flat vector of F features is {F, 1, 1}.
#pragma once

#include <cstdint>
#include <string>

namespace striate::core {

struct Shape {
  int channels = 0;
  int height = 0;
  int width = 0;

  std::int64_t elements() const { return std::int64_t{channels} * height * width; }
  bool operator==(const Shape&) const = default;
};

// "6×28×28", the form error messages and summaries use.
std::string to_string(const Shape& shape);

}  // namespace striate::core

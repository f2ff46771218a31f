// Window geometry: the one place that knows where a sliding window sits, for convolution and pooling alike.
//
// Formula (lecture, "Формулы"):   O = (I - K + 2P) / S + 1     convolution
//                                 O = (I - Ps) / S + 1         pooling (K = Ps, P = 0)
// rounded down when the division is not whole, as PyTorch does by default; the last (I - K + 2P) mod S rows or columns are
// then not seen by any window. With padding per side, 2P reads P_before + P_after; with dilation D, K reads
// D (K - 1) + 1.
//
// Source: the lecture; PyTorch torch.nn.Conv2d "Shape".
#pragma once

#include "striate/core/result.hpp"
#include "striate/core/shape.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace striate::core {

// One axis of the window. Position o of the output covers the inputs o*stride - before + d*dilation, d < kernel.
struct WindowAxis {
  int kernel = 1;
  int stride = 1;
  int before = 0;    // padding in front of the first input
  int after = 0;     // padding behind the last input
  int dilation = 1;
  bool ceil = false;  // round up: one more window may hang over the end, as long as it starts inside the input or the
                      // padding in front (torch's ceil_mode); pooling only

  int extent() const { return dilation * (kernel - 1) + 1; }
  int span(int input) const { return input + before + after - extent(); }  // negative: no window fits
  int output(int input) const {
    const int whole = span(input) / stride + 1;
    const bool hangs_over = ceil && span(input) % stride != 0 && whole * stride < input + before;
    return hangs_over ? whole + 1 : whole;
  }
  int unseen(int input) const { return output(input) * stride > span(input) + stride ? 0 : span(input) % stride; }
  int start(int out) const { return out * stride - before; }
};

struct WindowGeometry {
  WindowAxis y, x;

  // Output height and width for an input of the given size, channels unchanged.
  // Error invalid_shape names `layer`, the input shape and the formula with its numbers when no window fits;
  // invalid_argument when kernel, stride or dilation is below 1 or a padding is negative.
  Result<Shape> output(const Shape& input, std::string_view layer) const;
};

}  // namespace striate::core

// relu: output = max(0, input); its backward lets the gradient through where the output is above zero. Source: lecture,
// "Как работают нелинейности"; torch.nn.ReLU.
#pragma once

#include "striate/kernels/blocked_view.hpp"
#include "striate/kernels/impl/simd.hpp"

namespace striate::kernels::impl {

// Calls body(row…) for each row of pixels of one channel; rows are contiguous in every view.
template <class Body>
inline void for_each_row(int blocks, int height, int channels, Body&& body) {
  for (int block = 0; block < blocks; ++block) {
    for (int y = 0; y < height; ++y) {
      for (int c = 0; c < channels; ++c) body(block, y, c);
    }
  }
}

template <class Arch>
void relu_forward(const ConstBlockedView& input, const BlockedView& output) {
  const int row_floats = input.width * input.lanes;
  for_each_row(input.blocks, input.height, input.channels, [&](int block, int y, int c) {
    const float* from = input.at(block, y, c);
    float* to = output.at(block, y, c);
    for (int i = 0; i < row_floats; i += width_of<Arch>) relu<Arch>(load<Arch>(from + i)).store_unaligned(to + i);
  });
}

template <class Arch>
void relu_backward(const ConstBlockedView& output, const ConstBlockedView& doutput, const BlockedView& dinput) {
  const int row_floats = output.width * output.lanes;
  for_each_row(output.blocks, output.height, output.channels, [&](int block, int y, int c) {
    const float* activation = output.at(block, y, c);
    const float* gradient = doutput.at(block, y, c);
    float* to = dinput.at(block, y, c);
    for (int i = 0; i < row_floats; i += width_of<Arch>) {
      relu_mask<Arch>(load<Arch>(activation + i), load<Arch>(gradient + i)).store_unaligned(to + i);
    }
  });
}

}  // namespace striate::kernels::impl

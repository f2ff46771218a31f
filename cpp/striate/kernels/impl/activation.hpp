// relu: output = max(0, input); its backward lets the gradient through where the output is above zero. Source: lecture,
// "Как работают нелинейности"; torch.nn.ReLU.
#pragma once

#include "striate/kernels/blocked_view.hpp"
#include "striate/kernels/impl/rows.hpp"
#include "striate/kernels/impl/simd.hpp"

namespace striate::kernels::impl {

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

// LeNet-98's output layer: the squared Euclidean distance from the features to each class's fixed code, with its sign
// turned, so that the largest output is the nearest class and softmax, argmax and the losses read it like any logits.
//
//   y_o = −Σ_i (x_i − w_{o,i})²       dx_i = −2·Σ_o dy_o·(x_i − w_{o,i})       dw_{o,i} = 2·Σ_n dy_{n,o}·(x_{n,i} − w_{o,i})
//
// Flat views {features, 1, 1}. Source: LeCun, Bottou, Bengio, Haffner, "Gradient-based learning applied to document
// recognition", 1998, section II.B.
#pragma once

#include "striate/kernels/impl/elementwise.hpp"

namespace striate::kernels::impl {

template <class Arch>
void radial_basis_forward(const ConstBlockedView& input, const float* centers, const BlockedView& output) {
  for_each_row(input.blocks, 1, output.channels, [&](int block, int, int o) {
    const float* center = centers + std::ptrdiff_t{o} * input.channels;
    for (int lane = 0; lane < input.lanes; lane += width_of<Arch>) {
      Vector<Arch> sum(0.0f);
      for (int i = 0; i < input.channels; ++i) {
        const auto d = load<Arch>(input.at(block, 0, i) + lane) - splat<Arch>(center + i);
        sum = madd<Arch>(d, d, sum);
      }
      (-sum).store_unaligned(output.at(block, 0, o) + lane);
    }
  });
}

template <class Arch>
void radial_basis_dinput(const ConstBlockedView& input, const float* centers, const ConstBlockedView& doutput,
                         const BlockedView& dinput) {
  for_each_row(input.blocks, 1, input.channels, [&](int block, int, int i) {
    for (int lane = 0; lane < input.lanes; lane += width_of<Arch>) {
      const auto x = load<Arch>(input.at(block, 0, i) + lane);
      Vector<Arch> sum(0.0f);
      for (int o = 0; o < doutput.channels; ++o) {
        const auto d = x - splat<Arch>(centers + std::ptrdiff_t{o} * input.channels + i);
        sum = madd<Arch>(load<Arch>(doutput.at(block, 0, o) + lane), d, sum);
      }
      (-(sum + sum)).store_unaligned(dinput.at(block, 0, i) + lane);
    }
  });
}

template <class Arch>
void radial_basis_dcenters(const ConstBlockedView& input, const float* centers, const ConstBlockedView& doutput, float* dcenters) {
  for (int o = 0; o < doutput.channels; ++o) {
    for (int i = 0; i < input.channels; ++i) {
      const std::ptrdiff_t at = std::ptrdiff_t{o} * input.channels + i;
      const auto center = splat<Arch>(centers + at);
      Vector<Arch> sum(0.0f);
      for (int block = 0; block < input.blocks; ++block) {
        for (int lane = 0; lane < input.lanes; lane += width_of<Arch>) {
          sum = madd<Arch>(load<Arch>(doutput.at(block, 0, o) + lane), load<Arch>(input.at(block, 0, i) + lane) - center, sum);
        }
      }
      dcenters[at] = 2.0f * sum_lanes<Arch>(sum);
    }
  }
}

}  // namespace striate::kernels::impl

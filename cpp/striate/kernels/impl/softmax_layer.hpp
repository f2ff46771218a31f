// softmax and log_softmax across channels, at every pixel, with their backward passes; a flat view {classes, 1, 1} is the
// usual case.
//
//   p_c = exp(x_c − max x)/Σ exp(x − max x)      dx_c = p_c·(dy_c − Σ dy·p)
//   ℓ_c = x_c − max x − log Σ exp(x − max x)     dx_c = dy_c − exp(ℓ_c)·Σ dy
#pragma once

#include "striate/kernels/impl/elementwise.hpp"

namespace striate::kernels::impl {

// Calls body(offset into a row, block, y) for each vector of each pixel.
template <class Arch, class Body>
inline void for_each_pixel(const ConstBlockedView& view, Body&& body) {
  for (int block = 0; block < view.blocks; ++block) {
    for (int y = 0; y < view.height; ++y) {
      for (int i = 0; i < view.width * view.lanes; i += width_of<Arch>) body(block, y, i);
    }
  }
}

template <class Arch>
void softmax_forward(const ConstBlockedView& input, const BlockedView& output, bool logarithm) {
  for_each_pixel<Arch>(input, [&](int block, int y, int i) {
    auto largest = load<Arch>(input.at(block, y, 0) + i);
    for (int c = 1; c < input.channels; ++c) {
      const auto x = load<Arch>(input.at(block, y, c) + i);
      largest = xsimd::select(largest >= x, largest, x);
    }
    Vector<Arch> sum(0.0f);
    for (int c = 0; c < input.channels; ++c) {
      const auto shifted = load<Arch>(input.at(block, y, c) + i) - largest;
      const auto e = impl::exp<Arch>(shifted);
      (logarithm ? shifted : e).store_unaligned(output.at(block, y, c) + i);
      sum = sum + e;
    }
    const auto log_sum = impl::log<Arch>(sum);
    for (int c = 0; c < input.channels; ++c) {
      float* to = output.at(block, y, c) + i;
      const auto value = load<Arch>(to);
      (logarithm ? value - log_sum : value / sum).store_unaligned(to);
    }
  });
}

template <class Arch>
void softmax_backward(const ConstBlockedView& output, const ConstBlockedView& doutput, const BlockedView& dinput, bool logarithm) {
  for_each_pixel<Arch>(output, [&](int block, int y, int i) {
    Vector<Arch> sum(0.0f);
    for (int c = 0; c < output.channels; ++c) {
      const auto dy = load<Arch>(doutput.at(block, y, c) + i);
      sum = logarithm ? sum + dy : madd<Arch>(dy, load<Arch>(output.at(block, y, c) + i), sum);
    }
    for (int c = 0; c < output.channels; ++c) {
      const auto value = load<Arch>(output.at(block, y, c) + i), dy = load<Arch>(doutput.at(block, y, c) + i);
      const auto dx = logarithm ? dy - impl::exp<Arch>(value) * sum : value * (dy - sum);
      dx.store_unaligned(dinput.at(block, y, c) + i);
    }
  });
}

}  // namespace striate::kernels::impl

// local_response_norm (AlexNet, Krizhevsky et al. 2012; torch.nn.LocalResponseNorm):
//
//   s_c = k + α/n·Σ_{c' near c} x_c'²,  c' from c − ⌊n/2⌋ to c + ⌊(n−1)/2⌋ inside the channels
//   y_c = x_c·s_c^−β        dx_c = dy_c·s_c^−β − 2αβ/n·x_c·Σ_{c: c near c'} dy_c'·x_c'·s_c'^(−β−1)
//
// s^−β is exp(−β·log s) by xsimd; s ≥ k > 0. `scale` keeps s for the backward pass, in the output's strides.
#pragma once

#include "striate/kernels/impl/elementwise.hpp"
#include "striate/kernels/local_response_norm.hpp"

#include <algorithm>

namespace striate::kernels::impl {

template <class Arch>
inline Vector<Arch> power(const Vector<Arch>& base, float exponent) {
  return impl::exp<Arch>(impl::log<Arch>(base) * Vector<Arch>(exponent));
}

template <class Arch>
void local_response_norm_forward(const LocalResponseNorm& norm, const ConstBlockedView& input, const BlockedView& output,
                                 const BlockedView& scale) {
  const int row_floats = input.width * input.lanes;
  const Vector<Arch> factor(norm.alpha / static_cast<float>(norm.size)), base(norm.k);
  for_each_row(input.blocks, input.height, input.channels, [&](int block, int y, int c) {
    const int first = std::max(0, c - norm.size / 2), last = std::min(input.channels - 1, c + (norm.size - 1) / 2);
    for (int i = 0; i < row_floats; i += width_of<Arch>) {
      Vector<Arch> squares(0.0f);
      for (int near = first; near <= last; ++near) {
        const auto x = load<Arch>(input.at(block, y, near) + i);
        squares = madd<Arch>(x, x, squares);
      }
      const auto s = madd<Arch>(squares, factor, base);
      s.store_unaligned(scale.at(block, y, c) + i);
      (load<Arch>(input.at(block, y, c) + i) * power<Arch>(s, -norm.beta)).store_unaligned(output.at(block, y, c) + i);
    }
  });
}

// dinput must not be doutput.
template <class Arch>
void local_response_norm_backward(const LocalResponseNorm& norm, const ConstBlockedView& input, const ConstBlockedView& output,
                                  const ConstBlockedView& scale, const ConstBlockedView& doutput, const BlockedView& dinput) {
  const int row_floats = input.width * input.lanes;
  const Vector<Arch> factor(-2.0f * norm.alpha * norm.beta / static_cast<float>(norm.size));
  for_each_row(input.blocks, input.height, input.channels, [&](int block, int y, int c) {
    // The channels whose window holds c: the window turned round.
    const int first = std::max(0, c - (norm.size - 1) / 2), last = std::min(input.channels - 1, c + norm.size / 2);
    for (int i = 0; i < row_floats; i += width_of<Arch>) {
      Vector<Arch> sum(0.0f);
      for (int near = first; near <= last; ++near) {
        // dy·x·s^(−β−1) = dy·y/s
        const auto term = load<Arch>(doutput.at(block, y, near) + i) * load<Arch>(output.at(block, y, near) + i);
        sum = sum + term / load<Arch>(scale.at(block, y, near) + i);
      }
      const auto own = load<Arch>(doutput.at(block, y, c) + i) * power<Arch>(load<Arch>(scale.at(block, y, c) + i), -norm.beta);
      madd<Arch>(load<Arch>(input.at(block, y, c) + i) * factor, sum, own).store_unaligned(dinput.at(block, y, c) + i);
    }
  });
}

}  // namespace striate::kernels::impl

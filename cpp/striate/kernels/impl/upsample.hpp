// upsample: each output pixel is a weighted mean of up to four input pixels (upsample_plan.hpp); backward hands its
// gradient back with the same weights, output pixels in order.
#pragma once

#include "striate/kernels/impl/elementwise.hpp"
#include "striate/kernels/upsample_plan.hpp"

namespace striate::kernels::impl {

template <class Arch>
void upsample_forward(const UpsamplePlan& plan, const ConstBlockedView& input, const BlockedView& output) {
  const int lanes = input.lanes;
  for_each_row(input.blocks, output.height, input.channels, [&](int block, int oy, int c) {
    const auto& y = plan.y[static_cast<std::size_t>(oy)];
    const float* above = input.at(block, y.first, c);
    const float* below = input.at(block, y.second, c);
    const Vector<Arch> wy(y.weight);
    float* to = output.at(block, oy, c);
    for (int ox = 0; ox < output.width; ++ox) {
      const auto& x = plan.x[static_cast<std::size_t>(ox)];
      const Vector<Arch> wx(x.weight);
      const std::ptrdiff_t left = std::ptrdiff_t{x.first} * lanes, right = std::ptrdiff_t{x.second} * lanes;
      for (int lane = 0; lane < lanes; lane += width_of<Arch>, to += width_of<Arch>) {
        const auto between = [&](const float* row) {
          const auto a = load<Arch>(row + left + lane);
          return madd<Arch>(load<Arch>(row + right + lane) - a, wx, a);
        };
        const auto top = between(above);
        madd<Arch>(between(below) - top, wy, top).store_unaligned(to);
      }
    }
  });
}

template <class Arch>
void upsample_backward(const UpsamplePlan& plan, const ConstBlockedView& doutput, const BlockedView& dinput) {
  const int lanes = dinput.lanes;
  fill<Arch>(dinput, 0.0f);
  for_each_row(dinput.blocks, doutput.height, dinput.channels, [&](int block, int oy, int c) {
    const auto& y = plan.y[static_cast<std::size_t>(oy)];
    const float* from = doutput.at(block, oy, c);
    for (int ox = 0; ox < doutput.width; ++ox) {
      const auto& x = plan.x[static_cast<std::size_t>(ox)];
      for (int lane = 0; lane < lanes; lane += width_of<Arch>, from += width_of<Arch>) {
        const auto gradient = load<Arch>(from);
        const auto give = [&](int iy, int ix, float weight) {
          if (weight == 0.0f) return;
          float* to = dinput.at(block, iy, c, ix) + lane;
          madd<Arch>(gradient, Vector<Arch>(weight), load<Arch>(to)).store_unaligned(to);
        };
        give(y.first, x.first, (1.0f - y.weight) * (1.0f - x.weight));
        give(y.first, x.second, (1.0f - y.weight) * x.weight);
        give(y.second, x.first, y.weight * (1.0f - x.weight));
        give(y.second, x.second, y.weight * x.weight);
      }
    }
  });
}

}  // namespace striate::kernels::impl

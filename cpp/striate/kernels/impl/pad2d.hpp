// pad2d: rows and columns added around an image, filled with a number, by reflection (the edge itself not repeated) or by
// repeating the edge. Backward adds each gradient to the pixel it was copied from, rows and columns in order.
//
// Source: lecture, "Padding and stride"; torch.nn.functional.pad.
#pragma once

#include "striate/kernels/impl/elementwise.hpp"
#include "striate/kernels/pad_mode.hpp"

#include <algorithm>

namespace striate::kernels::impl {

// Input index that padded position `at` (negative in front of the image) copies, or −1 for the constant.
inline int padded_source(PadMode mode, int at, int size) {
  if (at >= 0 && at < size) return at;
  switch (mode) {
    case PadMode::constant: return -1;
    case PadMode::replicate: return std::clamp(at, 0, size - 1);
    case PadMode::reflect: return at < 0 ? -at : 2 * (size - 1) - at;
  }
  return -1;
}

template <class Arch>
void pad2d_forward(PadMode mode, const Halo& sides, float value, const ConstBlockedView& input, const BlockedView& output) {
  const int lanes = input.lanes;
  const Vector<Arch> filling(value);
  for_each_row(output.blocks, output.height, output.channels, [&](int block, int oy, int c) {
    const int iy = padded_source(mode, oy - sides.top, input.height);
    float* to = output.at(block, oy, c);
    for (int ox = 0; ox < output.width; ++ox) {
      const int ix = padded_source(mode, ox - sides.left, input.width);
      for (int lane = 0; lane < lanes; lane += width_of<Arch>, to += width_of<Arch>) {
        (iy < 0 || ix < 0 ? filling : load<Arch>(input.at(block, iy, c, ix) + lane)).store_unaligned(to);
      }
    }
  });
}

template <class Arch>
void pad2d_backward(PadMode mode, const Halo& sides, const ConstBlockedView& doutput, const BlockedView& dinput) {
  const int lanes = dinput.lanes;
  fill<Arch>(dinput, 0.0f);
  for_each_row(doutput.blocks, doutput.height, doutput.channels, [&](int block, int oy, int c) {
    const int iy = padded_source(mode, oy - sides.top, dinput.height);
    if (iy < 0) return;
    const float* from = doutput.at(block, oy, c);
    for (int ox = 0; ox < doutput.width; ++ox, from += lanes) {
      const int ix = padded_source(mode, ox - sides.left, dinput.width);
      if (ix < 0) continue;
      for (int lane = 0; lane < lanes; lane += width_of<Arch>) {
        float* to = dinput.at(block, iy, c, ix) + lane;
        (load<Arch>(to) + load<Arch>(from + lane)).store_unaligned(to);
      }
    }
  });
}

}  // namespace striate::kernels::impl

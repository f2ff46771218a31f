// average_pool2d: output = sum over the window / divisor; its backward spreads each gradient evenly over its window.
//
// Divisor: with count_padding the window's own size clipped to the padded input (torch's count_include_pad, which also
// shortens windows that ceil mode lets hang over the end), else the number of real pixels under it. A window as large as
// the image is global average pooling; a sum instead of a mean (LeNet-98) is the mean times the window's size.
#pragma once

#include "striate/kernels/impl/elementwise.hpp"
#include "striate/kernels/impl/pool2d.hpp"

#include <algorithm>

namespace striate::kernels::impl {

// How many taps of window `out` lie inside the padded input.
inline int padded_taps(const core::WindowAxis& axis, int out, int input) {
  const int start = axis.start(out);
  const int end = std::min(start + axis.extent(), input + axis.after);
  return (end - start + axis.dilation - 1) / axis.dilation;
}

inline float average_divisor(const core::WindowGeometry& window, int oy, int ox, const WindowClip& y, const WindowClip& x,
                             int height, int width, bool count_padding) {
  const int count = count_padding ? padded_taps(window.y, oy, height) * padded_taps(window.x, ox, width)
                                  : (y.last - y.first) * (x.last - x.first);
  return static_cast<float>(std::max(count, 1));
}

template <class Arch>
void average_pool2d_forward(const core::WindowGeometry& window, bool count_padding, const ConstBlockedView& input,
                            const BlockedView& output) {
  const int lanes = input.lanes;
  for_each_row(input.blocks, output.height, input.channels, [&](int block, int oy, int c) {
    const WindowClip y = clip_window(window.y, oy, input.height);
    float* to = output.at(block, oy, c);
    for (int ox = 0; ox < output.width; ++ox) {
      const WindowClip x = clip_window(window.x, ox, input.width);
      const Vector<Arch> divisor(average_divisor(window, oy, ox, y, x, input.height, input.width, count_padding));
      for (int lane = 0; lane < lanes; lane += width_of<Arch>, to += width_of<Arch>) {
        Vector<Arch> sum(0.0f);
        for (int ky = y.first; ky < y.last; ++ky) {
          for (int kx = x.first; kx < x.last; ++kx) {
            sum = sum + load<Arch>(input.at(block, y.start + ky * window.y.dilation, c, x.start + kx * window.x.dilation) + lane);
          }
        }
        (sum / divisor).store_unaligned(to);
      }
    }
  });
}

template <class Arch>
void average_pool2d_backward(const core::WindowGeometry& window, bool count_padding, const ConstBlockedView& doutput,
                             const BlockedView& dinput) {
  const int lanes = dinput.lanes;
  fill<Arch>(dinput, 0.0f);
  for_each_row(dinput.blocks, doutput.height, dinput.channels, [&](int block, int oy, int c) {
    const WindowClip y = clip_window(window.y, oy, dinput.height);
    const float* from = doutput.at(block, oy, c);
    for (int ox = 0; ox < doutput.width; ++ox) {
      const WindowClip x = clip_window(window.x, ox, dinput.width);
      const Vector<Arch> divisor(average_divisor(window, oy, ox, y, x, dinput.height, dinput.width, count_padding));
      for (int lane = 0; lane < lanes; lane += width_of<Arch>, from += width_of<Arch>) {
        const auto part = load<Arch>(from) / divisor;
        for (int ky = y.first; ky < y.last; ++ky) {
          for (int kx = x.first; kx < x.last; ++kx) {
            float* to = dinput.at(block, y.start + ky * window.y.dilation, c, x.start + kx * window.x.dilation) + lane;
            (load<Arch>(to) + part).store_unaligned(to);
          }
        }
      }
    }
  });
}

}  // namespace striate::kernels::impl

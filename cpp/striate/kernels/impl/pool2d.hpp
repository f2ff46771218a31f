// max_pool2d: output = max over the window, padding counting as −∞; backward sends the gradient to the first maximum
// (rows, then columns), as PyTorch does.
//
// A lane is an image, so a window is a handful of vector loads and no shuffles. Backward finds the maximum again by
// comparing with the stored output, which costs less than keeping indices. Source: lecture, "Pooling layer";
// torch.nn.MaxPool2d.
#pragma once

#include "striate/core/window_geometry.hpp"
#include "striate/kernels/blocked_view.hpp"
#include "striate/kernels/impl/simd.hpp"

#include <algorithm>
#include <limits>

namespace striate::kernels::impl {

// The part of a window that lies inside the input: taps first … last (exclusive), at position start + tap·dilation.
struct WindowClip {
  int start, first, last;
};

inline WindowClip clip_window(const core::WindowAxis& axis, int out, int input) {
  const int start = axis.start(out);
  int first = 0, last = axis.kernel;
  while (first < last && start + first * axis.dilation < 0) ++first;
  while (last > first && start + (last - 1) * axis.dilation >= input) --last;
  return {start, first, last};
}

template <class Arch>
void max_pool2d_forward(const core::WindowGeometry& window, const ConstBlockedView& input, const BlockedView& output) {
  constexpr int width = width_of<Arch>;
  const int lanes = input.lanes;
  const Vector<Arch> lowest(-std::numeric_limits<float>::infinity());
  for (int block = 0; block < input.blocks; ++block) {
    for (int oy = 0; oy < output.height; ++oy) {
      const WindowClip y = clip_window(window.y, oy, input.height);
      for (int c = 0; c < input.channels; ++c) {
        float* to = output.at(block, oy, c);
        for (int ox = 0; ox < output.width; ++ox) {
          const WindowClip x = clip_window(window.x, ox, input.width);
          for (int lane = 0; lane < lanes; lane += width, to += width) {
            Vector<Arch> best = lowest;
            for (int ky = y.first; ky < y.last; ++ky) {
              const float* row = input.at(block, y.start + ky * window.y.dilation, c) + lane;
              for (int kx = x.first; kx < x.last; ++kx) {
                const auto value = load<Arch>(row + std::ptrdiff_t{x.start + kx * window.x.dilation} * lanes);
                best = xsimd::select(best >= value, best, value);
              }
            }
            best.store_unaligned(to);
          }
        }
      }
    }
  }
}

template <class Arch>
void fill_rows(const BlockedView& view, float value) {
  const Vector<Arch> filling(value);
  const int row_floats = view.width * view.lanes;
  for (int block = 0; block < view.blocks; ++block) {
    for (int y = 0; y < view.height; ++y) {
      for (int c = 0; c < view.channels; ++c) {
        float* row = view.at(block, y, c);
        for (int i = 0; i < row_floats; i += width_of<Arch>) filling.store_unaligned(row + i);
      }
    }
  }
}

// Tiling: the windows touch every input exactly once, so each input gets its gradient in one store.
template <class Arch, bool Tiling>
void max_pool2d_scatter(const core::WindowGeometry& window, const ConstBlockedView& input, const ConstBlockedView& output,
                        const ConstBlockedView& doutput, const BlockedView& dinput, bool relu) {
  constexpr int width = width_of<Arch>;
  const int lanes = input.lanes;
  const Vector<Arch> zero(0.0f);
  for (int block = 0; block < input.blocks; ++block) {
    for (int oy = 0; oy < output.height; ++oy) {
      const WindowClip y = clip_window(window.y, oy, input.height);
      for (int c = 0; c < input.channels; ++c) {
        const float* best_row = output.at(block, oy, c);
        const float* gradient_row = doutput.at(block, oy, c);
        for (int ox = 0; ox < output.width; ++ox) {
          const WindowClip x = clip_window(window.x, ox, input.width);
          for (int lane = 0; lane < lanes; lane += width) {
            const std::ptrdiff_t out = std::ptrdiff_t{ox} * lanes + lane;
            const auto best = load<Arch>(best_row + out);
            auto gradient = load<Arch>(gradient_row + out);
            if (relu) gradient = relu_mask<Arch>(best, gradient);
            for (int ky = y.first; ky < y.last; ++ky) {
              const int iy = y.start + ky * window.y.dilation;
              for (int kx = x.first; kx < x.last; ++kx) {
                const std::ptrdiff_t in = std::ptrdiff_t{x.start + kx * window.x.dilation} * lanes + lane;
                const auto here = load<Arch>(input.at(block, iy, c) + in) == best;
                float* to = dinput.at(block, iy, c) + in;
                const auto part = xsimd::select(here, gradient, zero);
                gradient = xsimd::select(here, zero, gradient);  // the first maximum takes it all
                (Tiling ? part : load<Arch>(to) + part).store_unaligned(to);
              }
            }
          }
        }
      }
    }
  }
}

template <class Arch>
void max_pool2d_backward(const core::WindowGeometry& window, const ConstBlockedView& input, const ConstBlockedView& output,
                         const ConstBlockedView& doutput, const BlockedView& dinput, bool relu) {
  const auto tiles = [](const core::WindowAxis& axis, int size) {
    return axis.stride == axis.kernel && axis.before == 0 && axis.after == 0 && axis.dilation == 1 && axis.unseen(size) == 0;
  };
  if (tiles(window.y, input.height) && tiles(window.x, input.width)) {
    max_pool2d_scatter<Arch, true>(window, input, output, doutput, dinput, relu);
  } else {
    fill_rows<Arch>(dinput, 0.0f);
    max_pool2d_scatter<Arch, false>(window, input, output, doutput, dinput, relu);
  }
}

}  // namespace striate::kernels::impl

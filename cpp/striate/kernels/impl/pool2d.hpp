// max_pool2d: output = max over the window, padding counting as −∞; backward sends the gradient to the first maximum
// (rows, then columns), as PyTorch does.
//
// A lane is an image, so a window is a handful of vector loads and no shuffles. Backward finds the maximum again by
// comparing with the stored output, which costs less than keeping indices. Source: lecture, "Pooling layer";
// torch.nn.MaxPool2d.
#pragma once

#include "striate/core/window_geometry.hpp"
#include "striate/kernels/blocked_view.hpp"
#include "striate/kernels/impl/elementwise.hpp"

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

// The larger of the two, the first where they are equal; not a number where either is not, as torch has it: a broken step
// must not look whole behind a pool. In wasm in three instructions instead of six: pmax is first < second ? second : first.
template <class Arch>
inline Vector<Arch> larger(const Vector<Arch>& first, const Vector<Arch>& second) {
#if defined(__wasm__)
  return Vector<Arch>(wasm_v128_or(wasm_f32x4_pmax(first, second), wasm_f32x4_ne(second, second)));
#else
  return xsimd::select((first >= second) | (first != first), first, second);
#endif
}

template <class Arch>
void max_pool2d_any_forward(const core::WindowGeometry& window, const ConstBlockedView& input, const BlockedView& output) {
  const int lanes = input.lanes;
  for_each_row(input.blocks, output.height, input.channels, [&](int block, int oy, int c) {
    const WindowClip y = clip_window(window.y, oy, input.height);
    float* to = output.at(block, oy, c);
    for (int ox = 0; ox < output.width; ++ox) {
      const WindowClip x = clip_window(window.x, ox, input.width);
      for (int lane = 0; lane < lanes; lane += width_of<Arch>, to += width_of<Arch>) {
        Vector<Arch> best(-std::numeric_limits<float>::infinity());
        for (int ky = y.first; ky < y.last; ++ky) {
          for (int kx = x.first; kx < x.last; ++kx) {
            best = larger<Arch>(best, load<Arch>(input.at(block, y.start + ky * window.y.dilation, c,
                                                          x.start + kx * window.x.dilation) + lane));
          }
        }
        best.store_unaligned(to);
      }
    }
  });
}

// Gradient of one window, given its maximum: each input equal to it takes what is left, so the first takes it all.
template <class Arch>
inline Vector<Arch> take(const Vector<Arch>& value, const Vector<Arch>& best, Vector<Arch>& gradient) {
  const auto here = value == best;
  const Vector<Arch> part = kept<Arch>(here, gradient);
  gradient = cleared<Arch>(here, gradient);
  return part;
}

// Windows of any size and stride: gradients are added, dinput starts at zero.
template <class Arch>
void max_pool2d_scatter(const core::WindowGeometry& window, const ConstBlockedView& input, const ConstBlockedView& output,
                        const ConstBlockedView& doutput, const BlockedView& dinput, bool relu) {
  const int lanes = input.lanes;
  for_each_row(input.blocks, output.height, input.channels, [&](int block, int oy, int c) {
    const WindowClip y = clip_window(window.y, oy, input.height);
    for (int ox = 0; ox < output.width; ++ox) {
      const WindowClip x = clip_window(window.x, ox, input.width);
      for (int lane = 0; lane < lanes; lane += width_of<Arch>) {
        const auto best = load<Arch>(output.at(block, oy, c, ox) + lane);
        auto gradient = load<Arch>(doutput.at(block, oy, c, ox) + lane);
        if (relu) gradient = relu_mask<Arch>(best, gradient);
        for (int ky = y.first; ky < y.last; ++ky) {
          const int iy = y.start + ky * window.y.dilation;
          for (int kx = x.first; kx < x.last; ++kx) {
            const int ix = x.start + kx * window.x.dilation;
            float* to = dinput.at(block, iy, c, ix) + lane;
            const auto part = take<Arch>(load<Arch>(input.at(block, iy, c, ix) + lane), best, gradient);
            (load<Arch>(to) + part).store_unaligned(to);
          }
        }
      }
    }
  });
}

// The lecture's pool, 2×2 with stride 2 and nothing left over: four loads, three comparisons and one store a window.
// With the generic loops instead, pooling took 11% of a LeNet step.
inline bool is_halving(const core::WindowGeometry& window, const ConstBlockedView& input) {
  const auto halves = [](const core::WindowAxis& axis, int size) {
    return axis.kernel == 2 && axis.stride == 2 && axis.before == 0 && axis.after == 0 && axis.dilation == 1 && size % 2 == 0;
  };
  return halves(window.y, input.height) && halves(window.x, input.width);
}

template <class Arch>
void max_pool2d_halve_forward(const ConstBlockedView& input, const BlockedView& output) {
  constexpr int width = width_of<Arch>;
  const int lanes = input.lanes;
  for_each_row(input.blocks, output.height, input.channels, [&](int block, int oy, int c) {
    const float* above = input.at(block, 2 * oy, c);
    const float* below = input.at(block, 2 * oy + 1, c);
    float* to = output.at(block, oy, c);
    for (int ox = 0; ox < output.width; ++ox, above += 2 * lanes, below += 2 * lanes, to += lanes) {
      for (int lane = 0; lane < lanes; lane += width) {
        const auto a = load<Arch>(above + lane), b = load<Arch>(above + lanes + lane);
        const auto d = load<Arch>(below + lane), e = load<Arch>(below + lanes + lane);
        larger<Arch>(larger<Arch>(a, b), larger<Arch>(d, e)).store_unaligned(to + lane);
      }
    }
  });
}

template <class Arch, bool Relu>
void max_pool2d_halve_backward(const ConstBlockedView& input, const ConstBlockedView& output, const ConstBlockedView& doutput,
                               const BlockedView& dinput) {
  constexpr int width = width_of<Arch>;
  const int lanes = input.lanes;
  for_each_row(input.blocks, output.height, input.channels, [&](int block, int oy, int c) {
    const float* above = input.at(block, 2 * oy, c);
    const float* below = input.at(block, 2 * oy + 1, c);
    float* to_above = dinput.at(block, 2 * oy, c);
    float* to_below = dinput.at(block, 2 * oy + 1, c);
    const float* best_row = output.at(block, oy, c);
    const float* gradient_row = doutput.at(block, oy, c);
    for (int ox = 0; ox < output.width; ++ox) {
      for (int lane = 0; lane < lanes; lane += width) {
        const auto best = load<Arch>(best_row + lane);
        auto gradient = load<Arch>(gradient_row + lane);
        if constexpr (Relu) gradient = relu_mask<Arch>(best, gradient);
        take<Arch>(load<Arch>(above + lane), best, gradient).store_unaligned(to_above + lane);
        take<Arch>(load<Arch>(above + lanes + lane), best, gradient).store_unaligned(to_above + lanes + lane);
        take<Arch>(load<Arch>(below + lane), best, gradient).store_unaligned(to_below + lane);
        take<Arch>(load<Arch>(below + lanes + lane), best, gradient).store_unaligned(to_below + lanes + lane);
      }
      above += 2 * lanes;
      below += 2 * lanes;
      to_above += 2 * lanes;
      to_below += 2 * lanes;
      best_row += lanes;
      gradient_row += lanes;
    }
  });
}

template <class Arch>
void max_pool2d_backward(const core::WindowGeometry& window, const ConstBlockedView& input, const ConstBlockedView& output,
                         const ConstBlockedView& doutput, const BlockedView& dinput, bool relu) {
  if (!is_halving(window, input)) {
    fill<Arch>(dinput, 0.0f);
    max_pool2d_scatter<Arch>(window, input, output, doutput, dinput, relu);
  } else if (relu) {
    max_pool2d_halve_backward<Arch, true>(input, output, doutput, dinput);
  } else {
    max_pool2d_halve_backward<Arch, false>(input, output, doutput, dinput);
  }
}

template <class Arch>
void max_pool2d_forward(const core::WindowGeometry& window, const ConstBlockedView& input, const BlockedView& output) {
  if (is_halving(window, input)) {
    max_pool2d_halve_forward<Arch>(input, output);
  } else {
    max_pool2d_any_forward<Arch>(window, input, output);
  }
}

}  // namespace striate::kernels::impl

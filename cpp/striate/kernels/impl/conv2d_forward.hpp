// conv2d forward: output(oy, ox, co) = bias(co) + Σ_k weight(co, k)·input, k = (ci, ky, kx) in this order.
//
// Loops: image block → output row → channel tile → pixel tile. One row of windows (Kh·Ci·W·lanes floats) stays in the
// first-level cache while all channel tiles pass over it. Error ≤ 2·K rounding steps of the largest partial sum.
#pragma once

#include "striate/kernels/conv2d_plan.hpp"
#include "striate/kernels/impl/tile.hpp"

namespace striate::kernels::impl {

template <class Arch, int Channels, int Pixels, int Vectors>
inline void conv2d_forward_span(const Conv2dPlan& plan, const float* window, std::ptrdiff_t window_step, const float* weight,
                                const float* bias, float* to, std::ptrdiff_t to_channel, int lanes, int from, int until,
                                bool relu) {
  const int taps = plan.taps();
  for (int x = from; x + Pixels <= until; x += Pixels) {
    Tile<Arch, Channels, Pixels, Vectors> tile;
    tile.start(bias);
    tile.accumulate(TableWalk{window + x * window_step, plan.forward_offsets.data()}, window_step, taps, weight, taps, 1);
    tile.store(to + std::ptrdiff_t{x} * lanes, to_channel, lanes, relu);
  }
}

template <class Arch, int Channels, int Vectors>
inline void conv2d_forward_row(const Conv2dPlan& plan, const float* window, std::ptrdiff_t window_step, const float* weight,
                               const float* bias, float* to, std::ptrdiff_t to_channel, int lanes, bool relu) {
  constexpr int pixels = TileShape<Arch, Vectors>::pixels(Channels);
  const int width = plan.output.width;
  const int whole = width / pixels * pixels;
  conv2d_forward_span<Arch, Channels, pixels, Vectors>(plan, window, window_step, weight, bias, to, to_channel, lanes, 0,
                                                       whole, relu);
  if constexpr (pixels > 1) {
    conv2d_forward_span<Arch, Channels, 1, Vectors>(plan, window, window_step, weight, bias, to, to_channel, lanes, whole,
                                                    width, relu);
  }
}

template <class Arch>
void conv2d_forward(const Conv2dPlan& plan, const ConstBlockedView& input, const float* weight, const float* bias,
                    const BlockedView& output, bool relu) {
  for_block_runs<Arch>(output, [&](auto vectors, int from, int until) {
    using Shape = TileShape<Arch, vectors>;
    const int taps = plan.taps();
    const std::ptrdiff_t window_step = std::ptrdiff_t{plan.window.x.stride} * input.lanes;
    for (int block = from; block < until; ++block) {
      for (int oy = 0; oy < output.height; ++oy) {
        const float* window = input.at(block, plan.window.y.start(oy), 0, plan.window.x.start(0));
        for_channel_tiles<Shape::channels, Shape::whole_remainder>(0, plan.output.channels, [&](auto channels, int co) {
          conv2d_forward_row<Arch, channels, vectors>(plan, window, window_step, weight + std::ptrdiff_t{co} * taps,
                                                      bias == nullptr ? nullptr : bias + co, output.at(block, oy, co),
                                                      output.channel_stride, output.lanes, relu);
        });
      }
    }
  });
  clear_idle_lanes<Arch>(output, output.idle_lanes);
}

}  // namespace striate::kernels::impl

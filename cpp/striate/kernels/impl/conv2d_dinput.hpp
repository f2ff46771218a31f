// conv2d input gradient: dinput(iy, ix, ci) = Σ_{ky, kx, co} weight(co, ci, ky, kx) · doutput(oy, ox, co) over the
// windows that saw the pixel: oy·S − P + ky·D = iy, and the same for x.
//
// Gather form: each pixel lists its taps (DinputAxis), clipped at the borders, so no work is spent on a halo and a
// stride of S does only the useful 1/S² of the products. Weights are regrouped once per call to
// [phase y][phase x][channel tile][ky][kx][co][channel in tile], the order in which the tile reads them.
#pragma once

#include "striate/kernels/conv2d_plan.hpp"
#include "striate/kernels/impl/tile.hpp"

#include <algorithm>

namespace striate::kernels::impl {

[[gnu::noinline]] inline void pack_dinput_weights(const Conv2dPlan& plan, const float* weight, int tile_channels, float* packed) {
  const int in_channels = plan.input.channels, out_channels = plan.output.channels;
  const int kernel_x = plan.window.x.kernel, kernel_size = plan.window.y.kernel * kernel_x;
  for (const auto& taps_y : plan.dinput_y.phase_taps) {
    for (const auto& taps_x : plan.dinput_x.phase_taps) {
      for (int ci = 0; ci < in_channels; ci += tile_channels) {
        for (const int ky : taps_y) {
          for (const int kx : taps_x) {
            for (int co = 0; co < out_channels; ++co) {
              for (int c = ci; c < ci + tile_channels; ++c) {
                const std::ptrdiff_t channel = std::ptrdiff_t{co} * in_channels + std::min(c, in_channels - 1);
                *packed++ = weight[channel * kernel_size + ky * kernel_x + kx];
              }
            }
          }
        }
      }
    }
  }
}

// One tile of input pixels: the taps of row `y` times the taps of column `x`.
template <class Arch, int TileChannels, int Channels, int Pixels, int Vectors>
inline void conv2d_dinput_tile(const Conv2dPlan& plan, const ConstBlockedView& doutput, int block,
                               const DinputAxis::Position& y, const DinputAxis::Position& x, const float* packed, float* to,
                               std::ptrdiff_t to_channel, const Seen& seen, int used) {
  const int lanes = doutput.lanes;
  Tile<Arch, Channels, Pixels, Vectors> tile;
  tile.start(nullptr);
  if (x.taps > 0) {
    const int out_channels = plan.output.channels;
    const auto phase_x = static_cast<std::size_t>(x.phase);
    const std::ptrdiff_t row_weights =
        static_cast<std::ptrdiff_t>(plan.dinput_x.phase_taps[phase_x].size()) * out_channels * TileChannels;
    // Offsets in the table are relative to the output column of tap 0; tap first_tap meets first_output.
    const int column = x.first_output + x.first_tap * plan.dinput_x.output_step;
    const std::int32_t* offsets = plan.dinput_offsets[phase_x].data() + std::ptrdiff_t{x.first_tap} * out_channels;
    const float* weights = packed + y.first_tap * row_weights + std::ptrdiff_t{x.first_tap} * out_channels * TileChannels;
    for (int j = 0; j < y.taps; ++j) {
      const int row = y.first_output - j * plan.dinput_y.output_step;
      const float* from = doutput.data + block * doutput.block_stride + row * doutput.row_stride + std::ptrdiff_t{column} * lanes;
      tile.accumulate(TableWalk{from, offsets}, lanes, x.taps * out_channels, weights, 1, TileChannels);
      weights += row_weights;
    }
  }
  tile.store_masked(to, to_channel, lanes, seen, used);
}

// How many neighbouring input pixels, up to `most`, meet the same taps at neighbouring outputs: the inside of a row.
inline int shared_run(const std::vector<DinputAxis::Position>& positions, int from, int most) {
  const auto* x = &positions[static_cast<std::size_t>(from)];
  const int end = std::min(most, static_cast<int>(positions.size()) - from);
  int run = 1;
  while (run < end && x[run].phase == x->phase && x[run].first_tap == x->first_tap && x[run].taps == x->taps &&
         x[run].first_output == x->first_output + run) {
    ++run;
  }
  return run;
}

// One row of input pixels for one tile of channels.
template <class Arch, int TileChannels, int Channels, int Vectors>
void conv2d_dinput_row(const Conv2dPlan& plan, const ConstBlockedView& doutput, int block, int first_row, int iy, int tile, int tiles,
                       const float* packed, const BlockedView& dinput, const ConstBlockedView* relu_output, int used) {
  constexpr int tile_pixels = TileShape<Arch, Vectors>::pixels(Channels);
  const DinputAxis& axis_x = plan.dinput_x;
  const auto& y = plan.dinput_y.positions[static_cast<std::size_t>(first_row + iy)];
  const std::ptrdiff_t per_tap = std::ptrdiff_t{plan.output.channels} * TileChannels;
  const int ci = tile * TileChannels;
  for (int ix = 0; ix < plan.input.width;) {
    auto x = axis_x.positions[static_cast<std::size_t>(ix)];
    const float* weights = packed;
    if (y.taps == 0) x.taps = 0;
    if (x.taps > 0) {
      const auto phase_y = static_cast<std::size_t>(y.phase), phase_x = static_cast<std::size_t>(x.phase);
      const auto rows = static_cast<std::ptrdiff_t>(plan.dinput_y.phase_taps[phase_y].size());
      const auto columns = static_cast<std::ptrdiff_t>(axis_x.phase_taps[phase_x].size());
      const std::ptrdiff_t before =
          std::ptrdiff_t{plan.dinput_y.phase_begin[phase_y]} * axis_x.phase_begin.back() + rows * axis_x.phase_begin[phase_x];
      weights += (before * tiles + rows * columns * tile) * per_tap;
    }
    float* to = dinput.at(block, iy, ci, ix);
    const Seen seen = seen_at(relu_output, block, iy, ci, ix);
    if (tile_pixels > 1 && shared_run(axis_x.positions, ix, tile_pixels) == tile_pixels) {
      conv2d_dinput_tile<Arch, TileChannels, Channels, tile_pixels, Vectors>(
          plan, doutput, block, y, x, weights, to, dinput.channel_stride, seen, used);
      ix += tile_pixels;
    } else {
      conv2d_dinput_tile<Arch, TileChannels, Channels, 1, Vectors>(plan, doutput, block, y, x, weights, to,
                                                                   dinput.channel_stride, seen, used);
      ++ix;
    }
  }
}

template <class Arch>
void conv2d_dinput(const Conv2dPlan& plan, const ConstBlockedView& doutput, const float* weight,
                   const ConstBlockedView* relu_output, int first_row, const BlockedView& dinput, float* workspace) {
  for_block_runs<Arch>(doutput, [&](auto vectors, int from, int until) {
    using Shape = TileShape<Arch, vectors>;
    constexpr int tile_channels = Shape::channels;
    pack_dinput_weights(plan, weight, tile_channels, workspace);
    const int tiles = (plan.input.channels + tile_channels - 1) / tile_channels;
    for (int block = from; block < until; ++block) {
      for (int iy = 0; iy < dinput.height; ++iy) {
        for_tiles_of<Shape>(plan.input.channels, [&](auto channels, int ci, int used) {
          conv2d_dinput_row<Arch, tile_channels, channels, vectors>(plan, doutput, block, first_row, iy, ci / tile_channels, tiles, workspace,
                                                                    dinput, relu_output, used);
        });
      }
    }
  });
  clear_idle_lanes<Arch>(dinput, doutput.idle_lanes);
}

}  // namespace striate::kernels::impl

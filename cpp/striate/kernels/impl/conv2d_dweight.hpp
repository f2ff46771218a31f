// conv2d weight gradient: dweight(co, k) = Σ_{n, oy, ox} doutput(oy, ox, co)·input(window (oy, ox), tap k), and
// dbias(co) = Σ_{n, oy, ox} doutput(oy, ox, co).
//
// Lanes are images, so the sum over images is done by summing lanes once, at the very end; until then each weight has a
// vector of partial sums. A tile of 2 channels × 4 taps keeps its sums in registers along a group of output rows, then
// rests in the workspace while the other tiles pass over the same rows, which stay in the first-level cache. Channels and
// taps that do not fill a tile are computed twice and dropped. Order of summation: rows, pixels, vectors, then lanes
// pairwise: fixed, whatever the shape of the machine.
#pragma once

#include "striate/kernels/conv2d_plan.hpp"
#include "striate/kernels/impl/channel_sums.hpp"
#include "striate/kernels/impl/tile.hpp"

#include <algorithm>

namespace striate::kernels::impl {

template <class Arch>
struct DweightShape {
  static constexpr int channels = 2;
  static constexpr int taps = width_of<Arch> >= 16 ? 8 : 4;
};

// One tile along a group of rows. dy: first gradient of each channel; x: first input pixel of each tap; both step from row
// to row. saved: the tile's sums so far, Channels·Taps vectors. Not inlined, so that nothing of the loops around it competes
// for registers: inlined, V8 spilled and the tile ran at 60–70% of its speed.
template <class Arch, int Channels, int Taps, int Vectors>
[[gnu::noinline]] void dweight_tile(float* saved, const float* const* dy_first, const float* const* x_first, int rows,
                                    std::ptrdiff_t dy_row, std::ptrdiff_t x_row, int pixels, std::ptrdiff_t x_skip) {
  constexpr int width = width_of<Arch>;
  Vector<Arch> sums[Channels][Taps];
#pragma GCC unroll 16
  for (int c = 0; c < Channels; ++c) {
#pragma GCC unroll 16
    for (int t = 0; t < Taps; ++t) sums[c][t] = load<Arch>(saved + (c * Taps + t) * width);
  }
  const float* dy[Channels];
  const float* x[Taps];
  for (int c = 0; c < Channels; ++c) dy[c] = dy_first[c];
  for (int t = 0; t < Taps; ++t) x[t] = x_first[t];
  // With stride 1 a row is one run of pixels·Vectors vectors; with a larger stride each pixel is its own run.
  const int runs = x_skip == 0 ? 1 : pixels;
  const int run_vectors = x_skip == 0 ? pixels * Vectors : Vectors;
  const std::ptrdiff_t run_floats = std::ptrdiff_t{run_vectors} * width;
  const std::ptrdiff_t dy_next_row = dy_row - run_floats * runs;
  const std::ptrdiff_t x_next_row = x_row - (run_floats + x_skip) * runs;
  for (int row = 0; row < rows; ++row) {
    for (int r = 0; r < runs; ++r) {
#if defined(__clang__)
#pragma clang loop unroll(disable)
#else
#pragma GCC unroll 1
#endif
      for (std::ptrdiff_t at = 0; at < run_floats; at += width) {
        Vector<Arch> d[Channels];
#pragma GCC unroll 16
        for (int c = 0; c < Channels; ++c) d[c] = load<Arch>(dy[c] + at);
#pragma GCC unroll 16
        for (int t = 0; t < Taps; ++t) {
          const Vector<Arch> in = load<Arch>(x[t] + at);
#pragma GCC unroll 16
          for (int c = 0; c < Channels; ++c) sums[c][t] = madd<Arch>(d[c], in, sums[c][t]);
        }
      }
      for (int c = 0; c < Channels; ++c) dy[c] += run_floats;
      for (int t = 0; t < Taps; ++t) x[t] += run_floats + x_skip;
    }
    for (int c = 0; c < Channels; ++c) dy[c] += dy_next_row;
    for (int t = 0; t < Taps; ++t) x[t] += x_next_row;
  }
#pragma GCC unroll 16
  for (int c = 0; c < Channels; ++c) {
#pragma GCC unroll 16
    for (int t = 0; t < Taps; ++t) sums[c][t].store_unaligned(saved + (c * Taps + t) * width);
  }
}

// Rows of output that are taken together: as many as keep what one channel tile reads, rows of input and its own rows of
// gradient, near 36 KiB. Each visit of a tile costs 16 loads and stores of sums, about as much as four of its steps.
template <class Arch>
int dweight_row_group(const Conv2dPlan& plan, const ConstBlockedView& input, const ConstBlockedView& doutput) {
  constexpr std::ptrdiff_t budget = 9216;  // floats
  const std::ptrdiff_t gradient = DweightShape<Arch>::channels * std::ptrdiff_t{doutput.width} * doutput.lanes;
  const std::ptrdiff_t first = plan.window.y.extent() * input.row_stride + gradient;
  const std::ptrdiff_t further = plan.window.y.stride * input.row_stride + gradient;
  return static_cast<int>(std::clamp<std::ptrdiff_t>(1 + (budget - first) / further, 1, plan.output.height));
}

template <class Arch, int Vectors>
void dweight_rows(const Conv2dPlan& plan, const ConstBlockedView& input, const ConstBlockedView& doutput, int block,
                  int row_from, int rows, float* workspace) {
  constexpr int Channels = DweightShape<Arch>::channels, Taps = DweightShape<Arch>::taps;
  const int taps = plan.taps(), out_channels = plan.output.channels;
  const std::ptrdiff_t x_skip = std::ptrdiff_t{plan.window.x.stride - 1} * input.lanes;
  const float* window = input.at(block, plan.window.y.start(row_from), 0, plan.window.x.start(0));
  float* saved = workspace;
  for (int co = 0; co < out_channels; co += Channels) {
    const float* dy[Channels];
    for (int c = 0; c < Channels; ++c) dy[c] = doutput.at(block, row_from, std::min(co + c, out_channels - 1));
    for (int k = 0; k < taps; k += Taps) {
      const float* x[Taps];
      for (int t = 0; t < Taps; ++t) x[t] = window + plan.forward_offsets[static_cast<std::size_t>(std::min(k + t, taps - 1))];
      dweight_tile<Arch, Channels, Taps, Vectors>(saved, dy, x, rows, doutput.row_stride,
                                                  plan.window.y.stride * input.row_stride, plan.output.width, x_skip);
      saved += Channels * Taps * width_of<Arch>;
    }
  }
}

template <class Arch>
void conv2d_dweight(const Conv2dPlan& plan, const ConstBlockedView& input, const ConstBlockedView& doutput, float* dweight,
                    float* dbias, float* workspace) {
  constexpr int Channels = DweightShape<Arch>::channels, Taps = DweightShape<Arch>::taps;
  constexpr int width = width_of<Arch>;
  with_vectors<Arch>(input.lanes, [&](auto vectors) {
    const int group = dweight_row_group<Arch>(plan, input, doutput);
    std::fill_n(workspace, plan.dweight_workspace(width), 0.0f);
    for (int block = 0; block < input.blocks; ++block) {
      for (int oy = 0; oy < plan.output.height; oy += group) {
        dweight_rows<Arch, vectors>(plan, input, doutput, block, oy, std::min(group, plan.output.height - oy), workspace);
      }
    }
  });
  const int taps = plan.taps(), out_channels = plan.output.channels;
  const float* saved = workspace;
  for (int co = 0; co < out_channels; co += Channels) {
    for (int k = 0; k < taps; k += Taps) {
      for (int c = 0; c < Channels; ++c) {
        for (int t = 0; t < Taps; ++t, saved += width) {
          if (co + c < out_channels && k + t < taps) {
            dweight[std::ptrdiff_t{co + c} * taps + k + t] = sum_lanes<Arch>(load<Arch>(saved));
          }
        }
      }
    }
  }
  if (dbias != nullptr) channel_sums<Arch>(doutput, dbias);
}

}  // namespace striate::kernels::impl

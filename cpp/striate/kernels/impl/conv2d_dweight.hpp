// conv2d weight gradient: dweight(co, k) = Σ_{n, oy, ox} doutput(oy, ox, co)·input(window (oy, ox), tap k), and
// dbias(co) = Σ_{n, oy, ox} doutput(oy, ox, co).
//
// Lanes are images, so the sum over images is done by summing lanes once, at the very end; until then each weight has a
// vector of partial sums. A tile of Channels × Taps keeps its sums in registers along a group of output rows, then rests
// in the workspace while the other tiles pass over the same rows, which stay in the first-level cache. Where the sums of
// all filters would outgrow the second-level cache, filters are taken a chunk at a time. Taps that do not fill a tile are
// computed twice and dropped. Order of summation: rows, pixels, vectors (the other way round where lanes are idle), then lanes
// pairwise: fixed, whatever the tile.
#pragma once

#include "striate/kernels/conv2d_plan.hpp"
#include "striate/kernels/impl/channel_sums.hpp"
#include "striate/kernels/impl/tile.hpp"

#include <algorithm>

namespace striate::kernels::impl {

// 8 sums for V8 and SSE, 12 for AVX2's 16 registers, 24 for AVX-512's 32; `fewer` taps are for kernels of 5 and 25.
template <class Arch>
struct DweightShape {
  static constexpr int channels = width_of<Arch> == 16 ? 4 : 2;
  static constexpr int taps = width_of<Arch> == 4 ? 4 : 6;
  static constexpr int fewer = width_of<Arch> == 4 ? 4 : 5;
  static constexpr bool whole_remainder = width_of<Arch> > 4;
};

template <class Arch>
inline int dweight_tile_taps(int taps) {
  using Shape = DweightShape<Arch>;
  const auto padded = [&](int tile) { return (taps + tile - 1) / tile * tile; };
  return padded(Shape::fewer) < padded(Shape::taps) ? Shape::fewer : Shape::taps;
}

// How a row of pixels is gone along: `runs` runs of vectors at floats 0, step, 2·step … below `floats`, which begin dy_next and
// x_next floats apart. With stride 1 a row is one run, or one for each vector of a pixel where lanes are idle; with a larger
// stride each pixel is one.
struct DweightRuns {
  int runs;
  std::ptrdiff_t floats, step, dy_next, x_next;
};

template <class Arch>
inline DweightRuns dweight_runs(int pixels, int lanes, int idle, int stride) {
  const std::ptrdiff_t row = std::ptrdiff_t{pixels} * lanes;
  if (stride == 1 && idle == 0) return {1, row, width_of<Arch>, 0, 0};
  if (stride == 1) return {(lanes - idle) / width_of<Arch>, row, lanes, width_of<Arch>, width_of<Arch>};
  return {pixels, lanes - idle, width_of<Arch>, lanes, std::ptrdiff_t{stride} * lanes};
}

// One tile along a group of rows. dy: first gradient of each channel; x: first input pixel of each tap; both step from row
// to row. saved: the tile's sums so far, Channels·Taps vectors. Not inlined, so that nothing of the loops around it competes
// for registers: inlined, V8 spilled and the tile ran at 60–70% of its speed.
template <class Arch, int Channels, int Taps>
[[gnu::noinline]] void dweight_tile(float* saved, const float* const* dy_first, const float* const* x_first, int rows,
                                    std::ptrdiff_t dy_row, std::ptrdiff_t x_row, const DweightRuns& along) {
  constexpr int width = width_of<Arch>;
  Vector<Arch> sums[Channels][Taps];
#pragma GCC unroll 16
  for (int c = 0; c < Channels; ++c) {
#pragma GCC unroll 16
    for (int t = 0; t < Taps; ++t) sums[c][t] = load<Arch>(saved + (c * Taps + t) * width);
  }
  const float* dy[Channels];
  const float* x[Taps];
#pragma GCC unroll 16
  for (int c = 0; c < Channels; ++c) dy[c] = dy_first[c];
#pragma GCC unroll 16
  for (int t = 0; t < Taps; ++t) x[t] = x_first[t];
  const auto step = along.step * static_cast<std::ptrdiff_t>(sizeof(float));
  const auto run_bytes = along.floats * static_cast<std::ptrdiff_t>(sizeof(float));
  for (int row = 0; row < rows; ++row) {
    std::ptrdiff_t dy_at = row * dy_row, x_at = row * x_row;
    for (int r = 0; r < along.runs; ++r, dy_at += along.dy_next, x_at += along.x_next) {
      // One index for all, in bytes: a step costs an addition a load, and no shift.
      const char* dy_run[Channels];
      const char* x_run[Taps];
#pragma GCC unroll 16
      for (int c = 0; c < Channels; ++c) dy_run[c] = reinterpret_cast<const char*>(dy[c] + dy_at);
#pragma GCC unroll 16
      for (int t = 0; t < Taps; ++t) x_run[t] = reinterpret_cast<const char*>(x[t] + x_at);
      STRIATE_KEEP_LOOP
      for (std::ptrdiff_t at = 0; at < run_bytes; at += step) {
        Vector<Arch> d[Channels];
#pragma GCC unroll 16
        for (int c = 0; c < Channels; ++c) d[c] = load<Arch>(reinterpret_cast<const float*>(dy_run[c] + at));
#pragma GCC unroll 16
        for (int t = 0; t < Taps; ++t) {
          const Vector<Arch> in = keep<Arch>(load<Arch>(reinterpret_cast<const float*>(x_run[t] + at)));
#pragma GCC unroll 16
          for (int c = 0; c < Channels; ++c) sums[c][t] = madd<Arch>(d[c], in, sums[c][t]);
        }
      }
    }
  }
#pragma GCC unroll 16
  for (int c = 0; c < Channels; ++c) {
#pragma GCC unroll 16
    for (int t = 0; t < Taps; ++t) sums[c][t].store_unaligned(saved + (c * Taps + t) * width);
  }
}

// Rows of output that are taken together: as many as keep near 36 KiB what one tile reads, its rows of gradient and the
// rows of the two input channels that its taps lie in, and near 512 KiB what all tiles read of the input.
template <class Arch>
int dweight_row_group(const Conv2dPlan& plan, const ConstBlockedView& input, const ConstBlockedView& doutput) {
  constexpr std::ptrdiff_t first_level = 9216, second_level = 131072;  // floats
  const auto rows_within = [&](std::ptrdiff_t budget, std::ptrdiff_t input_row, std::ptrdiff_t gradient_row) {
    const std::ptrdiff_t first = plan.window.y.extent() * input_row + gradient_row;
    return 1 + (budget - first) / (plan.window.y.stride * input_row + gradient_row);
  };
  const std::ptrdiff_t gradient = DweightShape<Arch>::channels * std::ptrdiff_t{doutput.width} * doutput.lanes;
  const std::ptrdiff_t rows = std::min(rows_within(first_level, std::min(2, input.channels) * input.channel_stride, gradient),
                                       rows_within(second_level, input.row_stride, 0));
  return static_cast<int>(std::clamp<std::ptrdiff_t>(rows, 1, plan.output.height));
}

// All tiles of filters co … co + Channels over one group of rows; returns where the sums of the next filters rest.
template <class Arch, int Channels, int Taps>
float* dweight_channels(const Conv2dPlan& plan, const ConstBlockedView& input, const ConstBlockedView& doutput, int block,
                        int row_from, int rows, int co, int used, float* saved) {
  const int taps = plan.taps();
  const int lanes = input.lanes, idle = lanes - doutput.lanes_of(block);
  const DweightRuns along = dweight_runs<Arch>(plan.output.width, lanes, idle, plan.window.x.stride);
  const float* window = input.at(block, plan.window.y.start(row_from), 0, plan.window.x.start(0));
  const float* dy[Channels];
  for (int c = 0; c < Channels; ++c) dy[c] = doutput.at(block, row_from, co + std::min(c, used - 1));
  for (int k = 0; k < taps; k += Taps) {
    const float* x[Taps];
    for (int t = 0; t < Taps; ++t) x[t] = window + plan.forward_offsets[static_cast<std::size_t>(std::min(k + t, taps - 1))];
    dweight_tile<Arch, Channels, Taps>(saved, dy, x, rows, doutput.row_stride, plan.window.y.stride * input.row_stride,
                                       along);
    saved += Channels * Taps * width_of<Arch>;
  }
  return saved;
}

// `count` neighbouring vectors to their sums, in place: sum i replaces float i.
template <class Arch>
inline void sum_lanes_in_place(float* vectors, int count) {
  constexpr int width = width_of<Arch>;
  int i = 0;
  for (; i + width <= count; i += width) sum_lanes_each<Arch>(vectors + i * width).store_unaligned(vectors + i);
  for (; i < count; ++i) vectors[i] = sum_lanes<Arch>(load<Arch>(vectors + i * width));
}

// The resting sums of filters co … co + Channels to their weights; returns where the next filters' begin.
template <class Arch, int Channels, int Taps>
float* dweight_finish(int taps, int co, int used, float* saved, float* dweight) {
  const int vectors = (taps + Taps - 1) / Taps * Taps * Channels;
  sum_lanes_in_place<Arch>(saved, vectors);
  const float* sums = saved;
  for (int k = 0; k < taps; k += Taps) {
    for (int c = 0; c < Channels; ++c, sums += Taps) {
      if (c < used) std::copy_n(sums, std::min(Taps, taps - k), dweight + std::ptrdiff_t{co + c} * taps + k);
    }
  }
  return saved + vectors * width_of<Arch>;
}

template <class Arch, int Taps>
void conv2d_dweight_by(const Conv2dPlan& plan, const ConstBlockedView& input, const ConstBlockedView& doutput, float* dweight,
                       float* workspace) {
  const int group = dweight_row_group<Arch>(plan, input, doutput);
  const int chunk = plan.dweight_chunk(width_of<Arch>);
  for (int first = 0; first < plan.output.channels; first += chunk) {
    const int last = std::min(first + chunk, plan.output.channels);
    std::fill_n(workspace, plan.dweight_workspace(width_of<Arch>), 0.0f);
    for (int block = 0; block < input.blocks; ++block) {
      for (int oy = 0; oy < plan.output.height; oy += group) {
        float* saved = workspace;
        const int rows = std::min(group, plan.output.height - oy);
        for_tiles_of<DweightShape<Arch>>(last - first, [&](auto channels, int co, int used) {
          saved = dweight_channels<Arch, channels, Taps>(plan, input, doutput, block, oy, rows, first + co, used, saved);
        });
      }
    }
    float* saved = workspace;
    for_tiles_of<DweightShape<Arch>>(last - first, [&](auto channels, int co, int used) {
      saved = dweight_finish<Arch, channels, Taps>(plan.taps(), first + co, used, saved, dweight);
    });
  }
}

template <class Arch>
void conv2d_dweight(const Conv2dPlan& plan, const ConstBlockedView& input, const ConstBlockedView& doutput, float* dweight,
                    float* dbias, float* workspace) {
  using Shape = DweightShape<Arch>;
  if constexpr (Shape::fewer < Shape::taps) {
    if (dweight_tile_taps<Arch>(plan.taps()) == Shape::fewer) {
      conv2d_dweight_by<Arch, Shape::fewer>(plan, input, doutput, dweight, workspace);
    } else {
      conv2d_dweight_by<Arch, Shape::taps>(plan, input, doutput, dweight, workspace);
    }
  } else {
    conv2d_dweight_by<Arch, Shape::taps>(plan, input, doutput, dweight, workspace);
  }
  if (dbias != nullptr) channel_sums<Arch>(doutput, dbias);
}

}  // namespace striate::kernels::impl

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
#include "striate/kernels/impl/tile.hpp"

#include <algorithm>

namespace striate::kernels::impl {

template <class Arch>
struct DweightShape {
  static constexpr int channels = 2;
  static constexpr int taps = width_of<Arch> >= 16 ? 8 : 4;
};

// Adds one row of output pixels to the sums. x[t]: input pixel of tap t at the first window, dy[c]: output gradient.
template <class Arch, int Channels, int Taps, int Vectors>
inline void dweight_row(Vector<Arch> (&sums)[Channels][Taps], const float* const (&dy_row)[Channels],
                        const float* const (&x_row)[Taps], int pixels, std::ptrdiff_t x_skip) {
  const float* dy[Channels];
  const float* x[Taps];
  for (int c = 0; c < Channels; ++c) dy[c] = dy_row[c];
  for (int t = 0; t < Taps; ++t) x[t] = x_row[t];
  // With stride 1 the row is one run of pixels·Vectors vectors; with a larger stride each pixel is its own run.
  const int runs = x_skip == 0 ? 1 : pixels;
  const int run_vectors = x_skip == 0 ? pixels * Vectors : Vectors;
  for (int r = 0; r < runs; ++r) {
#if defined(__clang__)
#pragma clang loop unroll(disable)
#else
#pragma GCC unroll 1
#endif
    for (int v = 0; v < run_vectors; ++v) {
      const std::ptrdiff_t at = std::ptrdiff_t{v} * width_of<Arch>;
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
    const std::ptrdiff_t done = std::ptrdiff_t{run_vectors} * width_of<Arch>;
    for (int c = 0; c < Channels; ++c) dy[c] += done;
    for (int t = 0; t < Taps; ++t) x[t] += done + x_skip;
  }
}

// Rows of output that are taken together: as many as keep the rows of input and gradient they touch near 32 KiB.
inline int dweight_row_group(const Conv2dPlan& plan, const ConstBlockedView& input, const ConstBlockedView& doutput) {
  const std::ptrdiff_t budget = 8192;  // floats
  const std::ptrdiff_t first = plan.window.y.extent() * input.row_stride + doutput.row_stride;
  const std::ptrdiff_t further = plan.window.y.stride * input.row_stride + doutput.row_stride;
  return static_cast<int>(std::clamp<std::ptrdiff_t>(1 + (budget - first) / further, 1, plan.output.height));
}

template <class Arch, int Vectors>
void dweight_rows(const Conv2dPlan& plan, const ConstBlockedView& input, const ConstBlockedView& doutput, int block,
                  int row_from, int row_until, bool first, float* workspace) {
  constexpr int Channels = DweightShape<Arch>::channels, Taps = DweightShape<Arch>::taps;
  constexpr int width = width_of<Arch>;
  const int taps = plan.taps(), out_channels = plan.output.channels;
  const std::ptrdiff_t x_skip = std::ptrdiff_t{plan.window.x.stride - 1} * input.lanes;
  float* saved = workspace;
  for (int co = 0; co < out_channels; co += Channels) {
    for (int k = 0; k < taps; k += Taps) {
      Vector<Arch> sums[Channels][Taps];
      std::int32_t offsets[Taps];
      for (int t = 0; t < Taps; ++t) {
        offsets[t] = plan.forward_offsets[static_cast<std::size_t>(std::min(k + t, taps - 1))];
      }
#pragma GCC unroll 16
      for (int c = 0; c < Channels; ++c) {
#pragma GCC unroll 16
        for (int t = 0; t < Taps; ++t) sums[c][t] = first ? Vector<Arch>(0.0f) : load<Arch>(saved + (c * Taps + t) * width);
      }
      for (int oy = row_from; oy < row_until; ++oy) {
        const float* dy[Channels];
        const float* x[Taps];
        for (int c = 0; c < Channels; ++c) dy[c] = doutput.at(block, oy, std::min(co + c, out_channels - 1));
        const float* window = input.at(block, plan.window.y.start(oy), 0, plan.window.x.start(0));
        for (int t = 0; t < Taps; ++t) x[t] = window + offsets[t];
        dweight_row<Arch, Channels, Taps, Vectors>(sums, dy, x, plan.output.width, x_skip);
      }
#pragma GCC unroll 16
      for (int c = 0; c < Channels; ++c) {
#pragma GCC unroll 16
        for (int t = 0; t < Taps; ++t) sums[c][t].store_unaligned(saved + (c * Taps + t) * width);
      }
      saved += Channels * Taps * width;
    }
  }
}

// dbias(c) = sum of all gradients of channel c, rows in order.
template <class Arch>
void channel_sums(const ConstBlockedView& doutput, float* dbias) {
  constexpr int width = width_of<Arch>;
  const int row_floats = doutput.width * doutput.lanes;
  for (int c = 0; c < doutput.channels; ++c) {
    Vector<Arch> even(0.0f), odd(0.0f);
    for (int block = 0; block < doutput.blocks; ++block) {
      for (int y = 0; y < doutput.height; ++y) {
        const float* row = doutput.at(block, y, c);
        int i = 0;
        for (; i + 2 * width <= row_floats; i += 2 * width) {
          even = even + load<Arch>(row + i);
          odd = odd + load<Arch>(row + i + width);
        }
        if (i < row_floats) even = even + load<Arch>(row + i);
      }
    }
    dbias[c] = sum_lanes<Arch>(even + odd);
  }
}

template <class Arch>
void conv2d_dweight(const Conv2dPlan& plan, const ConstBlockedView& input, const ConstBlockedView& doutput, float* dweight,
                    float* dbias, float* workspace) {
  constexpr int Channels = DweightShape<Arch>::channels, Taps = DweightShape<Arch>::taps;
  constexpr int width = width_of<Arch>;
  with_vectors<Arch>(input.lanes, [&](auto vectors) {
    const int group = dweight_row_group(plan, input, doutput);
    bool first = true;
    for (int block = 0; block < input.blocks; ++block) {
      for (int oy = 0; oy < plan.output.height; oy += group) {
        dweight_rows<Arch, vectors>(plan, input, doutput, block, oy, std::min(oy + group, plan.output.height), first, workspace);
        first = false;
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

// Weight gradient of a 3×3 convolution by Winograd's filtering F(3×3, 4×4): a tile of 4×4 output gradients is the filter
// that slides over its 6×6 inputs.
//
//   dweight(co, ci) = Aᵀ[Σ over tiles and images of (G dy Gᵀ) ⊙ (Bᵀ d B)]A,  36 products instead of 144 a tile
//
// The inputs' transform is the forward pass's own. Tiles are gathered, whatever row or image block they lie in, until
// they fill half of a second-level cache; for each plane the weight gradient's tile then sums along them, lanes are added
// pairwise, and chunk after chunk is added up in order.
#pragma once

#include "striate/kernels/impl/conv2d_dweight.hpp"
#include "striate/kernels/impl/winograd.hpp"

namespace striate::kernels::impl {

// sums[co·Ci + ci] += Σ over `floats` of dy(co)·x(ci), for one plane. rest: one tile row of resting sums.
template <class Arch, int Taps>
void winograd_dweight_products(const WinogradPlan& plan, const float* x, const float* dy, int floats, float* rest,
                               float* sums) {
  const int in = plan.input.channels;
  const std::ptrdiff_t step = std::ptrdiff_t{plan.strip} * plan.lanes;
  for_dweight_tiles<Arch>(0, plan.output.channels, [&](auto channels, int co, int used) {
    const int vectors = (in + Taps - 1) / Taps * Taps * channels;
    std::fill_n(rest, vectors * width_of<Arch>, 0.0f);
    const float* gradients[channels];
    for (int c = 0; c < channels; ++c) gradients[c] = dy + (co + std::min(c, used - 1)) * step;
    float* saved = rest;
    for (int ci = 0; ci < in; ci += Taps, saved += channels * Taps * width_of<Arch>) {
      const float* inputs[Taps];
      for (int t = 0; t < Taps; ++t) inputs[t] = x + std::min(ci + t, in - 1) * step;
      dweight_tile<Arch, channels, Taps>(saved, gradients, inputs, 1, 0, 0, 1, floats, 0);
    }
    sum_lanes_in_place<Arch>(rest, vectors);
    const float* sum = rest;
    for (int ci = 0; ci < in; ci += Taps) {
      for (int c = 0; c < channels; ++c, sum += Taps) {
        if (c >= used) continue;
        float* to = sums + std::ptrdiff_t{co + c} * in + ci;
        for (int t = 0; t < std::min(Taps, in - ci); ++t) to[t] += sum[t];
      }
    }
  });
}

// From the sums of all planes to [Co][Ci][3][3].
template <class Arch>
void winograd_dweight_finish(const WinogradPlan& plan, const float* sums, float* dweight) {
  constexpr int width = width_of<Arch>;
  const int pairs = plan.input.channels * plan.output.channels;
  const std::ptrdiff_t plane = plan.pair_floats();
  for (int first = 0; first < pairs; first += width) {
    float taps[9][width];
    winograd_square<Arch, 6, 3>(
        WinogradPoints<Arch, 4>::dweight,
        [&](int r, Vector<Arch> (&row)[6]) {
          for (int c = 0; c < 6; ++c) row[c] = load<Arch>(sums + (r * 6 + c) * plane + first);
        },
        [&](int c, const Vector<Arch> (&column)[3]) {
          for (int r = 0; r < 3; ++r) column[r].store_unaligned(taps[r * 3 + c]);
        });
    for (int i = 0; i < std::min(width, pairs - first); ++i) {
      for (int tap = 0; tap < 9; ++tap) dweight[std::ptrdiff_t{first + i} * 9 + tap] = taps[tap][i];
    }
  }
}

template <class Arch>
void conv2d_winograd_dweight(const WinogradPlan& plan, const ConstBlockedView& input, const ConstBlockedView& doutput,
                             float* dweight, float* dbias, float* workspace) {
  constexpr int planes = 36;
  const int in = plan.input.channels, out = plan.output.channels;
  const std::ptrdiff_t plane_in = plan.plane_floats(in), plane_out = plan.plane_floats(out);
  float* const x = workspace;
  float* const dy = x + planes * plane_in;
  float* const sums = dy + planes * plane_out;
  float* const rest = sums + planes * plan.pair_floats();
  std::fill_n(sums, planes * plan.pair_floats(), 0.0f);
  const WinogradBounds seen{plan.top, plan.bottom, plan.left, plan.right}, whole{0, doutput.height, 0, doutput.width};
  const int per_row = plan.tiles_x(), per_block = per_row * plan.tiles_y(), all = per_block * input.blocks;
  for (int first = 0; first < all; first += plan.strip) {
    const int tiles = std::min(plan.strip, all - first);
    for (int t = 0; t < tiles; ++t) {
      const int block = (first + t) / per_block, ty = (first + t) % per_block / per_row, tx = (first + t) % per_row;
      for (int i = 0; i < in; ++i) {
        winograd_transforms<Arch, 4>.input(seen, input, block, i, plan.origin_y + ty * 4, plan.origin_x + tx * 4,
                                           x + (std::ptrdiff_t{i} * plan.strip + t) * plan.lanes, plane_in);
      }
      for (int o = 0; o < out; ++o) {
        winograd_input<Arch, 4, 6, WinogradPoints<Arch, 4>::doutput>(
            whole, doutput, block, o, ty * 4, tx * 4, dy + (std::ptrdiff_t{o} * plan.strip + t) * plan.lanes, plane_out);
      }
    }
    for (int p = 0; p < planes; ++p) {
      winograd_dweight_products<Arch, DweightShape<Arch>::taps>(plan, x + p * plane_in, dy + p * plane_out,
                                                                tiles * plan.lanes, rest, sums + p * plan.pair_floats());
    }
  }
  winograd_dweight_finish<Arch>(plan, sums, dweight);
  if (dbias != nullptr) channel_sums<Arch>(doutput, dbias);
}

}  // namespace striate::kernels::impl

// Weight gradient of a 3×3 convolution by Winograd's filtering F(3×3, 4×4): a tile of 4×4 output gradients is the filter
// that slides over its 6×6 inputs.
//
//   dweight(co, ci) = Aᵀ[Σ over tiles and images of (G dy Gᵀ) ⊙ (Bᵀ d B)]A,  36 products instead of 144 a tile
//
// The inputs' transform is the forward pass's own. Tiles are gathered, whatever row or image block they lie in, until
// they fill half of a second-level cache; for each plane the inputs are then turned, so that a vector holds input channels
// and no lanes need be added up at the end, and the register tile of the direct kernel sums along tiles and images. Strip
// after strip is added up in order.
#pragma once

#include "striate/kernels/impl/channel_sums.hpp"
#include "striate/kernels/impl/turn.hpp"
#include "striate/kernels/impl/winograd_transposed.hpp"

namespace striate::kernels::impl {

// One plane: sums[co·pitch + ci] += Σ over `count` of dy(co)·x(ci), x as turned, output channels `step` floats apart.
template <class Arch>
void winograd_dweight_products(const WinogradPlan& plan, const float* x, const float* dy, std::ptrdiff_t step, int count,
                               float* sums) {
  constexpr int vectors = 16 / width_of<Arch>;
  const std::ptrdiff_t pitch = plan.turned_pitch();
  for_channel_tiles<TileShape<Arch, vectors>::channels, true>(0, plan.output.channels, [&](auto channels, int co) {
    for (int ci = 0; ci < plan.input.channels; ci += 16) {
      Tile<Arch, channels, 1, vectors> tile;
      tile.start(nullptr);
      tile.accumulate(StepWalk{x + ci, pitch}, 0, count, dy + co * step, step, 1);
      tile.add_to(sums + co * pitch + ci, pitch);
    }
  });
}

// From the sums of all planes to [Co][Ci][3][3].
template <class Arch>
void winograd_dweight_finish(const WinogradPlan& plan, const float* sums, float* dweight) {
  constexpr int width = width_of<Arch>;
  const int in = plan.input.channels;
  const std::ptrdiff_t pitch = plan.turned_pitch(), plane = plan.output.channels * pitch;
  for (int co = 0; co < plan.output.channels; ++co, sums += pitch) {
    for (int ci = 0; ci < in; ci += width) {
      float taps[9][width];
      winograd_square<Arch, 6, 3>(
          typename WinogradPoints<Arch, 4, 3>::Dweight{},
          [&](int r, Vector<Arch> (&row)[6]) STRIATE_INLINED {
            for (int c = 0; c < 6; ++c) row[c] = load<Arch>(sums + (r * 6 + c) * plane + ci);
          },
          [&](int c, const Vector<Arch> (&column)[3]) STRIATE_INLINED {
            for (int r = 0; r < 3; ++r) column[r].store_unaligned(taps[r * 3 + c]);
          });
      for (int i = 0; i < std::min(width, in - ci); ++i) {
        for (int tap = 0; tap < 9; ++tap) *dweight++ = taps[tap][i];
      }
    }
  }
}

template <class Arch>
void conv2d_winograd_dweight(const WinogradPlan& plan, const ConstBlockedView& input, const ConstBlockedView& doutput,
                             float* dweight, float* dbias, float* workspace) {
  if (dbias != nullptr) channel_sums<Arch>(doutput, dbias);
  constexpr int planes = 36;
  const int in = plan.input.channels, out = plan.output.channels;
  const std::ptrdiff_t plane_in = plan.plane_floats(in), plane_out = plan.plane_floats(out);
  float* const x = workspace;
  float* const dy = x + planes * plane_in;
  float* const sums = dy + planes * plane_out;
  const std::ptrdiff_t pitch = plan.turned_pitch(), plane_sums = out * pitch;
  float* const turned = sums + planes * plane_sums;
  // Channels that fill up the last vectors: whatever is summed there is not looked at, but must not be slow.
  std::fill_n(sums, planes * plane_sums + plan.strip * plan.lanes * pitch, 0.0f);
  const WinogradBounds seen{plan.top, plan.bottom, plan.left, plan.right}, whole{0, doutput.height, 0, doutput.width};
  const int per_row = plan.tiles_x(), per_block = per_row * plan.tiles_y();
  for_winograd_strips(plan, doutput, [&](int first, int tiles, int lanes) {
    const std::ptrdiff_t step = std::ptrdiff_t{plan.strip} * lanes;
    for (int t = 0; t < tiles; ++t) {
      const int block = (first + t) / per_block, ty = (first + t) % per_block / per_row, tx = (first + t) % per_row;
      for (int i = 0; i < in; ++i) {
        winograd_transforms<Arch, 4, 3>.input(seen, input, block, i, plan.origin_y + ty * 4, plan.origin_x + tx * 4,
                                              lanes, x + i * step + t * lanes, plane_in);
      }
      for (int o = 0; o < out; ++o) {
        winograd_input<Arch, 4, 6, typename WinogradPoints<Arch, 4, 3>::Doutput>(
            whole, doutput, block, o, ty * 4, tx * 4, lanes, dy + o * step + t * lanes, plane_out);
      }
    }
    for (int p = 0; p < planes; ++p) {
      turn<Arch>(x + p * plane_in, step, in, tiles * lanes, turned, pitch);
      winograd_dweight_products<Arch>(plan, turned, dy + p * plane_out, step, tiles * lanes, sums + p * plane_sums);
    }
  });
  winograd_dweight_finish<Arch>(plan, sums, dweight);
}

}  // namespace striate::kernels::impl

// Gradients of a 5×5 convolution by the transposed steps of Winograd's forward pass, Y = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A:
//
//   dinput   dd = B[Σ over output channels of (G g Gᵀ) ⊙ (A dy Aᵀ)]Bᵀ, overlapping tiles added up
//   dweight  dg = Gᵀ[Σ over tiles and images of (A dy Aᵀ) ⊙ (Bᵀ d B)]G
//
// 36 products a channel pair and a tile of 2×2 outputs, where the direct gradients take 100. The input gradient has the tiles
// of the outputs, no more: as a forward pass on the output gradient it would have those of the padded inputs, nearly twice as
// many in LeNet. The weight gradient's partial sums have a lane each, as the direct one's; tiles are taken strip by strip, and
// the strips are added up in order.
#pragma once

#include "striate/kernels/impl/conv2d_dweight.hpp"
#include "striate/kernels/impl/winograd.hpp"

namespace striate::kernels::impl {

// A 2×2 tile of output gradients, to the planes at `to`.
template <class Arch>
inline constexpr auto winograd_doutput = winograd_input<Arch, 2, 6, typename WinogradPoints<Arch, 2, 5>::Doutput>;

// Adds the tile of one input channel whose first pixel is (y, x), which may lie outside in part.
template <class Arch>
[[gnu::noinline]] void winograd_scatter(const float* from, std::ptrdiff_t plane, const BlockedView& dinput, int block,
                                        int channel, int y, int x) {
  // Copies, which no store can change.
  const int lanes = dinput.lanes, top = -y, bottom = dinput.height - y, left = -x, right = dinput.width - x;
  const std::ptrdiff_t row_stride = dinput.row_stride;
  float* const corner = dinput.at(block, y, channel, x);
  const typename WinogradInput<Arch, 6>::Transposed transform;
  for (int lane = 0; lane < lanes; lane += width_of<Arch>, from += width_of<Arch>) {
    winograd_square<Arch, 6, 6>(
        transform,
        [&](int r, Vector<Arch> (&row)[6]) {
          const float* at = from + r * 6 * plane;
#pragma GCC unroll 8
          for (int c = 0; c < 6; ++c, at += plane) row[c] = load<Arch>(at);
        },
        [&](int c, const Vector<Arch> (&column)[6]) {
          if (c < left || c >= right) return;
          float* const to = corner + c * lanes + lane;
#pragma GCC unroll 8
          for (int r = 0; r < 6; ++r) {
            if (r < top || r >= bottom) continue;
            (load<Arch>(to + r * row_stride) + column[r]).store_unaligned(to + r * row_stride);
          }
        });
  }
}

// Zero where relu_output is not above zero.
template <class Arch>
void winograd_mask(const ConstBlockedView& relu_output, const BlockedView& dinput, int block) {
  for (int y = 0; y < dinput.height; ++y) {
    for (int c = 0; c < dinput.channels; ++c) {
      const float* seen = relu_output.at(block, y, c);
      float* const to = dinput.at(block, y, c);
      for (int i = 0; i < dinput.width * dinput.lanes; i += width_of<Arch>) {
        relu_mask<Arch>(load<Arch>(seen + i), load<Arch>(to + i)).store_unaligned(to + i);
      }
    }
  }
}

template <class Arch>
void conv2d_winograd_dinput(const WinogradPlan& plan, const ConstBlockedView& doutput, const float* weight,
                            const ConstBlockedView* relu_output, const BlockedView& dinput, float* workspace) {
  const int planes = plan.planes(), out = plan.input.channels, in = plan.output.channels, lanes = plan.lanes;
  const std::ptrdiff_t plane_out = plan.plane_floats(out), plane_in = plan.plane_floats(plan.padded_channels());
  float* const weights = workspace;
  float* const transformed = weights + planes * std::ptrdiff_t{out} * plan.weight_pitch();
  float* const products = transformed + planes * plane_out;
  const WinogradBounds whole{0, doutput.height, 0, doutput.width};
  winograd_weights<Arch, 2, 5>(plan, weight, weights);
  for (int block = 0; block < doutput.blocks; ++block) {
    for (int y = 0; y < dinput.height; ++y) {
      for (int c = 0; c < in; ++c) std::fill_n(dinput.at(block, y, c), dinput.width * lanes, 0.0f);
    }
    for (int y = 0; y < doutput.height; y += plan.m) {
      for (int tx = 0; tx < plan.tiles_x(); tx += plan.strip) {
        const int tiles = std::min(plan.strip, plan.tiles_x() - tx), x = tx * plan.m;
        for (int o = 0; o < out; ++o) {
          for (int t = 0; t < tiles; ++t) {
            winograd_doutput<Arch>(whole, doutput, block, o, y, x + t * plan.m,
                                   transformed + (std::ptrdiff_t{o} * plan.strip + t) * lanes, plane_out);
          }
        }
        winograd_all_products<Arch>(plan, weights, transformed, products, tiles);
        for (int i = 0; i < in; ++i) {
          for (int t = 0; t < tiles; ++t) {
            winograd_scatter<Arch>(products + (std::ptrdiff_t{i} * plan.strip + t) * lanes, plane_in, dinput, block, i,
                                   plan.origin_y + y, plan.origin_x + x + t * plan.m);
          }
        }
      }
    }
    if (relu_output != nullptr) winograd_mask<Arch>(*relu_output, dinput, block);
  }
}

template <class Arch>
void conv2d_winograd(const WinogradPlan& plan, const ConstBlockedView& input, const float* weight, const float* bias,
                     const ConstBlockedView* relu_output, const BlockedView& output, bool with_relu, float* workspace) {
  if (plan.gradient && !plan.turned) return conv2d_winograd_dinput<Arch>(plan, input, weight, relu_output, output, workspace);
  conv2d_winograd_forward<Arch>(plan, input, weight, bias, relu_output, output, with_relu, workspace);
}

// Input channels × output channels of one register tile of partial sums.
inline constexpr int winograd_tile_in = 2, winograd_tile_out = 4;

// One plane of a strip: every pair's partial sums, tile after tile at `sums`.
template <class Arch>
void winograd_partial_sums(const WinogradPlan& plan, const float* x, const float* dy, int tiles, float* sums) {
  const std::ptrdiff_t step = std::ptrdiff_t{plan.strip} * plan.lanes;
  const int in = plan.input.channels, out = plan.output.channels;
  for (int ci = 0; ci < in; ci += winograd_tile_in) {
    const float* inputs[winograd_tile_in];
    for (int i = 0; i < winograd_tile_in; ++i) inputs[i] = x + std::min(ci + i, in - 1) * step;
    for (int co = 0; co < out; co += winograd_tile_out) {
      const float* gradients[winograd_tile_out];
      for (int o = 0; o < winograd_tile_out; ++o) gradients[o] = dy + std::min(co + o, out - 1) * step;
      dweight_tile<Arch, winograd_tile_in, winograd_tile_out>(sums, inputs, gradients, 1, 0, 0, tiles, plan.lanes, 0);
      sums += winograd_tile_in * winograd_tile_out * width_of<Arch>;
    }
  }
}

// From the sums of all planes, their lanes added up, to [Co][Ci][5][5].
template <class Arch>
void winograd_dweight5_finish(const WinogradPlan& plan, float* sums, std::ptrdiff_t plane, float* dweight) {
  constexpr int width = width_of<Arch>, per_tile = winograd_tile_in * winograd_tile_out;
  const int in = plan.input.channels, out = plan.output.channels;
  for (int p = 0; p < plan.planes(); ++p) sum_lanes_in_place<Arch>(sums + p * plane, static_cast<int>(plane / width));
  for (int ci = 0; ci < in; ci += winograd_tile_in) {
    for (int co = 0; co < out; co += winograd_tile_out, sums += per_tile) {
      for (int pair = 0; pair < per_tile; pair += width) {
        float taps[25][width];
        winograd_square<Arch, 6, 5>(
            typename WinogradPoints<Arch, 2, 5>::Dweight{},
            [&](int r, Vector<Arch> (&row)[6]) {
              for (int c = 0; c < 6; ++c) row[c] = load<Arch>(sums + (r * 6 + c) * plane + pair);
            },
            [&](int c, const Vector<Arch> (&column)[5]) {
              for (int r = 0; r < 5; ++r) column[r].store_unaligned(taps[r * 5 + c]);
            });
        for (int k = pair; k < std::min(pair + width, per_tile); ++k) {
          const int i = ci + k / winograd_tile_out, o = co + k % winograd_tile_out;
          if (i >= in || o >= out) continue;
          for (int tap = 0; tap < 25; ++tap) dweight[(std::ptrdiff_t{o} * in + i) * 25 + tap] = taps[tap][k - pair];
        }
      }
    }
  }
}

template <class Arch>
void conv2d_winograd_dweight5(const WinogradPlan& plan, const ConstBlockedView& input, const ConstBlockedView& doutput,
                              float* dweight, float* workspace) {
  const int planes = plan.planes(), in = plan.input.channels, out = plan.output.channels, lanes = plan.lanes;
  const std::ptrdiff_t plane_in = plan.plane_floats(in), plane_out = plan.plane_floats(out);
  const std::ptrdiff_t plane_sums = plan.partial_sums() * width_of<Arch>;
  float* const x = workspace;
  float* const dy = x + planes * plane_in;
  float* const sums = dy + planes * plane_out;
  std::fill_n(sums, planes * plane_sums, 0.0f);
  const WinogradBounds seen{plan.top, plan.bottom, plan.left, plan.right}, whole{0, doutput.height, 0, doutput.width};
  const int per_row = plan.tiles_x(), per_block = per_row * plan.tiles_y(), all = per_block * input.blocks;
  for (int first = 0; first < all; first += plan.strip) {
    const int tiles = std::min(plan.strip, all - first);
    for (int t = 0; t < tiles; ++t) {
      const int block = (first + t) / per_block, ty = (first + t) % per_block / per_row, tx = (first + t) % per_row;
      for (int i = 0; i < in; ++i) {
        winograd_transforms<Arch, 2, 5>.input(seen, input, block, i, plan.origin_y + ty * 2, plan.origin_x + tx * 2,
                                              x + (std::ptrdiff_t{i} * plan.strip + t) * lanes, plane_in);
      }
      for (int o = 0; o < out; ++o) {
        winograd_doutput<Arch>(whole, doutput, block, o, ty * 2, tx * 2, dy + (std::ptrdiff_t{o} * plan.strip + t) * lanes,
                               plane_out);
      }
    }
    for (int p = 0; p < planes; ++p) {
      winograd_partial_sums<Arch>(plan, x + p * plane_in, dy + p * plane_out, tiles, sums + p * plane_sums);
    }
  }
  winograd_dweight5_finish<Arch>(plan, sums, plane_sums, dweight);
}

}  // namespace striate::kernels::impl

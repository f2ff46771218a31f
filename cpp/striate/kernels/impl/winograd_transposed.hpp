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

// Strips of tiles, whatever row or block they lie in: body(the first one's number, how many, lanes of each). A last block with
// idle lanes has strips of its own.
template <class Body>
inline void for_winograd_strips(const WinogradPlan& plan, const ConstBlockedView& view, Body&& body) {
  const int per_block = plan.tiles_y() * plan.tiles_x(), all = per_block * view.blocks;
  const int whole = view.idle_lanes == 0 ? all : all - per_block;
  for (int first = 0; first < all;) {
    const int tiles = std::min(plan.strip, (first < whole ? whole : all) - first);
    body(first, tiles, first < whole ? view.lanes : view.lanes - view.idle_lanes);
    first += tiles;
  }
}

// Adds the tile of one input channel whose first pixel is (y, x), its first `lanes` lanes; what lies outside goes by way of a
// patch, and is dropped.
template <class Arch>
[[gnu::noinline]] void winograd_scatter(const float* from, std::ptrdiff_t plane, const BlockedView& dinput, int block,
                                        int channel, int y, int x, int lanes) {
  constexpr int size = 6;
  // Copies, which no store can change.
  std::ptrdiff_t row_stride = dinput.row_stride, pixel = dinput.lanes;
  float* to = dinput.at(block, y, channel, x);
  float patch[size * size * 16];
  const bool whole = y >= 0 && y + size <= dinput.height && x >= 0 && x + size <= dinput.width;
  if (!whole) {
    to = patch;
    pixel = lanes;
    row_stride = size * pixel;
    std::fill_n(patch, size * size * lanes, 0.0f);
  }
  const typename WinogradInput<Arch, size>::Transposed transform;
  for (int lane = 0; lane < lanes; lane += width_of<Arch>, from += width_of<Arch>, to += width_of<Arch>) {
    winograd_square<Arch, size, size>(
        transform,
        [&](int r, Vector<Arch> (&row)[size]) STRIATE_INLINED {
          const float* at = from + r * size * plane;
#pragma GCC unroll 8
          for (int c = 0; c < size; ++c, at += plane) row[c] = load<Arch>(at);
        },
        [&](int c, const Vector<Arch> (&column)[size]) STRIATE_INLINED {
          float* at = to + c * pixel;
#pragma GCC unroll 8
          for (int r = 0; r < size; ++r, at += row_stride) (load<Arch>(at) + column[r]).store_unaligned(at);
        });
  }
  if (whole) return;
  const int left = std::max(0, -x), columns = std::min(size, dinput.width - x) - left;
  for (int r = std::max(0, -y); r < std::min(size, dinput.height - y); ++r) {
    const float* sum = patch + (r * size + left) * lanes;
    float* at = dinput.at(block, y + r, channel, x + left);
    for (int c = 0; c < columns; ++c, at += dinput.lanes) {
      for (int lane = 0; lane < lanes; lane += width_of<Arch>, sum += width_of<Arch>) {
        (load<Arch>(at + lane) + load<Arch>(sum)).store_unaligned(at + lane);
      }
    }
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

// Input channels × output channels of one register tile of partial sums.
inline constexpr int winograd_tile_in = 2, winograd_tile_out = 4;

// One plane of a strip: every pair's partial sums, tile after tile at `sums`.
template <class Arch>
void winograd_partial_sums(const WinogradPlan& plan, const float* x, const float* dy, int tiles, int lanes, float* sums) {
  const std::ptrdiff_t step = std::ptrdiff_t{plan.strip} * lanes;
  const int in = plan.input.channels, out = plan.output.channels;
  for (int ci = 0; ci < in; ci += winograd_tile_in) {
    const float* inputs[winograd_tile_in];
    for (int i = 0; i < winograd_tile_in; ++i) inputs[i] = x + std::min(ci + i, in - 1) * step;
    for (int co = 0; co < out; co += winograd_tile_out) {
      const float* gradients[winograd_tile_out];
      for (int o = 0; o < winograd_tile_out; ++o) gradients[o] = dy + std::min(co + o, out - 1) * step;
      dweight_tile<Arch, winograd_tile_in, winograd_tile_out>(sums, inputs, gradients, 1, 0, 0,
                                                              dweight_runs<Arch>(tiles, lanes, 0, 1));
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
            [&](int r, Vector<Arch> (&row)[6]) STRIATE_INLINED {
              for (int c = 0; c < 6; ++c) row[c] = load<Arch>(sums + (r * 6 + c) * plane + pair);
            },
            [&](int c, const Vector<Arch> (&column)[5]) STRIATE_INLINED {
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

// Either gradient, or both of them from output gradients that are transformed once: what is null is not wanted.
template <class Arch>
void conv2d_winograd_gradients(const WinogradPlan& plan, const ConstBlockedView& input, const ConstBlockedView& doutput,
                               const float* weight, const ConstBlockedView* relu_output, float* dweight, float* dbias,
                               const BlockedView* dinput, float* workspace) {
  if (dbias != nullptr) channel_sums<Arch>(doutput, dbias);
  const WinogradPlan back = plan.transposed();
  const int planes = plan.planes(), in = plan.input.channels, out = plan.output.channels;
  const std::ptrdiff_t plane_in = plan.plane_floats(in), plane_out = plan.plane_floats(out);
  const std::ptrdiff_t plane_back = plan.plane_floats(back.padded_channels()), plane_sums = plan.partial_sums() * width_of<Arch>;
  float* const dy = workspace;
  // Transformed inputs, and when these are done with, products.
  float* const x = dy + planes * plane_out;
  float* const sums = x + planes * plane_back;
  float* const weights = sums + planes * plane_sums;
  if (dweight != nullptr) std::fill_n(sums, planes * plane_sums, 0.0f);
  if (dinput != nullptr) winograd_weights<Arch, 5>(back, winograd_weight<Arch, 2, 5>, weight, weights);
  const WinogradBounds seen{plan.top, plan.bottom, plan.left, plan.right}, whole{0, doutput.height, 0, doutput.width};
  const int per_row = plan.tiles_x(), per_block = per_row * plan.tiles_y();
  int begun = 0, ended = 0;  // blocks of dinput that were set to zero, and masked
  for_winograd_strips(plan, doutput, [&](int first, int tiles, int lanes) {
    const auto for_each_tile = [&](auto&& body) {
      for (int t = 0; t < tiles; ++t) {
        const int block = (first + t) / per_block, at = (first + t) % per_block;
        body(std::ptrdiff_t{t} * lanes, block, at / per_row * 2, at % per_row * 2);
      }
    };
    const std::ptrdiff_t step = std::ptrdiff_t{plan.strip} * lanes;
    for_each_tile([&](std::ptrdiff_t place, int block, int ty, int tx) {
      for (int o = 0; o < out; ++o) {
        winograd_doutput<Arch>(whole, doutput, block, o, ty, tx, lanes, dy + o * step + place, plane_out);
      }
      for (int i = 0; dweight != nullptr && i < in; ++i) {
        winograd_transforms<Arch, 2, 5>.input(seen, input, block, i, plan.origin_y + ty, plan.origin_x + tx, lanes,
                                              x + i * step + place, plane_in);
      }
    });
    for (int p = 0; dweight != nullptr && p < planes; ++p) {
      winograd_partial_sums<Arch>(plan, x + p * plane_in, dy + p * plane_out, tiles, lanes, sums + p * plane_sums);
    }
    if (dinput == nullptr) return;
    for (; begun <= (first + tiles - 1) / per_block; ++begun) {
      for (int y = 0; y < dinput->height; ++y) {
        for (int c = 0; c < in; ++c) std::fill_n(dinput->at(begun, y, c), dinput->width * dinput->lanes, 0.0f);
      }
    }
    winograd_all_products<Arch>(back, weights, dy, x, tiles, lanes);
    for_each_tile([&](std::ptrdiff_t place, int block, int ty, int tx) {
      for (int i = 0; i < in; ++i) {
        winograd_scatter<Arch>(x + i * step + place, plane_back, *dinput, block, i, plan.origin_y + ty, plan.origin_x + tx,
                               lanes);
      }
    });
    for (; relu_output != nullptr && ended < (first + tiles) / per_block; ++ended) winograd_mask<Arch>(*relu_output, *dinput, ended);
  });
  if (dweight != nullptr) winograd_dweight5_finish<Arch>(plan, sums, plane_sums, dweight);
}

}  // namespace striate::kernels::impl

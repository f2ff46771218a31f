// linear: output(o) = bias(o) + Σ_i weight(o, i)·input(i) on flat batch-blocked views, and its two gradients.
//
// Forward and input gradient are the convolution's tile with a fixed step between taps. The weight gradient turns the
// input, some features at a time, to rows of one image each, so that lanes run along the inputs and each image is one splat
// of the output gradient: dweight(o, i) = Σ_n doutput(n, o)·input(n, i), images in order. (Sums over lanes instead reach a
// third of the speed.)
#pragma once

#include "striate/kernels/impl/channel_sums.hpp"
#include "striate/kernels/impl/turn.hpp"
#include "striate/kernels/linear_workspace.hpp"

#include <algorithm>

namespace striate::kernels::impl {

// Blocks of images that share the splats of one tile: two where there are registers for them.
template <class Arch, int Vectors>
inline constexpr int linear_blocks = width_of<Arch> == 16 || (width_of<Arch> == 8 && Vectors == 1) ? 2 : 1;

// body(integral constant: how many blocks, from which on), from `block` on.
template <class Arch, int Vectors, class Body>
inline void for_linear_blocks(int block, int until, Body&& body) {
  constexpr int together = linear_blocks<Arch, Vectors>;
  for (; block + together <= until; block += together) body(std::integral_constant<int, together>{}, block);
  if constexpr (together > 1) {
    if (block < until) body(std::integral_constant<int, 1>{}, block);
  }
}

template <class Arch>
void linear_forward(const ConstBlockedView& input, const float* weight, const float* bias, const BlockedView& output, bool relu) {
  for_block_runs<Arch>(output, [&](auto vectors, int from, int until) {
    using Shape = TileShape<Arch, vectors>;
    const int in = input.channels;
    for_linear_blocks<Arch, vectors>(from, until, [&](auto blocks, int block) {
      for_channel_tiles<Shape::channels, Shape::whole_remainder>(0, output.channels, [&](auto channels, int o) {
        Tile<Arch, channels, blocks, vectors> tile;
        tile.start(bias == nullptr ? nullptr : bias + o);
        tile.accumulate(StepWalk{input.at(block, 0, 0), input.channel_stride}, input.block_stride, in,
                        weight + std::ptrdiff_t{o} * in, in, 1);
        tile.store(output.at(block, 0, o), output.channel_stride, output.block_stride, relu);
      });
    });
  });
  clear_idle_lanes<Arch>(output, output.idle_lanes);
}

template <class Arch>
void linear_dinput(const ConstBlockedView& doutput, const float* weight, const ConstBlockedView* relu_output,
                   const BlockedView& dinput) {
  for_block_runs<Arch>(doutput, [&](auto vectors, int from, int until) {
    using Shape = TileShape<Arch, vectors>;
    const int in = dinput.channels, out = doutput.channels;
    for_linear_blocks<Arch, vectors>(from, until, [&](auto blocks, int block) {
      for_channel_tiles<Shape::channels, Shape::whole_remainder>(0, in, [&](auto channels, int i) {
        Tile<Arch, channels, blocks, vectors> tile;
        tile.start(nullptr);
        tile.accumulate(StepWalk{doutput.at(block, 0, 0), doutput.channel_stride}, doutput.block_stride, out, weight + i,
                        1, in);
        tile.store_masked(dinput.at(block, 0, i), dinput.channel_stride, dinput.block_stride,
                          seen_at(relu_output, block, 0, i, 0, true));
      });
    });
  });
  clear_idle_lanes<Arch>(dinput, doutput.idle_lanes);
}

// Outputs o, o+1, …, as many inputs as Vectors hold: sums over all images, then one store. rows: of one image each.
template <class Arch, int Channels, int Vectors>
inline void linear_dweight_tile(const float* rows, const ConstBlockedView& doutput, int o, float* to, std::ptrdiff_t to_channel) {
  Tile<Arch, Channels, 1, Vectors> tile;
  tile.start(nullptr);
  for (int block = 0; block < doutput.blocks; ++block) {
    tile.accumulate(StepWalk{rows + block * doutput.lanes * linear_dweight_pitch, linear_dweight_pitch}, 0,
                    doutput.lanes_of(block), doutput.at(block, 0, o), doutput.channel_stride, 1);
  }
  tile.store(to, to_channel, 0, false);
}

template <class Arch>
void linear_dweight(const ConstBlockedView& input, const ConstBlockedView& doutput, float* dweight, float* dbias,
                    float* workspace) {
  constexpr int width = width_of<Arch>;
  constexpr int tile_vectors = width == 4 ? 4 : 2;
  using Shape = TileShape<Arch, tile_vectors>;
  const int in = input.channels, out = doutput.channels;
  for (int first = 0; first < in; first += linear_dweight_features) {
    const int features = std::min(linear_dweight_features, in - first);
    for (int block = 0; block < input.blocks; ++block) {
      turn<Arch>(input.at(block, 0, first), input.channel_stride, features, doutput.lanes_of(block),
                 workspace + std::ptrdiff_t{block} * input.lanes * linear_dweight_pitch, linear_dweight_pitch);
    }
    for_channel_tiles<Shape::channels, Shape::whole_remainder>(0, out, [&](auto channels, int o) {
      float* to = dweight + std::ptrdiff_t{o} * in + first;
      int i = 0;
      for (; i + tile_vectors * width <= features; i += tile_vectors * width) {
        linear_dweight_tile<Arch, channels, tile_vectors>(workspace + i, doutput, o, to + i, in);
      }
      for (; i < features; i += width) {
        float rest[channels * width];
        linear_dweight_tile<Arch, channels, 1>(workspace + i, doutput, o, rest, width);
        for (int c = 0; c < channels; ++c) std::copy_n(rest + c * width, std::min(width, features - i), to + std::ptrdiff_t{c} * in + i);
      }
    });
  }
  if (dbias != nullptr) channel_sums<Arch>(doutput, dbias);
}

}  // namespace striate::kernels::impl

// linear: output(o) = bias(o) + Σ_i weight(o, i)·input(i) on flat batch-blocked views, and its two gradients.
//
// All three are one product of rows and lanes, of the convolution's tile with a fixed step between taps:
//
//   forward          output(o)   = Σ_i weight(o, i)·input(i)        rows: the weights as they lie        lanes: images
//   input gradient   dinput(i)   = Σ_o weight(o, i)·doutput(o)      rows: the weights' columns           lanes: images
//   weight gradient  dweight(o)  = Σ_n doutput(o, n)·input(n)       rows: each output's images together  lanes: inputs
//
// Whatever would be read from places that meet in the same sets of the cache is put in order first, some features at a time: the
// input for weight gradients, and weights whose columns have more lines than their sets hold.
// Error ≤ 2·K rounding steps of the largest partial sum, K taps in order.
#pragma once

#include "striate/kernels/impl/channel_sums.hpp"
#include "striate/kernels/impl/turn.hpp"
#include "striate/kernels/linear_workspace.hpp"

#include <algorithm>
#include <cstddef>
#include <type_traits>

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

// `taps` numbers for each channel of the output, `step` floats apart.
template <class Step>
struct LinearRows {
  const float* at;
  std::ptrdiff_t pitch;
  Step step;
  int taps;
};

// One float from tap to tap: known to the compiler where a second copy of the code costs nothing.
template <class Arch>
inline constexpr auto side_by_side = [] {
  if constexpr (width_of<Arch> == 4) return std::ptrdiff_t{1};
  else return std::integral_constant<std::ptrdiff_t, 1>{};
}();

// output(c) = bias(c) + Σ_k rows(c, k)·input(k), in the lanes that the output does not leave idle. relu_output: null, or where
// output is zero unless this is above it. A tile's rows serve as many blocks as fill half of a first-level cache.
template <class Arch, class Step>
[[gnu::noinline]] void linear_product(const ConstBlockedView& input, const LinearRows<Step>& rows, const float* bias,
                                      const ConstBlockedView* relu_output, const BlockedView& output, bool relu) {
  const int near = std::max(linear_blocks<Arch, 1>, 4096 / (rows.taps * output.lanes) / 2 * 2);
  for_block_runs<Arch>(output, [&](auto vectors, int from, int until) {
    using Shape = TileShape<Arch, vectors>;
    for (; from < until; from += near) {
      for_channel_tiles<Shape::channels, Shape::whole_remainder>(0, output.channels, [&](auto channels, int c) {
        for_linear_blocks<Arch, vectors>(from, std::min(from + near, until), [&](auto blocks, int block) {
          Tile<Arch, channels, blocks, vectors> tile;
          tile.start(bias == nullptr ? nullptr : bias + c);
          tile.accumulate(StepWalk{input.at(block, 0, 0), input.channel_stride}, input.block_stride, rows.taps,
                          rows.at + c * rows.pitch, rows.pitch, rows.step);
          float* const to = output.at(block, 0, c);
          if (relu_output == nullptr) {
            tile.store(to, output.channel_stride, output.block_stride, relu);
          } else {
            tile.store_masked(to, output.channel_stride, output.block_stride, seen_at(relu_output, block, 0, c, 0, true));
          }
        });
      });
    }
  });
}

template <class Arch>
void linear_forward(const ConstBlockedView& input, const float* weight, const float* bias, const BlockedView& output, bool relu) {
  const LinearRows rows{weight, std::ptrdiff_t{input.channels}, side_by_side<Arch>, input.channels};
  linear_product<Arch>(input, rows, bias, nullptr, output, relu);
  clear_idle_lanes<Arch>(output, output.idle_lanes);
}

template <class Arch>
void linear_dinput(const ConstBlockedView& doutput, const float* weight, const ConstBlockedView* relu_output,
                   FeatureRange range, const BlockedView& dinput, float* workspace) {
  const int in = dinput.channels, out = doutput.channels;
  const LinearWorkspace sizes(in, doutput);
  BlockedView part = dinput;
  part.idle_lanes = doutput.idle_lanes;
  for (int first = range.first; first < range.end; first += sizes.turned_weights) {
    part.channels = std::min(sizes.turned_weights, range.end - first);
    part.data = dinput.at(0, 0, first);
    ConstBlockedView seen = part;
    if (relu_output != nullptr) {
      seen = *relu_output;
      seen.data = relu_output->at(0, 0, first);
    }
    const ConstBlockedView* const mask = relu_output == nullptr ? nullptr : &seen;
    if (sizes.turns_weights) {
      const LinearRows rows{workspace, sizes.weight_pitch, side_by_side<Arch>, out};
      turn<Arch>(weight + first, in, out, part.channels, workspace, rows.pitch);
      linear_product<Arch>(doutput, rows, nullptr, mask, part, false);
    } else {
      linear_product<Arch>(doutput, LinearRows<std::ptrdiff_t>{weight + first, 1, in, out}, nullptr, mask, part, false);
    }
    clear_idle_lanes<Arch>(part, part.idle_lanes);
  }
}

template <class Arch>
void linear_dweight(const ConstBlockedView& input, const ConstBlockedView& doutput, FeatureRange range, float* dweight,
                    float* dbias, float* workspace) {
  constexpr int lanes = linear_lanes, width = width_of<Arch>;
  const int in = input.channels, out = doutput.channels, blocks = doutput.blocks;
  const LinearWorkspace sizes(in, doutput);
  float* const panels = workspace + out * sizes.image_pitch;
  const LinearRows rows{workspace, sizes.image_pitch, side_by_side<Arch>, sizes.images};
  for (int block = 0; block < blocks; ++block) {
    for (int o = 0; o < out; ++o) {
      const float* from = doutput.at(block, 0, o);
      float* to = workspace + o * rows.pitch + block * doutput.lanes;
      for (int lane = 0; lane < doutput.lanes_of(block); lane += width) load<Arch>(from + lane).store_unaligned(to + lane);
    }
  }
  // [features / lanes][image][lanes]
  const auto turn_features = [&](int first, int count) {
    for (int done = 0; done < count; done += lanes) {
      for (int block = 0; block < blocks; ++block) {
        turn<Arch>(input.at(block, 0, first + done), input.channel_stride, std::min(lanes, count - done), doutput.lanes_of(block),
                   panels + (std::ptrdiff_t{done} * rows.taps + block * doutput.lanes * lanes), lanes);
      }
    }
  };
  BlockedView from{.data = panels, .lanes = lanes, .channels = rows.taps, .height = 1, .width = 1, .channel_stride = lanes};
  BlockedView to{.lanes = lanes, .channels = out, .height = 1, .width = 1, .channel_stride = in};
  int first = range.first;
  for (int count; first + lanes <= range.end; first += count) {
    count = std::min(sizes.turned_features, range.end - first) / lanes * lanes;
    turn_features(first, count);
    to.data = dweight + first;
    to.blocks = from.blocks = count / lanes;
    to.block_stride = lanes;
    from.block_stride = std::ptrdiff_t{lanes} * rows.taps;
    linear_product<Arch>(from, rows, nullptr, nullptr, to, false);
  }
  if (const int left = range.end - first; left > 0) {
    turn_features(first, left);
    float* const rest = panels + lanes * rows.taps;
    to.data = rest;
    to.channel_stride = lanes;
    to.lanes = from.lanes = width;
    to.blocks = from.blocks = (left + width - 1) / width;
    to.block_stride = from.block_stride = width;
    linear_product<Arch>(from, rows, nullptr, nullptr, to, false);
    for (int o = 0; o < out; ++o) std::copy_n(rest + o * lanes, left, dweight + std::ptrdiff_t{o} * in + first);
  }
  if (dbias != nullptr) channel_sums<Arch>(doutput, dbias);
}

}  // namespace striate::kernels::impl

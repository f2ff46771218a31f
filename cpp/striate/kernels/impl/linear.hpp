// linear: output(o) = bias(o) + Σ_i weight(o, i)·input(i) on flat batch-blocked views, and its two gradients.
//
// Forward and input gradient are the convolution's tile with a fixed step between taps. The weight gradient turns the
// input to rows of one image each, [N][in], so that lanes run along the inputs and each image is one splat of the output
// gradient: dweight(o, i) = Σ_n doutput(n, o)·input(n, i), images in order. (Sums over lanes instead reach a third of the
// speed.)
#pragma once

#include "striate/kernels/impl/channel_sums.hpp"
#include "striate/kernels/impl/tile.hpp"

#include <algorithm>

namespace striate::kernels::impl {

template <class Arch>
void linear_forward(const ConstBlockedView& input, const float* weight, const float* bias, const BlockedView& output, bool relu) {
  with_vectors<Arch>(input.lanes, [&](auto vectors) {
    constexpr int tile_channels = TileShape<Arch, vectors>::channels;
    const int in = input.channels, out = output.channels;
    for (int block = 0; block < input.blocks; ++block) {
      const auto emit = [&](auto channels, int o) {
        Tile<Arch, channels, 1, vectors> tile;
        tile.start(bias == nullptr ? nullptr : bias + o);
        tile.accumulate(input.at(block, 0, 0), 0, StepOffsets{input.channel_stride}, in, weight + std::ptrdiff_t{o} * in, in, 1);
        tile.store(output.at(block, 0, o), output.channel_stride, 0, relu);
      };
      int o = 0;
      for (; o + tile_channels <= out; o += tile_channels) emit(std::integral_constant<int, tile_channels>{}, o);
      with_count<tile_channels - 1>(out - o, [&](auto left) { emit(left, o); });
    }
  });
}

template <class Arch>
void linear_dinput(const ConstBlockedView& doutput, const float* weight, const ConstBlockedView* relu_output,
                   const BlockedView& dinput) {
  with_vectors<Arch>(doutput.lanes, [&](auto vectors) {
    constexpr int tile_channels = TileShape<Arch, vectors>::channels;
    const int in = dinput.channels, out = doutput.channels;
    for (int block = 0; block < doutput.blocks; ++block) {
      const auto emit = [&](auto channels, int i) {
        Tile<Arch, channels, 1, vectors> tile;
        tile.start(nullptr);
        tile.accumulate(doutput.at(block, 0, 0), 0, StepOffsets{doutput.channel_stride}, out, weight + i, 1, in);
        if (relu_output == nullptr) {
          tile.store(dinput.at(block, 0, i), dinput.channel_stride, 0, false);
        } else {
          tile.store_masked(dinput.at(block, 0, i), dinput.channel_stride, 0, relu_output->at(block, 0, i),
                            relu_output->channel_stride);
        }
      };
      int i = 0;
      for (; i + tile_channels <= in; i += tile_channels) emit(std::integral_constant<int, tile_channels>{}, i);
      with_count<tile_channels - 1>(in - i, [&](auto left) { emit(left, i); });
    }
  });
}

// Outputs o … o+Channels, inputs i … i+Vectors·width: sums over all images, then one store.
template <class Arch, int Channels, int Vectors>
inline void linear_dweight_tile(const float* rows, int in, const ConstBlockedView& doutput, int o, int i, float* dweight) {
  Tile<Arch, Channels, 1, Vectors> tile;
  tile.start(nullptr);
  for (int block = 0; block < doutput.blocks; ++block) {
    tile.accumulate(rows + std::ptrdiff_t{block} * doutput.lanes * in + i, 0, StepOffsets{in}, doutput.lanes,
                    doutput.at(block, 0, o), doutput.channel_stride, 1);
  }
  tile.store(dweight + std::ptrdiff_t{o} * in + i, in, 0, false);
}

template <class Arch>
void linear_dweight(const ConstBlockedView& input, const ConstBlockedView& doutput, float* dweight, float* dbias,
                    float* workspace) {
  constexpr int width = width_of<Arch>;
  constexpr int tile_vectors = width == 4 ? 4 : 2;
  constexpr int tile_channels = TileShape<Arch, tile_vectors>::channels;
  const int in = input.channels, out = doutput.channels, lanes = input.lanes;

  for (int block = 0; block < input.blocks; ++block) {
    for (int lane = 0; lane < lanes; ++lane) {
      float* row = workspace + (std::ptrdiff_t{block} * lanes + lane) * in;
      const float* from = input.at(block, 0, 0) + lane;
      for (int i = 0; i < in; ++i) row[i] = from[i * input.channel_stride];
    }
  }

  const auto columns = [&](auto channels, int o) {
    int i = 0;
    for (; i + tile_vectors * width <= in; i += tile_vectors * width) {
      linear_dweight_tile<Arch, channels, tile_vectors>(workspace, in, doutput, o, i, dweight);
    }
    for (; i + width <= in; i += width) linear_dweight_tile<Arch, channels, 1>(workspace, in, doutput, o, i, dweight);
    for (; i < in; ++i) {
      for (int c = 0; c < channels; ++c) {
        float sum = 0.0f;
        for (int image = 0; image < doutput.blocks * lanes; ++image) {
          const Vector<Arch> product = madd<Arch>(Vector<Arch>(doutput.at(image / lanes, 0, o + c)[image % lanes]),
                                                  Vector<Arch>(workspace[std::ptrdiff_t{image} * in + i]), Vector<Arch>(sum));
          sum = product.get(0);
        }
        dweight[std::ptrdiff_t{o + c} * in + i] = sum;
      }
    }
  };
  int o = 0;
  for (; o + tile_channels <= out; o += tile_channels) columns(std::integral_constant<int, tile_channels>{}, o);
  with_count<tile_channels - 1>(out - o, [&](auto left) { columns(left, o); });

  if (dbias != nullptr) channel_sums<Arch>(doutput, dbias);
}

}  // namespace striate::kernels::impl

// The register tile that convolution and linear layers, forward and input gradient, are made of.
//
//   sums[c][p][v] += Σ_k weight[c·channel_step + k·weight_step] · input[offset(k) + p·pixel_step + v·width … + width)
//
// Channels × Pixels × Vectors accumulators stay in registers over the whole reduction; each k loads Pixels·Vectors
// vectors of input and splats Channels weights. In V8 exactly 8 accumulators with one k per basic block keep everything
// in registers (more spill, unrolling makes V8 hoist loads and spill); machines with FMA and 16 or 32 registers want
// more. Sums run over k in order, so the result does not depend on the tile: see kernels/README.md for the figures.
#pragma once

#include "striate/kernels/blocked_view.hpp"
#include "striate/kernels/impl/simd.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace striate::kernels::impl {

// Where one tap after the other lies: through a table of offsets (convolution), or at a fixed step (linear, 1×1).
struct TableWalk {
  const float* input;
  const std::int32_t* table;
  const float* next() { return unknown(input + *table++); }
};

struct StepWalk {
  const float* at;
  std::ptrdiff_t step;
  const float* next() { return std::exchange(at, unknown(at + step)); }
};

// What a tile that is stored under a mask may show: an activation, or ones where there is no mask.
struct Seen {
  const float* at;
  std::ptrdiff_t channel_step, pixel_step;
};

inline Seen seen_at(const ConstBlockedView* activation, int block, int y, int channel, int x, bool along_blocks = false) {
  static constexpr float ones[16] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
  if (activation == nullptr) return {ones, 0, 0};
  return {activation->at(block, y, channel, x), activation->channel_stride, along_blocks ? activation->block_stride : activation->lanes};
}

template <class Arch, int Channels, int Pixels, int Vectors>
struct Tile {
  Vector<Arch> sums[Channels][Pixels][Vectors];

  // bias: one float per channel, or null for zero.
  void start(const float* bias) {
#pragma GCC unroll 16
    for (int c = 0; c < Channels; ++c) {
      const Vector<Arch> first = bias == nullptr ? Vector<Arch>(0.0f) : splat<Arch>(bias + c);
#pragma GCC unroll 16
      for (int p = 0; p < Pixels; ++p) {
#pragma GCC unroll 16
        for (int v = 0; v < Vectors; ++v) sums[c][p][v] = first;
      }
    }
  }

  // Instead of start, where there is no bias: the first tap's products, with nothing to be added to. A tenth of a tile of 6 taps.
  void start_with(const float* input, std::ptrdiff_t pixel_step, const float* weight, std::ptrdiff_t channel_step) {
    Vector<Arch> w[Channels];
#pragma GCC unroll 16
    for (int c = 0; c < Channels; ++c) w[c] = splat<Arch>(weight + c * channel_step);
#pragma GCC unroll 16
    for (int p = 0; p < Pixels; ++p) {
#pragma GCC unroll 16
      for (int v = 0; v < Vectors; ++v) {
        const Vector<Arch> x = load<Arch>(input + p * pixel_step + v * width_of<Arch>);
#pragma GCC unroll 16
        for (int c = 0; c < Channels; ++c) sums[c][p][v] = w[c] * x;
      }
    }
  }

  // The first weights' pointer counts the taps, too: a counter of its own would be one instruction more in thirty.
  // Weights that lie side by side (channel_step: integral constant) need no pointer but that.
  template <class Walk, class ChannelStep>
  void accumulate(Walk walk, std::ptrdiff_t pixel_step, int count, const float* weight, ChannelStep channel_step,
                  std::ptrdiff_t weight_step) {
    constexpr bool apart = std::is_integral_v<ChannelStep>;
    const float* channel[Channels];
#pragma GCC unroll 16
    for (int c = 0; c < Channels; ++c) channel[c] = weight + c * channel_step;
    const float* const end = weight + count * weight_step;
    STRIATE_KEEP_LOOP
    while (channel[0] != end) {
      const float* from = walk.next();
      Vector<Arch> x[Pixels][Vectors];
#pragma GCC unroll 16
      for (int p = 0; p < Pixels; ++p) {
#pragma GCC unroll 16
        for (int v = 0; v < Vectors; ++v) x[p][v] = load<Arch>(from + p * pixel_step + v * width_of<Arch>);
      }
#pragma GCC unroll 16
      for (int c = 0; c < Channels; ++c) {
        const Vector<Arch> w = splat<Arch>(apart ? channel[c] : channel[0] + c * channel_step);
        if (apart) channel[c] = c == 0 ? unknown(channel[c] + weight_step) : channel[c] + weight_step;
#pragma GCC unroll 16
        for (int p = 0; p < Pixels; ++p) {
#pragma GCC unroll 16
          for (int v = 0; v < Vectors; ++v) sums[c][p][v] = madd<Arch>(w, x[p][v], sums[c][p][v]);
        }
      }
      if (!apart) channel[0] = unknown(channel[0] + weight_step);
    }
  }

  // A zero that the compiler makes where it is used: hoisted above the sums, GCC keeps it in a register that AVX2 lacks.
  static Vector<Arch> late_zero() {
    Vector<Arch> zero(0.0f);
#if defined(__AVX2__) && !defined(__AVX512F__)
    asm volatile("" : "+x"(zero.data));
#endif
    return zero;
  }

  // The sums to memory; relu_epilogue: max(0, ·) on the way.
  void store(float* to, std::ptrdiff_t channel_step, std::ptrdiff_t pixel_step, bool relu_epilogue) const {
    const Vector<Arch> zero = late_zero();
#pragma GCC unroll 16
    for (int c = 0; c < Channels; ++c) {
#pragma GCC unroll 16
      for (int p = 0; p < Pixels; ++p) {
#pragma GCC unroll 16
        for (int v = 0; v < Vectors; ++v) {
          const Vector<Arch> sum = sums[c][p][v];
          (relu_epilogue ? cleared<Arch>(sum <= zero, sum) : sum)
              .store_unaligned(to + c * channel_step + p * pixel_step + v * width_of<Arch>);
        }
      }
    }
  }

  // Adds the sums, of one pixel, to what is there.
  void add_to(float* to, std::ptrdiff_t channel_step) const {
#pragma GCC unroll 16
    for (int c = 0; c < Channels; ++c) {
#pragma GCC unroll 16
      for (int v = 0; v < Vectors; ++v) {
        float* const at = to + c * channel_step + v * width_of<Arch>;
        (load<Arch>(at) + sums[c][0][v]).store_unaligned(at);
      }
    }
  }

  // Stores the sums where what is seen is above zero; zero elsewhere. Channels behind the `used` ones are stored over the last of
  // these, and must hold the same.
  void store_masked(float* to, std::ptrdiff_t channel_step, std::ptrdiff_t pixel_step, const Seen& seen, int used = Channels) const {
    const Vector<Arch> zero = late_zero();
#pragma GCC unroll 16
    for (int c = 0; c < Channels; ++c) {
#pragma GCC unroll 16
      for (int p = 0; p < Pixels; ++p) {
#pragma GCC unroll 16
        for (int v = 0; v < Vectors; ++v) {
          const int channel = std::min(c, used - 1);
          const float* const at = seen.at + channel * seen.channel_step + p * seen.pixel_step + v * width_of<Arch>;
          kept<Arch>(load<Arch>(at) > zero, sums[c][p][v])
              .store_unaligned(to + channel * channel_step + p * pixel_step + v * width_of<Arch>);
        }
      }
    }
  }
};

// Tile sizes per arch: how many channels at most and, for so many channels, how many pixels ride on one set of loaded
// vectors. 8 accumulators for 16 registers without FMA (wasm in V8, SSE), 12 with AVX2, 16 to 24 with AVX-512's 32.
template <class Arch, int Vectors>
struct TileShape {
  static constexpr int channels = width_of<Arch> == 16 ? 8 : width_of<Arch> == 8 ? 6 : Vectors == 4 ? 2 : 4;
  static constexpr int pixels(int tile_channels) {
    const int accumulators = width_of<Arch> == 16 ? 24 : width_of<Arch> == 8 ? 12 : 8;
    const int fitting = accumulators / (tile_channels * Vectors);
    const int most = width_of<Arch> == 16 ? (tile_channels == 8 ? 2 : 6) : width_of<Arch> == 8 ? 3 : 4;
    return fitting < 1 ? 1 : fitting < most ? fitting : most;
  }
  // Channels that fill no tile: at once where code costs nothing, one by one or in a whole tile in a module that is downloaded.
  static constexpr bool whole_remainder = width_of<Arch> > 4;
};

// Calls body(integral constant) with `count`, which is between 1 and Most.
template <int Most, class Body>
inline void with_count(int count, Body&& body) {
  if constexpr (Most >= 1) {
    if (count == Most) return body(std::integral_constant<int, Most>{});
    with_count<Most - 1>(count, std::forward<Body>(body));
  }
}

// Calls body(integral constant: how many, from which channel on) for tiles of at most Most channels.
template <int Most, bool WholeRemainder, class Body>
inline void for_channel_tiles(int from, int until, Body&& body) {
  for (; from + Most <= until; from += Most) body(std::integral_constant<int, Most>{}, from);
  if constexpr (WholeRemainder) {
    with_count<Most - 1>(until - from, [&](auto left) { body(left, from); });
  } else if constexpr (Most > 1) {
    for (; from < until; ++from) body(std::integral_constant<int, 1>{}, from);
  }
}

// Calls body(integral constant: channels of a tile, from which on, how many of them are there) for `count` channels.
template <class Shape, class Body>
inline void for_tiles_of(int count, Body&& body) {
  if constexpr (Shape::whole_remainder) {
    for_channel_tiles<Shape::channels, true>(0, count, [&](auto channels, int from) { body(channels, from, channels()); });
  } else {
    const std::integral_constant<int, Shape::channels> whole;
    for (int from = 0; from < count; from += whole) body(whole, from, std::min(whole(), count - from));
  }
}

// Calls body(integral constant) with the vectors per pixel, lanes / width.
template <class Arch, class Body>
inline void with_vectors(int lanes, Body&& body) {
  const int vectors = lanes / width_of<Arch>;
  if (vectors == 1) return body(std::integral_constant<int, 1>{});
  if constexpr (width_of<Arch> <= 8) {
    if (vectors == 2) return body(std::integral_constant<int, 2>{});
  }
  if constexpr (width_of<Arch> <= 4) {
    if (vectors == 4) return body(std::integral_constant<int, 4>{});
  }
}

// Calls body(integral constant: vectors of a pixel that are worked out, first block, block behind the last) for each run of
// blocks: those whose lanes are all in use, and a last one whose are not. Pixels lie `lanes` floats apart in either.
template <class Arch, class Body>
inline void for_block_runs(const ConstBlockedView& view, Body&& body) {
  for (int from = 0; from < view.blocks;) {
    const int until = from + 1 < view.blocks && view.idle_lanes != 0 ? view.blocks - 1 : view.blocks;
    with_vectors<Arch>(view.lanes_of(until - 1), [&](auto vectors) { body(vectors, from, until); });
    from = until;
  }
}

// Zeros in the last `idle` lanes of the last block. A zero that the compiler does not know, or each pixel would be a call that
// fills memory.
template <class Arch>
[[gnu::noinline]] void clear_idle_lanes(const BlockedView& view, int idle) {
  const Vector<Arch> zero = held<Arch, 0.0f>();
  for (int y = 0; idle != 0 && y < view.height; ++y) {
    for (int c = 0; c < view.channels; ++c) {
      float* to = view.at(view.blocks - 1, y, c) + view.lanes - idle;
      for (int x = 0; x < view.width; ++x, to += view.lanes) {
        for (int lane = 0; lane < idle; lane += width_of<Arch>) zero.store_unaligned(to + lane);
      }
    }
  }
}

}  // namespace striate::kernels::impl

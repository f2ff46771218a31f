// The register tile that convolution and linear layers, forward and input gradient, are made of.
//
//   sums[c][p][v] += Σ_k weight[c·channel_step + k·weight_step] · input[offset(k) + p·pixel_step + v·width … + width)
//
// Channels × Pixels × Vectors accumulators stay in registers over the whole reduction; each k loads Pixels·Vectors
// vectors of input and splats Channels weights. In V8 exactly 8 accumulators with one k per basic block keep everything
// in registers (more spill, unrolling makes V8 hoist loads and spill); machines with FMA and 16 or 32 registers want
// more. Sums run over k in order, so the result does not depend on the tile: see kernels/README.md for the figures.
#pragma once

#include "striate/kernels/impl/simd.hpp"

#include <cstdint>
#include <utility>

namespace striate::kernels::impl {

// Where tap k lies: through a table (convolution), or at a fixed step (linear, 1×1).
struct TableOffsets {
  const std::int32_t* table;
  std::ptrdiff_t next() { return *table++; }
};

struct StepOffsets {
  std::ptrdiff_t step;
  std::ptrdiff_t at = 0;
  std::ptrdiff_t next() { return std::exchange(at, at + step); }
};

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

  template <class Offsets>
  void accumulate(const float* input, std::ptrdiff_t pixel_step, Offsets offsets, int count, const float* weight,
                  std::ptrdiff_t channel_step, std::ptrdiff_t weight_step) {
    const float* channel[Channels];
#pragma GCC unroll 16
    for (int c = 0; c < Channels; ++c) channel[c] = weight + c * channel_step;
#if defined(__clang__)
#pragma clang loop unroll(disable)
#else
#pragma GCC unroll 1
#endif
    for (int k = 0; k < count; ++k) {
      const float* from = unknown(input + offsets.next());
      Vector<Arch> x[Pixels][Vectors];
#pragma GCC unroll 16
      for (int p = 0; p < Pixels; ++p) {
#pragma GCC unroll 16
        for (int v = 0; v < Vectors; ++v) x[p][v] = load<Arch>(from + p * pixel_step + v * width_of<Arch>);
      }
#pragma GCC unroll 16
      for (int c = 0; c < Channels; ++c) {
        const Vector<Arch> w = splat<Arch>(channel[c]);
        channel[c] += weight_step;
#pragma GCC unroll 16
        for (int p = 0; p < Pixels; ++p) {
#pragma GCC unroll 16
          for (int v = 0; v < Vectors; ++v) sums[c][p][v] = madd<Arch>(w, x[p][v], sums[c][p][v]);
        }
      }
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

  // The sums to memory, with Partial those of the first `used` channels; relu_epilogue: max(0, ·) on the way.
  template <bool Partial = false>
  void store(float* to, std::ptrdiff_t channel_step, std::ptrdiff_t pixel_step, bool relu_epilogue, int used = Channels) const {
    const Vector<Arch> zero = late_zero();
#pragma GCC unroll 16
    for (int c = 0; c < Channels; ++c) {
      if (Partial && c >= used) break;
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

  // Stores the sums where `activation`, laid out with its own steps, is above zero; zero elsewhere.
  template <bool Partial = false>
  void store_masked(float* to, std::ptrdiff_t channel_step, std::ptrdiff_t pixel_step, const float* activation,
                    std::ptrdiff_t activation_channel_step, std::ptrdiff_t activation_pixel_step, int used = Channels) const {
    const Vector<Arch> zero = late_zero();
#pragma GCC unroll 16
    for (int c = 0; c < Channels; ++c) {
      if (Partial && c >= used) break;
#pragma GCC unroll 16
      for (int p = 0; p < Pixels; ++p) {
#pragma GCC unroll 16
        for (int v = 0; v < Vectors; ++v) {
          const std::ptrdiff_t seen_at = c * activation_channel_step + p * activation_pixel_step + v * width_of<Arch>;
          kept<Arch>(load<Arch>(activation + seen_at) > zero, sums[c][p][v])
              .store_unaligned(to + c * channel_step + p * pixel_step + v * width_of<Arch>);
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
    const int most = width_of<Arch> == 16 ? (tile_channels == 8 ? 2 : 6) : width_of<Arch> == 8 ? 3 : fitting;
    return fitting < 1 ? 1 : fitting < most ? fitting : most;
  }
  // Channels that fill no tile: at once where code costs nothing, one by one in a module that is downloaded.
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

}  // namespace striate::kernels::impl

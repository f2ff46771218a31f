// The register tile where lanes are channels: a few pixels × a panel of output channels.
//
//   sums[p][v] = bias[v] + Σ_k input[offsets[k] + p·pixel_step] · weight[k][v],  k in order;  then + residual, then ReLU
//
// Without a bias the first product begins the sum.
//
// Each k loads the panel's vectors of weights and splats one input a pixel. As for tile.hpp: 8 sums, one k a basic block, in
// V8; more where there are more registers. The loop is a function of its own for each size, called once a tile.
#pragma once

#include "striate/kernels/impl/tile.hpp"

#include <cstdint>
#include <type_traits>

namespace striate::kernels::impl {

// Piece `piece` of `pieces` of `count` things, cut at multiples of `unit`.
struct PieceRange {
  int first, end;
  PieceRange(int count, int piece, int pieces, int unit = 1)
      : first(cut(count, piece, pieces, unit)), end(cut(count, piece + 1, pieces, unit)) {}
  static int cut(int count, int piece, int pieces, int unit) {
    return piece == pieces ? count : static_cast<int>(std::int64_t{count} * piece / pieces) / unit * unit;
  }
};

// A run of pixels and one panel.
struct PanelRun {
  const float* input = nullptr;  // the first pixel's window
  std::ptrdiff_t input_step = 0;
  const std::int32_t* offsets = nullptr;
  int taps = 0;                    // at least one where there is neither a bias nor what goes on
  const float* weight = nullptr;
  std::ptrdiff_t weight_step = 0;  // from tap to tap
  const float* bias = nullptr;  // null: none
  bool goes_on = false;         // from what is in output, instead of bias: earlier taps
  float* output = nullptr;
  std::ptrdiff_t output_step = 0, output_vector = 0;  // from pixel to pixel, and from vector to vector
  const float* residual = nullptr;                    // null: none
  std::ptrdiff_t residual_step = 0, residual_vector = 0;
  bool relu = false;
};

template <class Arch>
struct PanelShape {
  static constexpr int most_vectors = width_of<Arch> == 16 ? 8 : 4;
  // Pixels of a tile at most, for so many vectors.
  static constexpr int pixels(int vectors) {
    if (width_of<Arch> == 16) return vectors == 8 ? 2 : vectors == 4 ? 6 : 12;
    if (width_of<Arch> == 8) return vectors == 4 ? 2 : vectors == 2 ? 6 : 12;
    return vectors == 4 ? 2 : 4;
  }
};

template <class Arch, int Pixels, int Vectors>
[[gnu::noinline]] void panel_tile(const PanelRun& run, int pixel) {
  constexpr int width = width_of<Arch>;
  // Copies, which no store can change.
  const std::ptrdiff_t output_step = run.output_step, output_vector = run.output_vector;
  const std::ptrdiff_t residual_step = run.residual_step, residual_vector = run.residual_vector;
  const float* const residual = run.residual == nullptr ? nullptr : run.residual + pixel * residual_step;
  Vector<Arch> sums[Pixels][Vectors];
  float* const output = run.output + pixel * output_step;
  const std::ptrdiff_t step = run.input_step;
  const float* const input = run.input + pixel * step;
  const float* weight = run.weight;
  const std::ptrdiff_t weight_step = run.weight_step;
  const std::int32_t* offset = run.offsets;
  const float* const end = weight + run.taps * weight_step;
  const auto tap = [&](auto first) {
    const float* from = input + *offset++;
    Vector<Arch> w[Vectors];
#pragma GCC unroll 16
    for (int v = 0; v < Vectors; ++v) w[v] = load<Arch>(weight + v * width);
    weight = unknown(weight + weight_step);
#pragma GCC unroll 16
    for (int p = 0; p < Pixels; ++p) {
      const Vector<Arch> x = splat<Arch>(from + p * step);
#pragma GCC unroll 16
      for (int v = 0; v < Vectors; ++v) sums[p][v] = first ? x * w[v] : madd<Arch>(x, w[v], sums[p][v]);
    }
  };
  if (run.goes_on) {
#pragma GCC unroll 16
    for (int p = 0; p < Pixels; ++p) {
#pragma GCC unroll 16
      for (int v = 0; v < Vectors; ++v) sums[p][v] = load<Arch>(output + p * output_step + v * output_vector);
    }
  } else if (run.bias != nullptr) {
#pragma GCC unroll 16
    for (int v = 0; v < Vectors; ++v) {
      const Vector<Arch> bias = load<Arch>(run.bias + v * width);
#pragma GCC unroll 16
      for (int p = 0; p < Pixels; ++p) sums[p][v] = bias;
    }
  } else {
    tap(std::true_type{});
  }
  STRIATE_KEEP_LOOP
  while (weight != end) tap(std::false_type{});
  const ReluIf<Arch> relu_if(run.relu);
#pragma GCC unroll 16
  for (int p = 0; p < Pixels; ++p) {
#pragma GCC unroll 16
    for (int v = 0; v < Vectors; ++v) {
      Vector<Arch> sum = sums[p][v];
      if (residual != nullptr) sum = sum + load<Arch>(residual + p * residual_step + v * residual_vector);
      relu_if(sum).store_unaligned(output + p * output_step + v * output_vector);
    }
  }
}

// `pixels` of them in tiles of nearly equal size.
template <class Arch, int Vectors>
void panel_run_of(const PanelRun& run, int pixels) {
  constexpr int most = PanelShape<Arch>::pixels(Vectors);
  const int tiles = (pixels + most - 1) / most, size = pixels / tiles, larger = pixels % tiles;
  for (int tile = 0, pixel = 0; tile < tiles; ++tile) {
    const int here = size + (tile < larger ? 1 : 0);
    with_count<most>(here, [&](auto count) { panel_tile<Arch, count, Vectors>(run, pixel); });
    pixel += here;
  }
}

template <class Arch>
void panel_run(const PanelRun& run, int vectors, int pixels) {
  if constexpr (PanelShape<Arch>::most_vectors == 8) {
    if (vectors == 8) return panel_run_of<Arch, 8>(run, pixels);
  }
  if (vectors == 4) return panel_run_of<Arch, 4>(run, pixels);
  if (vectors == 2) return panel_run_of<Arch, 2>(run, pixels);
  return panel_run_of<Arch, 1>(run, pixels);
}

}  // namespace striate::kernels::impl

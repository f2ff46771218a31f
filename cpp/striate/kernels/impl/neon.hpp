// 64-bit NEON: two arches of four lanes over xsimd's, and their tile sizes. Included by arch/table_neon64*.cpp behind the
// kernels and ahead of their instances.
//
//   Neon64        FMA, which every 64-bit ARM has; division and square root as IEEE 754 rounds them
//   Neon64Strict  the same with a product and a sum for FMA: the bits of SSE4.2 and WebAssembly
//
// xsimd divides and takes roots as 32-bit ARM must, by estimates and Newton's steps that miss last bits and give NaN for a
// division by infinity; its exponentials and logarithms stand on them. The machine's own instructions replace them here.
//
// A tile holds its sums, the vectors of one k and one splat: P·V·(C + 1) + 1 ≤ 32 registers for C channels, P pixels, V
// vectors. 6 × 4 (24 sums, 10 loads) is the most even one: four units with a latency of four cycles want 16 sums, two units
// want 8, and LeNet's 6 channels fill it. More than 4 pixels ask for more pointers than there are registers. The weight
// gradient's tile is 4 channels × 6 taps, 24 sums and 5 vectors. GCC's first scheduling pass would load all of a block ahead
// of its sums and spill them: CMakeLists.txt switches it off for these tables. 24 sums then take 36 to 39 instructions.
#pragma once

#include "striate/kernels/impl/conv2d_dweight.hpp"
#include "striate/kernels/impl/linear.hpp"
#include "striate/kernels/impl/peak.hpp"
#include "striate/kernels/impl/tile.hpp"

#include <concepts>

namespace striate::kernels::impl {

struct Neon64 : xsimd::neon64 {};
struct Neon64Strict : xsimd::neon64 {};

template <class Arch>
concept Neon = std::derived_from<Arch, xsimd::neon64>;

}  // namespace striate::kernels::impl

namespace xsimd {

namespace types {

XSIMD_DECLARE_SIMD_REGISTER_ALIAS(striate::kernels::impl::Neon64, neon64);
XSIMD_DECLARE_SIMD_REGISTER_ALIAS(striate::kernels::impl::Neon64Strict, neon64);

template <class T, striate::kernels::impl::Neon Arch>
  requires(!std::same_as<Arch, neon64>)
struct get_bool_simd_register<T, Arch> : detail::neon_bool_simd_register<T, Arch> {};

}  // namespace types

// Of xsimd's templates for NEON, the instances of these two arches.
namespace kernel {

using Fused = batch<float, striate::kernels::impl::Neon64>;
using Strict = batch<float, striate::kernels::impl::Neon64Strict>;

template <>
inline Fused div(const Fused& a, const Fused& b, requires_arch<neon>) noexcept {
  return vdivq_f32(a, b);
}
template <>
inline Strict div(const Strict& a, const Strict& b, requires_arch<neon>) noexcept {
  return vdivq_f32(a, b);
}
template <>
inline Fused sqrt(const Fused& a, requires_arch<neon>) noexcept {
  return vsqrtq_f32(a);
}
template <>
inline Strict sqrt(const Strict& a, requires_arch<neon>) noexcept {
  return vsqrtq_f32(a);
}
template <>
inline Strict fma(const Strict& a, const Strict& b, const Strict& c, requires_arch<neon>) noexcept {
  return a * b + c;
}
template <>
inline Strict fms(const Strict& a, const Strict& b, const Strict& c, requires_arch<neon>) noexcept {
  return a * b - c;
}

}  // namespace kernel
}  // namespace xsimd

namespace striate::kernels::impl {

template <Neon Arch, int Vectors>
struct TileShape<Arch, Vectors> {
  static constexpr int channels = 6;
  static constexpr int pixels(int tile_channels) {
    const int fitting = 31 / (Vectors * (tile_channels + 1));
    return fitting < 1 ? 1 : fitting < 4 ? fitting : 4;
  }
  static constexpr bool whole_remainder = true;
};

template <Neon Arch>
struct DweightShape<Arch> {
  static constexpr int channels = 4;
  static constexpr int taps = 6;
  static constexpr int fewer = 5;
  static constexpr bool whole_remainder = true;
};

template <Neon Arch, int Vectors>
inline constexpr int linear_blocks<Arch, Vectors> = Vectors <= 2 ? 2 : 1;

template <>
struct PeakShape<Neon64> {
  static constexpr int chains = 24;
  static constexpr bool in_place = true;
};

}  // namespace striate::kernels::impl

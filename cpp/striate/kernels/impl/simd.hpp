// The few vector helpers every kernel is written in: load, store, splat, madd, and sums in a fixed order.
//
// madd(a, b, c) = a·b + c is the only place where the arch decides about rounding: fused on machines with FMA, a
// product and then a sum on plain wasm simd128 and SSE (xsimd::fma does exactly that there), which is what makes the
// wasm and the native strict build agree bit for bit. Relaxed SIMD leaves it to the machine: fused where that is one
// instruction.
#pragma once

#include <xsimd/xsimd.hpp>
#if defined(__wasm__)
#include <wasm_simd128.h>
#endif

#include <bit>
#include <cstddef>
#include <limits>
#include <utility>

// In front of a loop that stays as it is written: copies of it, for several turns or for a stride of 1, make the module larger,
// and a tile's loop slower too.
#if defined(__clang__)
#define STRIATE_KEEP_LOOP _Pragma("clang loop unroll(disable) vectorize(disable)")
#else
#define STRIATE_KEEP_LOOP _Pragma("GCC unroll 1")
#endif

// Behind a lambda's parameters: without, Clang may make of it a part of its caller when it is too late to keep in registers what
// the lambda refers to.
#define STRIATE_INLINED __attribute__((always_inline))

namespace striate::kernels::impl {

template <class Arch>
using Vector = xsimd::batch<float, Arch>;

template <class Arch>
inline constexpr int width_of = static_cast<int>(Vector<Arch>::size);

template <class Arch>
inline Vector<Arch> load(const float* from) {
  return Vector<Arch>::load_unaligned(from);
}

template <class Arch>
inline Vector<Arch> splat(const float* from) {
  return Vector<Arch>::broadcast(*from);
}

template <class Arch>
inline Vector<Arch> madd(const Vector<Arch>& a, const Vector<Arch>& b, const Vector<Arch>& c) {
#if defined(__wasm_relaxed_simd__)
  return Vector<Arch>(wasm_f32x4_relaxed_madd(a, b, c));
#else
  return xsimd::fma(a, b, c);
#endif
}

// A loaded vector that stays in its register: GCC loads it again for each multiply-add otherwise, and with AVX2 the tile of
// the weight gradient then waits for loads.
template <class Arch>
inline Vector<Arch> keep(Vector<Arch> v) {
#if defined(__AVX2__) && !defined(__AVX512F__)
  asm volatile("" : "+x"(v.data));
#endif
  return v;
}

// The same pointer, of which Clang knows nothing: in wasm, loads at fixed distances from it then have these in the instruction.
// Of a pointer that steps it makes one for each load instead, with an addition each: a tenth of a tile's time.
inline const float* unknown(const float* from) {
#if defined(__wasm__)
  asm("" : "+r"(from));
#endif
  return from;
}

// A constant in every lane that is made here and stays in a register: V8 makes those that it knows again in every turn of a
// loop, with three or four instructions each. Where it comes from memory that might change, nobody knows it.
template <float Value>
inline float constant_in_memory = Value;

template <class Arch, float Value>
inline Vector<Arch> held() {
#if defined(__wasm__)
  return splat<Arch>(&constant_in_memory<Value>);
#else
  return Vector<Arch>(Value);
#endif
}

// Functions of a hundred instructions: in a module that is downloaded they are there once, and called.
#if defined(__wasm__)
#define STRIATE_CALLED [[gnu::noinline]]
#else
#define STRIATE_CALLED inline
#endif
template <class Arch>
STRIATE_CALLED typename Vector<Arch>::register_type exp_register(typename Vector<Arch>::register_type x) {
  return xsimd::exp(Vector<Arch>(x)).data;
}
template <class Arch>
STRIATE_CALLED typename Vector<Arch>::register_type log_register(typename Vector<Arch>::register_type x) {
  return xsimd::log(Vector<Arch>(x)).data;
}
template <class Arch>
STRIATE_CALLED typename Vector<Arch>::register_type tanh_register(typename Vector<Arch>::register_type x) {
  return xsimd::tanh(Vector<Arch>(x)).data;
}
template <class Arch>
STRIATE_CALLED typename Vector<Arch>::register_type erfc_register(typename Vector<Arch>::register_type x) {
  return xsimd::erfc(Vector<Arch>(x)).data;
}
#undef STRIATE_CALLED

template <class Arch>
inline Vector<Arch> exp(const Vector<Arch>& x) { return Vector<Arch>(exp_register<Arch>(x.data)); }
template <class Arch>
inline Vector<Arch> log(const Vector<Arch>& x) { return Vector<Arch>(log_register<Arch>(x.data)); }
template <class Arch>
inline Vector<Arch> tanh(const Vector<Arch>& x) { return Vector<Arch>(tanh_register<Arch>(x.data)); }
template <class Arch>
inline Vector<Arch> erfc(const Vector<Arch>& x) { return Vector<Arch>(erfc_register<Arch>(x.data)); }

// Lanes added pairwise, neighbours first: ((0+1)+(2+3))+… whatever the arch's own horizontal add does.
template <class Arch>
inline float sum_lanes(const Vector<Arch>& v) {
  float lanes[width_of<Arch>];
  v.store_unaligned(lanes);
  for (int step = 1; step < width_of<Arch>; step *= 2) {
    for (int i = 0; i + step < width_of<Arch>; i += 2 * step) lanes[i] += lanes[i + step];
  }
  return lanes[0];
}

// Sums of neighbouring lanes of a, then of b.
template <class Arch, std::size_t... Lane>
inline Vector<Arch> pair_sums(const Vector<Arch>& a, const Vector<Arch>& b, std::index_sequence<Lane...>) {
  typedef float Lanes __attribute__((vector_size(sizeof...(Lane) * sizeof(float))));
  const auto x = std::bit_cast<Lanes>(a.data), y = std::bit_cast<Lanes>(b.data);
  const Lanes sums = __builtin_shufflevector(x, y, 2 * Lane...) + __builtin_shufflevector(x, y, 2 * Lane + 1 ...);
  return Vector<Arch>(std::bit_cast<typename Vector<Arch>::register_type>(sums));
}

// sums[i] = sum_lanes of vector i, in the same order, for as many neighbouring vectors as one has lanes.
template <class Arch>
inline Vector<Arch> sum_lanes_each(const float* vectors) {
  constexpr int width = width_of<Arch>;
  Vector<Arch> v[width];
#pragma GCC unroll 16
  for (int i = 0; i < width; ++i) v[i] = load<Arch>(vectors + i * width);
#pragma GCC unroll 4
  for (int left = width / 2; left >= 1; left /= 2) {
#pragma GCC unroll 16
    for (int i = 0; i < left; ++i) v[i] = pair_sums<Arch>(v[2 * i], v[2 * i + 1], std::make_index_sequence<width>());
  }
  return v[0];
}

// +0 in the lanes of `where`; `value` in the others. One instruction in wasm, where a choice between two vectors is three.
template <class Arch>
inline Vector<Arch> cleared(const typename Vector<Arch>::batch_bool_type& where, const Vector<Arch>& value) {
#if defined(__wasm__)
  return Vector<Arch>(wasm_v128_andnot(value, where));
#else
  return xsimd::select(where, Vector<Arch>(0.0f), value);
#endif
}

// `value` in the lanes of `where`, +0 in the others.
template <class Arch>
inline Vector<Arch> kept(const typename Vector<Arch>::batch_bool_type& where, const Vector<Arch>& value) {
#if defined(__wasm__)
  return Vector<Arch>(wasm_v128_and(value, where));
#else
  return xsimd::select(where, value, Vector<Arch>(0.0f));
#endif
}

// Value where it is above zero or not a number, +0 elsewhere: NaN goes through, so that a broken step is noticed.
template <class Arch>
inline Vector<Arch> relu(const Vector<Arch>& v) {
  return cleared<Arch>(v <= Vector<Arch>(0.0f), v);
}

// A ReLU or none without a branch: clears values up to zero, or up to no number. Clang makes a function of its own of a loop for
// either answer to a question that stays the same.
template <class Arch>
struct ReluIf {
  Vector<Arch> most;
  explicit ReluIf(bool with_relu) : most(with_relu ? 0.0f : std::numeric_limits<float>::quiet_NaN()) {}
  Vector<Arch> operator()(const Vector<Arch>& v) const { return cleared<Arch>(v <= most, v); }
};

// gradient where activation > 0, +0 elsewhere.
template <class Arch>
inline Vector<Arch> relu_mask(const Vector<Arch>& activation, const Vector<Arch>& gradient) {
  return kept<Arch>(activation > Vector<Arch>(0.0f), gradient);
}

}  // namespace striate::kernels::impl

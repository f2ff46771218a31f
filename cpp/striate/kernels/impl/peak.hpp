// The peak of one core in this build: multiply-adds that never leave the registers. Every share is measured against it.
#pragma once

#include "striate/kernels/impl/simd.hpp"

#include <cstdint>

namespace striate::kernels::impl {

// Thirteen independent chains and two constants fill the fifteen vector registers that V8 leaves for values; fewer chains
// do not hide the latency of a product and a sum on machines that start three of them a cycle (8 chains reach 75%, 13
// reach 99% of the 14 that a native build holds). On a Zen 3, which starts four, 13 show 45 GFLOP/s and 12 now 41 and now 50, as
// the code happens to lie. The constants are held: Chromium makes those that it knows anew in every turn, and showed 33.
// Values stay finite: each chain tends to the fixed point of v = v·a + b.
// in_place: v = v + a·b instead, where FMA adds to a register and would need a copy otherwise; where the product is an
// instruction of its own, the compiler would take it out of the loop. v then grows until a·b is below its last bit.
template <class Arch>
struct PeakShape {
  static constexpr int chains = 13;
  static constexpr bool in_place = false;
};

template <class Arch>
double peak(std::int64_t iterations) {
  constexpr int chains = PeakShape<Arch>::chains;
  Vector<Arch> sums[chains];
#pragma GCC unroll 32
  for (int i = 0; i < chains; ++i) sums[i] = Vector<Arch>(static_cast<float>(i));
  const Vector<Arch> a = held<Arch, 0.5f>(), b = held<Arch, 0.25f>();
  for (std::int64_t n = 0; n < iterations; ++n) {
#pragma GCC unroll 32
    for (int i = 0; i < chains; ++i) {
      sums[i] = PeakShape<Arch>::in_place ? madd<Arch>(a, b, sums[i]) : madd<Arch>(sums[i], a, b);
    }
  }
  Vector<Arch> total(0.0f);
#pragma GCC unroll 32
  for (int i = 0; i < chains; ++i) total = total + sums[i];
  // The sum is used, so that no compiler drops the loop; for finite values it changes nothing.
  const double flop = 2.0 * chains * width_of<Arch> * static_cast<double>(iterations);
  return sum_lanes<Arch>(total) == sum_lanes<Arch>(total) ? flop : 0.0;
}

}  // namespace striate::kernels::impl

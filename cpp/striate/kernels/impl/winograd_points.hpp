// The one-dimensional transforms of Winograd's filtering, F(2, 3) on the points 0, ±1, ∞ and F(4, 3) on 0, ±1, ±2, ∞:
// from t = m + 2 inputs, from 3 weights, and from t products to m outputs. Applied to rows and then to columns.
#pragma once

#include "striate/kernels/impl/simd.hpp"

namespace striate::kernels::impl {

template <class Arch, int M>
struct WinogradPoints;

template <class Arch>
struct WinogradPoints<Arch, 2> {
  using V = Vector<Arch>;
  static constexpr auto input = [](const V (&d)[4], V (&out)[4]) {
    out[0] = d[0] - d[2];
    out[1] = d[1] + d[2];
    out[2] = d[2] - d[1];
    out[3] = d[1] - d[3];
  };
  static constexpr auto weight = [](const V (&g)[3], V (&out)[4]) {
    const V half(0.5f), sides = g[0] + g[2];
    out[0] = g[0];
    out[1] = half * (sides + g[1]);
    out[2] = half * (sides - g[1]);
    out[3] = g[2];
  };
  static constexpr auto output = [](const V (&p)[4], V (&out)[2]) {
    out[0] = p[0] + p[1] + p[2];
    out[1] = p[1] - p[2] - p[3];
  };
};

template <class Arch>
struct WinogradPoints<Arch, 4> {
  using V = Vector<Arch>;
  static constexpr auto input = [](const V (&d)[6], V (&out)[6]) {
    const V four(4.0f), minus_four(-4.0f), two(2.0f), minus_five(-5.0f);
    const V even = madd<Arch>(minus_four, d[2], d[4]), odd = madd<Arch>(minus_four, d[1], d[3]);
    const V near = d[4] - d[2], far = two * (d[3] - d[1]);
    out[0] = madd<Arch>(four, d[0], madd<Arch>(minus_five, d[2], d[4]));
    out[1] = even + odd;
    out[2] = even - odd;
    out[3] = near + far;
    out[4] = near - far;
    out[5] = madd<Arch>(four, d[1], madd<Arch>(minus_five, d[3], d[5]));
  };
  static constexpr auto weight = [](const V (&g)[3], V (&out)[6]) {
    const V quarter(0.25f), sixth(-1.0f / 6), twelfth(1.0f / 12), small(1.0f / 24);
    const V sides = g[0] + g[2], wide = madd<Arch>(V(4.0f), g[2], g[0]) * small, middle = g[1] * twelfth;
    out[0] = quarter * g[0];
    out[1] = sixth * (sides + g[1]);
    out[2] = sixth * (sides - g[1]);
    out[3] = wide + middle;
    out[4] = wide - middle;
    out[5] = g[2];
  };
  static constexpr auto output = [](const V (&p)[6], V (&out)[4]) {
    const V four(4.0f), two(2.0f), eight(8.0f);
    const V even1 = p[1] + p[2], odd1 = p[1] - p[2], even2 = p[3] + p[4], odd2 = p[3] - p[4];
    out[0] = p[0] + even1 + even2;
    out[1] = madd<Arch>(two, odd2, odd1);
    out[2] = madd<Arch>(four, even2, even1);
    out[3] = madd<Arch>(eight, odd2, odd1) + p[5];
  };
  // F(3, 4) on the same points: four output gradients are the filter, three weights come out.
  static constexpr auto doutput = [](const V (&g)[4], V (&out)[6]) {
    const V quarter(0.25f), sixth(-1.0f / 6), twelfth(1.0f / 12), small(1.0f / 24), four(4.0f);
    const V even = g[0] + g[2], odd = g[1] + g[3];
    const V wide = madd<Arch>(four, g[2], g[0]) * small, middle = madd<Arch>(four, g[3], g[1]) * twelfth;
    out[0] = quarter * g[0];
    out[1] = sixth * (even + odd);
    out[2] = sixth * (even - odd);
    out[3] = wide + middle;
    out[4] = wide - middle;
    out[5] = g[3];
  };
  static constexpr auto dweight = [](const V (&p)[6], V (&out)[3]) {
    const V four(4.0f), two(2.0f);
    const V even1 = p[1] + p[2], odd1 = p[1] - p[2], even2 = p[3] + p[4], odd2 = p[3] - p[4];
    out[0] = p[0] + even1 + even2;
    out[1] = madd<Arch>(two, odd2, odd1);
    out[2] = madd<Arch>(four, even2, even1) + p[5];
  };
};

}  // namespace striate::kernels::impl

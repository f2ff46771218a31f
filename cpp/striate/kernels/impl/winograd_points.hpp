// The one-dimensional transforms of Winograd's filtering, F(2, 3) on the points 0, ±1, ∞ and F(4, 3) and F(2, 5) on 0, ±1, ±2,
// ∞: from t = m + r − 1 inputs, from r weights, and from t products to m outputs. Applied to rows and then to columns.
// The inputs' depends on the points alone.
#pragma once

#include "striate/kernels/impl/simd.hpp"

namespace striate::kernels::impl {

template <class Arch, int T>
struct WinogradInput;

template <class Arch>
struct WinogradInput<Arch, 4> {
  using V = Vector<Arch>;
  struct Forward {
    void operator()(const V (&d)[4], V (&out)[4]) const {
      out[0] = d[0] - d[2];
      out[1] = d[1] + d[2];
      out[2] = d[2] - d[1];
      out[3] = d[1] - d[3];
    }
  };
};

template <class Arch>
struct WinogradInput<Arch, 6> {
  using V = Vector<Arch>;
  struct Forward {
    const V four = held<Arch, 4.0f>(), minus_four = held<Arch, -4.0f>(), minus_five = held<Arch, -5.0f>();
    void operator()(const V (&d)[6], V (&out)[6]) const {
      const V even = madd<Arch>(minus_four, d[2], d[4]), odd = madd<Arch>(minus_four, d[1], d[3]);
      const V near = d[4] - d[2], half_far = d[3] - d[1], far = half_far + half_far;
      out[0] = madd<Arch>(four, d[0], madd<Arch>(minus_five, d[2], d[4]));
      out[1] = even + odd;
      out[2] = even - odd;
      out[3] = near + far;
      out[4] = near - far;
      out[5] = madd<Arch>(four, d[1], madd<Arch>(minus_five, d[3], d[5]));
    }
  };
  // From t sums back to the t inputs that had a part in them: the transposed matrix.
  struct Transposed {
    const V four = held<Arch, 4.0f>(), minus_four = held<Arch, -4.0f>(), minus_two = held<Arch, -2.0f>(),
        minus_five = held<Arch, -5.0f>(), two = held<Arch, 2.0f>();
    void operator()(const V (&p)[6], V (&out)[6]) const {
      const V even1 = p[1] + p[2], odd1 = p[1] - p[2], even2 = p[3] + p[4], odd2 = p[3] - p[4];
      out[0] = four * p[0];
      out[1] = madd<Arch>(minus_four, odd1, madd<Arch>(minus_two, odd2, four * p[5]));
      out[2] = madd<Arch>(minus_five, p[0], minus_four * even1 - even2);
      out[3] = madd<Arch>(minus_five, p[5], madd<Arch>(two, odd2, odd1));
      out[4] = p[0] + even1 + even2;
      out[5] = p[5];
    }
  };
};

template <class Arch, int M, int R>
struct WinogradPoints;

template <class Arch>
struct WinogradPoints<Arch, 2, 3> {
  using V = Vector<Arch>;
  struct Weight {
    const V half = held<Arch, 0.5f>();
    void operator()(const V (&g)[3], V (&out)[4]) const {
      const V sides = g[0] + g[2];
      out[0] = g[0];
      out[1] = half * (sides + g[1]);
      out[2] = half * (sides - g[1]);
      out[3] = g[2];
    }
  };
  struct Output {
    void operator()(const V (&p)[4], V (&out)[2]) const {
      out[0] = p[0] + p[1] + p[2];
      out[1] = p[1] - p[2] - p[3];
    }
  };
};

template <class Arch>
struct WinogradPoints<Arch, 4, 3> {
  using V = Vector<Arch>;
  struct Weight {
    const V quarter = held<Arch, 0.25f>(), sixth = held<Arch, -1.0f / 6>(), twelfth = held<Arch, 1.0f / 12>(),
        small = held<Arch, 1.0f / 24>();
    void operator()(const V (&g)[3], V (&out)[6]) const {
      const V sides = g[0] + g[2], wide = madd<Arch>(V(4.0f), g[2], g[0]) * small, middle = g[1] * twelfth;
      out[0] = quarter * g[0];
      out[1] = sixth * (sides + g[1]);
      out[2] = sixth * (sides - g[1]);
      out[3] = wide + middle;
      out[4] = wide - middle;
      out[5] = g[2];
    }
  };
  struct Output {
    const V four = held<Arch, 4.0f>(), two = held<Arch, 2.0f>(), eight = held<Arch, 8.0f>();
    void operator()(const V (&p)[6], V (&out)[4]) const {
      const V even1 = p[1] + p[2], odd1 = p[1] - p[2], even2 = p[3] + p[4], odd2 = p[3] - p[4];
      out[0] = p[0] + even1 + even2;
      out[1] = madd<Arch>(two, odd2, odd1);
      out[2] = madd<Arch>(four, even2, even1);
      out[3] = madd<Arch>(eight, odd2, odd1) + p[5];
    }
  };
  // F(3, 4) on the same points: four output gradients are the filter, three weights come out.
  struct Doutput {
    const V quarter = held<Arch, 0.25f>(), sixth = held<Arch, -1.0f / 6>(), twelfth = held<Arch, 1.0f / 12>(),
        small = held<Arch, 1.0f / 24>(), four = held<Arch, 4.0f>();
    void operator()(const V (&g)[4], V (&out)[6]) const {
      const V even = g[0] + g[2], odd = g[1] + g[3];
      const V wide = madd<Arch>(four, g[2], g[0]) * small, middle = madd<Arch>(four, g[3], g[1]) * twelfth;
      out[0] = quarter * g[0];
      out[1] = sixth * (even + odd);
      out[2] = sixth * (even - odd);
      out[3] = wide + middle;
      out[4] = wide - middle;
      out[5] = g[3];
    }
  };
  struct Dweight {
    const V four = held<Arch, 4.0f>(), two = held<Arch, 2.0f>();
    void operator()(const V (&p)[6], V (&out)[3]) const {
      const V even1 = p[1] + p[2], odd1 = p[1] - p[2], even2 = p[3] + p[4], odd2 = p[3] - p[4];
      out[0] = p[0] + even1 + even2;
      out[1] = madd<Arch>(two, odd2, odd1);
      out[2] = madd<Arch>(four, even2, even1) + p[5];
    }
  };
};

template <class Arch>
struct WinogradPoints<Arch, 2, 5> {
  using V = Vector<Arch>;
  struct Weight {
    const V quarter = held<Arch, 0.25f>(), sixth = held<Arch, -1.0f / 6>(), small = held<Arch, 1.0f / 24>(),
        two = held<Arch, 2.0f>(), four = held<Arch, 4.0f>(), eight = held<Arch, 8.0f>(), sixteen = held<Arch, 16.0f>();
    void operator()(const V (&g)[5], V (&out)[6]) const {
      const V even1 = g[0] + g[2] + g[4], odd1 = g[1] + g[3];
      const V even2 = madd<Arch>(sixteen, g[4], madd<Arch>(four, g[2], g[0])), odd2 = madd<Arch>(eight, g[3], two * g[1]);
      out[0] = quarter * g[0];
      out[1] = sixth * (even1 + odd1);
      out[2] = sixth * (even1 - odd1);
      out[3] = small * (even2 + odd2);
      out[4] = small * (even2 - odd2);
      out[5] = g[4];
    }
  };
  struct Output {
    const V two = held<Arch, 2.0f>();
    void operator()(const V (&p)[6], V (&out)[2]) const {
      out[0] = p[0] + (p[1] + p[2]) + (p[3] + p[4]);
      out[1] = madd<Arch>(two, p[3] - p[4], p[1] - p[2]) + p[5];
    }
  };
  // The transposed output and weight transforms: what gradients go through.
  struct Doutput {
    void operator()(const V (&g)[2], V (&out)[6]) const {
      const V far = g[1] + g[1];
      out[0] = g[0];
      out[1] = g[0] + g[1];
      out[2] = g[0] - g[1];
      out[3] = g[0] + far;
      out[4] = g[0] - far;
      out[5] = g[1];
    }
  };
  struct Dweight {
    const V quarter = held<Arch, 0.25f>(), sixth = held<Arch, 1.0f / 6>(), minus_sixth = held<Arch, -1.0f / 6>(),
        twelfth = held<Arch, 1.0f / 12>(), small = held<Arch, 1.0f / 24>(), four = held<Arch, 4.0f>();
    void operator()(const V (&p)[6], V (&out)[5]) const {
      const V even1 = minus_sixth * (p[1] + p[2]), odd1 = minus_sixth * (p[1] - p[2]);
      const V even2 = sixth * (p[3] + p[4]), odd2 = twelfth * (p[3] - p[4]);
      out[0] = madd<Arch>(quarter, p[0], madd<Arch>(small, p[3] + p[4], even1));
      out[1] = odd1 + odd2;
      out[2] = even1 + even2;
      out[3] = madd<Arch>(four, odd2, odd1);
      out[4] = madd<Arch>(four, even2, even1) + p[5];
    }
  };
};

}  // namespace striate::kernels::impl

// Pointwise nonlinearities and their derivatives (activation_kind.hpp has the formulas). ReLU has functions of its own,
// since the layers around it take it over.
//
// exp, tanh and erf are xsimd's: the same polynomials in every build. Bounds against the double twin, in ULP of the
// largest magnitude involved: sigmoid 34, elu and gelu 18, as W3C's WebNN tests allow. Source: lecture, "Как работают
// нелинейности"; torch.nn.
#pragma once

#include "striate/kernels/activation_kind.hpp"
#include "striate/kernels/impl/elementwise.hpp"

namespace striate::kernels::impl {

template <class Arch>
void relu_forward(const ConstBlockedView& input, const BlockedView& output) {
  map_rows<Arch>(input, output, [](const auto& x) { return relu<Arch>(x); });
}

template <class Arch>
void relu_backward(const ConstBlockedView& output, const ConstBlockedView& doutput, const BlockedView& dinput) {
  zip_rows<Arch>(output, doutput, dinput, [](const auto& y, const auto& dy) { return relu_mask<Arch>(y, dy); });
}

// 1/(1 + e⁻ˣ) from e^−|x|, which never overflows.
template <class Arch>
inline Vector<Arch> sigmoid(const Vector<Arch>& x) {
  const Vector<Arch> one(1.0f);
  const auto e = impl::exp<Arch>(-xsimd::abs(x));
  return xsimd::select(x >= Vector<Arch>(0.0f), one, e) / (one + e);
}

// Φ(x), the standard normal distribution function.
template <class Arch>
inline Vector<Arch> normal_cdf(const Vector<Arch>& x) {
  const Vector<Arch> half(0.5f);
  return half * impl::erfc<Arch>(x * Vector<Arch>(-0.70710678118654752f));
}

template <class Arch>
inline Vector<Arch> gelu_tanh_inner(const Vector<Arch>& x) {
  const Vector<Arch> scale(0.79788456080286536f), cubic(0.044715f);
  return impl::tanh<Arch>(scale * (x + cubic * x * x * x));
}

// Calls body(value, derivative), both functions: value(x), derivative(x, y).
template <class Arch, class Body>
inline void with_activation(const Activation& activation, Body&& body) {
  using V = Vector<Arch>;
  const V a(activation.a), b(activation.b), zero(0.0f), one(1.0f), half(0.5f);
  switch (activation.kind) {
    case ActivationKind::leaky_relu:
      return body([=](const V& x) { return xsimd::select(x > zero, x, a * x); },
                  [=](const V& x, const V&) { return xsimd::select(x > zero, one, a); });
    case ActivationKind::elu:
      return body([=](const V& x) { return xsimd::select(x > zero, x, a * xsimd::expm1(x)); },
                  [=](const V& x, const V& y) { return xsimd::select(x > zero, one, y + a); });
    case ActivationKind::gelu:
      return body([=](const V& x) { return x * normal_cdf<Arch>(x); },
                  [=](const V& x, const V&) {
                    const V density = impl::exp<Arch>(V(-0.5f) * x * x) * V(0.39894228040143268f);
                    return normal_cdf<Arch>(x) + x * density;
                  });
    case ActivationKind::gelu_tanh:
      return body([=](const V& x) { return half * x * (one + gelu_tanh_inner<Arch>(x)); },
                  [=](const V& x, const V&) {
                    const V t = gelu_tanh_inner<Arch>(x);
                    const V slope = V(0.79788456080286536f) * (one + V(0.134145f) * x * x);
                    return half * (one + t) + half * x * (one - t * t) * slope;
                  });
    case ActivationKind::silu:
      return body([=](const V& x) { return x * sigmoid<Arch>(x); },
                  [=](const V& x, const V& y) {
                    const V s = sigmoid<Arch>(x);
                    return s + y * (one - s);
                  });
    case ActivationKind::hardswish: {
      const V three(3.0f), six(6.0f), sixth(1.0f / 6.0f);
      return body([=](const V& x) { return x * xsimd::min(xsimd::max(x + three, zero), six) * sixth; },
                  [=](const V& x, const V&) {
                    const V inside = (x + x + three) * sixth;
                    return xsimd::select(x <= -three, zero, xsimd::select(x >= three, one, inside));
                  });
    }
    case ActivationKind::sigmoid:
      return body([=](const V& x) { return sigmoid<Arch>(x); }, [=](const V&, const V& y) { return y * (one - y); });
    case ActivationKind::tanh:
      return body([=](const V& x) { return impl::tanh<Arch>(x); }, [=](const V&, const V& y) { return one - y * y; });
    case ActivationKind::scaled_tanh: {
      const V slope(activation.b / activation.a);
      return body([=](const V& x) { return a * impl::tanh<Arch>(b * x); },
                  [=](const V&, const V& y) { return slope * (a - y) * (a + y); });
    }
  }
}

template <class Arch>
void activation_forward(const Activation& activation, const ConstBlockedView& input, const BlockedView& output) {
  with_activation<Arch>(activation, [&](auto value, auto) { map_rows<Arch>(input, output, value); });
}

// dinput may be doutput.
template <class Arch>
void activation_backward(const Activation& activation, const ConstBlockedView& input, const ConstBlockedView& output,
                         const ConstBlockedView& doutput, const BlockedView& dinput) {
  const int row_floats = input.width * input.lanes;
  with_activation<Arch>(activation, [&](auto, auto derivative) {
    for_each_row(input.blocks, input.height, input.channels, [&](int block, int y, int c) {
      const float* x = input.at(block, y, c);
      const float* value = output.at(block, y, c);
      const float* gradient = doutput.at(block, y, c);
      float* to = dinput.at(block, y, c);
      for (int i = 0; i < row_floats; i += width_of<Arch>) {
        (load<Arch>(gradient + i) * derivative(load<Arch>(x + i), load<Arch>(value + i))).store_unaligned(to + i);
      }
    });
  });
}

}  // namespace striate::kernels::impl

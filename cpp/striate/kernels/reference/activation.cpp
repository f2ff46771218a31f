// The nonlinearities by their formulas, and their derivatives by the rules of calculus.
#include "striate/kernels/reference/reference.hpp"

#include <algorithm>
#include <cmath>

namespace striate::kernels::reference {
namespace {

constexpr double root_half = 0.70710678118654752440;
constexpr double root_two_over_pi = 0.79788456080286535588;

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

double value(const Activation& f, double x) {
  switch (f.kind) {
    case ActivationKind::leaky_relu: return x > 0 ? x : f.a * x;
    case ActivationKind::elu: return x > 0 ? x : f.a * std::expm1(x);
    case ActivationKind::gelu: return x * 0.5 * std::erfc(-x * root_half);
    case ActivationKind::gelu_tanh: return 0.5 * x * (1 + std::tanh(root_two_over_pi * (x + 0.044715 * x * x * x)));
    case ActivationKind::silu: return x * sigmoid(x);
    case ActivationKind::hardswish: return x * std::clamp(x + 3, 0.0, 6.0) / 6;
    case ActivationKind::sigmoid: return sigmoid(x);
    case ActivationKind::tanh: return std::tanh(x);
    case ActivationKind::scaled_tanh: return f.a * std::tanh(f.b * x);
  }
  return 0;
}

double derivative(const Activation& f, double x) {
  switch (f.kind) {
    case ActivationKind::leaky_relu: return x > 0 ? 1 : f.a;
    case ActivationKind::elu: return x > 0 ? 1 : f.a * std::exp(x);
    case ActivationKind::gelu:
      return 0.5 * std::erfc(-x * root_half) + x * std::exp(-0.5 * x * x) * 0.39894228040143267794;
    case ActivationKind::gelu_tanh: {
      const double t = std::tanh(root_two_over_pi * (x + 0.044715 * x * x * x));
      return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * root_two_over_pi * (1 + 3 * 0.044715 * x * x);
    }
    case ActivationKind::silu: return sigmoid(x) * (1 + x * (1 - sigmoid(x)));
    case ActivationKind::hardswish: return x <= -3 ? 0 : x >= 3 ? 1 : (2 * x + 3) / 6;
    case ActivationKind::sigmoid: return sigmoid(x) * (1 - sigmoid(x));
    case ActivationKind::tanh: return 1 - std::tanh(x) * std::tanh(x);
    case ActivationKind::scaled_tanh: return f.a * f.b * (1 - std::tanh(f.b * x) * std::tanh(f.b * x));
  }
  return 0;
}

}  // namespace

Values activation_forward(const Activation& activation, const Values& input) {
  Values output(input.size());
  std::transform(input.begin(), input.end(), output.begin(), [&](double x) { return value(activation, x); });
  return output;
}

Values activation_backward(const Activation& activation, const Values& input, const Values& doutput) {
  Values dinput(input.size());
  std::transform(input.begin(), input.end(), doutput.begin(), dinput.begin(),
                 [&](double x, double dy) { return dy * derivative(activation, x); });
  return dinput;
}

}  // namespace striate::kernels::reference

// The pointwise nonlinearities the engine has, with their two numbers.
//
//   leaky_relu   x > 0 ? x : a·x                                  a = negative slope
//   elu          x > 0 ? x : a·(eˣ − 1)                           Clevert et al. 2015
//   gelu         x·Φ(x) = x/2·(1 + erf(x/√2))                     Hendrycks & Gimpel 2016
//   gelu_tanh    x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³)))         its usual approximation
//   silu         x·σ(x)                                           also called swish
//   hardswish    x·min(max(x + 3, 0), 6)/6                        MobileNetV3
//   sigmoid      1/(1 + e⁻ˣ)
//   tanh
//   scaled_tanh  a·tanh(b·x)                                      LeNet-98: a = 1.7159, b = 2/3
#pragma once

namespace striate::kernels {

enum class ActivationKind { leaky_relu, elu, gelu, gelu_tanh, silu, hardswish, sigmoid, tanh, scaled_tanh };

struct Activation {
  ActivationKind kind = ActivationKind::sigmoid;
  float a = 1, b = 1;
};

}  // namespace striate::kernels

// leakyRelu, elu, gelu, silu, hardswish, sigmoid, tanh, scaledTanh: pointwise nonlinearities. Shapes pass through; formulas
// and sources stand in kernels/activation_kind.hpp. ReLU is a layer of its own, since its neighbours can take it over.
#pragma once

#include "striate/layers/registry.hpp"

namespace striate::layers {

std::span<const LayerType> activation_types();

}  // namespace striate::layers

// relu: output = max(0, input), pixel by pixel; shapes unchanged.
//
// Backward: dinput = doutput where output > 0, else 0 (at 0 the gradient is 0, as in PyTorch). NaN goes through.
// A plan mostly makes this layer vanish: into the epilogue of the layer before it, and into the backward pass of the
// layer behind it. No options, no parameters, no errors.
// Source: lecture, "Функции активации"; PyTorch torch.nn.ReLU.
#pragma once

#include "striate/layers/registry.hpp"

namespace striate::layers {

const LayerType& relu_type();

}  // namespace striate::layers

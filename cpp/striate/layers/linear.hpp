// linear (fully connected, dense): every output sees every input.
//
// input {F, 1, 1} → output {outFeatures, 1, 1}; weight [outFeatures, F], bias [outFeatures]
//   output(o) = bias(o) + Σ_i weight(o, i) · input(i)
// Options: outFeatures, bias. Errors: invalid_shape for an input that is not flat.
// Numerics: float32, sums over i in order. Starts: he_normal by F, bias 0.
// Source: lecture, "Полносвязный слой"; PyTorch torch.nn.Linear.
#pragma once

#include "striate/layers/registry.hpp"

namespace striate::layers {

const LayerType& linear_type();

}  // namespace striate::layers

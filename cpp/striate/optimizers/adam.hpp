// Adam and AdamW, in PyTorch's form, t counting steps from 1:
//
//   adam   g = gradient + weightDecay·w                 adamw  w = w − rate·weightDecay·w first, g = gradient
//   m = β₁·m + (1 − β₁)·g;   s = β₂·s + (1 − β₂)·g²;   w = w − rate/(1 − β₁ᵗ)·m/(√s/√(1 − β₂ᵗ) + eps)
//
// adam's decay is coupled (it goes through the moments), adamw's is not. Numerics: powers of β in double by repeated
// products, roots exact: no libm. Source: Kingma & Ba 2015; Loshchilov & Hutter 2019; torch.optim.Adam, AdamW.
#pragma once

#include "striate/optimizers/optimizer.hpp"

namespace striate::optimizers {

const OptimizerType& adam_type();
const OptimizerType& adamw_type();

}  // namespace striate::optimizers

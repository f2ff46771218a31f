// RMSprop, in PyTorch's form:
//
//   g = gradient + weightDecay·w;   s = α·s + (1 − α)·g²;   a = √s + eps   (centered: √(s − ḡ²) + eps, ḡ the mean gradient)
//   v = momentum·v + g/a;           w = w − rate·v
//
// Source: Tieleman & Hinton 2012; Graves 2013 for the centered form; torch.optim.RMSprop.
#pragma once

#include "striate/optimizers/optimizer.hpp"

namespace striate::optimizers {

const OptimizerType& rmsprop_type();

}  // namespace striate::optimizers

// SGD with momentum and weight decay, PyTorch's form:
//
//   g = gradient + weight_decay · w;   v = momentum · v + g;   w = w − rate · v
//
// v starts at 0, which equals PyTorch's "v = g on the first step". Options: learningRate (0.01), momentum (0),
// weightDecay (0). Source: PyTorch torch.optim.SGD (dampening 0, nesterov off).
#pragma once

#include "striate/optimizers/optimizer.hpp"

namespace striate::optimizers {

const OptimizerType& sgd_type();

}  // namespace striate::optimizers

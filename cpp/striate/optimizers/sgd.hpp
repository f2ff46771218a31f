// SGD with momentum, Nesterov's momentum, dampening and weight decay, in PyTorch's form:
//
//   g = gradient + weightDecay·w;   v = momentum·v + (1 − dampening)·g;   w = w − rate·(nesterov ? g + momentum·v : v)
//
// The first step's v is g itself, whatever the dampening. Source: torch.optim.SGD; Sutskever et al. 2013 for Nesterov.
#pragma once

#include "striate/optimizers/optimizer.hpp"

namespace striate::optimizers {

const OptimizerType& sgd_type();

}  // namespace striate::optimizers

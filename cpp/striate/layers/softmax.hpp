// softmax and logSoftmax across channels at each pixel: p_c = exp(x_c)/Σ exp(x), and its logarithm. Shapes pass through.
//
// A network that is trained with cross-entropy ends in logits: the loss takes the softmax itself, which is exact where a
// layer would round to 0 or 1. These are for attention-like uses and for exported graphs. Source: torch.nn.Softmax2d.
#pragma once

#include "striate/layers/registry.hpp"

namespace striate::layers {

const LayerType& softmax_type();
const LayerType& log_softmax_type();

}  // namespace striate::layers

// groupNorm (Wu & He 2018): y = weight_c·(x − μ)/√(σ² + eps) + bias_c with the statistics of each image's own group of
// channels; the same in training and inference. One group is layer norm over C×H×W, as many as channels instance norm.
// Shapes pass through. Source: torch.nn.GroupNorm.
#pragma once

#include "striate/layers/registry.hpp"

namespace striate::layers {

const LayerType& group_norm_type();

}  // namespace striate::layers

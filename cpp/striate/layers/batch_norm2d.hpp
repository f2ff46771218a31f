// batchNorm2d (Ioffe & Szegedy 2015): y = weight_c·(x − μ_c)/√(σ²_c + eps) + bias_c; shapes pass through.
//
// Training: μ and σ² are the batch's (σ² biased), and the running ones follow: r ← (1 − momentum)·r + momentum·batch, with
// the unbiased variance, as torch.nn.BatchNorm2d does. Inference: the running ones. A single value per channel has no
// variance: its output is the bias. Training with held statistics (a frozen layer): the running ones, left as they are; no
// gradient flows through them.
#pragma once

#include "striate/layers/registry.hpp"

namespace striate::layers {

const LayerType& batch_norm2d_type();

}  // namespace striate::layers

// upsample: more pixels from fewer, nearest or bilinear. {C, H, W} → {C, H·scale, W·scale}, or the size asked for.
// Source: torch.nn.Upsample; formulas in kernels/upsample_plan.hpp.
#pragma once

#include "striate/layers/registry.hpp"

namespace striate::layers {

const LayerType& upsample_type();

}  // namespace striate::layers

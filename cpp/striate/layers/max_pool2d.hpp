// maxPool2d: the largest value of each window, channel by channel.
//
// input {C, H, W} → output {C, Ho, Wo}, Ho = (H − K + P_top + P_bottom) / S + 1, rounded down; Wo alike.
// Padding counts as −∞, so every window must hold at least one real pixel: padding < kernelSize on each side.
// Backward: each gradient goes to the first maximum of its window, in rows and then columns.
// Options: kernelSize, stride (default: kernelSize), padding. Errors: invalid_shape with the formula when no window
// fits, invalid_argument for padding ≥ kernelSize. Numerics: exact. Source: lecture, "Слой подвыборки"; PyTorch
// torch.nn.MaxPool2d (which allows padding up to kernelSize / 2 only).
#pragma once

#include "striate/layers/registry.hpp"

namespace striate::layers {

const LayerType& max_pool2d_type();

}  // namespace striate::layers

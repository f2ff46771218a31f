// flatten: an image as a list of numbers, {C, H, W} → {C·H·W, 1, 1}.
//
// Feature (c·H + y)·W + x is pixel (c, y, x): PyTorch's order, so that a linear layer's weights mean the same.
// No options, no parameters, no errors; values are copied, not computed.
// Source: lecture, "Полносвязный слой"; PyTorch torch.nn.Flatten.
#pragma once

#include "striate/layers/registry.hpp"

namespace striate::layers {

const LayerType& flatten_type();

}  // namespace striate::layers

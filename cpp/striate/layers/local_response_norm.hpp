// localResponseNorm (AlexNet, Krizhevsky et al. 2012): y_c = x_c/(k + alpha/size·Σ_{near c} x²)^beta, across channels at
// each pixel. Shapes pass through. Source: torch.nn.LocalResponseNorm, whose alpha is divided by size.
#pragma once

#include "striate/layers/registry.hpp"

namespace striate::layers {

const LayerType& local_response_norm_type();

}  // namespace striate::layers

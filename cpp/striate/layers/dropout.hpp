// dropout and dropout2d (Srivastava et al. 2014): in training each value, or each whole channel of an image, is dropped
// with probability p and the rest scaled by 1/(1 − p); in inference values pass unchanged. Shapes pass through.
//
// Each draw depends on (seed, step, layer's name, image, element) alone: a resumed training draws the same.
#pragma once

#include "striate/layers/registry.hpp"

namespace striate::layers {

const LayerType& dropout_type();
const LayerType& dropout2d_type();

}  // namespace striate::layers

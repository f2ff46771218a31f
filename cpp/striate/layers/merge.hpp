// add, multiply and concat: layers with several inputs. add makes the shortcuts of ResNet ("corrections instead of new
// data", says the lecture).
//
//   add       y = Σ inputs          all inputs of one shape        dinput_k = dy
//   multiply  y = a·b               two inputs of one shape        da = dy·b, db = dy·a
//   concat    channels one behind another; heights and widths agree
#pragma once

#include "striate/layers/registry.hpp"

namespace striate::layers {

const LayerType& add_type();
const LayerType& multiply_type();
const LayerType& concat_type();

}  // namespace striate::layers

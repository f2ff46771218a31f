// reshape and zeroPad2d: the same values under another shape (row-major C, H, W order, as torch.reshape), and rows and
// columns of a number, of reflection or of the repeated edge around an image.
//
//   reshape    C·H·W is kept; one of channels, height, width may be −1 and follows from the others
//   zeroPad2d  H' = H + top + bottom,  W' = W + left + right
#pragma once

#include "striate/layers/registry.hpp"

namespace striate::layers {

const LayerType& reshape_type();
const LayerType& zero_pad2d_type();

}  // namespace striate::layers

// averagePool2d, globalAveragePool2d and LeNet-98's subsampling2d: the mean over a window, over the whole map, and the sum
// over a window times a trainable coefficient plus a trainable bias per channel.
//
//   average      O = (I − Ps)/S + 1, padded as the options say; {C, H, W} → {C, O, O}
//   global       {C, H, W} → {C, 1, 1}
//   subsampling  y = coefficient_c·Σ window + bias_c    (LeCun et al. 1998, section II.B: S2 and S4)
//
// Source: lecture, "Pooling layer"; torch.nn.AvgPool2d (count_include_pad as countPadding).
#pragma once

#include "striate/layers/registry.hpp"

namespace striate::layers {

const LayerType& average_pool2d_type();
const LayerType& global_average_pool2d_type();
const LayerType& subsampling2d_type();

}  // namespace striate::layers

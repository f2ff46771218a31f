// convTranspose2d: the gradient of a convolution with respect to its input, used as a layer of its own.
//
//   O = (I − 1)·S − 2P + K + output padding      output(oy, ox, co) = bias + Σ weight(ci, co, ky, kx)·input(iy, ix, ci)
//   over iy·S − P + ky = oy. Weights are torch's [Ci][Co][Kh][Kw].
//
// It is made of the convolution's own kernels with the roles turned: forward is dinput, dinput is forward, dweight is
// dweight with input and output gradient exchanged. Source: torch.nn.ConvTranspose2d.
#pragma once

#include "striate/layers/registry.hpp"

namespace striate::layers {

const LayerType& conv_transpose2d_type();

}  // namespace striate::layers

// conv2d: cross-correlation of an image with Co filters.
//
// input {Ci, H, W} → output {Co, Ho, Wo}; weight [Co, Ci, Kh, Kw], bias [Co]
//   output(co, y, x) = bias(co) + Σ_{ci, ky, kx} weight(co, ci, ky, kx) · padded(ci, y·S − P + ky, x·S − P + kx)
//   Ho = (H − Kh + P_top + P_bottom) / S + 1, rounded down; Wo alike
// Padding is any number (paddingValue), read from a halo around the input that forward fills.
// Options: outChannels, kernelSize (n or [h, w]), stride, padding (n, [h, w] or [top, bottom, left, right]),
// paddingValue, bias. Errors: invalid_shape with the formula when no window fits.
// Numerics: float32, sums in kernel order; see kernels/conv2d_plan.hpp. Starts: he_normal by Ci·Kh·Kw, bias 0.
// Source: lecture, "Свёрточный слой", "Дополнение и шаг"; PyTorch torch.nn.Conv2d.
#pragma once

#include "striate/layers/registry.hpp"

namespace striate::layers {

const LayerType& conv2d_type();

}  // namespace striate::layers

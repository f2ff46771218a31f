// The operations that automatic policies choose from, as Pillow does them: RandAugment, TrivialAugment and AugMix were made,
// and their magnitudes tuned, with these.
//
//   shear_x, shear_y          in(x + m·y, y), in(x, y + m·x) from the corner; translate_x, translate_y: in(x − m, y), in(x, y − m)
//   rotate                    m degrees against the clock about the middle
//   brightness, colour, contrast, sharpness   degenerate + (1 + m) · (v − degenerate): black, gray, the mean gray, smoothed
//   posterize                 the m highest bits; solarize: 255 − v from m on; auto_contrast, equalize: without a number
// A blend's fraction is dropped. Resampled places outside the image are black.
// Source: Pillow's documentation of Image, ImageEnhance, ImageOps and ImageFilter; torchvision's documentation of RandAugment,
// TrivialAugmentWide and AugMix for magnitudes and signs.
#pragma once

#include "striate/augment/transform.hpp"

namespace striate::augment {

enum class Operation {
  identity, shear_x, shear_y, translate_x, translate_y, rotate, brightness, colour, contrast, sharpness, posterize, solarize, auto_contrast, equalize,
};
inline constexpr int operations = 14;

// `out` does not overlap `in`. Images of 1 or 3 channels.
core::Status operate(Operation operation, double magnitude, const ConstImage& in, const Image& out, Interpolation interpolation, Scratch& scratch,
                     const ImageKernels& kernels);

}  // namespace striate::augment

// Resizing, as OpenCV's resize: nearest, linear (half-pixel centres, no smoothing), cubic (a = −0.75), Lanczos of 8 taps,
// area (the mean of what falls into a pixel).
//
//   output pixel i lies at (i + ½) · in / out − ½ of the input; nearest takes floor(i · in / out)
// Separable: each input row is resized once into floats, then rows are summed and rounded.
// Source: OpenCV's documentation of resize; its behaviour at the edges (the last pixel repeats).
#pragma once

#include "striate/augment/transform.hpp"

namespace striate::augment {

// A whole image into out's size; channels must agree. step: input pixels for one of the output, along both axes; 0 for what
// the sizes give. A factor that leaves a broken size, rounded, is kept exactly so.
core::Status resize(const ConstImage& in, const Image& out, Interpolation interpolation, Scratch& scratch, const ImageKernels& kernels,
                    double step = 0);

// One plane of floats, linear: for fields of noise.
core::Status resize_field(const float* in, int height, int width, float* out, int out_height, int out_width, Scratch& scratch,
                          const ImageKernels& kernels);

// A box of bytes in rows `stride` apart, linear, as floats.
core::Status resize_to_floats(const std::uint8_t* in, std::ptrdiff_t stride, int height, int width, float* out, int out_height,
                              int out_width, Scratch& scratch, const ImageKernels& kernels);

}  // namespace striate::augment

// Filters: correlation of an image with a small kernel, its rows and columns apart or at once; medians; Gaussian kernels.
//
//   out(x, y) = Σ k(i, j) · in(x + i − a, y + j − a'), a and a' the kernel's middles; not mirrored, as OpenCV's filter2D
// Sums are floats in the kernel's order; results are rounded to the nearest, halves to even.
// Source: OpenCV's documentation of filter2D, sepFilter2D, getGaussianKernel, medianBlur.
#pragma once

#include "striate/augment/transform.hpp"

#include <span>

namespace striate::augment {

// Kernel of `height` × `width` weights, rows first; both odd.
struct Kernel {
  std::span<const float> weights;
  int height = 1, width = 1;
};

core::Status convolve(const ConstImage& in, const Image& out, const Kernel& kernel, Border border, Scratch& scratch, const ImageKernels& kernels);
// The same for a kernel that is column · row.
core::Status convolve_separable(const ConstImage& in, const Image& out, std::span<const float> row, std::span<const float> column,
                                Border border, Scratch& scratch, const ImageKernels& kernels);
// One plane of floats; `in` and `out` may be the same.
core::Status convolve_field(const float* in, float* out, int height, int width, std::span<const float> row, std::span<const float> column,
                            Border border, Scratch& scratch, const ImageKernels& kernels);

// e^(−x² / 2σ²) over 2·(size / 2) + 1 places, made to sum 1. σ = 0 is OpenCV's: a table up to
// size 9, 0.3·((size − 1)/2 − 1) + 0.8 above.
void gaussian_weights(double sigma, std::span<float> weights);
// OpenCV's size for σ: 3σ to each side for bytes, 4σ for floats; odd.
int gaussian_size(double sigma, bool bytes);
// Gaussian blur with OpenCV's defaults: the border mirrors without repeating the edge.
core::Status gaussian_blur(const ConstImage& in, const Image& out, double sigma, int size, Border border, Scratch& scratch, const ImageKernels& kernels);
core::Status gaussian_blur_field(float* field, int height, int width, double sigma, int size, Border border, Scratch& scratch, const ImageKernels& kernels);

// Mean of size × size bytes, size ≤ 255: whole sums of rows, and of rows' sums, that move on by one.
core::Status box_blur(const ConstImage& in, const Image& out, int size, Border border, Scratch& scratch, const ImageKernels& kernels);

// Median of size × size, the edge repeated.
core::Status median(const ConstImage& in, const Image& out, int size, Scratch& scratch, const ImageKernels& kernels);

}  // namespace striate::augment

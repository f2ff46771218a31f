// Resampling an image: by a matrix, or by a map of places.
//
// out(x, y) = in(X / W, Y / W), (X, Y, W) = matrix · (x, y, 1), pixel centres on whole numbers as in OpenCV's
// warpAffine with WARP_INVERSE_MAP. Steps that follow one another become one: their matrices are multiplied, the pixels
// are read once, and the border is that of the first image.
// Numerics: an affine matrix walks in integers with 32 binary places; a perspective one divides in double for each
// pixel. Both give the same places in every build.
#pragma once

#include "striate/augment/transform.hpp"

#include <array>
#include <cstdint>

namespace striate::augment {

using Matrix3 = std::array<double, 9>;

// a · b: what b does comes first.
Matrix3 multiply(const Matrix3& a, const Matrix3& b);
// False when it cannot be inverted.
bool invert(const Matrix3& m, Matrix3& out);

core::Status resample(const Warp& warp, const ConstImage& in, const Image& out, Scratch& scratch, const ImageKernels& kernels);

// How places are looked up: interpolation, border and fill of a transform's options.
struct Sampling {
  Interpolation interpolation = Interpolation::linear;
  Border border = Border::constant;
  std::vector<double> fill;

  Sampling() = default;
  explicit Sampling(const Options& options);
};

// out(x, y) = in(map_x[y·W + x], map_y[y·W + x]); the maps are of out's size.
core::Status remap(const Sampling& sampling, const float* map_x, const float* map_y, const ConstImage& in, const Image& out,
                   Scratch& scratch, const ImageKernels& kernels);

// A transform that is one resampling, as warp() tells.
class WarpTransform : public Transform {
 public:
  core::Status apply(const Job& job) const override;
};

}  // namespace striate::augment

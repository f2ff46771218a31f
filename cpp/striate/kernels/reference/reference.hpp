// The naive twin of every kernel, in double precision on NCHW arrays: the truth that the fast ones are held to. Kept for
// ever, and kept simple: one loop per index of the formula, no layout, no tiling, no shared tricks.
//
// Tensors are dense vectors in NCHW order (weights OIHW); gradients are returned, not added to.
#pragma once

#include "striate/core/window_geometry.hpp"
#include "striate/kernels/activation_kind.hpp"
#include "striate/kernels/blocked_view.hpp"
#include "striate/kernels/local_response_norm.hpp"
#include "striate/kernels/pad_mode.hpp"
#include "striate/kernels/update_settings.hpp"
#include "striate/kernels/upsample_plan.hpp"

#include <cstdint>
#include <vector>

namespace striate::kernels::reference {

using Values = std::vector<double>;

struct Conv2d {
  int batch = 1;
  core::Shape input, output;
  core::WindowGeometry window;
  double padding_value = 0;
};

// output(n, co, oy, ox) = bias(co) + Σ_{ci, ky, kx} weight(co, ci, ky, kx) · padded input(n, ci, oy·S − P + ky·D, …)
Values conv2d_forward(const Conv2d& conv, const Values& input, const Values& weight, const Values& bias);
Values conv2d_dinput(const Conv2d& conv, const Values& doutput, const Values& weight);
Values conv2d_dweight(const Conv2d& conv, const Values& input, const Values& doutput);
Values conv2d_dbias(const Conv2d& conv, const Values& doutput);

// output(n, o) = bias(o) + Σ_i weight(o, i) · input(n, i)
Values linear_forward(int batch, int in, int out, const Values& input, const Values& weight, const Values& bias);
Values linear_dinput(int batch, int in, int out, const Values& doutput, const Values& weight);
Values linear_dweight(int batch, int in, int out, const Values& input, const Values& doutput);
Values linear_dbias(int batch, int out, const Values& doutput);

Values activation_forward(const Activation& activation, const Values& input);
Values activation_backward(const Activation& activation, const Values& input, const Values& doutput);

Values relu_forward(const Values& input);
Values relu_backward(const Values& output, const Values& doutput);

// Max over the window, padding as −∞; the gradient goes to the first maximum in (row, column) order.
struct Pool2d {
  int batch = 1;
  core::Shape input, output;
  core::WindowGeometry window;
};
Values max_pool2d_forward(const Pool2d& pool, const Values& input);
Values max_pool2d_backward(const Pool2d& pool, const Values& input, const Values& doutput);

// count_padding: the padding's zeros count in the mean.
Values average_pool2d_forward(const Pool2d& pool, bool count_padding, const Values& input);
Values average_pool2d_backward(const Pool2d& pool, bool count_padding, const Values& doutput);

// A batch of images of one shape, for the operations below.
struct Images {
  int batch = 1;
  core::Shape shape;
  std::size_t size() const { return static_cast<std::size_t>(batch * shape.elements()); }
  std::size_t at(int n, int c, int y, int x) const {
    return static_cast<std::size_t>(((std::int64_t{n} * shape.channels + c) * shape.height + y) * shape.width + x);
  }
};

// body(n, c, y, x) for every value.
template <class Body>
void for_each_place(const Images& images, Body&& body) {
  for (int n = 0; n < images.batch; ++n) {
    for (int c = 0; c < images.shape.channels; ++c) {
      for (int y = 0; y < images.shape.height; ++y) {
        for (int x = 0; x < images.shape.width; ++x) body(n, c, y, x);
      }
    }
  }
}

// Index of a value of a matrix kept row after row.
inline std::size_t at(int row, int columns, int column) { return static_cast<std::size_t>(std::int64_t{row} * columns + column); }

// sides: rows and columns added on each side of `images`.
Values pad2d_forward(PadMode mode, const Halo& sides, double value, const Images& images, const Values& input);
Values pad2d_backward(PadMode mode, const Halo& sides, const Images& images, const Values& doutput);

Values upsample_forward(UpsampleMode mode, const Images& images, int height, int width, const Values& input);
Values upsample_backward(UpsampleMode mode, const Images& images, int height, int width, const Values& doutput);

// y = γ·(x − μ)/√(σ² + ε) + β. The statistics are the batch's own, or those given (then constants in backward).
struct NormGradients {
  Values dinput, dgamma, dbeta;
};
struct Statistics {
  Values mean, variance;
};
Statistics batch_statistics(const Images& images, const Values& input);
Values batch_norm_forward(const Images& images, const Values& input, const Statistics& statistics, const Values& gamma,
                          const Values& beta, double epsilon);
NormGradients batch_norm_backward(const Images& images, const Values& input, const Statistics& statistics, const Values& gamma,
                                  double epsilon, bool statistics_of_batch, const Values& doutput);
Values group_norm_forward(const Images& images, int groups, const Values& input, const Values& gamma, const Values& beta,
                          double epsilon);
NormGradients group_norm_backward(const Images& images, int groups, const Values& input, const Values& gamma, double epsilon,
                                  const Values& doutput);
Values local_response_norm_forward(const LocalResponseNorm& norm, const Images& images, const Values& input);
Values local_response_norm_backward(const LocalResponseNorm& norm, const Images& images, const Values& input,
                                    const Values& doutput);

// Across channels at every pixel.
Values softmax_forward(const Images& images, const Values& input, bool logarithm);
Values softmax_backward(const Images& images, const Values& input, const Values& doutput, bool logarithm);

// Minus the squared distances to centers [out][in].
Values radial_basis_forward(int batch, int in, int out, const Values& input, const Values& centers);
Values radial_basis_dinput(int batch, int in, int out, const Values& input, const Values& centers, const Values& doutput);
Values radial_basis_dcenters(int batch, int in, int out, const Values& input, const Values& centers, const Values& doutput);

// Rows of `classes` logits. losses: one per row; dlogits already times `scale`.
Values softmax(int batch, int classes, const Values& logits);
struct CrossEntropy {  // what every loss gives: dlogits is the gradient of scale·Σ losses
  Values losses, dlogits;
};
CrossEntropy softmax_cross_entropy(int batch, int classes, const Values& logits, const std::vector<std::int32_t>& labels,
                                   double scale);

CrossEntropy target_cross_entropy(int batch, int classes, const Values& logits, const Values& targets, double scale);
CrossEntropy focal_loss(int batch, int classes, const Values& logits, const std::vector<std::int32_t>& labels,
                        const Values& weights, double gamma, double scale);
CrossEntropy mean_squared_error(int batch, int outputs, const Values& output, const Values& targets, double scale);
CrossEntropy radial_basis_loss(int batch, int classes, const Values& logits, const std::vector<std::int32_t>& labels,
                               double cap, double scale);

// torch.optim's steps, in place; `step` counts from 1.
void sgd_update(Values& parameter, const Values& gradient, Values& velocity, const SgdSettings& settings);
void adam_update(Values& parameter, const Values& gradient, Values& first_moment, Values& second_moment, int step,
                 const AdamSettings& settings);
void rmsprop_update(Values& parameter, const Values& gradient, Values& square, Values& mean, Values& velocity,
                    const RmspropSettings& settings);

}  // namespace striate::kernels::reference

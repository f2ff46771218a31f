// The naive twin of every kernel, in double precision on NCHW arrays: the truth that the fast ones are held to. Kept for
// ever, and kept simple: one loop per index of the formula, no layout, no tiling, no shared tricks.
//
// Tensors are dense vectors in NCHW order (weights OIHW); gradients are returned, not added to.
#pragma once

#include "striate/core/window_geometry.hpp"

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

// Rows of `classes` logits. losses: one per row; dlogits already times `scale`.
Values softmax(int batch, int classes, const Values& logits);
struct CrossEntropy {
  Values losses, dlogits;
};
CrossEntropy softmax_cross_entropy(int batch, int classes, const Values& logits, const std::vector<std::int32_t>& labels,
                                   double scale);

// torch.optim.SGD, in place.
void sgd_update(Values& parameter, const Values& gradient, Values& velocity, double rate, double momentum, double weight_decay);

}  // namespace striate::kernels::reference

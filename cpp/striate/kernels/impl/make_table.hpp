// Every kernel template, bound for one arch. Included by arch/table_<arch>.cpp only, which is compiled with that arch's
// flags; nothing else may include it, or the linker could pick code that the machine cannot run.
#pragma once

#include "striate/kernels/impl/activation.hpp"
#include "striate/kernels/impl/average_pool2d.hpp"
#include "striate/kernels/impl/batch_norm.hpp"
#include "striate/kernels/impl/channel_conv2d.hpp"
#include "striate/kernels/impl/channel_sums.hpp"
#include "striate/kernels/impl/channel_train.hpp"
#include "striate/kernels/impl/conv2d_dinput.hpp"
#include "striate/kernels/impl/conv2d_dweight.hpp"
#include "striate/kernels/impl/conv2d_forward.hpp"
#include "striate/kernels/impl/convert.hpp"
#include "striate/kernels/impl/dropout.hpp"
#include "striate/kernels/impl/elementwise.hpp"
#include "striate/kernels/impl/group_norm.hpp"
#include "striate/kernels/impl/linear.hpp"
#include "striate/kernels/impl/local_response_norm.hpp"
#include "striate/kernels/impl/losses.hpp"
#include "striate/kernels/impl/pad2d.hpp"
#include "striate/kernels/impl/peak.hpp"
#include "striate/kernels/impl/pool2d.hpp"
#include "striate/kernels/impl/radial_basis.hpp"
#include "striate/kernels/impl/softmax.hpp"
#include "striate/kernels/impl/softmax_layer.hpp"
#include "striate/kernels/impl/update.hpp"
#include "striate/kernels/impl/upsample.hpp"
#include "striate/kernels/impl/winograd.hpp"
#include "striate/kernels/impl/winograd_dweight.hpp"
#include "striate/kernels/kernel_table.hpp"

namespace striate::kernels::impl {

template <class Arch>
constexpr KernelTable make_table(const char* name) {
  return {
      .arch = name,
      .width = width_of<Arch>,
      .fill_halo = fill_halo,
      .conv2d_forward = conv2d_forward<Arch>,
      .conv2d_dinput = conv2d_dinput<Arch>,
      .conv2d_dweight = conv2d_dweight<Arch>,
      .conv2d_winograd = conv2d_winograd<Arch>,
      .conv2d_winograd_dweight = conv2d_winograd_dweight<Arch>,
      .conv2d_winograd_gradients = conv2d_winograd_gradients<Arch>,
      .channel_conv2d_weights = channel_conv2d_weights<Arch>,
      .channel_conv2d = channel_conv2d<Arch>,
      .channel_scale_shift = channel_scale_shift<Arch>,
      .channel_conv2d_dweight = channel_conv2d_dweight<Arch>,
      .channel_linear_forward = channel_linear_forward<Arch>,
      .channel_linear_dinput = channel_linear_dinput<Arch>,
      .channel_linear_dweight = channel_linear_dweight<Arch>,
      .linear_forward = linear_forward<Arch>,
      .linear_dinput = linear_dinput<Arch>,
      .linear_dweight = linear_dweight<Arch>,
      .relu_forward = relu_forward<Arch>,
      .relu_backward = relu_backward<Arch>,
      .activation_forward = activation_forward<Arch>,
      .activation_backward = activation_backward<Arch>,
      .fill = fill<Arch>,
      .copy = copy<Arch>,
      .add = add<Arch>,
      .add_relu = add_relu<Arch>,
      .multiply = multiply<Arch>,
      .channel_sums = channel_sums<Arch>,
      .channel_products = channel_products<Arch>,
      .max_pool2d_forward = max_pool2d_forward<Arch>,
      .max_pool2d_backward = max_pool2d_backward<Arch>,
      .average_pool2d_forward = average_pool2d_forward<Arch>,
      .average_pool2d_backward = average_pool2d_backward<Arch>,
      .pad2d_forward = pad2d_forward<Arch>,
      .pad2d_backward = pad2d_backward<Arch>,
      .upsample_forward = upsample_forward<Arch>,
      .upsample_backward = upsample_backward<Arch>,
      .batch_norm_statistics = batch_norm_statistics<Arch>,
      .scale_shift = scale_shift<Arch>,
      .batch_norm_sums = batch_norm_sums<Arch>,
      .batch_norm_dinput = batch_norm_dinput<Arch>,
      .group_norm_forward = group_norm_forward<Arch>,
      .group_norm_backward = group_norm_backward<Arch>,
      .local_response_norm_forward = local_response_norm_forward<Arch>,
      .local_response_norm_backward = local_response_norm_backward<Arch>,
      .softmax_forward = softmax_forward<Arch>,
      .softmax_backward = softmax_backward<Arch>,
      .dropout_mask = dropout_mask,
      .radial_basis_forward = radial_basis_forward<Arch>,
      .radial_basis_dinput = radial_basis_dinput<Arch>,
      .radial_basis_dcenters = radial_basis_dcenters<Arch>,
      .flatten_forward = flatten_forward<Arch>,
      .flatten_backward = flatten_backward<Arch>,
      .softmax = softmax<Arch>,
      .softmax_cross_entropy = softmax_cross_entropy<Arch>,
      .target_cross_entropy = target_cross_entropy<Arch>,
      .focal_loss = focal_loss<Arch>,
      .mean_squared_error = mean_squared_error<Arch>,
      .radial_basis_loss = radial_basis_loss<Arch>,
      .sgd_update = sgd_update<Arch>,
      .adam_update = adam_update<Arch>,
      .rmsprop_update = rmsprop_update<Arch>,
      .sum_of_squares = sum_of_squares<Arch>,
      .scale = scale<Arch>,
      .clamp = clamp<Arch>,
      .moving_average = moving_average<Arch>,
      .load_bytes = load_bytes,
      .load_floats = load_floats,
      .store_image = store_image,
      .peak = peak<Arch>,
  };
}

}  // namespace striate::kernels::impl

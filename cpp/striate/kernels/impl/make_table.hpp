// Every kernel template, bound for one arch. Included by arch/table_<arch>.cpp only, which is compiled with that arch's
// flags; nothing else may include it, or the linker could pick code that the machine cannot run.
#pragma once

#include "striate/kernels/impl/activation.hpp"
#include "striate/kernels/impl/conv2d_dinput.hpp"
#include "striate/kernels/impl/conv2d_dweight.hpp"
#include "striate/kernels/impl/conv2d_forward.hpp"
#include "striate/kernels/impl/convert.hpp"
#include "striate/kernels/impl/linear.hpp"
#include "striate/kernels/impl/peak.hpp"
#include "striate/kernels/impl/pool2d.hpp"
#include "striate/kernels/impl/softmax.hpp"
#include "striate/kernels/impl/update.hpp"
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
      .linear_forward = linear_forward<Arch>,
      .linear_dinput = linear_dinput<Arch>,
      .linear_dweight = linear_dweight<Arch>,
      .relu_forward = relu_forward<Arch>,
      .relu_backward = relu_backward<Arch>,
      .max_pool2d_forward = max_pool2d_forward<Arch>,
      .max_pool2d_backward = max_pool2d_backward<Arch>,
      .flatten_forward = flatten_forward<Arch>,
      .flatten_backward = flatten_backward<Arch>,
      .softmax = softmax<Arch>,
      .softmax_cross_entropy = softmax_cross_entropy<Arch>,
      .sgd_update = sgd_update<Arch>,
      .load_bytes = load_bytes,
      .load_floats = load_floats,
      .store_image = store_image,
      .peak = peak<Arch>,
  };
}

}  // namespace striate::kernels::impl

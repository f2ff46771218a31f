// Filters: the learned kernels of one layer, as they are and with the numbers a drawing needs.
//
// values are the layer's weight, [Co][Ci][Kh][Kw] for conv2d and [out][in] (Kh = Kw = 1) for linear: a view of the live
// weights, valid until the store goes. Errors: unknown_layer; invalid_argument for a layer without weight.
#pragma once

#include "striate/core/result.hpp"
#include "striate/graph/builder.hpp"
#include "striate/graph/param_store.hpp"

#include <span>
#include <string_view>

namespace striate::introspect {

struct FilterBank {
  int outputs = 0, inputs = 0, height = 0, width = 0;
  std::span<const float> values;
  float minimum = 0, maximum = 0;
};

core::Result<FilterBank> filters(const graph::Network& network, const graph::ParamStore& store, std::string_view layer);

}  // namespace striate::introspect

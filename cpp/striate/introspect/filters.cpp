#include "striate/introspect/filters.hpp"

#include <algorithm>

namespace striate::introspect {

core::Result<FilterBank> filters(const graph::Network& network, const graph::ParamStore& store,
                                 std::string_view layer) {
  STRIATE_TRY(node, network.node(layer));
  const int index = store.find(node->name + ".weight");
  if (index < 0) {
    return core::Error{core::ErrorCode::invalid_argument,
                       "layer '" + node->name + "' (" + node->type + ") has no weight",
                       "Filters are those of conv2d and linear layers."};
  }
  const std::vector<int>& shape = store.parameters()[static_cast<std::size_t>(index)].shape;
  FilterBank bank;
  bank.outputs = shape[0];
  bank.inputs = shape.size() > 1 ? shape[1] : 1;
  bank.height = shape.size() > 2 ? shape[2] : 1;
  bank.width = shape.size() > 3 ? shape[3] : 1;
  bank.values = store.values(index);
  const auto [least, most] = std::minmax_element(bank.values.begin(), bank.values.end());
  bank.minimum = *least;
  bank.maximum = *most;
  return bank;
}

}  // namespace striate::introspect

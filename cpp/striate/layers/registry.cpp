#include "striate/layers/registry.hpp"

#include "striate/layers/conv2d.hpp"
#include "striate/layers/flatten.hpp"
#include "striate/layers/linear.hpp"
#include "striate/layers/max_pool2d.hpp"
#include "striate/layers/relu.hpp"

namespace striate::layers {

std::span<const LayerType> layer_types() {
  // A new layer is one line here.
  static const LayerType types[] = {conv2d_type(), relu_type(), max_pool2d_type(), flatten_type(), linear_type()};
  return types;
}

const LayerType* find_layer_type(std::string_view name) {
  for (const LayerType& type : layer_types()) {
    if (type.name == name) return &type;
  }
  return nullptr;
}

core::Result<std::unique_ptr<Layer>> make_layer(std::string_view type, std::string name, const core::Options& options) {
  const LayerType* found = find_layer_type(type);
  if (found == nullptr) {
    std::string known;
    for (const LayerType& one : layer_types()) known += (known.empty() ? "" : ", ") + std::string(one.name);
    return core::Error{core::ErrorCode::unknown_layer,
                       "layer '" + name + "' has the unknown type '" + std::string(type) + "'",
                       "Types are " + known + "."};
  }
  const std::string owner = "layer '" + name + "' (" + std::string(type) + ")";
  STRIATE_TRY(parsed, core::parse_options(owner, found->options, options));
  return found->make(std::move(name), parsed);
}

}  // namespace striate::layers

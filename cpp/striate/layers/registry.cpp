#include "striate/layers/registry.hpp"

#include "striate/layers/activation.hpp"
#include "striate/layers/average_pool2d.hpp"
#include "striate/layers/batch_norm2d.hpp"
#include "striate/layers/conv2d.hpp"
#include "striate/layers/conv_transpose2d.hpp"
#include "striate/layers/dropout.hpp"
#include "striate/layers/flatten.hpp"
#include "striate/layers/group_norm.hpp"
#include "striate/layers/identity_shortcut.hpp"
#include "striate/layers/linear.hpp"
#include "striate/layers/local_response_norm.hpp"
#include "striate/layers/max_pool2d.hpp"
#include "striate/layers/merge.hpp"
#include "striate/layers/radial_basis.hpp"
#include "striate/layers/relu.hpp"
#include "striate/layers/reshape.hpp"
#include "striate/layers/softmax.hpp"
#include "striate/layers/upsample.hpp"

#include <vector>

namespace striate::layers {

std::span<const LayerType> layer_types() {
  // A new layer is one line here.
  static const std::vector<LayerType> types = [] {
    std::vector<LayerType> all = {
        conv2d_type(),          conv_transpose2d_type(), linear_type(),
        max_pool2d_type(),      average_pool2d_type(),   global_average_pool2d_type(), subsampling2d_type(),
        batch_norm2d_type(),    group_norm_type(),       local_response_norm_type(),
        dropout_type(),         dropout2d_type(),
        flatten_type(),         reshape_type(),          zero_pad2d_type(),            upsample_type(),
        add_type(),             multiply_type(),         concat_type(),                identity_shortcut_type(),
        softmax_type(),         log_softmax_type(),      radial_basis_type(),
        relu_type(),
    };
    all.insert(all.end(), activation_types().begin(), activation_types().end());
    return all;
  }();
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

#include "striate/models/mlp_twin.hpp"

#include "striate/graph/builder.hpp"
#include "striate/models/layer_list.hpp"

#include <algorithm>

namespace striate::models {

graph::NetworkSpec mlp_twin(const graph::NetworkSpec& original, int classes) {
  const auto network = graph::build_network(original);
  std::int64_t trainable = 0;
  if (network) {
    for (const graph::Node& node : (*network)->nodes()) {
      for (const auto& parameter : node.parameters) {
        std::int64_t count = parameter.trainable ? 1 : 0;
        for (const int size : parameter.shape) count *= size;
        trainable += count;
      }
    }
  }
  // (inputs + 1)·hidden + (hidden + 1)·classes, solved for hidden and rounded to the nearest.
  const std::int64_t per_unit = original.input.shape.elements() + 1 + classes;
  const std::int64_t hidden = std::max<std::int64_t>(1, (trainable - classes + per_unit / 2) / per_unit);
  LayerList layers("mlp-" + original.name, original.input);
  layers.flatten();
  layers.linear("fc1", static_cast<int>(hidden));
  layers.relu();
  layers.linear("fc2", classes);
  return layers.done();
}

}  // namespace striate::models

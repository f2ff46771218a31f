#include "striate/models/mlp_twin.hpp"

#include "striate/graph/builder.hpp"
#include "striate/models/layer_list.hpp"

#include <algorithm>
#include <cstdlib>

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
  const std::int64_t inputs = original.input.shape.elements();
  const std::int64_t per_unit = inputs + 1 + classes;
  const std::int64_t hidden = std::max<std::int64_t>(1, (trainable - classes + per_unit / 2) / per_unit);
  const std::int64_t missed = std::abs(hidden * per_unit + classes - trainable);
  LayerList layers("mlp-" + original.name, original.input);
  layers.flatten();
  if (missed * 100 <= trainable || trainable < per_unit) {
    layers.linear("fc1", static_cast<int>(hidden));
    layers.relu();
    layers.linear("fc2", classes);
    return layers.done();
  }
  // Few units on a large image are too coarse to come within 1%: a second hidden layer takes what the first leaves over.
  const std::int64_t first = std::max<std::int64_t>(1, (trainable - classes) / per_unit);
  const std::int64_t left = trainable - first * (inputs + 1) - classes, per_second = first + 1 + classes;
  layers.linear("fc1", static_cast<int>(first));
  layers.relu();
  layers.linear("fc2", static_cast<int>(std::max<std::int64_t>(1, (left + per_second / 2) / per_second)));
  layers.relu();
  layers.linear("fc3", classes);
  return layers.done();
}

}  // namespace striate::models

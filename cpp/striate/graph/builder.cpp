#include "striate/graph/builder.hpp"

#include "striate/layers/registry.hpp"

#include <algorithm>
#include <cmath>
#include <set>

namespace striate::graph {
namespace {

using core::Error;
using core::ErrorCode;

std::string list_names(std::span<const Node> nodes) {
  std::string text = "input";
  for (const Node& node : nodes) text += ", " + node.name;
  return text;
}

core::Status check_input(const InputSpec& input, const Limits& limits) {
  const core::Shape& shape = input.shape;
  if (shape.channels < 1 || shape.height < 1 || shape.width < 1 || shape.channels > 65'535 || shape.height > 65'535 ||
      shape.width > 65'535 || shape.elements() > limits.value_elements) {
    return Error{ErrorCode::invalid_shape, "the network's input is " + to_string(shape),
                 "Channels, height and width are whole numbers from 1 to 65535, with at most " +
                     std::to_string(limits.value_elements) + " values in one image."};
  }
  for (const auto* list : {&input.mean, &input.std}) {
    const bool is_std = list == &input.std;
    const std::string name = is_std ? "std" : "mean";
    if (!list->empty() && list->size() != static_cast<std::size_t>(shape.channels)) {
      return Error{ErrorCode::invalid_argument,
                   "input normalization has " + std::to_string(list->size()) + " numbers in '" + name + "' for " +
                       std::to_string(shape.channels) + " channels",
                   "Give one number per channel, or leave it out."};
    }
    for (const double value : *list) {
      // Single precision is what the pixels are computed in.
      const bool usable = std::isfinite(value) && std::abs(value) <= 1e30 && (!is_std || std::abs(value) >= 1e-30);
      if (usable && (!is_std || value > 0)) continue;
      return Error{ErrorCode::invalid_argument,
                   "input normalization: " + name + " cannot be " + core::number_text(value),
                   is_std ? "std is a finite number above 0." : "mean is a finite number."};
    }
  }
  return {};
}

bool usable_name(const std::string& name) {
  if (name.empty() || name.size() > 64 || name == "input") return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
  });
}

// Fills in the names that were left out, so that they collide with none that was given.
core::Status name_layers(std::vector<LayerSpec>& specs) {
  std::set<std::string> taken;
  for (std::size_t i = 0; i < specs.size(); ++i) {
    const std::string& name = specs[i].name;
    if (name.empty()) continue;
    if (!usable_name(name)) {
      return Error{ErrorCode::invalid_argument, "layer " + std::to_string(i + 1) + " cannot be named '" + name + "'",
                   "A name has 1 to 64 letters, digits, '_', '-' or '.', and is not 'input'."};
    }
    if (!taken.insert(name).second) {
      return Error{ErrorCode::invalid_argument, "two layers are named '" + name + "'", "Give each layer its own name."};
    }
  }
  for (std::size_t i = 0; i < specs.size(); ++i) {
    if (!specs[i].name.empty()) continue;
    const layers::LayerType* type = layers::find_layer_type(specs[i].type);
    // An unknown type is reported by make_layer, which needs a name for it.
    const std::string stem = type == nullptr ? "layer" : std::string(type->stem);
    int number = 1;
    std::string name;
    do {
      name = number == 1 && type != nullptr && !type->number_first ? stem : stem + std::to_string(number);
      ++number;
    } while (!taken.insert(name).second);
    specs[i].name = name;
  }
  return {};
}

}  // namespace

std::int64_t Node::parameter_count() const {
  std::int64_t count = 0;
  for (const auto& parameter : parameters) {
    std::int64_t product = 1;
    for (const int size : parameter.shape) product *= size;
    count += product;
  }
  return count;
}

const core::Shape& Network::value_shape(int value) const {
  return value == 0 ? spec_.input.shape : nodes_[static_cast<std::size_t>(value - 1)].shape;
}

const std::string& Network::value_name(int value) const {
  static const std::string input = "input";
  return value == 0 ? input : nodes_[static_cast<std::size_t>(value - 1)].name;
}

int Network::find(std::string_view name) const {
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    if (nodes_[i].name == name) return static_cast<int>(i);
  }
  return -1;
}

core::Result<const Node*> Network::node(std::string_view name) const {
  const int index = find(name);
  if (index < 0) {
    return Error{ErrorCode::unknown_layer, "the network has no layer '" + std::string(name) + "'",
                 "It has " + list_names(nodes_) + "."};
  }
  return &nodes_[static_cast<std::size_t>(index)];
}

std::int64_t Network::parameter_count() const {
  std::int64_t count = 0;
  for (const Node& node : nodes_) count += node.parameter_count();
  return count;
}

core::Result<std::unique_ptr<Network>> build_network(const NetworkSpec& spec, const Limits& limits) {
  STRIATE_CHECK(check_input(spec.input, limits));
  if (spec.layers.empty() || spec.layers.size() > static_cast<std::size_t>(limits.layers)) {
    return Error{ErrorCode::invalid_argument, "the network has " + std::to_string(spec.layers.size()) + " layers",
                 "A network has 1 to " + std::to_string(limits.layers) + " layers."};
  }
  auto network = std::make_unique<Network>();
  network->spec_ = spec;
  auto& specs = network->spec_.layers;
  STRIATE_CHECK(name_layers(specs));
  network->nodes_.reserve(specs.size());
  std::vector<char> used(specs.size() + 1, false);
  std::int64_t parameters = 0;

  for (std::size_t i = 0; i < specs.size(); ++i) {
    LayerSpec& layer_spec = specs[i];
    STRIATE_TRY(layer, layers::make_layer(layer_spec.type, layer_spec.name, layer_spec.options));
    Node node;
    node.name = layer_spec.name;
    node.type = layer_spec.type;
    node.layer = std::move(layer);

    if (layer_spec.inputs.empty()) {
      node.inputs.push_back(static_cast<int>(i));
    } else {
      for (const std::string& name : layer_spec.inputs) {
        const int found = name == "input" ? 0 : network->find(name) + 1;
        if (found == 0 && name != "input") {
          return Error{ErrorCode::unknown_layer,
                       "layer '" + node.name + "' takes its input from '" + name + "', which is not above it",
                       "Above it are " + list_names(network->nodes_) + "."};
        }
        node.inputs.push_back(found);
      }
    }
    const layers::LayerType* type = layers::find_layer_type(node.type);
    const int inputs = static_cast<int>(node.inputs.size());
    if (inputs < type->minimum_inputs || inputs > type->maximum_inputs) {
      return Error{
          ErrorCode::invalid_argument,
          "layer '" + node.name + "' (" + node.type + ") is given " + std::to_string(inputs) + " inputs",
          "It takes " + std::to_string(type->minimum_inputs) +
              (type->minimum_inputs == type->maximum_inputs ? "."
                                                            : " to " + std::to_string(type->maximum_inputs) + ".")};
    }
    for (const int input : node.inputs) {
      used[static_cast<std::size_t>(input)] = true;
      node.input_shapes.push_back(network->value_shape(input));
    }

    STRIATE_TRY(shape, node.layer->infer_shape(node.input_shapes));
    node.shape = shape;
    if (shape.elements() > limits.value_elements) {
      return Error{ErrorCode::out_of_memory,
                   "layer '" + node.name + "' would give " + to_string(shape) + " = " +
                       std::to_string(shape.elements()) + " values an image, more than the " +
                       std::to_string(limits.value_elements) + " allowed",
                   "Use fewer channels or a smaller image there."};
    }
    node.parameters = node.layer->parameters(node.input_shapes);
    // In double first: four large sizes multiplied could overflow 64 bits.
    double estimate = 0;
    for (const auto& parameter : node.parameters) {
      double product = 1;
      for (const int size : parameter.shape) product *= size;
      estimate += product;
    }
    if (estimate + static_cast<double>(parameters) > static_cast<double>(limits.parameters)) {
      return Error{ErrorCode::out_of_memory,
                   "layer '" + node.name + "' would have " + core::number_text(estimate) +
                       " parameters; a network may have " + std::to_string(limits.parameters),
                   "Use fewer outputs or a smaller kernel there."};
    }
    parameters += node.parameter_count();
    node.description = node.layer->describe(node.input_shapes);
    network->nodes_.push_back(std::move(node));
  }

  for (std::size_t value = 0; value + 1 < used.size(); ++value) {
    if (used[value]) continue;
    return Error{
        ErrorCode::invalid_argument,
        "nothing takes the output of '" + network->value_name(static_cast<int>(value)) + "'",
        "The last layer is the network's output; every other one feeds some layer. Remove it or name it as an input."};
  }
  return network;
}

}  // namespace striate::graph

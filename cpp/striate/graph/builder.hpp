// Builder: from a NetworkSpec to a checked Network: layers made, names unique, every shape inferred.
//
// A layer without a name gets its type's stem and the first free number: conv1, conv2, relu1, pool1, flatten, fc1.
// Errors: unknown_layer (type or input name), invalid_argument (options, names, limits), invalid_shape (names the
// layer, the shapes and the formula).
#pragma once

#include "striate/core/result.hpp"
#include "striate/graph/limits.hpp"
#include "striate/graph/network_spec.hpp"
#include "striate/layers/layer.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace striate::graph {

// Values are numbered: 0 is the network's input, i + 1 is the output of node i.
struct Node {
  std::string name;
  std::string type;
  std::unique_ptr<layers::Layer> layer;
  std::vector<int> inputs;  // values
  std::vector<core::Shape> input_shapes;
  core::Shape shape;  // of the output
  std::vector<layers::ParameterSpec> parameters;
  layers::LayerDescription description;

  std::int64_t parameter_count() const;
};

// Immutable once built; move-only. Executors, trainers and inspectors keep a pointer to it: let it outlive them.
class Network {
 public:
  const NetworkSpec& spec() const { return spec_; }  // with all names filled in
  std::span<const Node> nodes() const { return nodes_; }
  const core::Shape& input_shape() const { return spec_.input.shape; }
  const core::Shape& output_shape() const { return nodes_.back().shape; }
  int classes() const { return output_shape().channels; }

  int value_count() const { return static_cast<int>(nodes_.size()) + 1; }
  const core::Shape& value_shape(int value) const;
  const std::string& value_name(int value) const;  // "input" or the node's name

  // Index of the node, or −1.
  int find(std::string_view name) const;
  // The node, or unknown_layer with the names there are in the hint.
  core::Result<const Node*> node(std::string_view name) const;

  std::int64_t parameter_count() const;

 private:
  friend core::Result<std::unique_ptr<Network>> build_network(const NetworkSpec&, const Limits&);
  NetworkSpec spec_;
  std::vector<Node> nodes_;
};

core::Result<std::unique_ptr<Network>> build_network(const NetworkSpec& spec, const Limits& limits = {});

}  // namespace striate::graph

// The network as data: an input and a list of layers, each taking the previous one unless it names its inputs.
//
// This is what JSON, files and the page speak. build_network (builder.hpp) checks it and fills in names and shapes.
// The name "input" stands for the network's input. A layer may only name layers above it, so the list is a DAG in
// order.
#pragma once

#include "striate/core/options.hpp"
#include "striate/core/shape.hpp"

#include <string>
#include <vector>

namespace striate::graph {

// Pixels p in 0 … 1 reach the first layer as (p − mean[c]) / std[c]. Empty lists mean 0 and 1; else one number a
// channel.
struct InputSpec {
  core::Shape shape;
  std::vector<double> mean;
  std::vector<double> std;
};

struct LayerSpec {
  std::string type;                 // "conv2d"
  std::string name;                 // empty: the builder makes one (conv1, relu1, fc1, …)
  std::vector<std::string> inputs;  // empty: the layer above, or the network's input
  core::Options options;
};

struct NetworkSpec {
  std::string name;  // "lenet"; may be empty
  InputSpec input;
  std::vector<LayerSpec> layers;
};

}  // namespace striate::graph

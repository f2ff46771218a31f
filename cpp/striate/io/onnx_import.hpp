// ONNX import: an OnnxGraph → a network of our layers and the values of its parameters.
//
//   STRIATE_TRY(file, io::read_onnx(bytes));
//   STRIATE_TRY(imported, io::import_onnx(file));
//   STRIATE_TRY(network, graph::build_network(imported.spec));
//   STRIATE_TRY(store, graph::ParamStore::make(*network, 0));
//   STRIATE_CHECK(io::set_parameters(imported, *store));
//
// What an ONNX tensor is here: dimension 0 counts images, 1 channels, 2 rows, 3 columns; fewer dimensions leave the
// last ones at 1, so that a 1-d convolution over [N, C, L] is one over rows. One data input, one output; weights are
// constants. Sub and Div (or Mul) by a number per channel right behind the input become the input's normalization.
// Constants added or multiplied elsewhere become subsampling2d with kernelSize 1, a scale and a shift per channel.
// Nodes that the output does not need are left out. A table maps operators to layers (README.md lists it).
// Errors: unknown_layer for an operator that is not in the table, naming node and operator; invalid_argument and
// invalid_shape for one whose options or inputs our layers do not know; invalid_file for a graph that contradicts
// itself.
#pragma once

#include "striate/core/buffer.hpp"
#include "striate/core/result.hpp"
#include "striate/graph/network_spec.hpp"
#include "striate/graph/param_store.hpp"
#include "striate/io/onnx_reader.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace striate::io {

// Values of one parameter: those of a tensor in the graph, or made for it.
struct ImportedParameter {
  std::string name;  // "conv1.weight"
  const OnnxTensor* tensor = nullptr;
  core::Buffer<float> values;
};

struct ImportedNetwork {
  graph::NetworkSpec spec;
  std::vector<ImportedParameter> parameters;       // they may point into the graph, which must outlive them
  std::vector<std::unique_ptr<OnnxTensor>> owned;  // constants worked out on the way
};

core::Result<ImportedNetwork> import_onnx(const OnnxGraph& graph);
// `store` was made for the network of imported.spec. Every parameter gets its values, or the call fails.
core::Status set_parameters(const ImportedNetwork& imported, graph::ParamStore& store);

// The operators that import_onnx knows, with commas between.
std::string onnx_operator_names();

}  // namespace striate::io

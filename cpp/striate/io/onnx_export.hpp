// ONNX export: a network with its parameters → the bytes of a ModelProto, opset 17, IR version 8.
//
//   input   "input"  float32 [N, C, H, W], N open: pixels in 0 … 1, as predict takes them (bytes divided by 255). The
//                    input's normalization (p − mean)/std is part of the graph: Sub and Div.
//   output  named as the last layer: what that layer gives, for a classifier the logits; the softmax of it over the
//                    channels is what predict returns.
//
// Nodes are named as the layers, weights as the parameters ("conv1.weight"). A layer that has no operator of its own
// becomes a few standard ones, in README.md. Dropout is exported as such and does nothing at inference.
// The same network gives the same bytes. Errors: out_of_memory; invalid_argument past ONNX's 2 GiB a file.
// Source: onnx/onnx.proto and the operators' definitions at opset 17.
#pragma once

#include "striate/core/buffer.hpp"
#include "striate/core/result.hpp"
#include "striate/graph/builder.hpp"
#include "striate/graph/param_store.hpp"

#include <cstdint>

namespace striate::io {

core::Result<core::Buffer<std::uint8_t>> export_onnx(const graph::Network& network, const graph::ParamStore& store);

}  // namespace striate::io

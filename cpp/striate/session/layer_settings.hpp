// Layer settings: which layers train, how fast, and what their batch-norm statistics do; as JSON.
//
//   [{name, trainable, learningRate, batchNorm?}, …]   one entry a layer with weights, in network order
//
// learningRate is the factor on the training's rate. batchNorm, on layers with running statistics: "updated" (training
// normalizes with the batch and moves them) or "frozen" (training uses them as they are, as evaluation does).
// The same list is the answer of Session::configure_layers, an argument of it, and metadata of a saved model.
// Errors: unknown_layer naming the layer; invalid_argument naming the member.
#pragma once

#include "striate/core/result.hpp"
#include "striate/graph/builder.hpp"
#include "striate/graph/param_store.hpp"
#include "striate/io/json.hpp"

namespace striate::session {

io::Json layer_settings_to_json(const graph::Network& network, const graph::ParamStore& store);
// Whether all layers train at the usual rate.
bool layer_settings_are_usual(const graph::ParamStore& store);
core::Status apply_layer_settings(const io::Json& settings, const graph::Network& network, graph::ParamStore& store);

// {freeze: {until: name} | {layers: [name, …]}, …batchNorm: "frozen" | "updated"} | {unfreeze: {layers?: [name, …]}} |
// {learningRates: {name: factor, …}} | {settings: […]}; {} changes nothing. On error nothing has changed.
core::Status change_layers(const io::Json& change, const graph::Network& network, graph::ParamStore& store);

}  // namespace striate::session

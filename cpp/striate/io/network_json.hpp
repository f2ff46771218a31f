// Network files: a NetworkSpec as JSON and back, and typed options ({"type": "sgd", "momentum": 0.9}) likewise.
//
//   {"name": "lenet", "input": {"channels": 1, "height": 28, "width": 28, "normalize": {"mean": [0.13], "std":
//   [0.31]}},
//    "layers": [{"type": "conv2d", "name": "conv1", "outChannels": 6, "kernelSize": 5, "padding": 2}, {"type":
//    "relu"}]}
//
// Everything but type, name and inputs in a layer is an option; which options a type knows is for its own registry to
// say. Unknown members elsewhere are refused.
// Errors: invalid_json for text that is not JSON; invalid_argument naming the member and its value.
#pragma once

#include "striate/core/options.hpp"
#include "striate/core/result.hpp"
#include "striate/graph/network_spec.hpp"
#include "striate/io/json.hpp"

#include <span>
#include <string>
#include <string_view>

namespace striate::io {

core::Result<graph::NetworkSpec> network_from_json(const Json& json);
// {channels, height, width, normalize?: {mean?, std?}}
core::Result<graph::InputSpec> input_from_json(const Json& json);
Json network_to_json(const graph::NetworkSpec& spec);

// The members of `object` whose names are not in `skip`, as options. `what` names the object in errors.
core::Result<core::Options> options_from_json(const Json& object, std::span<const std::string_view> skip,
                                              std::string_view what);
// {"type": …, options…}
core::Result<core::TypedOptions> typed_options_from_json(const Json& object, std::string_view what);
Json typed_options_to_json(const core::TypedOptions& options);
Json option_to_json(const core::OptionValue& value);

}  // namespace striate::io

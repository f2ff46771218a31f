// The registry of layer types: builder, file loader, page palette and docs all read this one list.
//
// A type is its JSON spelling, the stem of its default names ("conv" → conv1, conv2, …), its options and a factory.
// Errors: unknown_layer for a type nobody registered (the hint lists those there are); invalid_argument for options.
#pragma once

#include "striate/layers/layer.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace striate::layers {

struct LayerType {
  std::string_view name;  // "conv2d"
  std::string_view stem;  // "conv"
  std::string_view doc;   // one sentence with the formula
  std::span<const core::OptionSpec> options;
  bool number_first = true;  // conv1, conv2, …; false: flatten, flatten2, …
  int minimum_inputs = 1;
  int maximum_inputs = 1;
  core::Result<std::unique_ptr<Layer>> (*make)(std::string name, const core::ParsedOptions& options) = nullptr;
};

// All types, in a fixed order.
std::span<const LayerType> layer_types();
// Null when there is none.
const LayerType* find_layer_type(std::string_view name);

core::Result<std::unique_ptr<Layer>> make_layer(std::string_view type, std::string name, const core::Options& options);

}  // namespace striate::layers

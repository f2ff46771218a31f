// The zoo: networks by name.
#pragma once

#include "striate/core/result.hpp"
#include "striate/graph/network_spec.hpp"

#include <span>
#include <string_view>

namespace striate::models {

struct ZooOptions {
  int classes = 0;      // 0: the entry's usual number
  core::Shape input{};  // {0, 0, 0}: the entry's usual shape
};

struct ZooEntry {
  std::string_view name;
  std::string_view doc;
  graph::NetworkSpec (*make)(const ZooOptions& options) = nullptr;  // with classes and input filled in
  int classes = 10;
  core::Shape input{};
  std::string_view recipe{};  // training options as JSON text that suit it; empty: nobody has tried
};

std::span<const ZooEntry> zoo();

// Errors: not_found with the names there are; invalid_argument for classes below 0 or above 65,535. Whether the input fits
// is for the builder to say.
core::Result<graph::NetworkSpec> make_from_zoo(std::string_view name, const ZooOptions& options = {});

// ImageNet's statistics for three channels, none for any other number.
graph::InputSpec imagenet_input(const core::Shape& shape);

}  // namespace striate::models

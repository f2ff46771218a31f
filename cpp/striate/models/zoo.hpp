// The zoo: networks by name.
#pragma once

#include "striate/core/result.hpp"
#include "striate/graph/network_spec.hpp"

#include <span>
#include <string_view>

namespace striate::models {

struct ZooEntry {
  std::string_view name;
  std::string_view doc;
  graph::NetworkSpec (*make)(int classes) = nullptr;
  int default_classes = 10;
};

std::span<const ZooEntry> zoo();

// classes 0: the entry's default. Errors: not_found with the names there are; invalid_argument for classes < 0.
core::Result<graph::NetworkSpec> make_from_zoo(std::string_view name, int classes = 0);

}  // namespace striate::models

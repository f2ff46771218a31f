#include "striate/models/zoo.hpp"

#include "striate/models/lenet.hpp"

#include <string>

namespace striate::models {
namespace {

constexpr ZooEntry entries[] = {
    {"lenet", "LeNet for 28×28 digits: two convolutions, three linear layers, 61,706 parameters.", lenet, 10},
};

}  // namespace

std::span<const ZooEntry> zoo() { return entries; }

core::Result<graph::NetworkSpec> make_from_zoo(std::string_view name, int classes) {
  if (classes < 0 || classes > 65'535) {
    return core::Error{core::ErrorCode::invalid_argument, "a network for " + std::to_string(classes) + " classes",
                       "Give 1 to 65535 classes, or none for the usual number."};
  }
  std::string known;
  for (const ZooEntry& entry : entries) {
    if (entry.name == name) return entry.make(classes == 0 ? entry.default_classes : classes);
    known += (known.empty() ? "" : ", ") + std::string(entry.name);
  }
  return core::Error{core::ErrorCode::not_found, "the zoo has no network '" + std::string(name) + "'",
                     "It has " + known + "."};
}

}  // namespace striate::models

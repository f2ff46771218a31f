// Model statistics: the rows of a summary.
//
// macs are multiply-adds of one image's forward pass.
#pragma once

#include "striate/core/shape.hpp"
#include "striate/graph/builder.hpp"
#include "striate/introspect/receptive_field.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace striate::introspect {

struct SummaryRow {
  std::string name, type;
  core::Shape output_shape;
  std::int64_t parameters = 0;
  std::int64_t macs = 0;
  ReceptiveField receptive_field;
  std::string_view algorithm;  // of layers with a choice: "direct", "winograd2", "winograd4"; empty for the others
};

std::vector<SummaryRow> summary(const graph::Network& network);

}  // namespace striate::introspect

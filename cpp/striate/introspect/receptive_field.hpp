// Receptive field: which input pixels an output pixel looks at. Arithmetic only, exact.
//
// Per axis, from the input on (r = 1, j = 1, start = 0), a window of kernel K, stride S, padding P, dilation D gives
//   r ← r + D·(K − 1)·j        start ← start − P·j        j ← j·S
// r is the size, j the stride (input pixels between the fields of neighbours), start the field's first pixel for output
// 0 (negative inside the padding). Output pixel o sees start + o·j … start + o·j + r − 1.
// A flatten or linear layer sees the whole of what its input sees: from its first field to its last; j is then 0.
// Where paths join, the union is taken. Source: lecture, "Рецептивное поле"; Araujo et al., Distill 2019.
#pragma once

#include "striate/core/result.hpp"
#include "striate/graph/builder.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace striate::introspect {

struct FieldAxis {
  std::int64_t size = 1, stride = 1, start = 0;
  bool operator==(const FieldAxis&) const = default;
};

struct ReceptiveField {
  FieldAxis y, x;
};

// One per node, in the order of network.nodes().
std::vector<ReceptiveField> receptive_fields(const graph::Network& network);

// Input pixels [top, bottom) × [left, right) that output (y, x) of `layer` sees, clipped to the image.
struct FieldRectangle {
  int top = 0, bottom = 0, left = 0, right = 0;
};

// Errors: unknown_layer; invalid_argument when (y, x) is outside the layer's output.
core::Result<FieldRectangle> receptive_field_of(const graph::Network& network, std::string_view layer, int y, int x);

}  // namespace striate::introspect

// A run of rows of a view, as a view of its own.
#pragma once

#include "striate/kernels/blocked_view.hpp"

namespace striate::kernels {

// Rows [first, end) of a view, or all of them.
struct RowRange {
  int first = 0, end = 0;
  bool whole() const { return end == 0; }
};

template <class Float>
BasicBlockedView<Float> row_range(BasicBlockedView<Float> view, RowRange rows) {
  if (rows.whole()) return view;
  view.data += rows.first * view.row_stride;
  view.height = rows.end - rows.first;
  return view;
}

}  // namespace striate::kernels

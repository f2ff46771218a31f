// A run of rows of a view, as a view of its own.
#pragma once

#include "striate/layers/layer.hpp"

namespace striate::layers {

template <class View>
View row_range(View view, RowRange rows) {
  if (rows.whole()) return view;
  view.data += rows.first * view.row_stride;
  view.height = rows.end - rows.first;
  return view;
}

}  // namespace striate::layers

// A run of blocks of images of a view, as a view: same strides, fewer blocks.
#pragma once

#include "striate/kernels/blocked_view.hpp"

namespace striate::layers {

template <class Float>
kernels::BasicBlockedView<Float> block_range(kernels::BasicBlockedView<Float> view, int first, int count) {
  if (view.data != nullptr) view.data += first * view.block_stride;
  if (first + count < view.blocks) view.idle_lanes = 0;
  view.blocks = count;
  return view;
}

}  // namespace striate::layers

// A run of channels of a view, as a view: same strides, fewer channels. Grouped convolution and concat are made of these.
#pragma once

#include "striate/kernels/blocked_view.hpp"

namespace striate::layers {

template <class Float>
kernels::BasicBlockedView<Float> channel_range(kernels::BasicBlockedView<Float> view, int first, int count) {
  if (view.data != nullptr) view.data += first * view.channel_stride;
  view.channels = count;
  return view;
}

}  // namespace striate::layers

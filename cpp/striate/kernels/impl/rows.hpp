// The loop over rows that pooling, activations and conversions share: a row of one channel is contiguous in every view.
#pragma once

namespace striate::kernels::impl {

// Calls body(block, y, c) in memory order.
template <class Body>
inline void for_each_row(int blocks, int height, int channels, Body&& body) {
  for (int block = 0; block < blocks; ++block) {
    for (int y = 0; y < height; ++y) {
      for (int c = 0; c < channels; ++c) body(block, y, c);
    }
  }
}

}  // namespace striate::kernels::impl

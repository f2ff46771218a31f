// What the weight gradient of a linear layer asks for: some features of the input turned to rows of one image each.
#pragma once

#include "striate/kernels/blocked_view.hpp"

#include <cstddef>

namespace striate::kernels {

// Features that are turned together, and the floats from one image's row to the next: no power of two, which would send rows
// to the same lines of the cache.
inline constexpr int linear_dweight_features = 64, linear_dweight_pitch = 80;

inline std::size_t linear_dweight_workspace(const ConstBlockedView& input) {
  return static_cast<std::size_t>(input.blocks) * static_cast<std::size_t>(input.lanes) * linear_dweight_pitch;
}

}  // namespace striate::kernels

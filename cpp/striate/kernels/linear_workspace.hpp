// What the weight gradient of a linear layer asks for: the input turned to rows of one image each.
#pragma once

#include "striate/kernels/blocked_view.hpp"

#include <cstddef>

namespace striate::kernels {

// Floats of one image's row in the workspace: whole vectors of any arch, and no power of two, which would send rows to the
// same lines of the cache.
inline int linear_dweight_pitch(int in) { return ((in + 15) / 16 | 1) * 16; }

inline std::size_t linear_dweight_workspace(const ConstBlockedView& input) {
  return static_cast<std::size_t>(input.blocks) * static_cast<std::size_t>(input.lanes) *
         static_cast<std::size_t>(linear_dweight_pitch(input.channels));
}

}  // namespace striate::kernels

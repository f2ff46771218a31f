// A caller's pixels on their way into a planned input.
#pragma once

#include "striate/kernels/kernel_table.hpp"
#include "striate/session/model.hpp"
#include "striate/session/pixels.hpp"

#include <cstddef>

namespace striate::session {

// Images [first, first + count) of `pixels`, normalized, into a planned input.
void load_pixels(const Model& model, const Pixels& pixels, std::size_t first, std::size_t count,
                 const kernels::KernelTable& kernels, const kernels::BlockedView& input);

}  // namespace striate::session

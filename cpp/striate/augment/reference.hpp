// The reference image of a domain adaptation: drawn from the pool, of the same number of channels, made the image's size.
#pragma once

#include "striate/augment/transform.hpp"

namespace striate::augment {

// Puts "reference", its number in the pool.
void draw_reference(Draw& draw);
// The drawn one, in scratch when it had to be resized. Errors: invalid_state without a pool, invalid_shape.
core::Result<ConstImage> reference_image(const Job& job, std::string_view owner, Interpolation interpolation);

}  // namespace striate::augment

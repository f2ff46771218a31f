// A set of images made from a seed: five forms, each in a warm and a cold colour; ten classes that need colour and form.
//
// Class = 2 · form + colour; form: disc, square, triangle, stripes, checks; colour: warm (red to yellow), cold (green to
// blue). Discs, squares and triangles of one draw have the same area, whatever their form, so size does not tell. Drawn
// for each image: the colour's hue, saturation and value; place, size and turn (of a texture: phase, period and turn);
// two weakly tinted colours, of any hue, that the ground runs between; and noise on every value.
// Image i depends on (seed, i) alone, and its class is i mod 10: the first n images are the same however many are asked
// for, and any ten in a row have one of each class.
// Result: a byte dataset [count][3][size][size] of ten classes.
// Errors: invalid_argument for a count outside 1 … 10⁶ or a size outside 8 … 128; out_of_memory.
// Numerics: integers throughout, lengths in 1/256 of a pixel, four samples a pixel: the same bits in every build.
#pragma once

#include "striate/core/result.hpp"
#include "striate/data/memory_dataset.hpp"

#include <cstdint>

namespace striate::data {

inline constexpr int synthetic_classes = 10;

struct SyntheticOptions {
  std::int64_t count = 5000;
  std::uint64_t seed = 0;
  std::int64_t size = 32;  // height and width
};

core::Result<MemoryDataset> make_synthetic(const SyntheticOptions& options);

}  // namespace striate::data

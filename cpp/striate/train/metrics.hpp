// Metrics read off the logits: argmax, accuracy, confusion matrix.
//
// argmax takes the first of equal maxima, as PyTorch does; a NaN logit is never the maximum.
#pragma once

#include "striate/kernels/blocked_view.hpp"

#include <cstdint>
#include <span>

namespace striate::train {

// The class of image `image`. logits: flat view {classes, 1, 1}.
int argmax(const kernels::ConstBlockedView& logits, int image);

// How many of the first labels.size() images are classified right.
int count_correct(const kernels::ConstBlockedView& logits, std::span<const std::int32_t> labels);

// matrix[label · classes + predicted] += 1 for each image.
void add_confusion(const kernels::ConstBlockedView& logits, std::span<const std::int32_t> labels,
                   std::span<std::uint32_t> matrix);

}  // namespace striate::train

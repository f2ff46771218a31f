// Split: which samples train and which are held out, stratified by class and drawn from a seed.
//
// round(count·validation) samples are held out; each class gives its share, rounded down, and the classes with the
// largest remainders one more (the lower class first when equal). Inside a class the seed decides who.
// Ensures: the two lists are disjoint, cover all samples, and ascend; the same labels and seed give the same lists.
// Errors: invalid_argument when `validation` is not inside (0, 1) or leaves one side empty.
#pragma once

#include "striate/core/result.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace striate::data {

struct Split {
  std::vector<std::uint32_t> train, validation;
};

// labels: 0 ≤ label < classes.
core::Result<Split> stratified_split(std::span<const std::int32_t> labels, int classes, double validation,
                                     std::uint64_t seed);

}  // namespace striate::data

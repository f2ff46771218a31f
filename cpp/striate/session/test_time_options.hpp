// Test-time augmentation as JSON: what `predict`, `evaluate` and the command line may ask for.
//
//   {set: "flips" | "shifts" | "flipsAndShifts" | "tenCrop", merge: "mean" | "geometricMean" | "max" | "vote"} or
//   {policy, views: 1…256, includeOriginal: boolean, seed, merge}           train/test_time.hpp says what they mean
//
// Errors: invalid_argument naming member and value.
#pragma once

#include "striate/core/result.hpp"
#include "striate/io/fields.hpp"
#include "striate/train/test_time.hpp"

#include <optional>

namespace striate::session {

// The member "tta" of `fields`; nothing when it is absent or null.
core::Result<std::optional<train::TestTimeOptions>> tta_member(io::Fields& fields);

}  // namespace striate::session

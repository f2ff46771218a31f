// The registry of transforms: names, options with ranges, docs and factories, in one list that the policy reader, the
// page's palette and the docs read. Each family's file gives its part.
#pragma once

#include "striate/augment/transform.hpp"
#include "striate/augment/value.hpp"

#include <span>
#include <string_view>
#include <vector>

namespace striate::augment {

// All transforms, families together.
const std::vector<const TransformSpec*>& transforms();
// Null when nobody registered the name. Albumentations' full paths are understood ("albumentations.….Rotate").
const TransformSpec* find_transform(std::string_view name);

// [{name, family, doc, p, channels, options: [{name, kind, default, minimum, maximum, choices, required, doc}]}]
Value describe_transforms();

}  // namespace striate::augment

// Augmentation for the world outside: policies and logs as JSON.
#pragma once

#include "striate/augment/augmenter.hpp"
#include "striate/augment/value.hpp"
#include "striate/core/result.hpp"
#include "striate/io/json.hpp"

#include <memory>
#include <string_view>

namespace striate::session {

augment::Value value_of(const io::Json& json);
io::Json json_of(const augment::Value& value);

// A policy from JSON text, in Albumentations' form or the short one (augment/policy.hpp).
core::Result<std::shared_ptr<const augment::Policy>> read_policy(std::string_view text);

}  // namespace striate::session

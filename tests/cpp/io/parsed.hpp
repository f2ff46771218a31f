// JSON of a test's own, which must be well formed.
#pragma once

#include "expect.hpp"
#include "striate/io/json.hpp"

#include <string_view>

namespace striate::tests {

inline io::Json parsed(std::string_view text) { return value_of(io::parse_json(text, "test")); }

}  // namespace striate::tests

// Answer: what a verb of the session gives back: a JSON value, and a block of numbers where one is asked for.
//
// Nothing in it points into a model or dataset: it stays good whatever happens to them.
// Errors travel beside it: every verb returns core::Result<Answer>.
#pragma once

#include "striate/core/buffer.hpp"
#include "striate/core/result.hpp"
#include "striate/io/json.hpp"

#include <cstdint>
#include <optional>
#include <utility>

namespace striate::session {

struct Answer {
  Answer() = default;
  Answer(io::Json value) : json(std::move(value)) {}

  io::Json json;
  std::optional<core::Buffer<float>> floats = {};
  std::optional<core::Buffer<std::uint8_t>> bytes = {};
};

using Reply = core::Result<Answer>;

}  // namespace striate::session

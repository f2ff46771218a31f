// Arguments: the checks that several verbs share.
#pragma once

#include "striate/core/result.hpp"
#include "striate/core/shape.hpp"
#include "striate/io/json.hpp"
#include "striate/session/pixels.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace striate::session {

inline constexpr std::int64_t largest_whole = std::int64_t{1} << 53;  // what a JavaScript or JSON number holds exactly
inline constexpr std::int64_t most_images = std::numeric_limits<std::int32_t>::max();  // of one call

// A whole number low … high; `name` stands in the error.
core::Result<std::int64_t> whole_number(double value, std::string_view name, std::int64_t low, std::int64_t high);
// A seed: 0 … 2^53.
core::Result<std::uint64_t> whole_seed(double value);

// JSON of at most a megabyte; `name` stands in the error.
core::Result<io::Json> parse_argument(std::string_view text, std::string_view name);
// null → nullopt; [text, …] → the texts.
core::Result<std::optional<std::vector<std::string>>> parse_names(std::string_view text, std::string_view name);

// Whether the pixels are `count` images of `shape`, and, when floats, finite.
core::Status check_pixels(const Pixels& pixels, std::int64_t count, const core::Shape& shape, std::string_view what);

struct BatchShape {
  std::int64_t count = 0;
  core::Shape shape;
};
// [count, channels, height, width]
core::Result<BatchShape> batch_shape(const io::Json& json);

io::Json shape_to_json(const core::Shape& shape);

}  // namespace striate::session

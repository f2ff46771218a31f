#include "striate/session/arguments.hpp"

#include "striate/core/text.hpp"

#include <cmath>
#include <limits>

namespace striate::session {

using core::Error;
using core::ErrorCode;
using core::Result;
using core::Status;
using io::Json;

namespace {

constexpr std::size_t longest_text = std::size_t{1} << 20;
constexpr std::int64_t largest_side = std::int64_t{1} << 20;

}  // namespace

Result<std::int64_t> whole_number(double value, std::string_view name, std::int64_t low, std::int64_t high) {
  if (std::isfinite(value) && value == std::floor(value) && value >= static_cast<double>(low) &&
      value <= static_cast<double>(high)) {
    return static_cast<std::int64_t>(value);
  }
  const std::string wanted = core::text("a whole number ", low, "…", high);
  const std::string given = std::isfinite(value) ? io::json_number(value) : "not a finite number";
  return Error{ErrorCode::invalid_argument, core::text(name, " is ", given, ", not ", wanted),
               core::text("Give ", wanted, ".")};
}

Result<std::uint64_t> whole_seed(double value) {
  STRIATE_TRY(seed, whole_number(value, "seed", 0, largest_whole));
  return static_cast<std::uint64_t>(seed);
}

Result<Json> parse_argument(std::string_view text, std::string_view name) {
  if (text.size() > longest_text) {
    return Error{ErrorCode::invalid_json, core::text(name, ": ", text.size(), " bytes of JSON"),
                 "Give at most a megabyte."};
  }
  return io::parse_json(text, name);
}

Result<std::optional<std::vector<std::string>>> parse_names(std::string_view text, std::string_view name) {
  STRIATE_TRY(json, parse_argument(text, name));
  std::optional<std::vector<std::string>> names;
  if (json.is(Json::Kind::null)) return names;
  bool good = json.is(Json::Kind::array);
  names.emplace();
  for (const Json& item : json.items()) {
    good = good && item.is(Json::Kind::string);
    if (good) names->push_back(item.string());
  }
  if (!good) {
    return Error{ErrorCode::invalid_argument, core::text(name, " is not a list of names"),
                 "Give null for all, or [\"conv1\"]."};
  }
  return names;
}

Status check_pixels(const Pixels& pixels, std::int64_t count, const core::Shape& shape, std::string_view what) {
  const auto each = static_cast<std::uint64_t>(shape.elements());
  const auto images = static_cast<std::uint64_t>(count);
  if (pixels.count() % each != 0 || pixels.count() / each != images) {
    return Error{ErrorCode::invalid_shape,
                 core::text(what, ": ", pixels.count(), " pixels are not ", count, " of ", core::to_string(shape),
                            " = ", each, " pixels each, which the network takes"),
                 "Bring the images to that size, in NCHW order."};
  }
  if (pixels.kind == data::PixelKind::floats) {
    for (std::size_t i = 0; i < pixels.count(); ++i) {
      if (std::isfinite(pixels.floats()[i])) continue;
      return Error{ErrorCode::not_finite,
                   core::text(what, ": pixel ", i % each, " of image ", i / each, " is NaN or infinite"),
                   "Clean the image; pixels are finite numbers, 0…1 as a rule."};
    }
  }
  return {};
}

Result<BatchShape> batch_shape(const Json& json) {
  bool good = json.is(Json::Kind::array) && json.items().size() == 4;
  for (const Json& item : json.items()) good = good && item.is(Json::Kind::number);
  if (!good) {
    return Error{ErrorCode::invalid_argument, core::text("shape ", json.text(), " is not four numbers"),
                 "Give [count, channels, height, width]."};
  }
  STRIATE_TRY(count, whole_number(json.items()[0].number(), "shape[0] (count)", 0, std::numeric_limits<std::uint32_t>::max()));
  STRIATE_TRY(channels, whole_number(json.items()[1].number(), "shape[1] (channels)", 1, largest_side));
  STRIATE_TRY(height, whole_number(json.items()[2].number(), "shape[2] (height)", 1, largest_side));
  STRIATE_TRY(width, whole_number(json.items()[3].number(), "shape[3] (width)", 1, largest_side));
  return BatchShape{count, {static_cast<int>(channels), static_cast<int>(height), static_cast<int>(width)}};
}

Json shape_to_json(const core::Shape& shape) { return Json::array(shape.channels, shape.height, shape.width); }

}  // namespace striate::session

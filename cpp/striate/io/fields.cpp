#include "striate/io/fields.hpp"

#include "striate/core/text.hpp"

#include <algorithm>
#include <cmath>

namespace striate::io {

using core::Error;
using core::ErrorCode;
using core::Result;
using core::Status;

namespace {

constexpr double largest_whole = 9007199254740992.0;  // 2^53

std::string shown(const Json& value) {
  std::string text = value.text();
  if (text.size() > 60) text = core::text(text.substr(0, 57), "…");
  return text;
}

}  // namespace

Status Fields::check_object() const {
  if (object_.is(Json::Kind::object)) return {};
  return Error{ErrorCode::invalid_argument, core::text(what_, " is ", shown(object_), ", not an object"),
               "Write it as { … }."};
}

Error Fields::wrong(std::string_view key, const Json& value, const std::string& wanted) const {
  return Error{ErrorCode::invalid_argument, core::text(what_, ".", key, " is ", shown(value), ", not ", wanted),
               core::text("Give ", wanted, ".")};
}

const Json* Fields::get(std::string_view key) {
  if (std::find(known_.begin(), known_.end(), key) == known_.end()) known_.emplace_back(key);
  return object_.find(key);
}

Result<double> Fields::number(std::string_view key, double fallback, NumberRange range) {
  STRIATE_CHECK(check_object());
  const Json* value = get(key);
  if (value == nullptr) return fallback;
  if (!value->is(Json::Kind::number)) return wrong(key, *value, "a number");
  if (value->number() < range.low || value->number() > range.high) {
    const bool open = range.high == std::numeric_limits<double>::max();
    return wrong(key, *value,
                 core::text("a number ", (open ? "from " + json_number(range.low)
                                               : core::text(json_number(range.low), "…", json_number(range.high)))));
  }
  return value->number();
}

Result<std::int64_t> Fields::integer(std::string_view key, std::int64_t fallback, std::int64_t low, std::int64_t high) {
  STRIATE_CHECK(check_object());
  const Json* value = get(key);
  if (value == nullptr) return fallback;
  const std::string wanted = core::text("a whole number ", low, "…", high);
  if (!value->is(Json::Kind::number)) return wrong(key, *value, wanted);
  const double number = value->number();
  if (number != std::floor(number) || std::fabs(number) > largest_whole || number < static_cast<double>(low) ||
      number > static_cast<double>(high)) {
    return wrong(key, *value, wanted);
  }
  return static_cast<std::int64_t>(number);
}

Result<bool> Fields::boolean(std::string_view key, bool fallback) {
  STRIATE_CHECK(check_object());
  const Json* value = get(key);
  if (value == nullptr) return fallback;
  if (!value->is(Json::Kind::boolean)) return wrong(key, *value, "true or false");
  return value->boolean();
}

Result<std::string> Fields::string(std::string_view key, std::string_view fallback) {
  STRIATE_CHECK(check_object());
  const Json* value = get(key);
  if (value == nullptr) return std::string(fallback);
  if (!value->is(Json::Kind::string)) return wrong(key, *value, "text");
  return value->string();
}

Status Fields::require(std::string_view key) {
  STRIATE_CHECK(check_object());
  if (get(key) != nullptr) return {};
  return Error{ErrorCode::invalid_argument, core::text(what_, " has no '", key, "'"), core::text("Add '", key, "'.")};
}

Status Fields::finish() const {
  STRIATE_CHECK(check_object());
  for (const Json::Member& member : object_.members()) {
    if (std::find(known_.begin(), known_.end(), member.first) != known_.end()) continue;
    std::string names;
    for (const std::string& name : known_) names += (names.empty() ? "" : ", ") + name;
    return Error{ErrorCode::invalid_argument, core::text(what_, " has no option '", member.first, "'"),
                 core::text("Known here: ", names, ".")};
  }
  return {};
}

}  // namespace striate::io

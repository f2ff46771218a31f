// Fields: reads an object's members by name and type, and refuses those nobody asked for.
//
//   Fields fields(json, "optimizer");
//   STRIATE_TRY(rate, fields.number("learningRate", 0.01, {.low = 0}));
//   STRIATE_CHECK(fields.finish());     // a misspelt key is an error that lists the known ones
//
// An absent member gives the default; a member that is present must have the right type (null is not "absent").
// Errors: invalid_argument naming the object, the member, its value and what is allowed.
#pragma once

#include "striate/core/result.hpp"
#include "striate/io/json.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace striate::io {

struct NumberRange {
  double low = -std::numeric_limits<double>::max();
  double high = std::numeric_limits<double>::max();
};

class Fields {
 public:
  // `object` must outlive the reader. When it is not an object, every read and finish() fail with that.
  Fields(const Json& object, std::string what) : object_(object), what_(std::move(what)) {}

  // The member, or null when absent; it then counts as known.
  const Json* get(std::string_view key);

  core::Result<double> number(std::string_view key, double fallback, NumberRange range = {});
  core::Result<std::int64_t> integer(std::string_view key, std::int64_t fallback, std::int64_t low, std::int64_t high);
  core::Result<bool> boolean(std::string_view key, bool fallback);
  core::Result<std::string> string(std::string_view key, std::string_view fallback);
  // Error when the member is absent.
  core::Status require(std::string_view key);

  // Error when the object has members that were not asked for.
  core::Status finish() const;

  const std::string& what() const { return what_; }

 private:
  core::Status check_object() const;
  core::Error wrong(std::string_view key, const Json& value, const std::string& wanted) const;

  const Json& object_;
  std::string what_;
  std::vector<std::string> known_;
};

}  // namespace striate::io

// JSON: one strict reader and one writer, for network files, options, safetensors headers and reports.
//
// Strict: RFC 8259 and nothing more, and less where files lie. Refused: duplicate keys, nesting past 64, trailing data,
// NaN and Infinity, numbers beyond double, bad UTF-8, lone surrogates, raw control characters, byte-order marks.
// Objects keep their order; numbers are doubles (whole numbers exact to 2^53).
// Errors: invalid_json naming the text, the line and column, and what was expected there.
// Numerics: numbers are read correctly rounded and written with the fewest digits that read back to the same double.
// Source: RFC 8259.
#pragma once

#include "striate/core/result.hpp"

#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace striate::io {

class Json {
 public:
  enum class Kind { null, boolean, number, string, array, object };
  using Member = std::pair<std::string, Json>;
  struct Entry;  // {key, value}, for writing an object down

  // Nothing of this is inline: making and freeing values would be half of every function that writes an object down.
  Json();
  Json(const Json& other);
  Json(Json&& other) noexcept;
  Json& operator=(const Json& other);
  Json& operator=(Json&& other) noexcept;
  ~Json();
  Json(bool value);
  template <typename Number>
    requires(std::is_arithmetic_v<Number> && !std::is_same_v<Number, bool>)
  Json(Number value) : Json(number_of(static_cast<double>(value))) {}
  Json(std::string value);
  Json(std::string_view value);
  Json(const char* value) : Json(std::string_view(value)) {}
  // An array of numbers, or an empty one.
  template <typename... Number>
    requires(std::is_arithmetic_v<Number> && ...)
  static Json array(Number... numbers) {
    return array_of({static_cast<double>(numbers)...});
  }
  static Json object(std::initializer_list<Entry> entries = {});

  Kind kind() const { return kind_; }
  bool is(Kind kind) const { return kind_ == kind; }

  bool boolean() const { return boolean_; }
  double number() const { return number_; }
  const std::string& string() const { return string_; }
  const std::vector<Json>& items() const { return items_; }
  const std::vector<Member>& members() const { return members_; }
  const Json* find(std::string_view key) const;  // null when absent, or when this is no object

  void push(Json item);
  void set(std::string_view key, Json value);

  // One line, no spaces. A number that is not finite is written as null.
  std::string text() const;

 private:
  static Json number_of(double value);
  static Json array_of(std::initializer_list<double> numbers);

  Kind kind_ = Kind::null;
  bool boolean_ = false;
  double number_ = 0;
  std::string string_;
  std::vector<Json> items_;
  std::vector<Member> members_;
};

struct Json::Entry {
  std::string_view key;
  mutable Json value;  // moved from: the list it stands in is a temporary
};

// "null", "boolean", … for messages.
const char* to_string(Json::Kind kind);

// Reads the whole text. `what` names it in errors ("network file").
core::Result<Json> parse_json(std::string_view text, std::string_view what);

// A number as the writer writes it.
std::string json_number(double value);
// A string with its quotes and escapes.
std::string json_string(std::string_view text);

}  // namespace striate::io

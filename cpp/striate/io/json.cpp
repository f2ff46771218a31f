#include "striate/io/json.hpp"

#include <cmath>
#include <cstddef>
#include <cstdio>
#include <cstdlib>

namespace striate::io {

Json::Json() = default;
Json::Json(const Json& other) = default;
Json::Json(Json&& other) noexcept = default;
Json& Json::operator=(const Json& other) = default;
Json& Json::operator=(Json&& other) noexcept = default;
Json::~Json() = default;

Json::Json(bool value) : kind_(Kind::boolean), boolean_(value) {}
Json::Json(std::string value) : kind_(Kind::string), string_(std::move(value)) {}
Json::Json(std::string_view value) : kind_(Kind::string), string_(value) {}

Json Json::number_of(double value) {
  Json made;
  made.kind_ = Kind::number;
  made.number_ = value;
  return made;
}

Json Json::array_of(std::initializer_list<double> numbers) {
  Json made;
  made.kind_ = Kind::array;
  for (const double number : numbers) made.items_.emplace_back(number);
  return made;
}

Json Json::object(std::initializer_list<Entry> entries) {
  Json made;
  made.kind_ = Kind::object;
  made.members_.reserve(entries.size());
  for (const Entry& entry : entries) made.members_.emplace_back(entry.key, std::move(entry.value));
  return made;
}

void Json::push(Json item) { items_.push_back(std::move(item)); }

void Json::set(std::string_view key, Json value) { members_.emplace_back(key, std::move(value)); }

const Json* Json::find(std::string_view key) const {
  for (const Member& member : members_) {
    if (member.first == key) return &member.second;
  }
  return nullptr;
}

const char* to_string(Json::Kind kind) {
  switch (kind) {
    case Json::Kind::null:
      return "null";
    case Json::Kind::boolean:
      return "boolean";
    case Json::Kind::number:
      return "number";
    case Json::Kind::string:
      return "string";
    case Json::Kind::array:
      return "array";
    case Json::Kind::object:
      return "object";
  }
  return "unknown";
}

std::string json_number(double value) {
  if (!std::isfinite(value)) return "null";
  constexpr double exact = 9007199254740992.0;  // 2^53
  if (value == std::floor(value) && std::fabs(value) <= exact) {
    const auto whole = static_cast<long long>(value);
    return whole == 0 && std::signbit(value) ? "-0" : std::to_string(whole);
  }
  // 17 digits always read back to the same double; most values need far fewer.
  char text[32];
  for (int digits = 6; digits <= 17; ++digits) {
    std::snprintf(text, sizeof text, "%.*g", digits, value);
    if (std::strtod(text, nullptr) == value) break;
  }
  return text;
}

std::string json_string(std::string_view text) {
  constexpr char digits[] = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (byte < 0x20) {
          out += "\\u00";
          out += digits[byte >> 4];
          out += digits[byte & 15];
        } else {
          out += c;
        }
    }
  }
  out += '"';
  return out;
}

std::string Json::text() const {
  switch (kind_) {
    case Kind::null:
      return "null";
    case Kind::boolean:
      return boolean_ ? "true" : "false";
    case Kind::number:
      return json_number(number_);
    case Kind::string:
      return json_string(string_);
    case Kind::array: {
      std::string out = "[";
      for (std::size_t i = 0; i < items_.size(); ++i) {
        if (i != 0) out += ',';
        out += items_[i].text();
      }
      return out + ']';
    }
    case Kind::object: {
      std::string out = "{";
      for (std::size_t i = 0; i < members_.size(); ++i) {
        if (i != 0) out += ',';
        out += json_string(members_[i].first) + ':' + members_[i].second.text();
      }
      return out + '}';
    }
  }
  return "null";
}

}  // namespace striate::io

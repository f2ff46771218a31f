// The strict reader of json.hpp: recursive descent over the bytes, with every rule of RFC 8259 tested once.
#include "striate/io/json.hpp"

#include "striate/core/text.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdlib>

namespace striate::io {

using core::Error;
using core::ErrorCode;
using core::Result;
using core::Status;

namespace {

constexpr int deepest = 64;  // nesting; a parser that recurses must stop somewhere
constexpr std::size_t longest_number = 128;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

class Parser {
 public:
  Parser(std::string_view text, std::string_view what) : text_(text), what_(what) {}

  Result<Json> document() {
    skip_space();
    STRIATE_TRY(value, parse_value(0));
    skip_space();
    if (position_ != text_.size()) return failure("something follows the value; JSON is one value");
    return std::move(value);
  }

 private:
  bool at_end() const { return position_ >= text_.size(); }
  char peek() const { return at_end() ? '\0' : text_[position_]; }
  bool take(char c) {
    if (at_end() || text_[position_] != c) return false;
    ++position_;
    return true;
  }

  void skip_space() {
    while (!at_end() && (peek() == ' ' || peek() == '\t' || peek() == '\n' || peek() == '\r')) ++position_;
  }

  Error failure(const std::string& message) const {
    std::size_t line = 1, column = 1;
    for (std::size_t i = 0; i < position_ && i < text_.size(); ++i) {
      column = text_[i] == '\n' ? 1 : column + 1;
      line += text_[i] == '\n' ? 1 : 0;
    }
    return Error{ErrorCode::invalid_json, core::text(what_, ", line ", line, ", column ", column, ": ", message),
                 "Strict JSON is wanted: double quotes, no comments, no trailing commas, no NaN, each key once."};
  }

  Result<Json> parse_value(int depth) {
    if (depth > deepest) return failure(core::text("nested deeper than ", deepest));
    if (at_end()) return failure("the text ends where a value is wanted");
    switch (peek()) {
      case '{':
        return parse_object(depth);
      case '[':
        return parse_array(depth);
      case '"': {
        STRIATE_TRY(text, parse_string());
        return Json(std::move(text));
      }
      case 't':
        return parse_word("true", Json(true));
      case 'f':
        return parse_word("false", Json(false));
      case 'n':
        return parse_word("null", Json());
      default:
        return parse_number();
    }
  }

  Result<Json> parse_word(std::string_view word, Json value) {
    if (text_.substr(position_, word.size()) != word) return failure("a value is wanted");
    position_ += word.size();
    return value;
  }

  Result<Json> parse_object(int depth) {
    ++position_;
    Json object = Json::object();
    skip_space();
    if (take('}')) return object;
    for (;;) {
      skip_space();
      if (peek() != '"') return failure("a key in double quotes is wanted");
      STRIATE_TRY(key, parse_string());
      skip_space();
      if (!take(':')) return failure(core::text("':' is wanted after the key ", json_string(key)));
      skip_space();
      STRIATE_TRY(value, parse_value(depth + 1));
      object.set(std::move(key), std::move(value));
      skip_space();
      if (peek() == '}') {
        STRIATE_CHECK(check_keys(object));
        ++position_;
        return object;
      }
      if (!take(',')) return failure("',' or '}' is wanted");
    }
  }

  // Sorted, so that a hostile object of many keys costs n log n.
  Status check_keys(const Json& object) const {
    std::vector<std::string_view> keys;
    keys.reserve(object.members().size());
    for (const Json::Member& member : object.members()) keys.push_back(member.first);
    std::make_heap(keys.begin(), keys.end());
    std::sort_heap(keys.begin(), keys.end());
    const auto twice = std::adjacent_find(keys.begin(), keys.end());
    if (twice != keys.end())
      return failure(core::text("the key ", json_string(*twice), " appears twice in the object that ends here"));
    return {};
  }

  Result<Json> parse_array(int depth) {
    ++position_;
    Json array = Json::array();
    skip_space();
    if (take(']')) return array;
    for (;;) {
      skip_space();
      STRIATE_TRY(value, parse_value(depth + 1));
      array.push(std::move(value));
      skip_space();
      if (take(']')) return array;
      if (!take(',')) return failure("',' or ']' is wanted");
    }
  }

  // -? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?
  Result<Json> parse_number() {
    const std::size_t start = position_;
    take('-');
    if (!is_digit(peek())) {
      position_ = start;
      return failure("a value is wanted");
    }
    if (!take('0')) {
      while (is_digit(peek())) ++position_;
    } else if (is_digit(peek())) {
      return failure("a number does not start with 0");
    }
    if (take('.')) {
      if (!is_digit(peek())) return failure("a digit is wanted after the point");
      while (is_digit(peek())) ++position_;
    }
    if (peek() == 'e' || peek() == 'E') {
      ++position_;
      if (peek() == '+' || peek() == '-') ++position_;
      if (!is_digit(peek())) return failure("a digit is wanted in the exponent");
      while (is_digit(peek())) ++position_;
    }
    if (position_ - start > longest_number) return failure("the number is longer than any double");
    const std::string digits(text_.substr(start, position_ - start));
    const double value = std::strtod(digits.c_str(), nullptr);
    if (!std::isfinite(value)) return failure(core::text("the number ", digits, " is too large"));
    return Json(value);
  }

  Result<std::string> parse_string() {
    ++position_;
    std::string out;
    for (;;) {
      if (at_end()) return failure("the text ends inside a string");
      const auto byte = static_cast<unsigned char>(text_[position_]);
      if (byte == '"') {
        ++position_;
        return out;
      }
      if (byte < 0x20) return failure("a control character inside a string must be escaped");
      if (byte == '\\') {
        STRIATE_CHECK(parse_escape(out));
      } else if (byte < 0x80) {
        out += text_[position_++];
      } else {
        STRIATE_CHECK(parse_utf8(out));
      }
    }
  }

  Result<unsigned> parse_hex4() {
    unsigned value = 0;
    for (int i = 0; i < 4; ++i, ++position_) {
      const char c = peek();
      const int digit = is_digit(c)            ? c - '0'
                        : c >= 'a' && c <= 'f' ? c - 'a' + 10
                        : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                               : -1;
      if (digit < 0) return failure("four hexadecimal digits are wanted after \\u");
      value = value * 16 + static_cast<unsigned>(digit);
    }
    return value;
  }

  Status parse_escape(std::string& out) {
    ++position_;
    const char c = peek();
    constexpr std::string_view names = "\"\\/bfnrt", values = "\"\\/\b\f\n\r\t";
    if (const auto at = names.find(c); !at_end() && at != std::string_view::npos) {
      out += values[at];
      ++position_;
      return {};
    }
    if (!take('u')) return failure("no such escape");
    STRIATE_TRY(first, parse_hex4());
    unsigned code = first;
    if (code >= 0xDC00 && code <= 0xDFFF) return failure("a low surrogate without its high one");
    if (code >= 0xD800 && code <= 0xDBFF) {
      if (!take('\\') || !take('u')) return failure("a high surrogate without its low one");
      STRIATE_TRY(second, parse_hex4());
      if (second < 0xDC00 || second > 0xDFFF) return failure("a high surrogate without its low one");
      code = 0x10000 + ((code - 0xD800) << 10) + (second - 0xDC00);
    }
    append_utf8(out, code);
    return {};
  }

  static void append_utf8(std::string& out, unsigned code) {
    const auto put = [&](unsigned byte) { out += static_cast<char>(byte); };
    if (code < 0x80) {
      put(code);
    } else if (code < 0x800) {
      put(0xC0 | code >> 6), put(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
      put(0xE0 | code >> 12), put(0x80 | (code >> 6 & 0x3F)), put(0x80 | (code & 0x3F));
    } else {
      put(0xF0 | code >> 18), put(0x80 | (code >> 12 & 0x3F)), put(0x80 | (code >> 6 & 0x3F)),
          put(0x80 | (code & 0x3F));
    }
  }

  // One character of two to four bytes: no overlong forms, no surrogates, nothing past U+10FFFF.
  Status parse_utf8(std::string& out) {
    const auto lead = static_cast<unsigned char>(text_[position_]);
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || position_ + length > text_.size()) return failure("not UTF-8");
    unsigned code = lead & (0xFFu >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
      const auto byte = static_cast<unsigned char>(text_[position_ + i]);
      if (byte >> 6 != 2) return failure("not UTF-8");
      code = code << 6 | (byte & 0x3Fu);
    }
    const unsigned least = length == 4 ? 0x10000 : length == 3 ? 0x800 : 0x80;
    if (code < least || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return failure("not UTF-8");
    out.append(text_.substr(position_, length));
    position_ += length;
    return {};
  }

  std::string_view text_;
  std::string_view what_;
  std::size_t position_ = 0;
};

}  // namespace

Result<Json> parse_json(std::string_view text, std::string_view what) { return Parser(text, what).document(); }

}  // namespace striate::io

// Value: a tree of null, booleans, numbers, texts, lists and maps: what a policy and a log are made of.
//
// It knows nothing of JSON text; the session turns JSON into Values and back. Maps keep their order. Numbers are
// doubles, so 32-bit seeds are exact.
#pragma once

#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace striate::augment {

class Value {
 public:
  enum class Kind { null, boolean, number, text, list, map };
  using Member = std::pair<std::string, Value>;

  Value() = default;
  Value(bool value) : kind_(Kind::boolean), number_(value ? 1 : 0) {}
  template <typename Number>
    requires(std::is_arithmetic_v<Number> && !std::is_same_v<Number, bool>)
  Value(Number value) : kind_(Kind::number), number_(static_cast<double>(value)) {}
  Value(std::string_view value) : kind_(Kind::text), text_(value) {}
  Value(const char* value) : Value(std::string_view(value)) {}
  static Value list(std::vector<Value> items = {});
  static Value map(std::vector<Member> members = {});

  Kind kind() const { return kind_; }
  bool is(Kind kind) const { return kind_ == kind; }
  bool boolean() const { return number_ != 0; }
  double number() const { return number_; }
  const std::string& text() const { return text_; }
  const std::vector<Value>& items() const { return items_; }
  const std::vector<Member>& members() const { return members_; }
  const Value* find(std::string_view key) const;  // null when absent, or when this is no map

  void push(Value item) { items_.push_back(std::move(item)); }
  void set(std::string_view key, Value value) { members_.emplace_back(std::string(key), std::move(value)); }

  // As an error message shows it: "[0.2, 'random']", long ones cut short.
  std::string shown() const;

 private:
  Kind kind_ = Kind::null;
  double number_ = 0;
  std::string text_;
  std::vector<Value> items_;
  std::vector<Member> members_;
};

}  // namespace striate::augment

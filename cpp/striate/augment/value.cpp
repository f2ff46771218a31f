#include "striate/augment/value.hpp"

#include "striate/core/options.hpp"

#include <cstddef>

namespace striate::augment {

Value Value::list(std::vector<Value> items) {
  Value made;
  made.kind_ = Kind::list;
  made.items_ = std::move(items);
  return made;
}

Value Value::map(std::vector<Member> members) {
  Value made;
  made.kind_ = Kind::map;
  made.members_ = std::move(members);
  return made;
}

const Value* Value::find(std::string_view key) const {
  for (const Member& member : members_) {
    if (member.first == key) return &member.second;
  }
  return nullptr;
}

namespace {

constexpr std::size_t longest_shown = 80;

void show(const Value& value, std::string& out) {
  if (out.size() > longest_shown) return;
  switch (value.kind()) {
    case Value::Kind::null: out += "null"; break;
    case Value::Kind::boolean: out += value.boolean() ? "true" : "false"; break;
    case Value::Kind::number: out += core::number_text(value.number()); break;
    case Value::Kind::text: out += "'" + value.text() + "'"; break;
    case Value::Kind::list:
    case Value::Kind::map: {
      const bool list = value.is(Value::Kind::list);
      out += list ? '[' : '{';
      const std::size_t count = list ? value.items().size() : value.members().size();
      for (std::size_t i = 0; i < count && out.size() <= longest_shown; ++i) {
        if (i != 0) out += ", ";
        if (!list) out += value.members()[i].first + ": ";
        show(list ? value.items()[i] : value.members()[i].second, out);
      }
      out += list ? ']' : '}';
      break;
    }
  }
}

}  // namespace

std::string Value::shown() const {
  std::string out;
  show(*this, out);
  if (out.size() > longest_shown) {
    out.resize(longest_shown);
    // Not in the middle of a character.
    while (!out.empty() && (static_cast<unsigned char>(out.back()) & 0xC0) == 0x80) out.pop_back();
    if (!out.empty() && static_cast<unsigned char>(out.back()) >= 0xC0) out.pop_back();
    out += "…";
  }
  return out;
}

}  // namespace striate::augment

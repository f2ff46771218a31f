#include "striate/session/augmentation.hpp"

#include <utility>

namespace striate::session {

augment::Value value_of(const io::Json& json) {
  switch (json.kind()) {
    case io::Json::Kind::null: return {};
    case io::Json::Kind::boolean: return json.boolean();
    case io::Json::Kind::number: return json.number();
    case io::Json::Kind::string: return std::string_view(json.string());
    case io::Json::Kind::array: {
      augment::Value list = augment::Value::list();
      for (const io::Json& item : json.items()) list.push(value_of(item));
      return list;
    }
    case io::Json::Kind::object: {
      augment::Value map = augment::Value::map();
      for (const auto& [key, member] : json.members()) map.set(key, value_of(member));
      return map;
    }
  }
  return {};
}

io::Json json_of(const augment::Value& value) {
  switch (value.kind()) {
    case augment::Value::Kind::null: return {};
    case augment::Value::Kind::boolean: return value.boolean();
    case augment::Value::Kind::number: return value.number();
    case augment::Value::Kind::text: return value.text();
    case augment::Value::Kind::list: {
      io::Json list = io::Json::array();
      for (const augment::Value& item : value.items()) list.push(json_of(item));
      return list;
    }
    case augment::Value::Kind::map: {
      io::Json map = io::Json::object();
      for (const auto& [key, member] : value.members()) map.set(key, json_of(member));
      return map;
    }
  }
  return {};
}

core::Result<std::shared_ptr<const augment::Policy>> read_policy(std::string_view text) {
  STRIATE_TRY(json, io::parse_json(text, "augmentation policy"));
  return augment::Policy::read(value_of(json));
}

}  // namespace striate::session

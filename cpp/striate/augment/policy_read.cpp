// Reading a policy from its Value and writing it back.
#include "striate/augment/policy.hpp"

#include "striate/core/options.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace striate::augment {

using core::Error;
using core::ErrorCode;

namespace {

constexpr int deepest = 32;
constexpr int most_nodes = 1000;

struct CompositionName {
  std::string_view name;
  NodeKind kind;
  double p;
};
constexpr CompositionName compositions[] = {
    {"Compose", NodeKind::compose, 1},          {"ReplayCompose", NodeKind::compose, 1},
    {"Sequential", NodeKind::sequential, 0.5},  {"OneOf", NodeKind::one_of, 0.5},
    {"SomeOf", NodeKind::some_of, 1},           {"RandomOrder", NodeKind::random_order, 1},
    {"OneOrOther", NodeKind::one_or_other, 0.5},
};

// Of Compose in a saved file: they speak of boxes, keypoints and other targets, and must be empty.
constexpr std::string_view targets[] = {"bbox_params", "keypoint_params", "additional_targets"};
constexpr std::string_view ignored[] = {"is_check_shapes", "strict", "mask_interpolation", "seed", "save_applied_params", "save_key"};

std::string short_name(const std::string& name) {
  return name.starts_with("albumentations.") ? name.substr(name.rfind('.') + 1) : name;
}

// How many single letters two names are apart, whatever their case.
int distance(std::string_view a, std::string_view b) {
  std::vector<int> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = static_cast<int>(j);
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  for (std::size_t i = 1; i <= a.size(); ++i) {
    int diagonal = std::exchange(row[0], static_cast<int>(i));
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const int changed = diagonal + (lower(a[i - 1]) == lower(b[j - 1]) ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({changed, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

Error unknown_transform(const std::string& name) {
  std::string_view nearest;
  int least = 1 + static_cast<int>(std::min<std::size_t>(name.size() / 3, 3));
  const auto consider = [&](std::string_view known) {
    const int d = distance(name, known);
    if (d < least) {
      least = d;
      nearest = known;
    }
  };
  for (const TransformSpec* spec : transforms()) consider(spec->name);
  for (const CompositionName& known : compositions) consider(known.name);
  return {ErrorCode::invalid_argument, "there is no augmentation '" + name.substr(0, 60) + "'",
          nearest.empty() ? "The palette lists those there are." : "Perhaps '" + std::string(nearest) + "' is meant."};
}

class Reader {
 public:
  core::Result<Node> node(const Value& value, int depth) {
    if (value.is(Value::Kind::list)) {
      return composition({"Compose", NodeKind::compose, 1}, Value::map({{"transforms", value}}), depth);
    }
    if (!value.is(Value::Kind::map)) {
      return Error{ErrorCode::invalid_argument, "augmentation policy: " + value.shown() + " stands where a transform should",
                   "A transform is {\"type\": \"HorizontalFlip\", \"p\": 0.5}; a list of them is done in order."};
    }
    STRIATE_TRY(name, name_of(value));
    for (const CompositionName& known : compositions) {
      if (known.name == name) return composition(known, value, depth);
    }
    const TransformSpec* spec = find_transform(name);
    if (spec == nullptr) return unknown_transform(name);
    return transform(*spec, value);
  }

 private:
  static bool is_name_key(std::string_view key) { return key == "__class_fullname__" || key == "type" || key == "name"; }

  static core::Result<std::string> name_of(const Value& value) {
    const Value* found = nullptr;
    for (const auto& [key, member] : value.members()) {
      if (!is_name_key(key)) continue;
      if (found != nullptr) {
        return Error{ErrorCode::invalid_argument, "augmentation policy: a transform names itself twice: " + value.shown(),
                     "Give one of 'type', 'name' and '__class_fullname__'."};
      }
      found = &member;
    }
    if (found == nullptr || !found->is(Value::Kind::text)) {
      return Error{ErrorCode::invalid_argument, "augmentation policy: a transform without a name: " + value.shown(),
                   "Say which it is: {\"type\": \"HorizontalFlip\"}."};
    }
    return short_name(found->text());
  }

  static core::Result<double> probability(std::string_view owner, const Value* given, double fallback) {
    if (given == nullptr) return fallback;
    if (!given->is(Value::Kind::number) || !(given->number() >= 0 && given->number() <= 1)) {
      return option_error(owner, "p", "cannot be " + given->shown(), "p is the probability of being applied, a number from 0 to 1.");
    }
    return given->number();
  }

  core::Status count() {
    if (++nodes_ > most_nodes) {
      return Error{ErrorCode::invalid_argument, "augmentation policy: more than 1000 transforms", "Use fewer."};
    }
    return {};
  }

  core::Result<Node> transform(const TransformSpec& spec, const Value& value) {
    STRIATE_CHECK(count());
    Node made;
    made.spec = &spec;
    made.index = nodes_ - 1;
    STRIATE_TRY(p, probability(spec.name, value.find("p"), spec.p));
    made.p = p;
    Value given = Value::map();
    bool has_p = false;
    for (const auto& [key, member] : value.members()) {
      if (is_name_key(key)) continue;
      if (key == "p" && !has_p) {
        has_p = true;
        continue;
      }
      given.set(key, member);
    }
    STRIATE_TRY(options, parse_options(spec.name, spec.options, given));
    STRIATE_TRY(made_transform, spec.make(options));
    made.transform = std::move(made_transform);
    made.transform->set_name(spec.name);
    made.options = options.to_value();
    for (const OptionSpec& option : spec.options) {
      if (option.kind != OptionKind::fill || !options.has(option.name)) continue;
      made.fills.emplace_back(option.name, options.numbers(option.name).size());
    }
    return made;
  }

  core::Result<Node> composition(const CompositionName& known, const Value& value, int depth) {
    STRIATE_CHECK(count());
    if (depth > deepest) {
      return Error{ErrorCode::invalid_argument, "augmentation policy: compositions nested deeper than 32", "Flatten it."};
    }
    Node made;
    made.kind = known.kind;
    made.index = nodes_ - 1;
    STRIATE_TRY(p, probability(known.name, value.find("p"), known.p));
    made.p = p;
    const Value* list = nullptr;
    for (const auto& [key, member] : value.members()) {
      if (is_name_key(key) || key == "p") continue;
      if (std::find(std::begin(ignored), std::end(ignored), key) != std::end(ignored)) continue;
      if (key == "transforms") {
        list = &member;
        continue;
      }
      if (std::find(std::begin(targets), std::end(targets), key) != std::end(targets)) {
        if (member.is(Value::Kind::null) || (member.is(Value::Kind::map) && member.members().empty())) continue;
        return option_error(known.name, key, "is not supported", "Images are augmented here, without boxes, keypoints or other targets: remove it.");
      }
      const bool counted = known.kind == NodeKind::some_of || known.kind == NodeKind::random_order;
      if (key == "n" && counted) {
        if (!member.is(Value::Kind::number) || member.number() != bounded(member.number(), 1, most_turns)) {
          return option_error(known.name, "n", "cannot be " + member.shown(), "n is how many of the transforms are applied, a whole number from 1 to 64.");
        }
        made.n = static_cast<int>(member.number());
      } else if (key == "replace" && counted) {
        if (!member.is(Value::Kind::boolean)) return option_error(known.name, "replace", "cannot be " + member.shown(), "replace is true or false.");
        made.replace = member.boolean();
      } else {
        return option_error(known.name, key, "is not one of its options", counted ? "It takes p, transforms, n, replace." : "It takes p, transforms.");
      }
    }
    if (list == nullptr || !list->is(Value::Kind::list)) {
      return option_error(known.name, "transforms", list == nullptr ? "is missing" : "cannot be " + list->shown(), "transforms is a list of transforms.");
    }
    for (const Value& item : list->items()) {
      STRIATE_TRY(child, node(item, depth + 1));
      made.children.push_back(std::move(child));
    }
    if (made.children.empty() && known.kind != NodeKind::compose && known.kind != NodeKind::sequential) {
      return option_error(known.name, "transforms", "is empty", "Give at least one transform.");
    }
    if (known.kind == NodeKind::one_of && std::all_of(made.children.begin(), made.children.end(), [](const Node& c) { return c.p <= 0; })) {
      return option_error(known.name, "transforms", "all have p = 0", "In OneOf, p is a transform's share: one of them must have some.");
    }
    if (!made.replace) made.n = std::min(made.n, std::max(1, static_cast<int>(made.children.size())));
    return made;
  }

  int nodes_ = 0;
};

Value node_value(const Node& node) {
  Value made = Value::map();
  if (node.kind == NodeKind::transform) {
    made.set("__class_fullname__", node.spec->name);
    made.set("p", node.p);
    for (const auto& [key, value] : node.options.members()) made.set(key, value);
    return made;
  }
  for (const CompositionName& known : compositions) {
    if (known.kind == node.kind) {
      made.set("__class_fullname__", known.name);
      break;
    }
  }
  made.set("p", node.p);
  if (node.kind == NodeKind::some_of || node.kind == NodeKind::random_order) {
    made.set("n", node.n);
    made.set("replace", node.replace);
  }
  Value children = Value::list();
  for (const Node& child : node.children) children.push(node_value(child));
  made.set("transforms", std::move(children));
  return made;
}

// Special transforms keep their place at the end: what mixes is in no random order, what gives floats is applied for certain.
core::Status check_places(const Node& node, bool certain) {
  const bool simple = node.kind == NodeKind::compose || node.kind == NodeKind::sequential;
  for (const Node& child : node.children) {
    if (child.kind == NodeKind::transform) {
      const bool floats = child.transform->float_output() != nullptr;
      if ((floats && !(certain && simple && node.p >= 1)) || (child.transform->mixes() && node.kind == NodeKind::random_order)) {
        return Error{ErrorCode::invalid_argument, std::string(child.spec->name) + " cannot stand in a composition that may " + (floats ? "leave it out" : "change its place"),
                     "Put it at the end of the outermost list."};
      }
    }
    STRIATE_CHECK(check_places(child, certain && simple && node.p >= 1));
  }
  return {};
}

void list_nodes(const Node& node, std::vector<const Node*>& nodes) {
  nodes.push_back(&node);
  for (const Node& child : node.children) list_nodes(child, nodes);
}

}  // namespace

core::Result<std::shared_ptr<const Policy>> Policy::read(const Value& policy) {
  const Value* inner = &policy;
  if (policy.is(Value::Kind::map) && policy.find("transform") != nullptr) {
    for (const auto& [key, value] : policy.members()) {
      if (key == "transform") {
        inner = &value;
      } else if (key != "__version__") {
        return Error{ErrorCode::invalid_argument, "augmentation policy: '" + key + "' beside 'transform'",
                     "A saved policy holds '__version__' and 'transform'."};
      }
    }
  }
  Reader reader;
  STRIATE_TRY(root, reader.node(*inner, 0));
  std::shared_ptr<Policy> made(new Policy);
  made->root_ = std::move(root);
  list_nodes(made->root_, made->nodes_);
  // What mixes in another image works on whole, finished images; what gives floats comes after everything.
  const Node* last_special = nullptr;
  for (const Node* node : made->nodes_) {
    if (node->kind != NodeKind::transform) continue;
    const bool special = node->transform->mixes() || node->transform->float_output() != nullptr;
    const bool late = last_special != nullptr && (!special || (last_special->transform->float_output() != nullptr));
    if (late) {
      return Error{ErrorCode::invalid_argument,
                   std::string(node->spec->name) + " comes after " + std::string(last_special->spec->name),
                   "Transforms that mix images come after all others, and ToFloat or Normalize comes last."};
    }
    if (!special) continue;
    last_special = node;
    if (node->transform->float_output() != nullptr) {
      if (node->p < 1) return option_error(node->spec->name, "p", "cannot be " + core::number_text(node->p), "What turns bytes into floats is always applied: p is 1.");
      made->float_output_ = node->transform->float_output();
    }
  }
  STRIATE_CHECK(check_places(made->root_, true));
  return std::shared_ptr<const Policy>(std::move(made));
}

Value Policy::to_value() const {
  return Value::map({{"__version__", "2.0.8"}, {"transform", node_value(root_)}});
}

}  // namespace striate::augment

// Policy: a tree of transforms and compositions, read once from its Value, then drawn from for each image.
//
//   Compose, Sequential   all children in order
//   OneOf                 one child, its p being its share; that child is applied for certain
//   SomeOf, RandomOrder   n children (distinct unless `replace`), in the policy's order / in the order drawn, each with
//                         its own p
//   OneOrOther            the first child with probability p, else the last
// Each has p; Compose's, SomeOf's and RandomOrder's is 1 unless given, the others' ½.
//
// The generator of a node is keyed by (seed, epoch, sample, the node's place): what one transform draws depends neither
// on the batch nor on the other transforms' options. A slider moved in the page leaves all the other draws as they were.
//
// Forms: Albumentations' to_dict, {"__version__": …, "transform": {"__class_fullname__": "Compose", "p": 1.0,
// "transforms": […]}}, and a short one, [{"type": "Rotate", "limit": 20}, …] (or "name" for "type").
// Errors: invalid_argument naming the transform, the option and what is allowed.
// Source: Albumentations 2.0.8, documentation of core.composition and core.serialization (MIT).
#pragma once

#include "striate/augment/plan.hpp"
#include "striate/augment/registry.hpp"
#include "striate/augment/transform.hpp"
#include "striate/augment/value.hpp"
#include "striate/core/result.hpp"

#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace striate::augment {

// What an image's draws depend on.
struct DrawKey {
  std::uint64_t seed = 0;
  std::uint32_t epoch = 0;
  std::uint32_t sample = 0;
};

inline constexpr int most_turns = 64;  // of SomeOf and RandomOrder

enum class NodeKind { transform, compose, sequential, one_of, some_of, random_order, one_or_other };

struct Node {
  NodeKind kind = NodeKind::transform;
  double p = 1;
  int index = 0;                         // its place in reading order
  const TransformSpec* spec = nullptr;   // a transform's
  std::unique_ptr<Transform> transform;
  Value options;                         // in force, defaults too
  std::vector<std::pair<std::string_view, std::size_t>> fills;  // options with one number a channel: how many they have
  std::vector<Node> children;            // a composition's
  int n = 1;
  bool replace = false;
};

class Policy {
 public:
  static core::Result<std::shared_ptr<const Policy>> read(const Value& policy);

  // In Albumentations' form; reads back to the same policy.
  Value to_value() const;

  // All sizes that images of this shape can come out with. An error says which transform cannot work on them and why.
  core::Result<SizeRange> sizes(const core::Shape& input) const;

  // Draws what is to be done to an image of this shape. `numbers` is scratch for lists. pool: how many images a step
  // may refer to. mixing: whether steps that mix in another image are drawn.
  void draw(const core::Shape& shape, const DrawKey& key, std::size_t pool, bool mixing, Plan& plan,
            std::vector<double>& numbers) const;

  // The plan that a log (Plan::log) of this policy tells of. The plan refers to the log's texts.
  core::Status replay(const core::Shape& shape, const Value& log, Plan& plan) const;

  // What turns the bytes into floats at the end, when the policy says so; null when they stay bytes.
  const FloatOutput* float_output() const { return float_output_; }

  // Whether an image may come out mixed with another one.
  bool mixes() const;

  const Node& root() const { return root_; }

 private:
  Policy() = default;
  Node root_;
  std::vector<const Node*> nodes_;  // by index
  const FloatOutput* float_output_ = nullptr;
};

}  // namespace striate::augment

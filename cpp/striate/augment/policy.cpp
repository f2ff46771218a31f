#include "striate/augment/policy.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <span>
#include <string>

namespace striate::augment {

using core::Error;
using core::ErrorCode;

namespace {

// ---- sizes -----------------------------------------------------------------------------------------------------------

core::Result<SizeRange> join(const SizeRange& a, const SizeRange& b, std::string_view name) {
  if (a.channels != b.channels) {
    return Error{ErrorCode::invalid_shape,
                 std::string(name) + ": images would come out with " + std::to_string(a.channels) + " or " +
                     std::to_string(b.channels) + " channels, as the draw falls",
                 "Give transforms that change the number of channels p = 1, and keep them out of OneOf."};
  }
  return SizeRange{a.channels, std::min(a.least_height, b.least_height), std::max(a.most_height, b.most_height),
                   std::min(a.least_width, b.least_width), std::max(a.most_width, b.most_width)};
}

core::Status check_channels(const Node& node, int channels) {
  const std::string name(node.spec->name);
  const std::string have = "the images have " + std::to_string(channels) + (channels == 1 ? " channel" : " channels");
  switch (node.spec->channels) {
    case Channels::any: break;
    case Channels::rgb:
      if (channels != 3) return Error{ErrorCode::invalid_shape, name + " needs 3 channels (red, green, blue), and " + have, "Leave it out, or use ToRGB before it."};
      break;
    case Channels::rgb_or_gray:
      if (channels != 3 && channels != 1) return Error{ErrorCode::invalid_shape, name + " needs 1 or 3 channels, and " + have, "Leave it out."};
      break;
    case Channels::several:
      if (channels < 2) return Error{ErrorCode::invalid_shape, name + " needs more than one channel, and " + have, "Leave it out."};
      break;
  }
  for (const auto& [option, count] : node.fills) {
    if (count > 1 && count != static_cast<std::size_t>(channels)) {
      return Error{ErrorCode::invalid_shape, name + ": '" + std::string(option) + "' has " + std::to_string(count) + " numbers, and " + have,
                   "Give one number, or one for each channel."};
    }
  }
  return {};
}

core::Result<SizeRange> sizes_of(const Node& node, const SizeRange& in, bool certain);

core::Result<SizeRange> sizes_certain(const Node& node, const SizeRange& in) {
  switch (node.kind) {
    case NodeKind::transform: {
      STRIATE_CHECK(check_channels(node, in.channels));
      STRIATE_TRY(out, node.transform->sizes(in));
      if (out.most_height > option::largest_side || out.most_width > option::largest_side) {
        return Error{ErrorCode::invalid_shape,
                     std::string(node.spec->name) + ": images of up to " + std::to_string(out.most_height) + "×" +
                         std::to_string(out.most_width) + " pixels would come out",
                     "No side may be longer than 16384 pixels."};
      }
      return out;
    }
    case NodeKind::compose:
    case NodeKind::sequential: {
      SizeRange range = in;
      for (const Node& child : node.children) {
        STRIATE_TRY(next, sizes_of(child, range, false));
        range = next;
      }
      return range;
    }
    case NodeKind::one_of:
    case NodeKind::one_or_other: {
      SizeRange range = in;
      bool first = true;
      for (const Node& child : node.children) {
        if (node.kind == NodeKind::one_of && child.p <= 0) continue;
        STRIATE_TRY(next, sizes_of(child, in, true));
        if (first) {
          range = next;
        } else {
          STRIATE_TRY(joined, join(range, next, "OneOf"));
          range = joined;
        }
        first = false;
      }
      return range;
    }
    case NodeKind::some_of:
    case NodeKind::random_order: {
      // Any children n times in any order: wider than what can happen, never narrower.
      SizeRange range = in;
      const bool in_order = node.kind == NodeKind::some_of && !node.replace;
      for (int turn = 0; turn < (in_order ? 1 : node.n); ++turn) {
        SizeRange turned = range;
        for (const Node& child : node.children) {
          STRIATE_TRY(next, sizes_of(child, in_order ? turned : range, false));
          STRIATE_TRY(joined, join(turned, next, "SomeOf"));
          turned = joined;
        }
        range = turned;
      }
      return range;
    }
  }
  return in;
}

// certain: the node's own p does not count, since its parent has chosen it.
core::Result<SizeRange> sizes_of(const Node& node, const SizeRange& in, bool certain) {
  if (!certain && node.p <= 0) return in;
  STRIATE_TRY(out, sizes_certain(node, in));
  const bool always = certain || node.p >= 1 || node.kind == NodeKind::one_or_other;
  if (always) return out;
  return join(in, out, node.kind == NodeKind::transform ? node.spec->name : "Compose");
}

// ---- drawing ---------------------------------------------------------------------------------------------------------

struct Drawing {
  const DrawKey& key;
  std::size_t pool;
  bool mixing;
  Plan& plan;
  std::vector<double>& numbers;
  core::Shape shape;   // as the steps so far leave it
  bool mixed = false;  // a step that mixes has been drawn: there is one at most

  Draw generator(const Node& node, std::uint32_t turn) {
    // Odd constants spread the nodes and turns over Philox's keys.
    const std::uint64_t seed = key.seed + 0x9E3779B97F4A7C15ull * (static_cast<std::uint64_t>(node.index) + 1) +
                               0xC2B2AE3D27D4EB4Full * turn;
    return {core::Rng(seed, core::RandomStream::augment, key.epoch, key.sample), shape, pool, plan, numbers};
  }
};

// `turn` counts the applications of one node to one image, for those that may come again.
void draw_node(const Node& node, Drawing& drawing, bool certain, std::uint32_t turn) {
  Draw draw = drawing.generator(node, turn);
  const bool first_of_two = draw.chance(node.p);
  if (node.kind == NodeKind::one_or_other) {
    draw_node(first_of_two ? node.children.front() : node.children.back(), drawing, true, turn);
    return;
  }
  if (!certain && !first_of_two) return;
  switch (node.kind) {
    case NodeKind::transform: {
      if (node.transform->float_output() != nullptr) return;  // no step: it comes after all of them
      if (node.transform->mixes()) {
        if (!drawing.mixing || drawing.mixed || drawing.pool == 0) return;
        drawing.mixed = true;
      }
      drawing.plan.begin_step(node.transform.get(), node.index, drawing.shape);
      node.transform->draw(draw);
      drawing.plan.end_step(drawing.shape);
      const Step& step = drawing.plan.steps().back();
      drawing.shape = node.transform->output(drawing.plan.parameters(step), step.in);
      drawing.plan.end_step(drawing.shape);
      return;
    }
    case NodeKind::one_of: {
      double total = 0;
      for (const Node& child : node.children) total += child.p;
      double place = draw.unit() * total;
      const Node* chosen = nullptr;
      for (const Node& child : node.children) {
        if (child.p <= 0) continue;
        chosen = &child;
        if (place < child.p) break;
        place -= child.p;
      }
      if (chosen != nullptr) draw_node(*chosen, drawing, true, turn);
      return;
    }
    case NodeKind::some_of:
    case NodeKind::random_order: {
      // Kept here, since the children draw into the same scratch; not on the heap, since training draws for each image.
      std::array<int, most_turns> places;
      const int count = static_cast<int>(node.children.size());
      const auto turns = static_cast<std::size_t>(node.replace ? node.n : std::min(node.n, count));
      const std::span<int> chosen = std::span(places).first(turns);
      if (node.replace) {
        for (int& place : chosen) place = draw.integer(0, count - 1);
      } else {
        const std::vector<double>& all = draw.permutation(count);
        for (std::size_t i = 0; i < turns; ++i) chosen[i] = static_cast<int>(all[i]);
      }
      if (node.kind == NodeKind::some_of) {
        std::make_heap(chosen.begin(), chosen.end());  // in order, with less code than std::sort
        std::sort_heap(chosen.begin(), chosen.end());
      }
      for (std::size_t i = 0; i < chosen.size(); ++i) {
        const auto again = static_cast<std::uint32_t>(std::count(chosen.begin(), chosen.begin() + static_cast<std::ptrdiff_t>(i), chosen[i]));
        draw_node(node.children[static_cast<std::size_t>(chosen[i])], drawing, false, turn * 64 + again);
      }
      return;
    }
    default:
      for (const Node& child : node.children) draw_node(child, drawing, false, turn);
  }
}

}  // namespace

core::Result<SizeRange> Policy::sizes(const core::Shape& input) const {
  if (input.channels < 1 || input.height < 1 || input.width < 1 || input.height > option::largest_side ||
      input.width > option::largest_side || input.channels > 1024) {
    return Error{ErrorCode::invalid_shape, "augmentation of images " + core::to_string(input),
                 "Sides are 1 to 16384 pixels, channels 1 to 1024."};
  }
  return sizes_of(root_, SizeRange::of(input), false);
}

bool Policy::mixes() const {
  return std::any_of(nodes_.begin(), nodes_.end(), [](const Node* node) { return node->transform != nullptr && node->transform->mixes(); });
}

void Policy::draw(const core::Shape& shape, const DrawKey& key, std::size_t pool, bool mixing, Plan& plan,
                  std::vector<double>& numbers) const {
  plan.clear();
  Drawing drawing{key, pool, mixing, plan, numbers, shape};
  draw_node(root_, drawing, false, 0);
}

core::Status Policy::replay(const core::Shape& shape, const Value& log, Plan& plan) const {
  plan.clear();
  core::Shape now = shape;
  std::vector<double> numbers;
  const auto refuse = [](const std::string& what) {
    return Error{ErrorCode::invalid_argument, "augmentation log: " + what, "Replay a log with the policy that made it."};
  };
  if (!log.is(Value::Kind::list)) return refuse("it is not a list of steps");
  for (const Value& entry : log.items()) {
    const Value* node = entry.find("node");
    const Value* name = entry.find("transform");
    const Value* parameters = entry.find("parameters");
    if (node == nullptr || name == nullptr || parameters == nullptr || !node->is(Value::Kind::number)) {
      return refuse("a step lacks its transform, node or parameters");
    }
    const int index = bounded(node->number(), -1, static_cast<int>(nodes_.size()));
    if (index < 0 || static_cast<std::size_t>(index) >= nodes_.size() ||
        nodes_[static_cast<std::size_t>(index)]->kind != NodeKind::transform ||
        nodes_[static_cast<std::size_t>(index)]->spec->name != name->text()) {
      return refuse("the policy has no '" + name->text() + "' at node " + node->shown());
    }
    const Node& found = *nodes_[static_cast<std::size_t>(index)];
    if (!plan.steps().empty() && plan.steps().back().transform->mixes()) return refuse("a step follows one that mixes images");
    STRIATE_CHECK(sizes_certain(found, SizeRange::of(now)).ok() ? core::Status() : core::Status(refuse("'" + name->text() + "' cannot work on " + core::to_string(now))));
    plan.begin_step(found.transform.get(), found.index, now);
    for (const auto& [field, value] : parameters->members()) {
      numbers.clear();
      for (const Value& item : value.items()) numbers.push_back(item.number());
      if (value.is(Value::Kind::number)) numbers.assign(1, value.number());
      if (!std::all_of(numbers.begin(), numbers.end(), [](double n) { return std::isfinite(n); })) {
        return refuse("'" + name->text() + "' has a parameter '" + field + "' that is not finite");
      }
      if (value.is(Value::Kind::number)) {
        plan.put(field, numbers[0]);
      } else {
        plan.put_list(field, numbers);
      }
    }
    plan.end_step(now);
    const Step& step = plan.steps().back();
    const Parameters drawn = plan.parameters(step);
    now = found.transform->output(drawn, now);
    if (!drawn.missing().empty()) return refuse("'" + name->text() + "' lacks its parameter '" + std::string(drawn.missing()) + "'");
    plan.end_step(now);
  }
  return {};
}

}  // namespace striate::augment

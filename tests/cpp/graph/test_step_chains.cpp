// Step chains: as long as steps go block by block and there is room for all that lives during them.
#include "harness.hpp"
#include "striate/graph/step_chains.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <vector>

using namespace striate;
using graph::Lifetime;

namespace {

// Steps by blocks, forward and backward, each of which writes a value and a gradient of 100 bytes.
struct Net {
  static constexpr std::uint64_t each = 100;
  graph::ExecutionPlan plan;
  std::vector<Lifetime> lifetimes;
  graph::Moments moments;
  std::vector<graph::Span> spans;

  explicit Net(int nodes) : moments{nodes} {
    for (int i = 0; i < nodes; ++i) {
      graph::PlannedStep step;
      step.node = i;
      step.backward = true;
      step.split = layers::Split::blocks;
      plan.steps.push_back(std::move(step));
      lifetimes.push_back({each, moments.forward(i), moments.backward(i)});
      lifetimes.push_back({each, i + 1 == nodes ? moments.loss() : moments.backward(i + 1), moments.backward(i)});
    }
  }
  void choose(std::uint64_t room) { spans = graph::choose_chains(plan, lifetimes, room); }
  std::vector<int> forward() const {
    std::vector<int> numbers;
    for (const graph::PlannedStep& step : plan.steps) numbers.push_back(step.forward_chain);
    return numbers;
  }
  std::vector<int> backward() const {
    std::vector<int> numbers;
    for (const graph::PlannedStep& step : plan.steps) numbers.push_back(step.backward_chain);
    return numbers;
  }
  graph::Span span(int moment) const { return spans[static_cast<std::size_t>(moment)]; }
  std::uint64_t most_bytes() const {
    std::uint64_t most = 0;
    for (const graph::Span& span : spans) {
      std::uint64_t bytes = 0;
      for (const Lifetime& lifetime : lifetimes) {
        if (lifetime.first <= span.last && lifetime.last >= span.first) bytes += lifetime.bytes;
      }
      most = std::max(most, bytes);
    }
    return most;
  }
};

}  // namespace

TEST_CASE("with room for everything, a pass is one chain") {
  Net net(4);
  net.choose(1'000'000);
  CHECK(net.forward() == std::vector<int>{1, 1, 1, 1});
  CHECK(net.backward() == std::vector<int>{2, 2, 2, 2});
  CHECK(net.span(net.moments.forward(2)).first == net.moments.forward(0));
  CHECK(net.span(net.moments.forward(0)).last == net.moments.forward(3));
  CHECK(net.span(net.moments.backward(1)).first == net.moments.backward(3));
  CHECK(net.span(net.moments.backward(3)).last == net.moments.backward(0));
  CHECK(net.span(net.moments.loss()).first == net.moments.loss());
  CHECK(net.span(net.moments.loss()).last == net.moments.loss());
}

TEST_CASE("a chain ends where what lives during it would no longer fit") {
  Net net(4);
  // Four values, and the gradients of two steps with the one that comes in.
  net.choose(7 * Net::each);
  CHECK(net.forward() == std::vector<int>{1, 1, 1, 1});
  CHECK(net.backward() == std::vector<int>{3, 3, 2, 2});
  CHECK(net.most_bytes() <= 7 * Net::each);
  net.choose(6 * Net::each);
  CHECK(net.most_bytes() <= 6 * Net::each);
  net.choose(0);
  CHECK(net.forward() == std::vector<int>{1, 2, 3, 4});
  CHECK(net.backward() == std::vector<int>{8, 7, 6, 5});
}

TEST_CASE("the steps of a chain share their workspaces: the largest counts") {
  Net net(3);
  for (std::size_t i = 0; i < 3; ++i) {
    net.plan.steps[i].forward_workspaces = {.stride = static_cast<std::ptrdiff_t>(16 * (i + 1)), .threads = 2};
  }
  const std::uint64_t largest = 4 * 48 * 2;
  net.choose(3 * Net::each + largest);
  CHECK(net.forward() == std::vector<int>{1, 1, 1});
  net.choose(3 * Net::each + largest - 1);
  CHECK(net.forward() == std::vector<int>{1, 1, 2});
}

TEST_CASE("a step that goes another way stands between two chains; one that has nothing to do is passed over") {
  Net net(5);
  net.plan.steps[2].split = layers::Split::own;
  net.plan.steps[3].own_backward = true;
  net.plan.steps[1].forward = false;
  net.plan.steps[0].backward = false;
  net.choose(1'000'000);
  CHECK(net.forward() == std::vector<int>{1, 0, 0, 2, 2});
  CHECK(net.backward() == std::vector<int>{0, 4, 0, 0, 3});
}

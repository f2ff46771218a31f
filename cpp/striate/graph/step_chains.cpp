#include "striate/graph/step_chains.hpp"

#include <algorithm>
#include <cstddef>

namespace striate::graph {
namespace {

// Takes the steps of a pass in its order.
class ChainBuilder {
 public:
  ChainBuilder(int moments, std::span<const Lifetime> lifetimes, std::uint64_t room)
      : spans(static_cast<std::size_t>(moments)), lifetimes_(lifetimes), room_(room) {
    for (int moment = 0; moment < moments; ++moment) spans[static_cast<std::size_t>(moment)] = {moment, moment};
  }

  // A step by blocks goes on with the chain where there is room, or begins one; another one ends it.
  void take(bool by_blocks, int moment, int& number, const Workspaces& workspaces) {
    number = 0;
    if (!by_blocks) return end();
    if (first_ == 0 || !holds(moment, workspaces)) {
      end();
      holds(moment, workspaces);
      first_ = moment;
      ++number_;
    }
    number = number_;
    for (int m = first_; m <= moment; ++m) spans[static_cast<std::size_t>(m)] = {first_, moment};
  }
  void end() { first_ = 0; }

  std::vector<Span> spans;

 private:
  // Whether all that lives from the chain's first moment to this one finds room.
  bool holds(int moment, const Workspaces& workspaces) {
    const std::uint64_t bytes = workspaces.bytes();
    workspace_ = first_ == 0 ? bytes : std::max(workspace_, bytes);
    std::uint64_t all = workspace_;
    const int first = first_ == 0 ? moment : first_;
    for (const Lifetime& lifetime : lifetimes_) {
      if (lifetime.first <= moment && lifetime.last >= first) all += lifetime.bytes;
    }
    return all <= room_;
  }

  std::span<const Lifetime> lifetimes_;
  std::uint64_t room_, workspace_ = 0;
  int number_ = 0, first_ = 0;  // of the chain at hand; first 0: there is none
};

}  // namespace

std::vector<Span> choose_chains(ExecutionPlan& plan, std::span<const Lifetime> lifetimes, std::uint64_t room) {
  const int nodes = static_cast<int>(plan.steps.size());
  const Moments moments{nodes};
  ChainBuilder builder(moments.end() + 1, lifetimes, room);
  for (int i = 0; i < nodes; ++i) {
    PlannedStep& step = plan.steps[static_cast<std::size_t>(i)];
    if (!step.forward) continue;
    builder.take(step.split == layers::Split::blocks, moments.forward(i), step.forward_chain, step.forward_workspaces);
  }
  builder.end();
  for (int i = nodes; i-- > 0;) {
    PlannedStep& step = plan.steps[static_cast<std::size_t>(i)];
    if (!step.backward) continue;
    const bool by_blocks = step.split == layers::Split::blocks && !step.own_backward;
    builder.take(by_blocks, moments.backward(i), step.backward_chain, step.backward_workspaces);
  }
  return std::move(builder.spans);
}

}  // namespace striate::graph

#include "striate/graph/step_chains.hpp"

#include <cstddef>

namespace striate::graph {
namespace {

// Takes the steps of a pass in its order.
class ChainBuilder {
 public:
  explicit ChainBuilder(std::vector<Span>& spans) : spans_(spans) {}

  // A step by blocks goes on with the chain, or begins one; another one ends it.
  void take(bool by_blocks, int moment, int& number) {
    if (!by_blocks) return end();
    if (first_ == 0) {
      first_ = moment;
      ++number_;
    }
    number = number_;
    for (int m = first_; m <= moment; ++m) spans_[static_cast<std::size_t>(m)] = {first_, moment};
  }
  void end() { first_ = 0; }

 private:
  std::vector<Span>& spans_;
  int number_ = 0, first_ = 0;  // of the chain at hand; first 0: there is none
};

}  // namespace

std::vector<Span> choose_chains(ExecutionPlan& plan, Chains wanted) {
  const int nodes = static_cast<int>(plan.steps.size());
  const Moments moments{nodes};
  std::vector<Span> spans;
  for (int moment = 0; moment <= moments.end(); ++moment) spans.push_back({moment, moment});
  for (PlannedStep& step : plan.steps) step.forward_chain = step.backward_chain = 0;
  ChainBuilder builder(spans);
  for (int i = 0; wanted != Chains::none && i < nodes; ++i) {
    PlannedStep& step = plan.steps[static_cast<std::size_t>(i)];
    if (step.forward) builder.take(step.split == layers::Split::blocks, moments.forward(i), step.forward_chain);
  }
  builder.end();
  for (int i = nodes; wanted == Chains::both && i-- > 0;) {
    PlannedStep& step = plan.steps[static_cast<std::size_t>(i)];
    const bool by_blocks = step.split == layers::Split::blocks && !step.own_backward;
    if (step.backward) builder.take(by_blocks, moments.backward(i), step.backward_chain);
  }
  return spans;
}

}  // namespace striate::graph

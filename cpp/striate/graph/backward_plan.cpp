#include "striate/graph/backward_plan.hpp"

#include <algorithm>

namespace striate::graph {
namespace {

class BackwardChoice {
 public:
  BackwardChoice(const Network& network, const ParamStore& store, const ExecutorOptions& options, ExecutionPlan& plan)
      : network_(network), store_(store), options_(options), plan_(plan), nodes_(static_cast<int>(network.nodes().size())) {}

  void choose() {
    value(0).wants_gradient = options_.input_gradient;
    for (int i = 0; i < nodes_; ++i) {
      bool wanted = trains_parameters(store_, i);
      for (const int input : node(i).inputs) wanted = wanted || value(input).wants_gradient;
      value(i + 1).wants_gradient = wanted;
      step(i).backward = wanted;
    }
    for (int i = nodes_ - 1; i >= 0; --i) {
      if (options_.fuse && step(i).backward && node(i).layer->traits().passes_gradient) share_gradient(i);
      if (!node(i).layer->traits().is_relu || !step(i).backward) continue;
      // Where others read the ReLU's input too, its gradient is a sum of its own, and the mask a pass of its own.
      if (value(node(i).inputs[0]).consumers.size() != 1) continue;
      value(node(i).inputs[0]).gradient_root = value(i + 1).gradient_root;
      const auto& consumers = value(i + 1).consumers;
      if (!options_.fuse || consumers.size() != 1 || !node(consumers[0]).layer->traits().relu_mask) continue;
      step(consumers[0]).relu_input = true;
      step(i).backward = false;
    }
  }

 private:
  const Node& node(int i) const { return network_.nodes()[static_cast<std::size_t>(i)]; }
  PlannedValue& value(int v) { return plan_.values[static_cast<std::size_t>(v)]; }
  PlannedStep& step(int i) { return plan_.steps[static_cast<std::size_t>(i)]; }

  // The inputs of a layer that passes its gradient on take over its buffer. Those that nothing else writes to may all do so;
  // beside them one whose gradient is changed later (other layers add theirs, a ReLU masks it, a sum hands it on), if the
  // layers below the others have read theirs by then.
  void share_gradient(int i) {
    const auto& inputs = node(i).inputs;
    int earliest_reader = nodes_, changing = 0;
    for (const int v : inputs) {
      if (v == 0 || !value(v).wants_gradient || value(v).consumers.back() != i) continue;
      if (std::count(inputs.begin(), inputs.end(), v) > 1) continue;
      const layers::LayerTraits below = node(v - 1).layer->traits();
      if (value(v).consumers.size() > 1 || below.is_relu || below.passes_gradient) {
        changing = v;
        continue;
      }
      value(v).gradient_root = value(i + 1).gradient_root;
      earliest_reader = std::min(earliest_reader, v - 1);
    }
    if (changing == 0) return;
    const auto& consumers = value(changing).consumers;
    const int first_change = consumers.size() > 1 ? consumers[consumers.size() - 2] : changing - 1;
    if (first_change < earliest_reader) value(changing).gradient_root = value(i + 1).gradient_root;
  }

  const Network& network_;
  const ParamStore& store_;
  const ExecutorOptions& options_;
  ExecutionPlan& plan_;
  const int nodes_;
};

}  // namespace

bool trains_parameters(const ParamStore& store, int node) {
  for (int p = store.first_of(node); p < store.first_of(node + 1); ++p) {
    if (store.parameters()[static_cast<std::size_t>(p)].trainable) return true;
  }
  return false;
}

void choose_backward(const Network& network, const ParamStore& store, const ExecutorOptions& options, ExecutionPlan& plan) {
  BackwardChoice(network, store, options, plan).choose();
}

}  // namespace striate::graph

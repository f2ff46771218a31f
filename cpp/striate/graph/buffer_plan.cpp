#include "striate/graph/buffer_plan.hpp"

#include "striate/graph/memory_plan.hpp"
#include "striate/graph/step_chains.hpp"

#include <algorithm>

namespace striate::graph {
namespace {

std::uint64_t view_bytes(const kernels::BlockedView& view, const kernels::Halo& halo) {
  return std::uint64_t{4} * static_cast<std::uint64_t>(view.blocks) * static_cast<std::uint64_t>(view.lanes) *
         static_cast<std::uint64_t>(view.channels) *
         static_cast<std::uint64_t>(view.height + halo.top + halo.bottom) *
         static_cast<std::uint64_t>(view.width + halo.left + halo.right);
}

class BufferPlanner {
 public:
  BufferPlanner(const Network& network, const ExecutorOptions& options, ExecutionPlan& plan)
      : network_(network), options_(options), plan_(plan), nodes_(static_cast<int>(network.nodes().size())) {}

  // Chains as long as they cost little memory, or none; where gaps cost more than lifetimes tell, those that need no more at any
  // moment than the plan without chains.
  void run() {
    find_last_moments();
    const std::vector<Lifetime> lifetimes = place_all();
    if (plan_.threads == 1 || plan_.channel_lanes || value(0).view.blocks == 1) return;
    constexpr std::uint64_t little = 4 << 20;
    const std::uint64_t least = plan_.bytes;
    for (const std::uint64_t room : {least + little, least, std::uint64_t{0}}) {
      chained_ = choose_chains(plan_, lifetimes, room);
      place_all();
      if (plan_.bytes <= least + little) return;
    }
  }

 private:
  const Node& node(int i) const { return network_.nodes()[static_cast<std::size_t>(i)]; }
  PlannedValue& value(int v) { return plan_.values[static_cast<std::size_t>(v)]; }
  PlannedStep& step(int i) { return plan_.steps[static_cast<std::size_t>(i)]; }

  void find_last_moments() {
    for (int i = 0; i < nodes_; ++i) {
      const layers::LayerTraits traits = node(i).layer->traits();
      const PlannedStep& planned = step(i);
      for (const int input : node(i).inputs) {
        int& last = value(input).last;
        if (planned.forward) last = std::max(last, moments_.forward(i));
        if (planned.backward && traits.backward_reads_inputs) last = std::max(last, moments_.backward(i));
      }
      if (planned.residual >= 0) value(planned.residual).last = std::max(value(planned.residual).last, moments_.forward(i));
      int& last = value(planned.output).last;
      last = std::max(last, moments_.forward(i));
      if (planned.backward && traits.backward_reads_output) last = std::max(last, moments_.backward(i));
    }
    for (int v = 0; v <= nodes_; ++v) {
      if (is_pinned(network_, options_, v) || v == nodes_) value(v).last = moments_.end();
    }
  }

  // From the beginning of the first one's chain to the end of the last one's.
  Span span_of(int first, int last) const {
    if (chained_.empty()) return {first, last};
    return {chained_[static_cast<std::size_t>(first)].first, chained_[static_cast<std::size_t>(last)].last};
  }

  // Returns the lifetimes of all but the workspaces.
  std::vector<Lifetime> place_all() {
    std::vector<Lifetime> lifetimes;
    std::vector<std::uint64_t*> targets, meetings;
    std::vector<Workspaces> workspaces(static_cast<std::size_t>(moments_.end()) + 1);  // at the first moment of their chain
    const auto place = [&](std::uint64_t bytes, int first, int last, std::uint64_t* target) {
      const Span span = span_of(first, last);
      lifetimes.push_back({bytes, span.first, span.last});
      targets.push_back(target);
    };

    std::vector<Lifetime> gradients(plan_.values.size(), Lifetime{0, moments_.end(), 0});
    for (int v = 0; v <= nodes_; ++v) {
      PlannedValue& planned = value(v);
      if (planned.kept) {
        const int first = v == 0 ? 0 : producer_moment(v);
        place(view_bytes(planned.view, planned.halo.halo), first, planned.last, &planned.offset);
      }
      if (!planned.wants_gradient) continue;
      Lifetime& gradient = gradients[static_cast<std::size_t>(planned.gradient_root)];
      gradient.bytes = view_bytes(planned.gradient, {});
      const int written = v == nodes_ ? moments_.loss() : moments_.backward(planned.consumers.back());
      gradient.first = std::min(gradient.first, written);
      gradient.last = std::max(gradient.last, v == 0 ? moments_.end() : moments_.backward(v - 1));
    }
    for (int v = 0; v <= nodes_; ++v) {
      const Lifetime& gradient = gradients[static_cast<std::size_t>(v)];
      if (gradient.bytes != 0) place(gradient.bytes, gradient.first, gradient.last, &value(v).gradient_offset);
    }
    for (int i = 0; i < nodes_; ++i) {
      PlannedStep& planned = step(i);
      if (planned.layer == nullptr) continue;
      const auto share = [&](int moment) {
        Workspaces& shared = workspaces[static_cast<std::size_t>(span_of(moment, moment).first)];
        shared.stride = std::max(shared.stride, whole_lines(planned.layer->workspace_floats()));
        shared.threads = std::max(shared.threads, planned.most_threads);
      };
      const int back = moments_.backward(i);
      if (planned.forward) share(moments_.forward(i));
      if (planned.backward) share(back);
      place(std::uint64_t{4} * static_cast<std::uint64_t>(planned.partial_stride) *
                static_cast<std::uint64_t>(planned.partial_slots),
            back, back, &planned.partial);
      planned.meeting.assign(node(i).inputs.size(), 0);
      for (std::size_t k = 0; planned.backward && k < planned.meeting.size(); ++k) {
        if (!meets(i, k)) continue;
        place(view_bytes(planned.dinputs[k], {}), back, back, &planned.meeting[k]);
        meetings.push_back(&planned.meeting[k]);
      }
      const int kept = planned.backward ? back : moments_.forward(i);
      place(std::uint64_t{4} * planned.layer->saved_floats(), moments_.forward(i), kept, &planned.saved);
      place(std::uint64_t{4} * planned.layer->prepared_floats(), 0, moments_.end(), &planned.prepared);
    }
    if (plan_.channel_lanes) {
      const int blocks = (options_.batch + plan_.lanes - 1) / plan_.lanes;
      plan_.output = kernels::blocked_view(nullptr, value(nodes_).shape, blocks, plan_.lanes);
      place(view_bytes(plan_.output, {}), moments_.loss(), moments_.end(), &plan_.output_offset);
      if (options_.mode == Mode::training) {
        plan_.doutput = plan_.output;
        place(view_bytes(plan_.output, {}), moments_.loss(), moments_.backward(nodes_ - 1), &plan_.doutput_offset);
      }
    }
    const std::size_t others = lifetimes.size();
    for (int moment = 0; moment <= moments_.end(); ++moment) {
      Workspaces& shared = workspaces[static_cast<std::size_t>(moment)];
      place(shared.bytes(), moment, moment, &shared.offset);
    }
    const MemoryPlan memory = plan_memory(lifetimes);
    for (std::size_t i = 0; i < targets.size(); ++i) *targets[i] = memory.offsets[i];
    for (std::uint64_t* meeting : meetings) ++*meeting;
    const auto shared_at = [&](int moment) { return workspaces[static_cast<std::size_t>(span_of(moment, moment).first)]; };
    for (int i = 0; i < nodes_; ++i) {
      step(i).forward_workspaces = shared_at(moments_.forward(i));
      step(i).backward_workspaces = shared_at(moments_.backward(i));
    }
    for (PlannedValue& planned : plan_.values) {
      planned.gradient_offset = value(planned.gradient_root).gradient_offset;
    }
    plan_.bytes = memory.bytes;
    while (lifetimes.size() > others) lifetimes.pop_back();
    return lifetimes;
  }

  // Whether input k of node i gets a gradient that a layer below, or an earlier input of the same node, wrote first.
  bool meets(int i, std::size_t k) {
    const auto& inputs = node(i).inputs;
    const PlannedValue& read = value(inputs[k]);
    if (!read.wants_gradient) return false;
    const bool again = std::find(inputs.begin(), inputs.begin() + static_cast<std::ptrdiff_t>(k), inputs[k]) !=
                       inputs.begin() + static_cast<std::ptrdiff_t>(k);
    return again || read.consumers.back() != i;
  }

  // When a kept value is first written: by its own layer, or by the one that took its layer in as an epilogue.
  int producer_moment(int v) {
    for (int i = 0; i < v; ++i) {
      if (step(i).forward && step(i).output == v) return moments_.forward(i);
    }
    return moments_.forward(v - 1);
  }

  const Network& network_;
  const ExecutorOptions& options_;
  ExecutionPlan& plan_;
  int nodes_;
  Moments moments_{nodes_};
  std::vector<Span> chained_;  // of each moment: those of its chain; empty while there are none
};

}  // namespace

std::ptrdiff_t whole_lines(std::size_t floats) {
  constexpr std::size_t line = core::alignment / sizeof(float);
  return static_cast<std::ptrdiff_t>((floats + line - 1) / line * line);
}

bool is_pinned(const Network& network, const ExecutorOptions& options, int value) {
  const std::string& name = network.value_name(value);
  return options.pin_all || std::find(options.pins.begin(), options.pins.end(), name) != options.pins.end();
}

void place_buffers(const Network& network, const ExecutorOptions& options, ExecutionPlan& plan) {
  BufferPlanner(network, options, plan).run();
}

}  // namespace striate::graph

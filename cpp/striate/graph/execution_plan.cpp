#include "striate/graph/execution_plan.hpp"

#include "striate/graph/backward_plan.hpp"
#include "striate/graph/channel_plan.hpp"
#include "striate/graph/memory_plan.hpp"
#include "striate/graph/step_chains.hpp"
#include "striate/graph/step_pieces.hpp"

#include <algorithm>
#include <cmath>

namespace striate::graph {
namespace {

using core::Error;
using core::ErrorCode;

// At least so many floats, up to the end of a cache line.
std::ptrdiff_t whole_lines(std::size_t floats) {
  constexpr std::size_t line = core::alignment / sizeof(float);
  return static_cast<std::ptrdiff_t>((floats + line - 1) / line * line);
}

// Works out one plan. Each part fills in what the next one reads; the order is that of run().
class Planner {
 public:
  Planner(const Network& network, const ParamStore& store, const ExecutorOptions& options)
      : network_(network), store_(store), options_(options), nodes_(static_cast<int>(network.nodes().size())) {}

  core::Result<ExecutionPlan> run() {
    STRIATE_CHECK(check_options());
    describe_values();
    STRIATE_CHECK(request_halos());
    choose_forward_fusion();
    if (training()) choose_backward(network_, store_, options_, plan_);
    choose_strides();
    STRIATE_CHECK(check_value_sizes());
    plan_layers();
    place_buffers();
    STRIATE_CHECK(check_total());
    return std::move(plan_);
  }

 private:
  bool training() const { return options_.mode == Mode::training; }
  const Node& node(int i) const { return network_.nodes()[static_cast<std::size_t>(i)]; }
  PlannedValue& value(int v) { return plan_.values[static_cast<std::size_t>(v)]; }
  PlannedStep& step(int i) { return plan_.steps[static_cast<std::size_t>(i)]; }
  int output_value() const { return nodes_; }
  std::string plan_name() const {
    return std::string(training() ? "training" : "inference") + " plan for batch " + std::to_string(options_.batch);
  }

  core::Status check_options() {
    if (options_.batch < 1 || options_.batch > options_.limits.batch) {
      return Error{ErrorCode::invalid_argument, "batch size " + std::to_string(options_.batch),
                   "A batch has 1 to " + std::to_string(options_.limits.batch) + " images."};
    }
    for (const std::string& pin : options_.pins) {
      if (pin != "input") STRIATE_CHECK(check_known(pin));
    }
    return {};
  }

  core::Status check_known(const std::string& name) const {
    const auto found = network_.node(name);
    return found ? core::Status{} : core::Status{found.error()};
  }

  bool pinned(int v) const {
    if (options_.pin_all) return true;
    const std::string& name = network_.value_name(v);
    return std::find(options_.pins.begin(), options_.pins.end(), name) != options_.pins.end();
  }

  void describe_values() {
    const kernels::KernelTable& kernels = options_.kernels != nullptr ? *options_.kernels : kernels::kernels();
    plan_.lanes = kernels::choose_lanes(options_.batch, kernels.width);
    plan_.channel_lanes = uses_channel_lanes(network_, options_);
    blocks_ = (options_.batch + plan_.images_of_block() - 1) / plan_.images_of_block();
    plan_.threads = (options_.pool != nullptr ? *options_.pool : core::thread_pool()).threads();
    plan_.values.resize(static_cast<std::size_t>(nodes_) + 1);
    plan_.steps.resize(static_cast<std::size_t>(nodes_));
    for (int v = 0; v <= nodes_; ++v) {
      value(v).shape = network_.value_shape(v);
      value(v).kept = true;
      value(v).gradient_root = v;
    }
    for (int i = 0; i < nodes_; ++i) {
      step(i).node = i;
      step(i).output = i + 1;
      for (const int input : node(i).inputs) value(input).consumers.push_back(i);
    }
  }

  // A value gets the union of the halos its consumers read; they must agree on what it holds.
  core::Status request_halos() {
    for (int i = 0; i < nodes_; ++i) {
      for (std::size_t k = 0; k < node(i).inputs.size(); ++k) {
        const layers::HaloRequest wanted = node(i).layer->input_halo(k);
        if (wanted.empty()) continue;
        auto& halo = value(node(i).inputs[k]).halo;
        if (!halo.empty() && halo.value != wanted.value) {
          return Error{ErrorCode::invalid_state,
                       "layer '" + node(i).name + "' pads '" + network_.value_name(node(i).inputs[k]) + "' with " +
                           core::number_text(static_cast<double>(wanted.value)) + " and another layer with " +
                           core::number_text(static_cast<double>(halo.value)),
                       "Layers that share an input must pad it with the same value."};
        }
        halo.value = wanted.value;
        halo.halo.top = std::max(halo.halo.top, wanted.halo.top);
        halo.halo.bottom = std::max(halo.halo.bottom, wanted.halo.bottom);
        halo.halo.left = std::max(halo.halo.left, wanted.halo.left);
        halo.halo.right = std::max(halo.halo.right, wanted.halo.right);
      }
    }
    return {};
  }

  void choose_forward_fusion() {
    if (plan_.channel_lanes && !training()) return fuse_channel_epilogues(network_, plan_);
    for (int i = 0; options_.fuse && i < nodes_; ++i) {
      const auto& consumers = value(i + 1).consumers;
      if (!node(i).layer->traits().relu_epilogue || consumers.size() != 1 || pinned(i + 1)) continue;
      if (!node(consumers[0]).layer->traits().is_relu) continue;
      step(i).relu = true;
      step(i).output = consumers[0] + 1;
      step(consumers[0]).forward = false;
      value(i + 1).kept = false;
    }
  }

  bool holds_statistics(int i) const {
    for (int p = store_.first_of(i); p < store_.first_of(i + 1); ++p) {
      if (store_.parameters()[static_cast<std::size_t>(p)].held) return true;
    }
    return false;
  }

  void choose_strides() {
    for (int v = 0; v <= nodes_; ++v) {
      PlannedValue& planned = value(v);
      planned.view = plan_.channel_lanes
                         ? channel_value_view(planned.shape, blocks_, v == 0 ? 1 : options_.kernels->width, planned.halo.halo)
                         : kernels::blocked_view(nullptr, planned.shape, blocks_, plan_.lanes, planned.halo.halo);
      if (!planned.wants_gradient) continue;
      planned.gradient = plan_.channel_lanes ? channel_value_view(planned.shape, blocks_, options_.kernels->width, {})
                                             : kernels::blocked_view(nullptr, planned.shape, blocks_, plan_.lanes);
    }
  }

  // Before the layers make their tables: these count in 32 bits, and a value beyond the limit ends here.
  core::Status check_value_sizes() const {
    for (std::size_t v = 0; v < plan_.values.size(); ++v) {
      const PlannedValue& planned = plan_.values[v];
      const kernels::Halo& halo = planned.halo.halo;
      const double block = 4.0 * planned.view.lanes * planned.view.channels *
                           (static_cast<double>(planned.shape.height) + halo.top + halo.bottom) *
                           (static_cast<double>(planned.shape.width) + halo.left + halo.right);
      const double most = std::min(static_cast<double>(options_.limits.plan_bytes), 8e9);
      if (block * blocks_ > static_cast<double>(options_.limits.plan_bytes) || block > most) {
        return too_large(block * blocks_,
                         "the output of '" + network_.value_name(static_cast<int>(v)) + "' in the " + plan_name());
      }
    }
    return {};
  }

  core::Error too_large(double bytes, const std::string& what) const {
    const double limit = static_cast<double>(options_.limits.plan_bytes);
    return {ErrorCode::out_of_memory,
            what + " needs " + core::number_text(std::ceil(bytes / 1048576.0)) + " MiB, more than the limit of " +
                core::number_text(std::floor(limit / 1048576.0)) + " MiB; nothing has been allocated",
            options_.batch > 1 ? "Use a smaller batch, smaller images or fewer channels."
                               : "Use smaller images, less padding or fewer channels."};
  }

  void plan_layers() {
    const kernels::KernelTable& kernels = options_.kernels != nullptr ? *options_.kernels : kernels::kernels();
    for (int i = 0; i < nodes_; ++i) {
      PlannedStep& planned = step(i);
      for (const int input : node(i).inputs) {
        planned.inputs.push_back(value(input).view);
        planned.dinputs.push_back(value(input).gradient);
      }
      if (planned.residual >= 0) planned.inputs.push_back(value(planned.residual).view);
      planned.output_view = value(planned.output).view;
      planned.doutput = value(planned.output).gradient;
      if (!planned.forward && !planned.backward) continue;
      const std::vector<kernels::ConstBlockedView> inputs(planned.inputs.begin(), planned.inputs.end());
      std::vector<core::Shape> shapes = node(i).input_shapes;
      core::Shape shape = node(i).shape;
      const bool alike = plan_.channel_lanes && works_alike(node(i), options_);
      if (alike) show_channel_groups(planned, shapes, shape);
      planned.layer = node(i).layer->plan({.kernels = kernels,
                                           .training = training(),
                                           .hold_statistics = holds_statistics(i),
                                           .input_shapes = shapes,
                                           .output_shape = shape,
                                           .inputs = inputs,
                                           .output = planned.output_view,
                                           .doutput = planned.doutput,
                                           .dinputs = planned.dinputs,
                                           .relu = planned.relu,
                                           .relu_input = planned.relu_input,
                                           .convolution = options_.convolution,
                                           .channel_lanes = plan_.channel_lanes && !alike,
                                           .affine = planned.affine < 0 ? nullptr : node(planned.affine).layer.get(),
                                           .residual = planned.residual >= 0});
      plan_pieces(i);
      planned.most_threads = most_threads(planned);
    }
  }

  void plan_pieces(int i) {
    PlannedStep& planned = step(i);
    const int first = store_.first_of(i), last = store_.first_of(i + 1);
    planned.cost = static_cast<double>(node(i).description.macs) / 8 + static_cast<double>(node(i).shape.elements());
    for (const core::Shape& shape : node(i).input_shapes) planned.cost += static_cast<double>(shape.elements());
    if (plan_.channel_lanes) return cut_channel_step(node(i), options_, planned);
    if (node(i).inputs.size() > most_split_inputs || last - first > most_split_parameters) return;
    planned.split = node(i).layer->traits().split;
    planned.own_backward = node(i).layer->traits().own_backward;
    if (planned.split != layers::Split::blocks) return;
    planned.saved_block_floats = static_cast<std::ptrdiff_t>(planned.layer->saved_floats()) / blocks_;
    if (!planned.backward || planned.own_backward || !trains_parameters(store_, i) || gradient_pieces(blocks_) == 1) return;
    planned.partial_slots = plan_.threads > 1 ? gradient_pieces(blocks_) - 1 : 1;
    for (int p = first; p < last; ++p) {
      planned.partial_offsets.push_back(planned.partial_stride);
      planned.gradient_floats.push_back(store_.parameters()[static_cast<std::size_t>(p)].count);
      planned.partial_stride += whole_lines(planned.gradient_floats.back());
    }
  }

  // That may be at a layer at a time.
  int most_threads(const PlannedStep& planned) const {
    if (planned.split == layers::Split::none) return 1;
    const bool own = planned.split == layers::Split::own || planned.own_backward;
    if (own) return std::min(plan_.threads, planned.layer->most_pieces());
    if (planned.split != layers::Split::blocks || planned.cost * options_.batch < least_banded_cost) return std::min(plan_.threads, blocks_);
    const auto pieces = [&](int unit, int height) {
      return blocks_ * (unit == 0 ? 1 : row_bands(plan_.threads, blocks_, (height + unit - 1) / unit));
    };
    const int forward = pieces(planned.layer->forward_band_rows(), planned.output_view.height);
    const int backward = !planned.backward || planned.layer->dinput_band_rows() == 0
                             ? 1 : gradient_pieces(blocks_) + pieces(planned.layer->dinput_band_rows(), planned.inputs[0].height);
    return std::min(plan_.threads, std::max(forward, backward));
  }

  static std::uint64_t view_bytes(const kernels::BlockedView& view, const kernels::Halo& halo) {
    return std::uint64_t{4} * static_cast<std::uint64_t>(view.blocks) * static_cast<std::uint64_t>(view.lanes) *
           static_cast<std::uint64_t>(view.channels) *
           static_cast<std::uint64_t>(view.height + halo.top + halo.bottom) *
           static_cast<std::uint64_t>(view.width + halo.left + halo.right);
  }

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
      if (pinned(v) || v == output_value()) value(v).last = moments_.end();
    }
  }

  // Chains as long as they cost little memory, or none; where gaps cost more than lifetimes tell, those that need no more at any
  // moment than the plan without chains.
  void place_buffers() {
    find_last_moments();
    const std::vector<Lifetime> lifetimes = place_all();
    if (plan_.threads == 1 || plan_.channel_lanes || blocks_ == 1) return;
    constexpr std::uint64_t little = 4 << 20;
    const std::uint64_t least = plan_.bytes;
    for (const std::uint64_t room : {least + little, least, std::uint64_t{0}}) {
      chained_ = choose_chains(plan_, lifetimes, room);
      place_all();
      if (plan_.bytes <= least + little) return;
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
      const int written = v == output_value() ? moments_.loss() : moments_.backward(planned.consumers.back());
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
      plan_.output = kernels::blocked_view(nullptr, value(output_value()).shape, blocks, plan_.lanes);
      place(view_bytes(plan_.output, {}), moments_.loss(), moments_.end(), &plan_.output_offset);
      if (training()) {
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

  core::Status check_total() const {
    if (plan_.bytes <= options_.limits.plan_bytes) return {};
    return too_large(static_cast<double>(plan_.bytes), "the " + plan_name());
  }

  const Network& network_;
  const ParamStore& store_;
  const ExecutorOptions& options_;
  int nodes_;
  Moments moments_{nodes_};
  int blocks_ = 0;
  std::vector<Span> chained_;  // of each moment: those of its chain; empty while there are none
  ExecutionPlan plan_;
};

}  // namespace

core::Result<ExecutionPlan> make_execution_plan(const Network& network, const ParamStore& store,
                                                const ExecutorOptions& options) {
  return Planner(network, store, options).run();
}

}  // namespace striate::graph

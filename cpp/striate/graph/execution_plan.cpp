#include "striate/graph/execution_plan.hpp"

#include "striate/graph/backward_plan.hpp"
#include "striate/graph/buffer_plan.hpp"
#include "striate/graph/channel_plan.hpp"
#include "striate/graph/step_pieces.hpp"

#include <algorithm>
#include <cmath>

namespace striate::graph {
namespace {

using core::Error;
using core::ErrorCode;

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
    place_buffers(network_, options_, plan_);
    STRIATE_CHECK(check_total());
    return std::move(plan_);
  }

 private:
  bool training() const { return options_.mode == Mode::training; }
  const Node& node(int i) const { return network_.nodes()[static_cast<std::size_t>(i)]; }
  PlannedValue& value(int v) { return plan_.values[static_cast<std::size_t>(v)]; }
  PlannedStep& step(int i) { return plan_.steps[static_cast<std::size_t>(i)]; }
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
      if (!node(i).layer->traits().relu_epilogue || consumers.size() != 1 || is_pinned(network_, options_, i + 1)) continue;
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

  core::Status check_total() const {
    if (plan_.bytes <= options_.limits.plan_bytes) return {};
    return too_large(static_cast<double>(plan_.bytes), "the " + plan_name());
  }

  const Network& network_;
  const ParamStore& store_;
  const ExecutorOptions& options_;
  int nodes_;
  int blocks_ = 0;
  ExecutionPlan plan_;
};

}  // namespace

core::Result<ExecutionPlan> make_execution_plan(const Network& network, const ParamStore& store,
                                                const ExecutorOptions& options) {
  return Planner(network, store, options).run();
}

}  // namespace striate::graph

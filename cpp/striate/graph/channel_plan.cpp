#include "striate/graph/channel_plan.hpp"

#include "striate/graph/step_pieces.hpp"
#include "striate/kernels/channel_lanes.hpp"
#include "striate/layers/layer.hpp"

#include <algorithm>

namespace striate::graph {
namespace {

using layers::ChannelLanes;

ChannelLanes way_of(const Node& node, const ExecutorOptions& options) {
  return node.layer->channel_lanes(node.input_shapes, options.kernels->width, options.mode == Mode::training);
}

bool can_use_channel_lanes(const Network& network, const ExecutorOptions& options) {
  if (!options.pins.empty() || options.pin_all || !options.fuse || options.input_gradient) return false;
  for (const Node& node : network.nodes()) {
    const ChannelLanes way = way_of(node, options);
    if (way == ChannelLanes::no) return false;
    const bool reads_input = std::find(node.inputs.begin(), node.inputs.end(), 0) != node.inputs.end();
    if (reads_input && way != ChannelLanes::any) return false;
  }
  return true;
}

}  // namespace

bool uses_channel_lanes(const Network& network, const ExecutorOptions& options) {
  if (options.lanes == kernels::Lanes::images || !can_use_channel_lanes(network, options)) return false;
  if (options.lanes == kernels::Lanes::channels) return true;
  const int width = options.kernels->width, lanes = kernels::choose_lanes(options.batch, width);
  double of_images = 0, of_channels = 0;
  for (const Node& node : network.nodes()) {
    const auto macs = static_cast<double>(node.description.macs);
    of_images += macs;
    of_channels += macs * kernels::channel_groups(node.shape.channels, width) * width / node.shape.channels;
  }
  of_images *= kernels::lanes_cost(options.batch, lanes, width) / options.batch;
  // Measured; a training step of channels goes without Winograd's filtering.
  of_channels *= options.mode == Mode::training ? 2.3 : 1.15;
  return of_channels < of_images;
}

kernels::BlockedView channel_value_view(const core::Shape& shape, int batch, int lanes, const kernels::Halo& halo) {
  return kernels::blocked_view(nullptr, kernels::channel_lanes_shape(shape, lanes), batch, lanes, halo);
}

void fuse_channel_epilogues(const Network& network, ExecutionPlan& plan) {
  const auto node = [&](int i) -> const Node& { return network.nodes()[static_cast<std::size_t>(i)]; };
  // The only layer that reads what layer i writes; −1: several or none.
  const auto reader = [&](int i) {
    const auto& consumers = plan.values[static_cast<std::size_t>(i) + 1].consumers;
    return consumers.size() == 1 ? consumers[0] : -1;
  };
  for (int i = 0; i < static_cast<int>(plan.steps.size()); ++i) {
    PlannedStep& step = plan.steps[static_cast<std::size_t>(i)];
    if (!step.forward || !(node(i).layer->traits().takes_affine || node(i).layer->traits().relu_epilogue)) continue;
    int last = i;
    const auto take = [&](int next) {
      plan.values[static_cast<std::size_t>(last) + 1].kept = false;
      plan.steps[static_cast<std::size_t>(next)].forward = false;
      last = next;
    };
    int next = reader(last);
    if (node(i).layer->traits().takes_affine) {
      if (next >= 0 && node(next).layer->traits().is_affine) {
        step.affine = next;
        take(next);
        next = reader(last);
      }
      if (next >= 0 && node(next).layer->traits().is_sum && node(next).inputs.size() == 2) {
        const auto& inputs = node(next).inputs;
        const int other = inputs[0] == last + 1 ? inputs[1] : inputs[0];
        // It must be there by now, and in the same lanes.
        if (other != last + 1 && other <= i && other != 0) {
          step.residual = other;
          take(next);
          next = reader(last);
        }
      }
    }
    if (next >= 0 && node(next).layer->traits().is_relu) {
      step.relu = true;
      take(next);
    }
    step.output = last + 1;
  }
}

bool works_alike(const Node& node, const ExecutorOptions& options) {
  return way_of(node, options) == ChannelLanes::alike;
}

void show_channel_groups(const PlannedStep& step, std::vector<core::Shape>& inputs, core::Shape& output) {
  for (std::size_t k = 0; k < inputs.size(); ++k) inputs[k].channels = step.inputs[k].channels;
  output.channels = step.output_view.channels;
}

void cut_channel_step(const Node& node, const ExecutorOptions& options, PlannedStep& step) {
  if (options.mode == Mode::training) return;
  if (node.layer->traits().takes_affine) {
    step.split = layers::Split::own;
    return;
  }
  // Runs of channel groups, where each value comes from the same group of each input.
  const bool alike = works_alike(node, options) && step.inputs.size() <= most_split_inputs &&
                     std::all_of(step.inputs.begin(), step.inputs.end(), [&](const kernels::BlockedView& input) {
                       return input.channels == step.output_view.channels;
                     });
  if (alike) step.split = layers::Split::channels;
}

}  // namespace striate::graph

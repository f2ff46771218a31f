// Plans whose lanes are channels (kernels/channel_lanes.hpp): which networks can have one, when it pays, and what a
// convolution takes in from the layers behind it.
//
// It pays where the lanes of images would be empty: both ways are counted in multiply-adds of an image, those of unused lanes
// included. So the choice depends on shapes, the batch and the vector width alone.
#pragma once

#include "striate/graph/execution_plan.hpp"

namespace striate::graph {

// options.kernels is set.
bool uses_channel_lanes(const Network& network, const ExecutorOptions& options);

// The value of a plan with channels as lanes: the input plain, all others by vectors.
kernels::BlockedView channel_value_view(const core::Shape& shape, int batch, int lanes, const kernels::Halo& halo);

// Lets layers that can do it take in an affine layer, a sum and a ReLU behind them.
void fuse_channel_epilogues(const Network& network, ExecutionPlan& plan);

// Whether a layer goes lane by lane; it is then planned with the shapes that the views show.
bool works_alike(const Node& node, const ExecutorOptions& options);
void show_channel_groups(const PlannedStep& step, std::vector<core::Shape>& inputs, core::Shape& output);

// How inference cuts a planned layer into pieces; a training step of a few images is too short for that.
void cut_channel_step(const Node& node, const ExecutorOptions& options, PlannedStep& step);

}  // namespace striate::graph

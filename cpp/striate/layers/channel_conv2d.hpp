// How conv2d and linear run in an inference plan whose lanes are channels (kernels/channel_conv2d_plan.hpp): on weights that are
// prepared once for each version of the parameters, with what follows them (batch norm, the sum of a residual block, a ReLU)
// in the same pass. A linear layer is a 1×1 convolution of a 1×1 image.
#pragma once

#include "striate/layers/conv2d_plan.hpp"
#include "striate/layers/layer.hpp"

namespace striate::layers {

ChannelLanes channel_conv2d_lanes(const Conv2dSettings& settings, int width, bool training);
std::unique_ptr<PlannedLayer> plan_channel_conv2d(const Conv2dSettings& settings, const PlanContext& context);

}  // namespace striate::layers

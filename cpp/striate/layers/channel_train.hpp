// How conv2d and linear run, forward and back, in a training plan whose lanes are channels (kernels/channel_train_plan.hpp).
// Weights change at every step, so a convolution packs its few weights each time, and a linear layer reads its many as they lie.
#pragma once

#include "striate/layers/conv2d_plan.hpp"
#include "striate/layers/layer.hpp"

namespace striate::layers {

// Whether plan_channel_training can: plain convolutions of stride and dilation 1.
bool channel_training_takes(const Conv2dSettings& settings);
std::unique_ptr<PlannedLayer> plan_channel_training(const Conv2dSettings& settings, const PlanContext& context);
// Inference, too, where nothing but a ReLU is behind it.
std::unique_ptr<PlannedLayer> plan_channel_linear(bool bias, const PlanContext& context);

}  // namespace striate::layers

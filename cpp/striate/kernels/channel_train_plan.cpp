#include "striate/kernels/channel_train_plan.hpp"

#include <algorithm>

namespace striate::kernels {

std::size_t ChannelGradientPlan::dinput_workspace() const {
  const core::Shape shown{turned.padded_inputs() / turned.width, turned.input.height, turned.input.width};
  return turned.prepared_floats() + blocked_floats(shown, turned.images, turned.width, border);
}

std::size_t ChannelGradientPlan::dweight_workspace() const {
  return (pixels.size() + static_cast<std::size_t>(forward.taps())) * static_cast<std::size_t>(forward.padded_outputs());
}

ChannelGradientPlan make_channel_gradient_plan(const core::Shape& input, const core::Shape& output,
                                               const core::WindowGeometry& window, const ConstBlockedView& view, int width,
                                               bool dinput) {
  ChannelGradientPlan plan;
  plan.forward = make_channel_conv2d_plan(input, output, window, 1, view, width, Convolution::direct);
  const std::vector<std::int32_t>& offsets = plan.forward.offsets;
  const int taps = plan.forward.taps();
  for (int k = 0; k < taps;) {
    const std::ptrdiff_t step = k + 1 < taps ? offsets[static_cast<std::size_t>(k) + 1] - offsets[static_cast<std::size_t>(k)] : 0;
    int end = k + 1;
    while (end < taps && offsets[static_cast<std::size_t>(end)] - offsets[static_cast<std::size_t>(end) - 1] == step) ++end;
    plan.runs.push_back({k, end - k, step});
    k = end;
  }
  for (int image = 0; image < view.blocks; ++image) {
    for (int y = 0; y < output.height; ++y) {
      for (int x = 0; x < output.width; ++x) {
        plan.pixels.push_back(static_cast<std::int32_t>(image * view.block_stride + y * window.y.stride * view.row_stride +
                                                        std::ptrdiff_t{x} * window.x.stride * view.lanes));
      }
    }
  }
  if (!dinput) return plan;
  core::WindowGeometry turned = window;
  for (core::WindowAxis* axis : {&turned.y, &turned.x}) {
    axis->before = axis->kernel - 1 - axis->before;
    axis->after = axis->kernel - 1 - axis->after;
  }
  plan.border = {turned.y.before, turned.y.after, turned.x.before, turned.x.after};
  const core::Shape shown{(output.channels + width - 1) / width, output.height, output.width};
  const BlockedView copy = blocked_view(nullptr, shown, view.blocks, width, plan.border);
  plan.turned = make_channel_conv2d_plan(output, input, turned, 1, copy, width, Convolution::direct);
  plan.turned.zero_border = true;
  const int window_taps = window.y.kernel * window.x.kernel;
  for (const std::int32_t place : plan.turned.places) {
    const int co = place / window_taps, tap = place % window_taps;
    plan.turned_places.push_back(co * input.channels * window_taps + window_taps - 1 - tap);
  }
  return plan;
}

void pack_turned_conv2d(const ChannelGradientPlan& plan, const float* weight, float* prepared) {
  const ChannelConv2dPlan& turned = plan.turned;
  const int window_taps = turned.window.y.kernel * turned.window.x.kernel;
  for (int first = 0; first < turned.vectors();) {
    const int size = turned.panel_at(first) * turned.width;
    float* to = prepared + std::ptrdiff_t{first} * turned.width * turned.taps();
    for (const std::int32_t place : plan.turned_places) {
      for (int i = 0; i < size; ++i) {
        const int ci = first * turned.width + i;
        *to++ = ci >= turned.output.channels ? 0.0f : weight[place + std::ptrdiff_t{ci} * window_taps];
      }
    }
    first += size / turned.width;
  }
  std::fill_n(prepared + turned.weight_floats(), turned.padded_outputs(), 0.0f);
}

}  // namespace striate::kernels

#include "striate/layers/channel_train.hpp"

#include "striate/kernels/channel_train_plan.hpp"

#include <algorithm>
#include <numeric>

namespace striate::layers {
namespace {

bool wants_dinput(const PlanContext& context) { return !context.dinputs.empty() && context.dinputs[0].lanes != 0; }

class PlannedChannelConv2dTraining final : public PlannedLayer {
 public:
  PlannedChannelConv2dTraining(const Conv2dSettings& settings, const PlanContext& context)
      : halo_(settings.halo()),
        padding_value_(settings.padding_value),
        bias_(settings.bias),
        relu_(context.relu),
        relu_input_(context.relu_input),
        plan_(kernels::make_channel_gradient_plan(context.input_shapes[0], context.output_shape, settings.window, context.inputs[0],
                                                  context.kernels.width, wants_dinput(context))) {
    plan_.forward.zero_border = padding_value_ == 0;
    workspace_ = std::max(plan_.forward.prepared_floats(), plan_.dweight_workspace());
    if (!wants_dinput(context)) return;
    workspace_ = std::max(workspace_, plan_.dinput_workspace());
    copy_ = kernels::blocked_view(nullptr, {context.doutput.channels, context.doutput.height, context.doutput.width}, plan_.turned.images,
                                  context.doutput.lanes, plan_.border);
  }

  std::size_t workspace_floats() const override { return workspace_; }

  void forward(const ForwardContext& c) override {
    if (halo_ != kernels::Halo{}) c.kernels.fill_halo(c.inputs[0], halo_, padding_value_);
    c.kernels.channel_conv2d_weights(plan_.forward, c.parameters[0], {}, c.workspace);
    kernels::pack_channel_bias(plan_.forward, bias_ ? c.parameters[1] : nullptr, {}, c.workspace);
    c.kernels.channel_conv2d(plan_.forward, c.inputs[0], c.workspace, nullptr, c.output, relu_, {});
  }

  void backward(const BackwardContext& c) override {
    if (!c.gradients.empty()) {
      c.kernels.channel_conv2d_dweight(plan_, c.inputs[0], c.doutput, c.gradients[0], bias_ ? c.gradients[1] : nullptr, c.workspace);
    }
    if (c.dinputs[0].data == nullptr) return;
    kernels::pack_turned_conv2d(plan_, c.parameters[0], c.workspace);
    BlockedView copy = copy_;
    copy.blocks = c.doutput.blocks;
    copy.data = c.workspace + plan_.turned.prepared_floats() + plan_.border.top * copy.row_stride +
                std::ptrdiff_t{plan_.border.left} * copy.lanes;
    c.kernels.fill_halo(copy, plan_.border, 0);
    c.kernels.copy(c.doutput, copy);
    c.kernels.channel_conv2d(plan_.turned, copy, c.workspace, nullptr, c.dinputs[0], false, {});
    if (relu_input_) c.kernels.relu_backward(c.inputs[0], c.dinputs[0], c.dinputs[0]);
  }

 private:
  kernels::Halo halo_;
  float padding_value_;
  bool bias_, relu_, relu_input_;
  kernels::ChannelGradientPlan plan_;
  BlockedView copy_;
  std::size_t workspace_ = 0;
};

// Training, and inference with a few images.
class PlannedChannelLinear final : public PlannedLayer {
 public:
  PlannedChannelLinear(bool bias, const PlanContext& context)
      : bias_(bias), relu_(context.relu), relu_input_(context.relu_input), in_(context.input_shapes[0].channels),
        out_(context.output_shape.channels), outputs_(static_cast<std::size_t>(out_)) {
    std::iota(outputs_.begin(), outputs_.end(), 0);
  }

  // Pieces of whole tiles of outputs.
  int most_pieces() const override { return (out_ + 15) / 16; }

  void forward(const ForwardContext& c) override {
    const auto cut = [&](int piece) {
      return piece == c.pieces ? out_ : static_cast<int>(std::int64_t{out_} * piece / c.pieces) / 16 * 16;
    };
    const int first = cut(c.piece), count = cut(c.piece + 1) - first;
    BlockedView output = c.output;
    output.data += first;
    c.kernels.channel_linear_forward(c.inputs[0], in_, c.parameters[0] + std::ptrdiff_t{first} * in_,
                                     bias_ ? c.parameters[1] + first : nullptr, count, output, relu_);
  }
  void backward(const BackwardContext& c) override {
    if (!c.gradients.empty()) {
      c.kernels.channel_linear_dweight(c.inputs[0], in_, c.doutput, out_, c.gradients[0], bias_ ? c.gradients[1] : nullptr);
    }
    if (c.dinputs[0].data == nullptr) return;
    c.kernels.channel_linear_dinput(c.doutput, out_, c.parameters[0], in_, outputs_.data(), c.dinputs[0]);
    if (relu_input_) c.kernels.relu_backward(c.inputs[0], c.dinputs[0], c.dinputs[0]);
  }

 private:
  bool bias_, relu_, relu_input_;
  int in_, out_;
  std::vector<std::int32_t> outputs_;
};

}  // namespace

bool channel_training_takes(const Conv2dSettings& settings) {
  const auto plain = [](const core::WindowAxis& axis) {
    return axis.stride == 1 && axis.dilation == 1 && axis.before < axis.kernel && axis.after < axis.kernel;
  };
  return settings.groups == 1 && settings.connections.empty() && settings.padding_mode == kernels::PadMode::constant &&
         plain(settings.window.y) && plain(settings.window.x);
}

std::unique_ptr<PlannedLayer> plan_channel_training(const Conv2dSettings& settings, const PlanContext& context) {
  return std::make_unique<PlannedChannelConv2dTraining>(settings, context);
}

std::unique_ptr<PlannedLayer> plan_channel_linear(bool bias, const PlanContext& context) {
  return std::make_unique<PlannedChannelLinear>(bias, context);
}

}  // namespace striate::layers

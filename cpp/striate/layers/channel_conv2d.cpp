#include "striate/layers/channel_conv2d.hpp"

#include "striate/kernels/channel_conv2d_plan.hpp"
#include "striate/layers/channel_train.hpp"

namespace striate::layers {
namespace {

class PlannedChannelConv2d final : public PlannedLayer {
 public:
  PlannedChannelConv2d(const Conv2dSettings& settings, const PlanContext& context)
      : settings_(settings), affine_(context.affine), residual_(context.residual), relu_(context.relu) {
    const Shape& input = context.input_shapes[0];
    plan_ = kernels::make_channel_conv2d_plan(
        input, context.output_shape, settings.window, settings.groups, context.inputs[0], context.kernels.width,
        kernels::choose_channel_convolution(input, context.output_shape, settings.window, settings.groups,
                                            context.kernels.width, context.inputs[0].blocks, context.convolution));
    plan_.zero_border = settings.padding_value == 0;
    if (!settings.connections.empty()) dense_floats_ = static_cast<std::size_t>(plan_.taps()) * static_cast<std::size_t>(settings.out_channels);
  }

  // Behind what forward reads: the affine map, and dense weights.
  std::size_t prepared_floats() const override {
    return plan_.prepared_floats() + 2 * static_cast<std::size_t>(settings_.out_channels) + dense_floats_;
  }
  std::size_t workspace_floats() const override { return plan_.workspace_floats(); }
  std::size_t saved_floats() const override { return plan_.shared_floats(); }
  int most_pieces() const override { return plan_.most_pieces(); }
  int forward_phases() const override { return plan_.two_phases() ? 2 : 1; }

  void prepare(const kernels::KernelTable& kernels, std::span<float* const> parameters, float* prepared) override {
    const int outputs = settings_.out_channels;
    float* const scale = prepared + plan_.prepared_floats();
    kernels::ChannelAffine affine;
    if (affine_ != nullptr) {
      affine_->affine(parameters.subspan(settings_.bias ? 2 : 1), outputs, scale, scale + outputs);
      affine = {scale, scale + outputs};
    }
    const float* weight = parameters[0];
    if (!settings_.connections.empty()) weight = spread_links(settings_, plan_.input.channels, weight, scale + 2 * outputs, dense_floats_);
    kernels.channel_conv2d_weights(plan_, weight, affine, prepared);
    kernels::pack_channel_bias(plan_, settings_.bias ? parameters[1] : nullptr, affine, prepared);
  }

  void forward(const ForwardContext& c) override {
    const kernels::ConstBlockedView residual = residual_ ? kernels::ConstBlockedView(c.inputs[1]) : kernels::ConstBlockedView{};
    c.kernels.channel_conv2d(plan_, c.inputs[0], c.prepared, residual_ ? &residual : nullptr, c.output, relu_,
                             {.piece = c.piece, .pieces = c.pieces, .phase = c.phase, .workspace = c.workspace, .shared = c.saved});
  }
  void backward(const BackwardContext&) override {}

  // Once, before the pieces.
  void start(const ForwardContext& c) override {
    if (settings_.halo() != kernels::Halo{}) c.kernels.fill_halo(c.inputs[0], settings_.halo(), settings_.padding_value);
  }

 private:
  Conv2dSettings settings_;
  kernels::ChannelConv2dPlan plan_;
  const Layer* affine_;
  bool residual_, relu_;
  std::size_t dense_floats_ = 0;
};

}  // namespace

ChannelLanes channel_conv2d_lanes(const Conv2dSettings& settings, int width, bool training) {
  if (training) return channel_training_takes(settings) ? ChannelLanes::any : ChannelLanes::no;
  const bool whole = settings.groups == 1 || settings.out_channels / settings.groups % width == 0;
  return whole && settings.padding_mode == kernels::PadMode::constant ? ChannelLanes::any : ChannelLanes::no;
}

std::unique_ptr<PlannedLayer> plan_channel_conv2d(const Conv2dSettings& settings, const PlanContext& context) {
  if (context.training) return plan_channel_training(settings, context);
  return std::make_unique<PlannedChannelConv2d>(settings, context);
}

}  // namespace striate::layers

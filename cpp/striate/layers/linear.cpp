#include "striate/layers/linear.hpp"

#include "striate/layers/channel_conv2d.hpp"
#include "striate/layers/channel_train.hpp"
#include "striate/layers/init_options.hpp"

#include <algorithm>
#include <cstdint>
#include <string>

namespace striate::layers {
namespace {

constexpr core::OptionSpec linear_specs[] = {
    {.name = "outFeatures", .kind = core::OptionKind::integer, .required = true, .minimum = 1, .maximum = 1 << 24,
     .doc = "How many numbers come out"},
    init_option,
    init_value_option,
    {.name = "bias", .kind = core::OptionKind::boolean, .fallback = 1, .doc = "Whether each output adds a number of its own"},
};

class PlannedLinear final : public PlannedLayer {
 public:
  PlannedLinear(bool bias, const PlanContext& context)
      : bias_(bias),
        relu_(context.relu),
        relu_input_(context.relu_input),
        units_(context.training ? (context.inputs[0].channels + kernels::linear_lanes - 1) / kernels::linear_lanes : 1),
        workspace_(context.training ? kernels::linear_workspace(context.inputs[0].channels, context.output) : 0) {}

  std::size_t workspace_floats() const override { return workspace_; }
  int most_pieces() const override { return units_; }

  void forward(const ForwardContext& c) override {
    c.kernels.linear_forward(c.inputs[0], c.parameters[0], bias_ ? c.parameters[1] : nullptr, c.output, relu_);
  }

  void backward(const BackwardContext& c) override {
    const ConstBlockedView input = c.inputs[0];
    // A piece is a run of the input's features.
    const auto cut = [&](int piece) {
      return std::min(static_cast<int>(std::int64_t{units_} * piece / c.pieces) * kernels::linear_lanes, input.channels);
    };
    const kernels::FeatureRange features{cut(c.piece), cut(c.piece + 1)};
    if (!c.gradients.empty()) {
      float* const dbias = bias_ && c.piece == 0 ? c.gradients[1] : nullptr;
      c.kernels.linear_dweight(input, c.doutput, features, c.gradients[0], dbias, c.workspace);
    }
    if (c.dinputs[0].data != nullptr) {
      c.kernels.linear_dinput(c.doutput, c.parameters[0], relu_input_ ? &input : nullptr, features, c.dinputs[0], c.workspace);
    }
  }

 private:
  bool bias_, relu_, relu_input_;
  int units_;
  std::size_t workspace_;
};

class Linear final : public Layer {
 public:
  Linear(std::string name, const core::ParsedOptions& options)
      : Layer(std::move(name)),
        options_(options.all()),
        out_features_(options.integer("outFeatures")),
        init_(init_from(options)),
        bias_(options.boolean("bias")) {}

  core::Result<Shape> infer_shape(std::span<const Shape> inputs) const override {
    const Shape& input = inputs[0];
    if (input.height != 1 || input.width != 1) {
      return core::Error{core::ErrorCode::invalid_shape,
                         "layer '" + name() + "' (linear) takes a flat input F×1×1 and was given " + to_string(input) +
                             "; its output would be " + std::to_string(out_features_) + "×1×1",
                         "Put a flatten layer before it: " + to_string(input) + " becomes " +
                             std::to_string(input.elements()) + "×1×1."};
    }
    return Shape{out_features_, 1, 1};
  }

  std::vector<ParameterSpec> parameters(std::span<const Shape> inputs) const override {
    const int in_features = inputs[0].channels;
    std::vector<ParameterSpec> specs;
    specs.push_back({.name = "weight",
                     .shape = {out_features_, in_features},
                     .init = with_fans(init_, in_features, out_features_)});
    if (bias_) specs.push_back({.name = "bias", .shape = {out_features_}, .init = {}});
    return specs;
  }

  LayerDescription describe(std::span<const Shape> inputs) const override {
    return {.reach = Reach::everything,
            .window = {},
            .macs = std::int64_t{inputs[0].channels} * out_features_,
            .options = options_};
  }

  LayerTraits traits() const override {
    return {.takes_affine = true, .relu_epilogue = true, .relu_mask = true, .own_backward = true};
  }
  ChannelLanes channel_lanes(std::span<const Shape>, int, bool) const override { return ChannelLanes::any; }

  std::unique_ptr<PlannedLayer> plan(const PlanContext& context) const override {
    // Prepared weights are read in one stream; for a few images alone they would double the memory of large layers.
    constexpr int few = 4;
    constexpr std::int64_t small = 1 << 18;
    const bool alone = context.affine == nullptr && !context.residual;
    const bool large = std::int64_t{out_features_} * context.input_shapes[0].channels > small;
    if (context.channel_lanes && (context.training || (alone && large && context.inputs[0].blocks < few))) {
      return plan_channel_linear(bias_, context);
    }
    if (context.channel_lanes) {
      Conv2dSettings settings;
      settings.out_channels = out_features_;
      settings.bias = bias_;
      return plan_channel_conv2d(settings, context);
    }
    return std::make_unique<PlannedLinear>(bias_, context);
  }

 private:
  core::Options options_;
  int out_features_;
  InitRecipe init_;
  bool bias_;
};

}  // namespace

const LayerType& linear_type() {
  static const LayerType type = {
      .name = "linear",
      .stem = "fc",
      .doc = "Every output is the bias plus the sum of weight · input over all inputs.",
      .options = linear_specs,
      .make = [](std::string name, const core::ParsedOptions& options) -> core::Result<std::unique_ptr<Layer>> {
        return std::unique_ptr<Layer>(std::make_unique<Linear>(std::move(name), options));
      }};
  return type;
}

}  // namespace striate::layers

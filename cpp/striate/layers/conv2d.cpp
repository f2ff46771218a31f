#include "striate/layers/conv2d.hpp"

#include "striate/kernels/conv2d_plan.hpp"

#include <algorithm>
#include <array>

namespace striate::layers {
namespace {

constexpr core::OptionSpec option_specs[] = {
    {.name = "outChannels",
     .kind = core::OptionKind::integer,
     .required = true,
     .minimum = 1,
     .maximum = 65535,
     .doc = "How many filters, and so how many feature maps come out"},
    {.name = "kernelSize",
     .kind = core::OptionKind::pair,
     .required = true,
     .minimum = 1,
     .maximum = 65535,
     .doc = "Size of the filter"},
    {.name = "stride",
     .kind = core::OptionKind::pair,
     .fallback = 1,
     .minimum = 1,
     .maximum = 65535,
     .doc = "Step of the window"},
    {.name = "padding",
     .kind = core::OptionKind::sides,
     .fallback = 0,
     .minimum = 0,
     .maximum = 65535,
     .doc = "Pixels added around the input"},
    {.name = "paddingValue",
     .kind = core::OptionKind::number,
     .fallback = 0,
     .minimum = -1e30,
     .maximum = 1e30,
     .doc = "What the added pixels hold"},
    {.name = "bias",
     .kind = core::OptionKind::boolean,
     .fallback = 1,
     .doc = "Whether each filter adds a number of its own"},
};

class PlannedConv2d final : public PlannedLayer {
 public:
  PlannedConv2d(kernels::Conv2dPlan plan, HaloRequest halo, bool bias, const PlanContext& context)
      : plan_(std::move(plan)), halo_(halo), bias_(bias), relu_(context.relu), relu_input_(context.relu_input) {
    if (!context.training) return;
    const bool wants_dinput = !context.dinputs.empty() && context.dinputs[0].lanes != 0;
    workspace_ = std::max(plan_.dweight_workspace(context.kernels.width), wants_dinput ? plan_.dinput_workspace() : 0);
  }

  std::size_t workspace_floats() const override { return workspace_; }

  void forward(const ForwardContext& c) override {
    if (!halo_.empty()) c.kernels.fill_halo(c.inputs[0], halo_.halo, halo_.value);
    c.kernels.conv2d_forward(plan_, c.inputs[0], c.parameters[0], bias_ ? c.parameters[1] : nullptr, c.output, relu_);
  }

  void backward(const BackwardContext& c) override {
    const ConstBlockedView input = c.inputs[0];
    if (!c.gradients.empty()) {
      c.kernels.conv2d_dweight(plan_, input, c.doutput, c.gradients[0], bias_ ? c.gradients[1] : nullptr, c.workspace);
    }
    if (c.dinputs[0].data != nullptr) {
      c.kernels.conv2d_dinput(plan_, c.doutput, c.parameters[0], relu_input_ ? &input : nullptr, c.dinputs[0],
                              c.workspace);
    }
  }

 private:
  kernels::Conv2dPlan plan_;
  HaloRequest halo_;
  bool bias_, relu_, relu_input_;
  std::size_t workspace_ = 0;
};

class Conv2d final : public Layer {
 public:
  Conv2d(std::string name, const core::ParsedOptions& options)
      : Layer(std::move(name)),
        options_(options.all()),
        out_channels_(options.integer("outChannels")),
        padding_value_(static_cast<float>(options.number("paddingValue"))),
        bias_(options.boolean("bias")) {
    const auto kernel = options.pair("kernelSize"), stride = options.pair("stride");
    const auto padding = options.sides("padding");
    window_.y = {.kernel = kernel[0], .stride = stride[0], .before = padding[0], .after = padding[1]};
    window_.x = {.kernel = kernel[1], .stride = stride[1], .before = padding[2], .after = padding[3]};
  }

  core::Result<Shape> infer_shape(std::span<const Shape> inputs) const override {
    STRIATE_TRY(shape, window_.output(inputs[0], name()));
    return Shape{out_channels_, shape.height, shape.width};
  }

  std::vector<ParameterSpec> parameters(std::span<const Shape> inputs) const override {
    const int channels = inputs[0].channels, kh = window_.y.kernel, kw = window_.x.kernel;
    const std::int64_t window = std::int64_t{kh} * kw;
    std::vector<ParameterSpec> specs;
    specs.push_back({.name = "weight",
                     .shape = {out_channels_, channels, kh, kw},
                     .init = {InitRecipe::Kind::he_normal, channels * window, out_channels_ * window}});
    if (bias_) specs.push_back({.name = "bias", .shape = {out_channels_}, .init = {}});
    return specs;
  }

  LayerDescription describe(std::span<const Shape> inputs) const override {
    const std::int64_t pixels = std::int64_t{window_.y.output(inputs[0].height)} * window_.x.output(inputs[0].width);
    return {.reach = Reach::window,
            .window = window_,
            .macs = pixels * out_channels_ * inputs[0].channels * window_.y.kernel * window_.x.kernel,
            .options = options_};
  }

  HaloRequest input_halo(std::size_t) const override {
    return {{window_.y.before, window_.y.after, window_.x.before, window_.x.after}, padding_value_};
  }

  LayerTraits traits() const override { return {.relu_epilogue = true, .relu_mask = true}; }

  std::unique_ptr<PlannedLayer> plan(const PlanContext& context) const override {
    // Inference has no output gradient; the table for it is then made for the output's strides and never read.
    const ConstBlockedView doutput = context.training ? context.doutput : context.output;
    auto plan =
        kernels::make_conv2d_plan(context.input_shapes[0], context.output_shape, window_, context.inputs[0], doutput);
    return std::make_unique<PlannedConv2d>(std::move(plan), input_halo(0), bias_, context);
  }

 private:
  core::Options options_;
  core::WindowGeometry window_;
  int out_channels_;
  float padding_value_;
  bool bias_;
};

}  // namespace

const LayerType& conv2d_type() {
  static const LayerType type = {
      .name = "conv2d",
      .stem = "conv",
      .doc =
          "Slides filters over the image: each output pixel is the bias plus the sum of weight · input in its window.",
      .options = option_specs,
      .make = [](std::string name, const core::ParsedOptions& options) -> core::Result<std::unique_ptr<Layer>> {
        return std::unique_ptr<Layer>(std::make_unique<Conv2d>(std::move(name), options));
      }};
  return type;
}

}  // namespace striate::layers

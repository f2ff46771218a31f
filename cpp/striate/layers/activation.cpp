#include "striate/layers/activation.hpp"

namespace striate::layers {
namespace {

using kernels::Activation;
using kernels::ActivationKind;

class PlannedActivation final : public PlannedLayer {
 public:
  explicit PlannedActivation(const Activation& activation) : activation_(activation) {}
  void forward(const ForwardContext& c) override { c.kernels.activation_forward(activation_, c.inputs[0], c.output); }
  void backward(const BackwardContext& c) override {
    if (c.dinputs[0].data == nullptr) return;
    c.kernels.activation_backward(activation_, c.inputs[0], c.output, c.doutput, c.dinputs[0]);
  }

 private:
  Activation activation_;
};

class PointwiseActivation final : public Layer {
 public:
  PointwiseActivation(std::string name, const Activation& activation, core::Options options)
      : Layer(std::move(name)), activation_(activation), options_(std::move(options)) {}

  core::Result<Shape> infer_shape(std::span<const Shape> inputs) const override { return inputs[0]; }
  LayerDescription describe(std::span<const Shape>) const override { return {.window = {}, .options = options_}; }
  LayerTraits traits() const override { return {.backward_reads_output = true}; }
  ChannelLanes channel_lanes(std::span<const Shape>, int, bool) const override { return ChannelLanes::alike; }
  std::unique_ptr<PlannedLayer> plan(const PlanContext&) const override { return std::make_unique<PlannedActivation>(activation_); }

 private:
  Activation activation_;
  core::Options options_;
};

constexpr core::OptionSpec leaky_options[] = {
    {.name = "negativeSlope", .kind = core::OptionKind::number, .fallback = 0.01, .minimum = -1e30, .maximum = 1e30,
     .doc = "Slope below zero"}};
constexpr core::OptionSpec elu_options[] = {
    {.name = "alpha", .kind = core::OptionKind::number, .fallback = 1, .minimum = -1e30, .maximum = 1e30,
     .doc = "How far below zero it saturates"}};
constexpr std::string_view gelu_forms[] = {"none", "tanh"};
constexpr core::OptionSpec gelu_options[] = {
    {.name = "approximate", .kind = core::OptionKind::text, .doc = "none: through erf; tanh: the usual approximation",
     .text_fallback = "none", .choices = gelu_forms}};
constexpr core::OptionSpec scaled_tanh_options[] = {
    {.name = "amplitude", .kind = core::OptionKind::number, .fallback = 1.7159, .minimum = 1e-30, .maximum = 1e30,
     .doc = "A of A·tanh(S·x)"},
    {.name = "slope", .kind = core::OptionKind::number, .fallback = 2.0 / 3.0, .minimum = 1e-30, .maximum = 1e30,
     .doc = "S of A·tanh(S·x)"}};

using Made = core::Result<std::unique_ptr<Layer>>;

Made finish(std::string name, const core::ParsedOptions& options, const Activation& activation) {
  return std::unique_ptr<Layer>(std::make_unique<PointwiseActivation>(std::move(name), activation, options.all()));
}

template <ActivationKind kind>
Made make_plain(std::string name, const core::ParsedOptions& options) {
  return finish(std::move(name), options, {kind, 1, 1});
}

Made make_leaky(std::string name, const core::ParsedOptions& options) {
  return finish(std::move(name), options, {ActivationKind::leaky_relu, static_cast<float>(options.number("negativeSlope")), 1});
}

Made make_elu(std::string name, const core::ParsedOptions& options) {
  return finish(std::move(name), options, {ActivationKind::elu, static_cast<float>(options.number("alpha")), 1});
}

Made make_gelu(std::string name, const core::ParsedOptions& options) {
  const bool exact = options.text("approximate") == "none";
  return finish(std::move(name), options, {exact ? ActivationKind::gelu : ActivationKind::gelu_tanh, 1, 1});
}

Made make_scaled_tanh(std::string name, const core::ParsedOptions& options) {
  return finish(std::move(name), options,
                {ActivationKind::scaled_tanh, static_cast<float>(options.number("amplitude")),
                 static_cast<float>(options.number("slope"))});
}

}  // namespace

std::span<const LayerType> activation_types() {
  static const LayerType types[] = {
      {.name = "leakyRelu", .stem = "leakyRelu", .doc = "Positive values pass, negative ones are scaled: x > 0 ? x : slope·x.",
       .options = leaky_options, .make = make_leaky},
      {.name = "elu", .stem = "elu", .doc = "x > 0 ? x : alpha·(exp(x) − 1).", .options = elu_options, .make = make_elu},
      {.name = "gelu", .stem = "gelu", .doc = "x times the normal distribution function of x.", .options = gelu_options,
       .make = make_gelu},
      {.name = "silu", .stem = "silu", .doc = "x·sigmoid(x).", .options = {}, .make = make_plain<ActivationKind::silu>},
      {.name = "hardswish", .stem = "hardswish", .doc = "x·min(max(x + 3, 0), 6)/6.", .options = {},
       .make = make_plain<ActivationKind::hardswish>},
      {.name = "sigmoid", .stem = "sigmoid", .doc = "1/(1 + exp(−x)).", .options = {}, .make = make_plain<ActivationKind::sigmoid>},
      {.name = "tanh", .stem = "tanh", .doc = "Hyperbolic tangent.", .options = {}, .make = make_plain<ActivationKind::tanh>},
      {.name = "scaledTanh", .stem = "scaledTanh", .doc = "LeNet-98's squashing function A·tanh(S·x).",
       .options = scaled_tanh_options, .make = make_scaled_tanh},
  };
  return types;
}

}  // namespace striate::layers

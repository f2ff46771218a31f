#include "striate/layers/batch_norm2d.hpp"

#include <algorithm>
#include <cmath>

namespace striate::layers {
namespace {

constexpr core::OptionSpec batch_norm2d_specs[] = {
    {.name = "eps", .kind = core::OptionKind::number, .fallback = 1e-5, .minimum = 1e-30, .maximum = 1e30,
     .doc = "Added to the variance"},
    {.name = "momentum", .kind = core::OptionKind::number, .fallback = 0.1, .minimum = 0, .maximum = 1,
     .doc = "Share of the newest batch in the running statistics"},
    {.name = "affine", .kind = core::OptionKind::boolean, .fallback = 1, .doc = "Whether each channel has a trainable weight and bias"},
};

struct Settings {
  float epsilon, momentum;
  bool affine;
};

class PlannedBatchNorm2d final : public PlannedLayer {
 public:
  PlannedBatchNorm2d(const Settings& settings, const PlanContext& context)
      : settings_(settings), training_(context.training), held_(context.hold_statistics), relu_(context.relu),
        channels_(context.output_shape.channels) {}

  // mean and 1/σ of this batch (the running ones when they are held).
  std::size_t saved_floats() const override { return training_ ? 2 * count() : 0; }
  std::size_t workspace_floats() const override { return 4 * count(); }

  void forward(const ForwardContext& c) override {
    float* running_mean = c.parameters[settings_.affine ? 2 : 0];
    float* running_variance = c.parameters[settings_.affine ? 3 : 1];
    const bool own = training_ && !held_;
    float* mean = own ? c.saved : running_mean;
    float* variance = own ? c.workspace + 2 * count() : running_variance;
    if (training_ && held_) std::copy_n(running_mean, c.output.channels, c.saved);
    if (own) {
      c.kernels.batch_norm_statistics(c.inputs[0], c.images, mean, variance);
      follow(c, mean, variance, running_mean, running_variance);
    }
    float* scale = c.workspace;
    float* shift = c.workspace + count();
    const auto present = static_cast<std::size_t>(c.output.channels);  // of this piece
    for (std::size_t i = 0; i < present; ++i) {
      const float inverse = 1.0f / std::sqrt(variance[i] + settings_.epsilon);
      if (training_) c.saved[count() + i] = inverse;
      scale[i] = settings_.affine ? c.parameters[0][i] * inverse : inverse;
      shift[i] = (settings_.affine ? c.parameters[1][i] : 0.0f) - mean[i] * scale[i];
    }
    c.kernels.scale_shift(c.inputs[0], scale, shift, c.output, relu_);
  }

  void backward(const BackwardContext& c) override {
    const bool learns = settings_.affine && !c.gradients.empty();
    c.kernels.batch_norm_backward(c.inputs[0], c.images, c.doutput, settings_.affine ? c.parameters[0] : nullptr, c.saved,
                                  c.saved + count(), !held_, c.dinputs[0], learns ? c.gradients[0] : nullptr,
                                  learns ? c.gradients[1] : nullptr);
  }

 private:
  std::size_t count() const { return static_cast<std::size_t>(channels_); }

  void follow(const ForwardContext& c, const float* mean, const float* variance, float* running_mean, float* running_variance) const {
    const float values = static_cast<float>(c.images) * static_cast<float>(c.inputs[0].height * c.inputs[0].width);
    const float unbiased = values > 1 ? values / (values - 1) : 1;
    const float keep = 1 - settings_.momentum;
    const auto present = static_cast<std::size_t>(c.output.channels);
    for (std::size_t i = 0; i < present; ++i) {
      running_mean[i] = keep * running_mean[i] + settings_.momentum * mean[i];
      running_variance[i] = keep * running_variance[i] + settings_.momentum * (variance[i] * unbiased);
    }
  }

  Settings settings_;
  bool training_, held_, relu_;
  int channels_;
};

// Inference with channels as lanes, where no convolution takes it in.
class PlannedChannelNorm final : public PlannedLayer {
 public:
  PlannedChannelNorm(const Layer& layer, const PlanContext& context)
      : layer_(layer), relu_(context.relu), channels_(context.output_shape.channels),
        padded_(static_cast<std::size_t>(context.output.channels * context.output.lanes)) {}
  std::size_t prepared_floats() const override { return 2 * padded_; }
  void prepare(const kernels::KernelTable&, std::span<float* const> parameters, float* prepared) override {
    std::fill_n(prepared, 2 * padded_, 0.0f);
    layer_.affine(parameters, channels_, prepared, prepared + padded_);
  }
  void forward(const ForwardContext& c) override {
    c.kernels.channel_scale_shift(c.inputs[0], c.prepared, c.prepared + padded_, c.output, relu_);
  }
  void backward(const BackwardContext&) override {}

 private:
  const Layer& layer_;
  bool relu_;
  int channels_;
  std::size_t padded_;
};

class BatchNorm2d final : public Layer {
 public:
  BatchNorm2d(std::string name, const core::ParsedOptions& options)
      : Layer(std::move(name)),
        options_(options.all()),
        settings_{static_cast<float>(options.number("eps")), static_cast<float>(options.number("momentum")),
                  options.boolean("affine")} {}

  core::Result<Shape> infer_shape(std::span<const Shape> inputs) const override { return inputs[0]; }

  std::vector<ParameterSpec> parameters(std::span<const Shape> inputs) const override {
    const std::vector<int> shape = {inputs[0].channels};
    std::vector<ParameterSpec> specs;
    if (settings_.affine) {
      specs.push_back({.name = "weight", .shape = shape, .init = {InitRecipe::Kind::ones}});
      specs.push_back({.name = "bias", .shape = shape, .init = {}});
    }
    specs.push_back({.name = "running_mean", .shape = shape, .init = {}, .decay = false, .trainable = false});
    specs.push_back({.name = "running_var", .shape = shape, .init = {InitRecipe::Kind::ones}, .decay = false, .trainable = false});
    return specs;
  }

  LayerDescription describe(std::span<const Shape> inputs) const override {
    return {.window = {}, .macs = inputs[0].elements(), .options = options_};
  }
  LayerTraits traits() const override { return {.is_affine = true, .relu_epilogue = true, .split = Split::channels}; }
  ChannelLanes channel_lanes(std::span<const Shape>, int, bool training) const override {
    return training ? ChannelLanes::no : ChannelLanes::own;
  }
  void affine(std::span<float* const> parameters, int channels, float* scale, float* shift) const override {
    const float* mean = parameters[settings_.affine ? 2 : 0];
    const float* variance = parameters[settings_.affine ? 3 : 1];
    for (int c = 0; c < channels; ++c) {
      const float inverse = 1.0f / std::sqrt(variance[c] + settings_.epsilon);
      scale[c] = settings_.affine ? parameters[0][c] * inverse : inverse;
      shift[c] = (settings_.affine ? parameters[1][c] : 0.0f) - mean[c] * scale[c];
    }
  }
  std::unique_ptr<PlannedLayer> plan(const PlanContext& context) const override {
    if (context.channel_lanes) return std::make_unique<PlannedChannelNorm>(*this, context);
    return std::make_unique<PlannedBatchNorm2d>(settings_, context);
  }

 private:
  core::Options options_;
  Settings settings_;
};

}  // namespace

const LayerType& batch_norm2d_type() {
  static const LayerType type = {
      .name = "batchNorm2d",
      .stem = "bn",
      .doc = "Brings each channel to mean 0 and variance 1 over the batch, then scales and shifts it.",
      .options = batch_norm2d_specs,
      .make = [](std::string name, const core::ParsedOptions& options) -> core::Result<std::unique_ptr<Layer>> {
        return std::unique_ptr<Layer>(std::make_unique<BatchNorm2d>(std::move(name), options));
      }};
  return type;
}

}  // namespace striate::layers

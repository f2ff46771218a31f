#include "striate/layers/average_pool2d.hpp"

#include "striate/layers/window_options.hpp"

#include <algorithm>

namespace striate::layers {
namespace {

constexpr core::OptionSpec average_options[] = {
    {.name = "kernelSize", .kind = core::OptionKind::pair, .required = true, .minimum = 1, .maximum = 65535,
     .doc = "Size of the window"},
    {.name = "stride", .kind = core::OptionKind::pair, .fallback = std::numeric_limits<double>::quiet_NaN(), .minimum = 1,
     .maximum = 65535, .doc = "Step of the window; kernelSize when left out"},
    {.name = "padding", .kind = core::OptionKind::sides, .fallback = 0, .minimum = 0, .maximum = 65535,
     .doc = "Zeros added around the input"},
    {.name = "ceilMode", .kind = core::OptionKind::boolean, .fallback = 0, .doc = "Round the output size up"},
    {.name = "countPadding", .kind = core::OptionKind::boolean, .fallback = 1, .doc = "Whether padding counts in the mean"},
};

class PlannedAveragePool2d final : public PlannedLayer {
 public:
  PlannedAveragePool2d(const core::WindowGeometry& window, bool count_padding)
      : window_(window), count_padding_(count_padding) {}

  void forward(const ForwardContext& c) override {
    c.kernels.average_pool2d_forward(window_, count_padding_, c.inputs[0], c.output);
  }
  void backward(const BackwardContext& c) override {
    if (c.dinputs[0].data != nullptr) c.kernels.average_pool2d_backward(window_, count_padding_, c.doutput, c.dinputs[0]);
  }

 private:
  core::WindowGeometry window_;
  bool count_padding_;
};

class AveragePool2d final : public Layer {
 public:
  AveragePool2d(std::string name, const core::ParsedOptions& options, const core::WindowGeometry& window)
      : Layer(std::move(name)), options_(options.all()), window_(window), count_padding_(options.boolean("countPadding")) {}

  core::Result<Shape> infer_shape(std::span<const Shape> inputs) const override { return window_.output(inputs[0], name()); }
  LayerDescription describe(std::span<const Shape>) const override {
    return {.reach = Reach::window, .window = window_, .options = options_};
  }
  LayerTraits traits() const override { return {.backward_reads_inputs = false}; }
  ChannelLanes channel_lanes(std::span<const Shape>, int, bool) const override { return ChannelLanes::alike; }
  std::unique_ptr<PlannedLayer> plan(const PlanContext&) const override {
    return std::make_unique<PlannedAveragePool2d>(window_, count_padding_);
  }

 private:
  core::Options options_;
  core::WindowGeometry window_;
  bool count_padding_;
};

class GlobalAveragePool2d final : public Layer {
 public:
  using Layer::Layer;
  core::Result<Shape> infer_shape(std::span<const Shape> inputs) const override { return Shape{inputs[0].channels, 1, 1}; }
  LayerDescription describe(std::span<const Shape> inputs) const override {
    return {.reach = Reach::window, .window = whole(inputs[0]), .options = {}};
  }
  LayerTraits traits() const override { return {.backward_reads_inputs = false}; }
  ChannelLanes channel_lanes(std::span<const Shape>, int, bool) const override { return ChannelLanes::alike; }
  std::unique_ptr<PlannedLayer> plan(const PlanContext& context) const override {
    return std::make_unique<PlannedAveragePool2d>(whole(context.input_shapes[0]), false);
  }

 private:
  static core::WindowGeometry whole(const Shape& shape) {
    return {.y = {.kernel = shape.height, .stride = shape.height}, .x = {.kernel = shape.width, .stride = shape.width}};
  }
};

constexpr core::OptionSpec subsampling_options[] = {
    {.name = "kernelSize", .kind = core::OptionKind::pair, .fallback = 2, .minimum = 1, .maximum = 65535,
     .doc = "Size of the window, and its step"},
};

// The window's mean is saved: y = coefficient·window size·mean + bias, whose gradients need it.
class PlannedSubsampling2d final : public PlannedLayer {
 public:
  PlannedSubsampling2d(const core::WindowGeometry& window, const PlanContext& context)
      : window_(window), shape_(context.output_shape), lanes_(context.output.lanes),
        saved_(kernels::blocked_floats(shape_, context.output.blocks, lanes_)) {}

  std::size_t saved_floats() const override { return saved_; }
  // Scale per channel, zeros for the bias, and the mean's gradient.
  std::size_t workspace_floats() const override { return 2 * static_cast<std::size_t>(shape_.channels) + saved_; }

  void forward(const ForwardContext& c) override {
    const BlockedView mean = mean_view(c.saved, c.output.blocks);
    c.kernels.average_pool2d_forward(window_, false, c.inputs[0], mean);
    c.kernels.scale_shift(mean, scaled(c.parameters[0], c.workspace), c.parameters[1], c.output, false);
  }

  void backward(const BackwardContext& c) override {
    const BlockedView mean = mean_view(c.saved, c.doutput.blocks);
    if (!c.gradients.empty()) {
      c.kernels.channel_products(c.doutput, mean, c.gradients[0]);
      c.kernels.scale(c.gradients[0], static_cast<std::size_t>(shape_.channels), window_size());
      c.kernels.channel_sums(c.doutput, c.gradients[1]);
    }
    if (c.dinputs[0].data == nullptr) return;
    float* zeros = c.workspace + shape_.channels;
    std::fill_n(zeros, shape_.channels, 0.0f);
    const BlockedView dmean = mean_view(zeros + shape_.channels, c.doutput.blocks);
    c.kernels.scale_shift(c.doutput, scaled(c.parameters[0], c.workspace), zeros, dmean, false);
    c.kernels.average_pool2d_backward(window_, false, dmean, c.dinputs[0]);
  }

 private:
  float window_size() const { return static_cast<float>(window_.y.kernel * window_.x.kernel); }
  BlockedView mean_view(float* storage, int blocks) const { return kernels::blocked_view(storage, shape_, blocks, lanes_); }
  float* scaled(const float* coefficient, float* to) const {
    for (int i = 0; i < shape_.channels; ++i) to[i] = coefficient[i] * window_size();
    return to;
  }

  core::WindowGeometry window_;
  Shape shape_;
  int lanes_;
  std::size_t saved_;
};

class Subsampling2d final : public Layer {
 public:
  Subsampling2d(std::string name, const core::ParsedOptions& options) : Layer(std::move(name)), options_(options.all()) {
    const auto kernel = options.pair("kernelSize");
    window_ = {.y = {.kernel = kernel[0], .stride = kernel[0]}, .x = {.kernel = kernel[1], .stride = kernel[1]}};
  }

  core::Result<Shape> infer_shape(std::span<const Shape> inputs) const override { return window_.output(inputs[0], name()); }
  std::vector<ParameterSpec> parameters(std::span<const Shape> inputs) const override {
    const int channels = inputs[0].channels;
    const std::int64_t fan_in = std::int64_t{window_.y.kernel} * window_.x.kernel;
    // Starts as a mean of its window: coefficient·Σ = Σ/size.
    return {{.name = "weight", .shape = {channels}, .init = {InitRecipe::Kind::reciprocal, fan_in, fan_in}},
            {.name = "bias", .shape = {channels}, .init = {}}};
  }
  LayerDescription describe(std::span<const Shape> inputs) const override {
    return {.reach = Reach::window, .window = window_, .macs = window_.output(inputs[0], name())->elements(), .options = options_};
  }
  LayerTraits traits() const override { return {.backward_reads_inputs = false}; }
  std::unique_ptr<PlannedLayer> plan(const PlanContext& context) const override {
    return std::make_unique<PlannedSubsampling2d>(window_, context);
  }

 private:
  core::Options options_;
  core::WindowGeometry window_;
};

}  // namespace

const LayerType& average_pool2d_type() {
  static const LayerType type = {
      .name = "averagePool2d",
      .stem = "pool",
      .doc = "The mean of each window.",
      .options = average_options,
      .make = [](std::string name, const core::ParsedOptions& options) -> core::Result<std::unique_ptr<Layer>> {
        auto window = window_from(options);
        set_ceil_mode(window, options);
        STRIATE_CHECK(check_pool_padding(name, "averagePool2d", window));
        return std::unique_ptr<Layer>(std::make_unique<AveragePool2d>(std::move(name), options, window));
      }};
  return type;
}

const LayerType& global_average_pool2d_type() {
  static const LayerType type = {
      .name = "globalAveragePool2d",
      .stem = "pool",
      .doc = "The mean of each whole feature map.",
      .options = {},
      .make = [](std::string name, const core::ParsedOptions&) -> core::Result<std::unique_ptr<Layer>> {
        return std::unique_ptr<Layer>(std::make_unique<GlobalAveragePool2d>(std::move(name)));
      }};
  return type;
}

const LayerType& subsampling2d_type() {
  static const LayerType type = {
      .name = "subsampling2d",
      .stem = "subsampling",
      .doc = "LeNet-98's pooling: the sum of each window times a trainable coefficient, plus a trainable bias.",
      .options = subsampling_options,
      .make = [](std::string name, const core::ParsedOptions& options) -> core::Result<std::unique_ptr<Layer>> {
        return std::unique_ptr<Layer>(std::make_unique<Subsampling2d>(std::move(name), options));
      }};
  return type;
}

}  // namespace striate::layers

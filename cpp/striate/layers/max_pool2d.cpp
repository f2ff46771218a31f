#include "striate/layers/max_pool2d.hpp"

#include "striate/layers/window_options.hpp"

namespace striate::layers {
namespace {

constexpr core::OptionSpec max_pool2d_specs[] = {
    {.name = "kernelSize",
     .kind = core::OptionKind::pair,
     .required = true,
     .minimum = 1,
     .maximum = 65535,
     .doc = "Size of the window"},
    {.name = "stride",
     .kind = core::OptionKind::pair,
     .fallback = std::numeric_limits<double>::quiet_NaN(),
     .minimum = 1,
     .maximum = 65535,
     .doc = "Step of the window; kernelSize when left out"},
    {.name = "padding",
     .kind = core::OptionKind::sides,
     .fallback = 0,
     .minimum = 0,
     .maximum = 65535,
     .doc = "Pixels added around the input, never the largest of a window"},
    {.name = "dilation", .kind = core::OptionKind::pair, .fallback = 1, .minimum = 1, .maximum = 65535,
     .doc = "Distance between the pixels of a window"},
    {.name = "ceilMode", .kind = core::OptionKind::boolean, .fallback = 0, .doc = "Round the output size up"},
};

class PlannedMaxPool2d final : public PlannedLayer {
 public:
  PlannedMaxPool2d(const core::WindowGeometry& window, bool relu_input) : window_(window), relu_input_(relu_input) {}

  void forward(const ForwardContext& c) override { c.kernels.max_pool2d_forward(window_, c.inputs[0], c.output); }

  void backward(const BackwardContext& c) override {
    if (c.dinputs[0].data == nullptr) return;
    c.kernels.max_pool2d_backward(window_, c.inputs[0], c.output, c.doutput, c.dinputs[0], relu_input_);
  }

 private:
  core::WindowGeometry window_;
  bool relu_input_;
};

class MaxPool2d final : public Layer {
 public:
  MaxPool2d(std::string name, core::Options options, const core::WindowGeometry& window)
      : Layer(std::move(name)), options_(std::move(options)), window_(window) {}

  core::Result<Shape> infer_shape(std::span<const Shape> inputs) const override {
    return window_.output(inputs[0], name());
  }

  LayerDescription describe(std::span<const Shape>) const override {
    return {.reach = Reach::window, .window = window_, .macs = 0, .options = options_};
  }

  LayerTraits traits() const override { return {.relu_mask = true, .backward_reads_output = true}; }

  ChannelLanes channel_lanes(std::span<const Shape>, int, bool) const override { return ChannelLanes::alike; }
  std::unique_ptr<PlannedLayer> plan(const PlanContext& context) const override {
    return std::make_unique<PlannedMaxPool2d>(window_, context.relu_input);
  }

 private:
  core::Options options_;
  core::WindowGeometry window_;
};

core::Result<std::unique_ptr<Layer>> make(std::string name, const core::ParsedOptions& options) {
  auto window = window_from(options);
  set_dilation(window, options);
  set_ceil_mode(window, options);
  STRIATE_CHECK(check_pool_padding(name, "maxPool2d", window));
  return std::unique_ptr<Layer>(std::make_unique<MaxPool2d>(std::move(name), options.all(), window));
}

}  // namespace

const LayerType& max_pool2d_type() {
  static const LayerType type = {.name = "maxPool2d",
                                 .stem = "pool",
                                 .doc = "Keeps the largest value of each window.",
                                 .options = max_pool2d_specs,
                                 .make = make};
  return type;
}

}  // namespace striate::layers

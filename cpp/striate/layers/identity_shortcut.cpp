#include "striate/layers/identity_shortcut.hpp"

#include "striate/layers/channel_range.hpp"

namespace striate::layers {
namespace {

constexpr core::OptionSpec identity_shortcut_specs[] = {
    {.name = "outChannels", .kind = core::OptionKind::integer, .required = true, .minimum = 1, .maximum = 65535,
     .doc = "Channels after zeros are added"},
    {.name = "stride", .kind = core::OptionKind::integer, .fallback = 2, .minimum = 1, .maximum = 65535,
     .doc = "Distance between the pixels that are kept"},
};

core::WindowGeometry every(int stride) {
  return {.y = {.kernel = 1, .stride = stride}, .x = {.kernel = 1, .stride = stride}};
}

// A mean over windows of one pixel is the pixel, and its backward pass is the right one too.
class PlannedIdentityShortcut final : public PlannedLayer {
 public:
  PlannedIdentityShortcut(int stride, int channels, int before) : window_(every(stride)), channels_(channels), before_(before) {}
  void forward(const ForwardContext& c) override {
    c.kernels.fill(channel_range(c.output, 0, before_), 0);
    c.kernels.average_pool2d_forward(window_, false, c.inputs[0], channel_range(c.output, before_, channels_));
    const int first = before_ + channels_;
    c.kernels.fill(channel_range(c.output, first, c.output.channels - first), 0);
  }
  void backward(const BackwardContext& c) override {
    if (c.dinputs[0].data == nullptr) return;
    c.kernels.average_pool2d_backward(window_, false, channel_range(c.doutput, before_, channels_), c.dinputs[0]);
  }

 private:
  core::WindowGeometry window_;
  int channels_, before_;
};

class IdentityShortcut final : public Layer {
 public:
  IdentityShortcut(std::string name, const core::ParsedOptions& options)
      : Layer(std::move(name)), options_(options.all()), out_channels_(options.integer("outChannels")), stride_(options.integer("stride")) {}

  core::Result<Shape> infer_shape(std::span<const Shape> inputs) const override {
    if (inputs[0].channels > out_channels_) {
      return core::Error{core::ErrorCode::invalid_shape,
                         "layer '" + name() + "' (identityShortcut) cannot make " + std::to_string(out_channels_) + " channels of " +
                             to_string(inputs[0]),
                         "outChannels is at least the input's; a 1×1 convolution can make fewer."};
    }
    STRIATE_TRY(shape, every(stride_).output(inputs[0], name()));
    return Shape{out_channels_, shape.height, shape.width};
  }
  LayerDescription describe(std::span<const Shape>) const override {
    return {.reach = Reach::window, .window = every(stride_), .options = options_};
  }
  LayerTraits traits() const override { return {.backward_reads_inputs = false}; }
  ChannelLanes channel_lanes(std::span<const Shape> inputs, int width, bool) const override {
    const int channels = inputs[0].channels;
    return channels % width == 0 && (out_channels_ - channels) / 2 % width == 0 ? ChannelLanes::alike : ChannelLanes::no;
  }
  std::unique_ptr<PlannedLayer> plan(const PlanContext& context) const override {
    const int channels = context.input_shapes[0].channels;
    return std::make_unique<PlannedIdentityShortcut>(stride_, channels, (context.output_shape.channels - channels) / 2);
  }

 private:
  core::Options options_;
  int out_channels_, stride_;
};

}  // namespace

const LayerType& identity_shortcut_type() {
  static const LayerType type = {
      .name = "identityShortcut", .stem = "shortcut",
      .doc = "Keeps every stride-th pixel and adds channels of zeros: a shortcut without parameters.", .options = identity_shortcut_specs,
      .make = [](std::string name, const core::ParsedOptions& options) -> core::Result<std::unique_ptr<Layer>> {
        return std::unique_ptr<Layer>(std::make_unique<IdentityShortcut>(std::move(name), options));
      }};
  return type;
}

}  // namespace striate::layers

#include "striate/layers/conv_transpose2d.hpp"

#include "striate/kernels/conv2d_plan.hpp"
#include "striate/layers/init_options.hpp"
#include "striate/layers/window_options.hpp"

#include <algorithm>

namespace striate::layers {
namespace {

constexpr core::OptionSpec conv_transpose2d_specs[] = {
    {.name = "outChannels", .kind = core::OptionKind::integer, .required = true, .minimum = 1, .maximum = 65535,
     .doc = "How many feature maps come out"},
    {.name = "kernelSize", .kind = core::OptionKind::pair, .required = true, .minimum = 1, .maximum = 65535, .doc = "Size of the filter"},
    {.name = "stride", .kind = core::OptionKind::pair, .fallback = 1, .minimum = 1, .maximum = 65535,
     .doc = "Step between the places that neighbouring inputs write to"},
    {.name = "padding", .kind = core::OptionKind::sides, .fallback = 0, .minimum = 0, .maximum = 65535,
     .doc = "Pixels cut from each side of the output"},
    {.name = "outputPadding", .kind = core::OptionKind::pair, .fallback = 0, .minimum = 0, .maximum = 65535,
     .doc = "Rows and columns added to the output, below stride"},
    init_option,
    init_value_option,
    {.name = "bias", .kind = core::OptionKind::boolean, .fallback = 1, .doc = "Whether each feature map adds a number of its own"},
};

// The convolution whose gradient this is maps our output (small letters of its names) to our input. Its "input" must offer
// a halo for the windows: our output gradient is copied into one, and so is nothing in the forward pass, which only writes
// pixels that exist.
class PlannedConvTranspose2d final : public PlannedLayer {
 public:
  PlannedConvTranspose2d(const core::WindowGeometry& window, bool bias, const PlanContext& context)
      : bias_(bias), output_(context.output_shape), lanes_(context.output.lanes),
        halo_{window.y.before, window.y.after, window.x.before, window.x.after} {
    const BlockedView padded = kernels::blocked_view(nullptr, output_, context.output.blocks, lanes_, halo_);
    plan_ = kernels::make_conv2d_plan(output_, context.input_shapes[0], window, padded, context.inputs[0]);
    padded_floats_ = context.training ? kernels::blocked_floats(output_, context.output.blocks, lanes_, halo_) : 0;
    scratch_ = std::max(plan_.dinput_workspace(), context.training ? plan_.dweight_workspace(context.kernels.width) : 0);
    channels_ = static_cast<std::size_t>(output_.channels);
  }

  std::size_t workspace_floats() const override { return padded_floats_ + scratch_ + channels_; }

  void forward(const ForwardContext& c) override {
    c.kernels.conv2d_dinput(plan_, c.inputs[0], c.parameters[0], nullptr, 0, c.output, c.workspace);
    if (!bias_) return;
    float* ones = c.workspace + scratch_;
    std::fill_n(ones, channels_, 1.0f);
    c.kernels.scale_shift(c.output, ones, c.parameters[1], c.output, false);
  }

  void backward(const BackwardContext& c) override {
    const BlockedView padded = kernels::blocked_view(c.workspace, output_, c.doutput.blocks, lanes_, halo_);
    float* scratch = c.workspace + padded_floats_;
    c.kernels.copy(c.doutput, padded);
    c.kernels.fill_halo(padded, halo_, 0);
    if (!c.gradients.empty()) {
      c.kernels.conv2d_dweight(plan_, padded, c.inputs[0], c.gradients[0], nullptr, scratch);
      if (bias_) c.kernels.channel_sums(c.doutput, c.gradients[1]);
    }
    if (c.dinputs[0].data != nullptr) c.kernels.conv2d_forward(plan_, padded, c.parameters[0], nullptr, c.dinputs[0], false);
  }

 private:
  bool bias_;
  Shape output_;
  int lanes_;
  kernels::Halo halo_;
  kernels::Conv2dPlan plan_;
  std::size_t padded_floats_ = 0, scratch_ = 0, channels_ = 0;
};

class ConvTranspose2d final : public Layer {
 public:
  ConvTranspose2d(std::string name, const core::ParsedOptions& options)
      : Layer(std::move(name)), options_(options.all()), window_(window_from(options)),
        output_padding_(options.pair("outputPadding")), out_channels_(options.integer("outChannels")), init_(init_from(options)), bias_(options.boolean("bias")) {}

  core::Result<Shape> infer_shape(std::span<const Shape> inputs) const override {
    const auto size = [&](const core::WindowAxis& axis, int extra, int input) {
      return (std::int64_t{input} - 1) * axis.stride - axis.before - axis.after + axis.kernel + extra;
    };
    const std::int64_t height = size(window_.y, output_padding_[0], inputs[0].height);
    const std::int64_t width = size(window_.x, output_padding_[1], inputs[0].width);
    const bool padded_too_far = output_padding_[0] >= window_.y.stride || output_padding_[1] >= window_.x.stride;
    if (height >= 1 && width >= 1 && height <= 65535 && width <= 65535 && !padded_too_far) {
      return Shape{out_channels_, static_cast<int>(height), static_cast<int>(width)};
    }
    return core::Error{core::ErrorCode::invalid_shape,
                       "layer '" + name() + "' (convTranspose2d) would make " + std::to_string(out_channels_) + "×" +
                           std::to_string(height) + "×" + std::to_string(width) + " of " + to_string(inputs[0]) +
                           ": O = (I - 1)·S - 2P + K + output padding",
                       padded_too_far ? "outputPadding stays below stride." : "Heights and widths are 1 to 65535; use less padding."};
  }

  std::vector<ParameterSpec> parameters(std::span<const Shape> inputs) const override {
    const std::int64_t window = std::int64_t{window_.y.kernel} * window_.x.kernel;
    std::vector<ParameterSpec> specs;
    specs.push_back({.name = "weight",
                     .shape = {inputs[0].channels, out_channels_, window_.y.kernel, window_.x.kernel},
                     .init = with_fans(init_, inputs[0].channels * window, out_channels_ * window)});
    if (bias_) specs.push_back({.name = "bias", .shape = {out_channels_}, .init = {}});
    return specs;
  }

  LayerDescription describe(std::span<const Shape> inputs) const override {
    return {.reach = Reach::everything,
            .window = {},
            .macs = inputs[0].elements() * out_channels_ * window_.y.kernel * window_.x.kernel,
            .options = options_};
  }

  std::unique_ptr<PlannedLayer> plan(const PlanContext& context) const override {
    // The convolution that maps our output back to our input: what output padding adds, its windows need not reach.
    core::WindowGeometry window = window_;
    const auto settle = [](core::WindowAxis& axis, int small, int large) { axis.after = std::max(0, (small - 1) * axis.stride + axis.kernel - large - axis.before); };
    settle(window.y, context.input_shapes[0].height, context.output_shape.height);
    settle(window.x, context.input_shapes[0].width, context.output_shape.width);
    return std::make_unique<PlannedConvTranspose2d>(window, bias_, context);
  }

 private:
  core::Options options_;
  core::WindowGeometry window_;
  std::array<int, 2> output_padding_;
  int out_channels_;
  InitRecipe init_;
  bool bias_;
};

}  // namespace

const LayerType& conv_transpose2d_type() {
  static const LayerType type = {
      .name = "convTranspose2d", .stem = "deconv",
      .doc = "Spreads each input pixel over a window of the output: a convolution's input gradient as a layer.",
      .options = conv_transpose2d_specs,
      .make = [](std::string name, const core::ParsedOptions& options) -> core::Result<std::unique_ptr<Layer>> {
        return std::unique_ptr<Layer>(std::make_unique<ConvTranspose2d>(std::move(name), options));
      }};
  return type;
}

}  // namespace striate::layers

#include "striate/layers/conv2d.hpp"

#include "striate/layers/channel_conv2d.hpp"
#include "striate/layers/conv2d_plan.hpp"
#include "striate/layers/init_options.hpp"
#include "striate/layers/pad_options.hpp"
#include "striate/layers/window_options.hpp"

#include <bit>

namespace striate::layers {
namespace {

constexpr core::OptionSpec conv2d_specs[] = {
    {.name = "outChannels", .kind = core::OptionKind::integer, .required = true, .minimum = 1, .maximum = 65535,
     .doc = "How many filters, and so how many feature maps come out"},
    {.name = "kernelSize", .kind = core::OptionKind::pair, .required = true, .minimum = 1, .maximum = 65535,
     .doc = "Size of the filter"},
    {.name = "stride", .kind = core::OptionKind::pair, .fallback = 1, .minimum = 1, .maximum = 65535,
     .doc = "Step of the window"},
    {.name = "padding", .kind = core::OptionKind::sides, .fallback = 0, .minimum = 0, .maximum = 65535,
     .doc = "Pixels added around the input"},
    {.name = "paddingValue", .kind = core::OptionKind::number, .fallback = 0, .minimum = -1e30, .maximum = 1e30,
     .doc = "What the added pixels hold in the constant mode"},
    padding_mode_option,
    {.name = "dilation", .kind = core::OptionKind::pair, .fallback = 1, .minimum = 1, .maximum = 65535,
     .doc = "Distance between the pixels of a window"},
    {.name = "groups", .kind = core::OptionKind::integer, .fallback = 1, .minimum = 1, .maximum = 65535,
     .doc = "Parts of the channels that do not see each other; as many as channels: depthwise"},
    {.name = "connections", .kind = core::OptionKind::list, .minimum = 1, .maximum = 4503599627370495.0,
     .doc = "One number per filter: bit i says whether it sees input map i (LeNet-98's C3)"},
    init_option,
    init_value_option,
    {.name = "bias", .kind = core::OptionKind::boolean, .fallback = 1, .doc = "Whether each filter adds a number of its own"},
};

class Conv2d final : public Layer {
 public:
  Conv2d(std::string name, const core::ParsedOptions& options)
      : Layer(std::move(name)), options_(options.all()), init_(init_from(options)) {
    settings_.window = window_from(options);
    set_dilation(settings_.window, options);
    settings_.out_channels = options.integer("outChannels");
    settings_.groups = options.integer("groups");
    settings_.padding_mode = padding_mode_from(options);
    settings_.padding_value = static_cast<float>(options.number("paddingValue"));
    settings_.bias = options.boolean("bias");
    if (!options.has("connections")) return;
    for (const double mask : options.list("connections")) settings_.connections.push_back(static_cast<std::uint64_t>(mask));
  }

  core::Result<Shape> infer_shape(std::span<const Shape> inputs) const override {
    const Shape& input = inputs[0];
    STRIATE_TRY(shape, settings_.window.output(input, name()));
    STRIATE_CHECK(check_padding_mode(name(), settings_.padding_mode, settings_.halo(), input));
    if (input.channels % settings_.groups != 0 || settings_.out_channels % settings_.groups != 0) {
      return wrong(input, "groups " + std::to_string(settings_.groups) + " must divide both the input's channels and the " +
                              std::to_string(settings_.out_channels) + " filters");
    }
    if (!settings_.connections.empty()) STRIATE_CHECK(check_connections(input));
    return Shape{settings_.out_channels, shape.height, shape.width};
  }

  std::vector<ParameterSpec> parameters(std::span<const Shape> inputs) const override {
    const int kh = settings_.window.y.kernel, kw = settings_.window.x.kernel;
    const std::int64_t window = std::int64_t{kh} * kw;
    const int channels = inputs[0].channels / settings_.groups, out = settings_.out_channels;
    std::vector<ParameterSpec> specs;
    if (settings_.connections.empty()) {
      specs.push_back({.name = "weight",
                       .shape = {out, channels, kh, kw},
                       .init = with_fans(init_, channels * window, out / settings_.groups * window)});
    } else {
      // One kernel per link; a filter's fan-in is what its links bring, on average.
      const int links = settings_.links();
      specs.push_back({.name = "weight",
                       .shape = {links, kh, kw},
                       .init = with_fans(init_, links * window / out, links * window / channels)});
    }
    if (settings_.bias) specs.push_back({.name = "bias", .shape = {out}, .init = {}});
    return specs;
  }

  LayerDescription describe(std::span<const Shape> inputs) const override {
    const auto& [y, x] = settings_.window;
    const std::int64_t pixels = std::int64_t{y.output(inputs[0].height)} * x.output(inputs[0].width);
    const std::int64_t links = settings_.connections.empty()
                                   ? std::int64_t{settings_.out_channels} * inputs[0].channels / settings_.groups
                                   : settings_.links();
    const Shape output{settings_.out_channels, y.output(inputs[0].height), x.output(inputs[0].width)};
    return {.reach = Reach::window,
            .window = settings_.window,
            .macs = pixels * links * y.kernel * x.kernel,
            .options = options_,
            .algorithm = kernels::convolution_name(
                kernels::choose_convolution(inputs[0], output, settings_.window, settings_.groups, kernels::kernels().width))};
  }

  HaloRequest input_halo(std::size_t) const override {
    if (settings_.padding_mode != kernels::PadMode::constant) return {};  // padded in a copy of its own
    return {settings_.halo(), settings_.padding_value};
  }

  LayerTraits traits() const override { return {.takes_affine = true, .relu_epilogue = true, .relu_mask = true}; }
  ChannelLanes channel_lanes(std::span<const Shape>, int width, bool training) const override {
    return channel_conv2d_lanes(settings_, width, training);
  }

  std::unique_ptr<PlannedLayer> plan(const PlanContext& context) const override {
    return context.channel_lanes ? plan_channel_conv2d(settings_, context) : plan_conv2d(settings_, context);
  }

 private:
  core::Error wrong(const Shape& input, const std::string& rule) const {
    return {core::ErrorCode::invalid_shape,
            "layer '" + name() + "' (conv2d) cannot take " + to_string(input) + ": " + rule,
            "Change the channels, or the option named."};
  }

  core::Status check_connections(const Shape& input) const {
    if (settings_.groups != 1) return wrong(input, "connections and groups exclude each other");
    if (settings_.connections.size() != static_cast<std::size_t>(settings_.out_channels)) {
      return wrong(input, "connections has " + std::to_string(settings_.connections.size()) + " numbers for " +
                              std::to_string(settings_.out_channels) + " filters");
    }
    for (const std::uint64_t mask : settings_.connections) {
      if (static_cast<int>(std::bit_width(mask)) <= input.channels) continue;
      return wrong(input, "connections holds " + std::to_string(mask) + ", which names a map beyond the input's " +
                              std::to_string(input.channels));
    }
    return {};
  }

  core::Options options_;
  InitRecipe init_;
  Conv2dSettings settings_;
};

}  // namespace

const LayerType& conv2d_type() {
  static const LayerType type = {
      .name = "conv2d",
      .stem = "conv",
      .doc = "Slides filters over the image: each output pixel is the bias plus the sum of weight · input in its window.",
      .options = conv2d_specs,
      .make = [](std::string name, const core::ParsedOptions& options) -> core::Result<std::unique_ptr<Layer>> {
        return std::unique_ptr<Layer>(std::make_unique<Conv2d>(std::move(name), options));
      }};
  return type;
}

}  // namespace striate::layers

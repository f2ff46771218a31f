#include "striate/layers/upsample.hpp"

namespace striate::layers {
namespace {

constexpr std::string_view modes[] = {"nearest", "bilinear"};
constexpr core::OptionSpec upsample_specs[] = {
    {.name = "scale", .kind = core::OptionKind::pair, .fallback = 2, .minimum = 1, .maximum = 1024, .doc = "How many times taller and wider"},
    {.name = "size", .kind = core::OptionKind::pair, .fallback = std::numeric_limits<double>::quiet_NaN(), .minimum = 1,
     .maximum = 65535, .doc = "Height and width wanted; overrides scale"},
    {.name = "mode", .kind = core::OptionKind::text, .doc = "nearest: pixels repeated; bilinear: between neighbours",
     .text_fallback = "nearest", .choices = modes},
    {.name = "alignCorners", .kind = core::OptionKind::boolean, .fallback = 0, .doc = "bilinear: corner pixels keep their place"},
};

class PlannedUpsample final : public PlannedLayer {
 public:
  explicit PlannedUpsample(kernels::UpsamplePlan plan) : plan_(std::move(plan)) {}
  void forward(const ForwardContext& c) override { c.kernels.upsample_forward(plan_, c.inputs[0], c.output); }
  void backward(const BackwardContext& c) override {
    if (c.dinputs[0].data != nullptr) c.kernels.upsample_backward(plan_, c.doutput, c.dinputs[0]);
  }

 private:
  kernels::UpsamplePlan plan_;
};

class Upsample final : public Layer {
 public:
  Upsample(std::string name, const core::ParsedOptions& options)
      : Layer(std::move(name)), options_(options.all()), scale_(options.pair("scale")) {
    if (options.has("size")) size_ = options.pair("size");
    if (options.text("mode") == "bilinear") {
      mode_ = options.boolean("alignCorners") ? kernels::UpsampleMode::bilinear_align_corners : kernels::UpsampleMode::bilinear;
    }
  }

  core::Result<Shape> infer_shape(std::span<const Shape> inputs) const override {
    const std::int64_t height = size_ ? (*size_)[0] : std::int64_t{inputs[0].height} * scale_[0];
    const std::int64_t width = size_ ? (*size_)[1] : std::int64_t{inputs[0].width} * scale_[1];
    if (height <= 65535 && width <= 65535) return Shape{inputs[0].channels, static_cast<int>(height), static_cast<int>(width)};
    return core::Error{core::ErrorCode::invalid_shape,
                       "layer '" + name() + "' (upsample) would make " + to_string(inputs[0]) + " " + std::to_string(height) + "×" +
                           std::to_string(width),
                       "Heights and widths go up to 65535; use a smaller scale."};
  }
  LayerDescription describe(std::span<const Shape>) const override { return {.reach = Reach::everything, .window = {}, .options = options_}; }
  LayerTraits traits() const override { return {.backward_reads_inputs = false}; }
  ChannelLanes channel_lanes(std::span<const Shape>, int, bool) const override { return ChannelLanes::alike; }
  std::unique_ptr<PlannedLayer> plan(const PlanContext& context) const override {
    const Shape &in = context.input_shapes[0], &out = context.output_shape;
    return std::make_unique<PlannedUpsample>(kernels::make_upsample_plan(mode_, in.height, in.width, out.height, out.width));
  }

 private:
  core::Options options_;
  std::array<int, 2> scale_;
  std::optional<std::array<int, 2>> size_;
  kernels::UpsampleMode mode_ = kernels::UpsampleMode::nearest;
};

}  // namespace

const LayerType& upsample_type() {
  static const LayerType type = {
      .name = "upsample", .stem = "upsample", .doc = "Makes the image larger: pixels repeated, or values between neighbours.",
      .options = upsample_specs,
      .make = [](std::string name, const core::ParsedOptions& options) -> core::Result<std::unique_ptr<Layer>> {
        return std::unique_ptr<Layer>(std::make_unique<Upsample>(std::move(name), options));
      }};
  return type;
}

}  // namespace striate::layers

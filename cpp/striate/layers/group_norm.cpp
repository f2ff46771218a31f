#include "striate/layers/group_norm.hpp"

namespace striate::layers {
namespace {

constexpr core::OptionSpec group_norm_specs[] = {
    {.name = "groups", .kind = core::OptionKind::integer, .required = true, .minimum = 1, .maximum = 65535,
     .doc = "How many groups the channels are split into"},
    {.name = "eps", .kind = core::OptionKind::number, .fallback = 1e-5, .minimum = 1e-30, .maximum = 1e30,
     .doc = "Added to the variance"},
    {.name = "affine", .kind = core::OptionKind::boolean, .fallback = 1, .doc = "Whether each channel has a trainable weight and bias"},
};

class PlannedGroupNorm final : public PlannedLayer {
 public:
  PlannedGroupNorm(int groups, float epsilon, bool affine, const PlanContext& context)
      : groups_(groups), epsilon_(epsilon), affine_(affine),
        saved_(kernels::group_norm_statistics(context.output, groups)),
        workspace_(context.training ? 2 * static_cast<std::size_t>(context.output_shape.channels) *
                                          static_cast<std::size_t>(context.kernels.width)
                                    : 0) {}

  std::size_t saved_floats() const override { return saved_; }
  std::size_t workspace_floats() const override { return workspace_; }

  void forward(const ForwardContext& c) override {
    c.kernels.group_norm_forward(c.inputs[0], groups_, affine_ ? c.parameters[0] : nullptr, affine_ ? c.parameters[1] : nullptr,
                                 epsilon_, c.output, c.saved);
  }

  void backward(const BackwardContext& c) override {
    const bool learns = affine_ && !c.gradients.empty();
    c.kernels.group_norm_backward(c.inputs[0], groups_, affine_ ? c.parameters[0] : nullptr, c.saved, c.doutput, c.dinputs[0],
                                  learns ? c.gradients[0] : nullptr, learns ? c.gradients[1] : nullptr, c.workspace);
  }

 private:
  int groups_;
  float epsilon_;
  bool affine_;
  std::size_t saved_, workspace_;
};

class GroupNorm final : public Layer {
 public:
  GroupNorm(std::string name, const core::ParsedOptions& options)
      : Layer(std::move(name)),
        options_(options.all()),
        groups_(options.integer("groups")),
        epsilon_(static_cast<float>(options.number("eps"))),
        affine_(options.boolean("affine")) {}

  core::Result<Shape> infer_shape(std::span<const Shape> inputs) const override {
    if (inputs[0].channels % groups_ == 0) return inputs[0];
    return core::Error{core::ErrorCode::invalid_shape,
                       "layer '" + name() + "' (groupNorm): " + std::to_string(inputs[0].channels) + " channels of the input " +
                           to_string(inputs[0]) + " do not split into " + std::to_string(groups_) + " groups",
                       "Use a number of groups that divides the channels."};
  }
  std::vector<ParameterSpec> parameters(std::span<const Shape> inputs) const override {
    if (!affine_) return {};
    const std::vector<int> shape = {inputs[0].channels};
    return {{.name = "weight", .shape = shape, .init = {InitRecipe::Kind::ones}}, {.name = "bias", .shape = shape, .init = {}}};
  }
  LayerDescription describe(std::span<const Shape> inputs) const override {
    return {.window = {}, .macs = inputs[0].elements(), .options = options_};
  }
  std::unique_ptr<PlannedLayer> plan(const PlanContext& context) const override {
    return std::make_unique<PlannedGroupNorm>(groups_, epsilon_, affine_, context);
  }

 private:
  core::Options options_;
  int groups_;
  float epsilon_;
  bool affine_;
};

}  // namespace

const LayerType& group_norm_type() {
  static const LayerType type = {
      .name = "groupNorm",
      .stem = "gn",
      .doc = "Brings each group of channels of each image to mean 0 and variance 1, then scales and shifts each channel.",
      .options = group_norm_specs,
      .make = [](std::string name, const core::ParsedOptions& options) -> core::Result<std::unique_ptr<Layer>> {
        return std::unique_ptr<Layer>(std::make_unique<GroupNorm>(std::move(name), options));
      }};
  return type;
}

}  // namespace striate::layers

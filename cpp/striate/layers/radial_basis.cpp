#include "striate/layers/radial_basis.hpp"

namespace striate::layers {
namespace {

constexpr std::string_view code_kinds[] = {"digits", "random"};
constexpr core::OptionSpec radial_basis_specs[] = {
    {.name = "outFeatures", .kind = core::OptionKind::integer, .fallback = 10, .minimum = 1, .maximum = 65535, .doc = "How many classes"},
    {.name = "codes", .kind = core::OptionKind::text, .doc = "digits: fixed 7×12 pictures of 0 … 9; random: ±1, trainable",
     .text_fallback = "digits", .choices = code_kinds},
};

constexpr int code_pixels = 7 * 12;

class PlannedRadialBasis final : public PlannedLayer {
 public:
  void forward(const ForwardContext& c) override { c.kernels.radial_basis_forward(c.inputs[0], c.parameters[0], c.output); }
  void backward(const BackwardContext& c) override {
    if (!c.gradients.empty() && c.gradients[0] != nullptr) {
      c.kernels.radial_basis_dcenters(c.inputs[0], c.parameters[0], c.doutput, c.gradients[0]);
    }
    if (c.dinputs[0].data != nullptr) c.kernels.radial_basis_dinput(c.inputs[0], c.parameters[0], c.doutput, c.dinputs[0]);
  }
};

class RadialBasis final : public Layer {
 public:
  RadialBasis(std::string name, const core::ParsedOptions& options)
      : Layer(std::move(name)), options_(options.all()), out_features_(options.integer("outFeatures")),
        digits_(options.text("codes") == "digits") {}

  core::Result<Shape> infer_shape(std::span<const Shape> inputs) const override {
    const Shape& input = inputs[0];
    const bool fits = input.height == 1 && input.width == 1 && (!digits_ || (input.channels == code_pixels && out_features_ == 10));
    if (fits) return Shape{out_features_, 1, 1};
    return core::Error{core::ErrorCode::invalid_shape,
                       "layer '" + name() + "' (radialBasis) is given " + to_string(input) + " for " + std::to_string(out_features_) +
                           " classes",
                       digits_ ? "With codes 'digits' it takes 84×1×1 features (7×12 pixels) and has 10 classes."
                               : "It takes a flat input F×1×1: put a flatten or linear layer before it."};
  }
  std::vector<ParameterSpec> parameters(std::span<const Shape> inputs) const override {
    const InitRecipe::Kind kind = digits_ ? InitRecipe::Kind::digit_codes : InitRecipe::Kind::signs;
    return {{.name = "weight", .shape = {out_features_, inputs[0].channels}, .init = {kind, inputs[0].channels, out_features_},
             .decay = false, .trainable = !digits_}};
  }
  LayerDescription describe(std::span<const Shape> inputs) const override {
    return {.reach = Reach::everything, .window = {}, .macs = std::int64_t{inputs[0].channels} * out_features_, .options = options_};
  }
  std::unique_ptr<PlannedLayer> plan(const PlanContext&) const override { return std::make_unique<PlannedRadialBasis>(); }

 private:
  core::Options options_;
  int out_features_;
  bool digits_;
};

}  // namespace

const LayerType& radial_basis_type() {
  static const LayerType type = {
      .name = "radialBasis", .stem = "output",
      .doc = "LeNet-98's output: minus the squared distance from the features to the code of each class.", .options = radial_basis_specs,
      .make = [](std::string name, const core::ParsedOptions& options) -> core::Result<std::unique_ptr<Layer>> {
        return std::unique_ptr<Layer>(std::make_unique<RadialBasis>(std::move(name), options));
      }};
  return type;
}

}  // namespace striate::layers

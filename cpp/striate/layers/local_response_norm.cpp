#include "striate/layers/local_response_norm.hpp"

namespace striate::layers {
namespace {

constexpr core::OptionSpec local_response_norm_specs[] = {
    {.name = "size", .kind = core::OptionKind::integer, .required = true, .minimum = 1, .maximum = 65535,
     .doc = "How many neighbouring channels count"},
    {.name = "alpha", .kind = core::OptionKind::number, .fallback = 1e-4, .minimum = 0, .maximum = 1e10, .doc = "Weight of their squares"},
    {.name = "beta", .kind = core::OptionKind::number, .fallback = 0.75, .minimum = 0, .maximum = 100, .doc = "Exponent"},
    {.name = "k", .kind = core::OptionKind::number, .fallback = 1, .minimum = 1e-10, .maximum = 1e10, .doc = "Added to the sum"},
};

class PlannedLocalResponseNorm final : public PlannedLayer {
 public:
  PlannedLocalResponseNorm(const kernels::LocalResponseNorm& norm, const PlanContext& context)
      : norm_(norm), shape_(context.output_shape), lanes_(context.output.lanes),
        saved_(kernels::blocked_floats(shape_, context.output.blocks, lanes_)) {}

  std::size_t saved_floats() const override { return saved_; }
  void forward(const ForwardContext& c) override {
    c.kernels.local_response_norm_forward(norm_, c.inputs[0], c.output, scale(c.saved, c.output.blocks));
  }
  void backward(const BackwardContext& c) override {
    if (c.dinputs[0].data == nullptr) return;
    c.kernels.local_response_norm_backward(norm_, c.inputs[0], c.output, scale(c.saved, c.doutput.blocks), c.doutput, c.dinputs[0]);
  }

 private:
  BlockedView scale(float* saved, int blocks) const { return kernels::blocked_view(saved, shape_, blocks, lanes_); }

  kernels::LocalResponseNorm norm_;
  Shape shape_;
  int lanes_;
  std::size_t saved_;
};

class LocalResponseNormLayer final : public Layer {
 public:
  LocalResponseNormLayer(std::string name, const core::ParsedOptions& options)
      : Layer(std::move(name)),
        options_(options.all()),
        norm_{options.integer("size"), static_cast<float>(options.number("alpha")), static_cast<float>(options.number("beta")),
              static_cast<float>(options.number("k"))} {}

  core::Result<Shape> infer_shape(std::span<const Shape> inputs) const override { return inputs[0]; }
  LayerDescription describe(std::span<const Shape> inputs) const override {
    return {.window = {}, .macs = inputs[0].elements() * norm_.size, .options = options_};
  }
  LayerTraits traits() const override { return {.backward_reads_output = true}; }
  std::unique_ptr<PlannedLayer> plan(const PlanContext& context) const override {
    return std::make_unique<PlannedLocalResponseNorm>(norm_, context);
  }

 private:
  core::Options options_;
  kernels::LocalResponseNorm norm_;
};

}  // namespace

const LayerType& local_response_norm_type() {
  static const LayerType type = {
      .name = "localResponseNorm",
      .stem = "lrn",
      .doc = "Divides each value by a power of the squares of its neighbours in the channels around it.",
      .options = local_response_norm_specs,
      .make = [](std::string name, const core::ParsedOptions& options) -> core::Result<std::unique_ptr<Layer>> {
        return std::unique_ptr<Layer>(std::make_unique<LocalResponseNormLayer>(std::move(name), options));
      }};
  return type;
}

}  // namespace striate::layers

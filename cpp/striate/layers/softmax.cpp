#include "striate/layers/softmax.hpp"

namespace striate::layers {
namespace {

class PlannedSoftmax final : public PlannedLayer {
 public:
  explicit PlannedSoftmax(bool logarithm) : logarithm_(logarithm) {}
  void forward(const ForwardContext& c) override { c.kernels.softmax_forward(c.inputs[0], c.output, logarithm_); }
  void backward(const BackwardContext& c) override {
    if (c.dinputs[0].data != nullptr) c.kernels.softmax_backward(c.output, c.doutput, c.dinputs[0], logarithm_);
  }

 private:
  bool logarithm_;
};

class Softmax final : public Layer {
 public:
  Softmax(std::string name, bool logarithm) : Layer(std::move(name)), logarithm_(logarithm) {}
  core::Result<Shape> infer_shape(std::span<const Shape> inputs) const override { return inputs[0]; }
  LayerDescription describe(std::span<const Shape>) const override { return {}; }
  LayerTraits traits() const override { return {.backward_reads_inputs = false, .backward_reads_output = true}; }
  std::unique_ptr<PlannedLayer> plan(const PlanContext&) const override { return std::make_unique<PlannedSoftmax>(logarithm_); }

 private:
  bool logarithm_;
};

template <bool logarithm>
core::Result<std::unique_ptr<Layer>> make_softmax(std::string name, const core::ParsedOptions&) {
  return std::unique_ptr<Layer>(std::make_unique<Softmax>(std::move(name), logarithm));
}

}  // namespace

const LayerType& softmax_type() {
  static const LayerType type = {.name = "softmax", .stem = "softmax",
                                 .doc = "Turns the channels of each pixel into probabilities: exp(x)/Σ exp(x).",
                                 .options = {}, .make = make_softmax<false>};
  return type;
}

const LayerType& log_softmax_type() {
  static const LayerType type = {.name = "logSoftmax", .stem = "logSoftmax",
                                 .doc = "The logarithm of softmax, without its rounding: x − log Σ exp(x).",
                                 .options = {}, .make = make_softmax<true>};
  return type;
}

}  // namespace striate::layers

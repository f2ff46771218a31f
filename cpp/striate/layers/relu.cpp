#include "striate/layers/relu.hpp"

namespace striate::layers {
namespace {

class PlannedRelu final : public PlannedLayer {
 public:
  void forward(const ForwardContext& c) override { c.kernels.relu_forward(c.inputs[0], c.output); }
  void backward(const BackwardContext& c) override { c.kernels.relu_backward(c.output, c.doutput, c.dinputs[0]); }
};

class Relu final : public Layer {
 public:
  using Layer::Layer;

  core::Result<Shape> infer_shape(std::span<const Shape> inputs) const override { return inputs[0]; }
  LayerDescription describe(std::span<const Shape>) const override { return {}; }
  LayerTraits traits() const override {
    return {.is_relu = true, .backward_reads_inputs = false, .backward_reads_output = true};
  }
  ChannelLanes channel_lanes(std::span<const Shape>, int, bool) const override { return ChannelLanes::alike; }
  std::unique_ptr<PlannedLayer> plan(const PlanContext&) const override { return std::make_unique<PlannedRelu>(); }
};

}  // namespace

const LayerType& relu_type() {
  static const LayerType type = {
      .name = "relu",
      .stem = "relu",
      .doc = "Lets positive values through and sets the rest to 0: max(0, x).",
      .options = {},
      .make = [](std::string name, const core::ParsedOptions&) -> core::Result<std::unique_ptr<Layer>> {
        return std::unique_ptr<Layer>(std::make_unique<Relu>(std::move(name)));
      }};
  return type;
}

}  // namespace striate::layers

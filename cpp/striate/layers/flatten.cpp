#include "striate/layers/flatten.hpp"

#include "striate/kernels/channel_lanes.hpp"

namespace striate::layers {
namespace {

class PlannedFlatten final : public PlannedLayer {
 public:
  void forward(const ForwardContext& c) override { c.kernels.flatten_forward(c.inputs[0], c.output); }
  void backward(const BackwardContext& c) override {
    if (c.dinputs[0].data != nullptr) c.kernels.flatten_backward(c.doutput, c.dinputs[0]);
  }
};

class PlannedChannelFlatten final : public PlannedLayer {
 public:
  explicit PlannedChannelFlatten(int channels) : channels_(channels) {}
  void forward(const ForwardContext& c) override {
    kernels::flatten_channels(c.inputs[0], channels_, c.output.data, c.output.block_stride);
  }
  void backward(const BackwardContext& c) override {
    if (c.dinputs[0].data != nullptr) kernels::unflatten_channels(c.doutput.data, c.doutput.block_stride, channels_, c.dinputs[0]);
  }

 private:
  int channels_;
};

class Flatten final : public Layer {
 public:
  using Layer::Layer;

  core::Result<Shape> infer_shape(std::span<const Shape> inputs) const override {
    return Shape{static_cast<int>(inputs[0].elements()), 1, 1};
  }
  LayerDescription describe(std::span<const Shape>) const override {
    return {.reach = Reach::everything, .window = {}, .macs = 0, .options = {}};
  }
  LayerTraits traits() const override { return {.backward_reads_inputs = false}; }
  ChannelLanes channel_lanes(std::span<const Shape>, int, bool) const override { return ChannelLanes::any; }
  std::unique_ptr<PlannedLayer> plan(const PlanContext& context) const override {
    if (context.channel_lanes) return std::make_unique<PlannedChannelFlatten>(context.input_shapes[0].channels);
    return std::make_unique<PlannedFlatten>();
  }
};

}  // namespace

const LayerType& flatten_type() {
  static const LayerType type = {
      .name = "flatten",
      .stem = "flatten",
      .doc = "Lays the image out as one list of numbers, channel by channel.",
      .options = {},
      .number_first = false,
      .make = [](std::string name, const core::ParsedOptions&) -> core::Result<std::unique_ptr<Layer>> {
        return std::unique_ptr<Layer>(std::make_unique<Flatten>(std::move(name)));
      }};
  return type;
}

}  // namespace striate::layers

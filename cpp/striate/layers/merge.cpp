#include "striate/layers/merge.hpp"

#include "striate/layers/channel_range.hpp"

namespace striate::layers {
namespace {

core::Error unequal(const std::string& name, const char* type, std::span<const Shape> inputs, const char* rule) {
  std::string shapes;
  for (const Shape& shape : inputs) shapes += (shapes.empty() ? "" : ", ") + to_string(shape);
  return {core::ErrorCode::invalid_shape, "layer '" + name + "' (" + type + ") is given " + shapes, rule};
}

class PlannedAdd final : public PlannedLayer {
 public:
  explicit PlannedAdd(bool relu) : relu_(relu) {}
  void forward(const ForwardContext& c) override {
    ConstBlockedView sum = c.inputs[0];
    for (std::size_t k = 1; k < c.inputs.size(); ++k) {
      const auto add = relu_ && k + 1 == c.inputs.size() ? c.kernels.add_relu : c.kernels.add;
      add(sum, c.inputs[k], c.output);
      sum = c.output;
    }
  }
  void backward(const BackwardContext& c) override {
    for (const BlockedView& dinput : c.dinputs) {
      if (dinput.data != nullptr && dinput.data != c.doutput.data) c.kernels.copy(c.doutput, dinput);
    }
  }

 private:
  bool relu_;
};

class PlannedMultiply final : public PlannedLayer {
 public:
  void forward(const ForwardContext& c) override { c.kernels.multiply(c.inputs[0], c.inputs[1], c.output); }
  void backward(const BackwardContext& c) override {
    for (std::size_t k = 0; k < 2; ++k) {
      if (c.dinputs[k].data != nullptr) c.kernels.multiply(c.doutput, c.inputs[1 - k], c.dinputs[k]);
    }
  }
};

class PlannedConcat final : public PlannedLayer {
 public:
  void forward(const ForwardContext& c) override {
    int first = 0;
    for (const BlockedView& input : c.inputs) {
      c.kernels.copy(input, channel_range(c.output, first, input.channels));
      first += input.channels;
    }
  }
  void backward(const BackwardContext& c) override {
    int first = 0;
    for (std::size_t k = 0; k < c.dinputs.size(); ++k) {
      if (c.dinputs[k].data != nullptr) c.kernels.copy(channel_range(c.doutput, first, c.inputs[k].channels), c.dinputs[k]);
      first += c.inputs[k].channels;
    }
  }
};

class Add final : public Layer {
 public:
  using Layer::Layer;
  core::Result<Shape> infer_shape(std::span<const Shape> inputs) const override {
    for (const Shape& shape : inputs) {
      if (!(shape == inputs[0])) return unequal(name(), "add", inputs, "All inputs of add have one shape; a 1×1 convolution can change the channels.");
    }
    return inputs[0];
  }
  LayerDescription describe(std::span<const Shape>) const override { return {}; }
  LayerTraits traits() const override {
    return {.is_sum = true, .relu_epilogue = true, .passes_gradient = true, .backward_reads_inputs = false};
  }
  ChannelLanes channel_lanes(std::span<const Shape>, int, bool) const override { return ChannelLanes::alike; }
  std::unique_ptr<PlannedLayer> plan(const PlanContext& context) const override {
    return std::make_unique<PlannedAdd>(context.relu);
  }
};

class Multiply final : public Layer {
 public:
  using Layer::Layer;
  core::Result<Shape> infer_shape(std::span<const Shape> inputs) const override {
    if (!(inputs[0] == inputs[1])) return unequal(name(), "multiply", inputs, "Both inputs of multiply have one shape.");
    return inputs[0];
  }
  LayerDescription describe(std::span<const Shape>) const override { return {}; }
  ChannelLanes channel_lanes(std::span<const Shape>, int, bool) const override { return ChannelLanes::alike; }
  std::unique_ptr<PlannedLayer> plan(const PlanContext&) const override { return std::make_unique<PlannedMultiply>(); }
};

class Concat final : public Layer {
 public:
  using Layer::Layer;
  core::Result<Shape> infer_shape(std::span<const Shape> inputs) const override {
    Shape shape = inputs[0];
    for (const Shape& input : inputs.subspan(1)) {
      if (input.height != shape.height || input.width != shape.width) {
        return unequal(name(), "concat", inputs, "The inputs of concat have one height and width; only their channels differ.");
      }
      shape.channels += input.channels;
    }
    return shape;
  }
  LayerDescription describe(std::span<const Shape>) const override { return {}; }
  LayerTraits traits() const override { return {.backward_reads_inputs = false}; }
  // Whole vectors of channels are copied.
  ChannelLanes channel_lanes(std::span<const Shape> inputs, int width, bool) const override {
    for (const Shape& input : inputs.first(inputs.size() - 1)) {
      if (input.channels % width != 0) return ChannelLanes::no;
    }
    return ChannelLanes::alike;
  }
  std::unique_ptr<PlannedLayer> plan(const PlanContext&) const override { return std::make_unique<PlannedConcat>(); }
};

template <class Made>
core::Result<std::unique_ptr<Layer>> make(std::string name, const core::ParsedOptions&) {
  return std::unique_ptr<Layer>(std::make_unique<Made>(std::move(name)));
}

}  // namespace

const LayerType& add_type() {
  static const LayerType type = {.name = "add", .stem = "add", .doc = "The sum of its inputs, value by value.", .options = {},
                                 .minimum_inputs = 2, .maximum_inputs = 16, .make = make<Add>};
  return type;
}

const LayerType& multiply_type() {
  static const LayerType type = {.name = "multiply", .stem = "multiply", .doc = "The product of its two inputs, value by value.",
                                 .options = {}, .minimum_inputs = 2, .maximum_inputs = 2, .make = make<Multiply>};
  return type;
}

const LayerType& concat_type() {
  static const LayerType type = {.name = "concat", .stem = "concat", .doc = "The channels of its inputs, one behind another.",
                                 .options = {}, .minimum_inputs = 2, .maximum_inputs = 64, .make = make<Concat>};
  return type;
}

}  // namespace striate::layers

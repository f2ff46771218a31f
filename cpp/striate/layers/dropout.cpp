#include "striate/layers/dropout.hpp"

namespace striate::layers {
namespace {

constexpr core::OptionSpec dropout_specs[] = {
    {.name = "p", .kind = core::OptionKind::number, .fallback = 0.5, .minimum = 0, .maximum = 0.999,
     .doc = "Probability that a value is dropped"},
};

// FNV-1a: tells the random numbers of two layers apart.
std::uint32_t stream_of(const std::string& name) {
  std::uint32_t hash = 2166136261u;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
  return hash;
}

class PlannedDropout final : public PlannedLayer {
 public:
  PlannedDropout(float p, bool channels, std::uint32_t stream, const PlanContext& context)
      : p_(p), channels_(channels), training_(context.training), stream_(stream), shape_(context.output_shape),
        lanes_(context.output.lanes), saved_(training_ ? kernels::blocked_floats(shape_, context.output.blocks, lanes_) : 0) {}

  std::size_t saved_floats() const override { return saved_; }

  void forward(const ForwardContext& c) override {
    if (!training_) return c.kernels.copy(c.inputs[0], c.output);
    const BlockedView mask = kernels::blocked_view(c.saved, shape_, c.output.blocks, lanes_);
    c.kernels.dropout_mask(p_, channels_, c.seed, c.step, stream_, mask);
    c.kernels.multiply(c.inputs[0], mask, c.output);
  }

  void backward(const BackwardContext& c) override {
    if (c.dinputs[0].data == nullptr) return;
    c.kernels.multiply(c.doutput, kernels::blocked_view(c.saved, shape_, c.doutput.blocks, lanes_), c.dinputs[0]);
  }

 private:
  float p_;
  bool channels_, training_;
  std::uint32_t stream_;
  Shape shape_;
  int lanes_;
  std::size_t saved_;
};

class Dropout final : public Layer {
 public:
  Dropout(std::string name, const core::ParsedOptions& options, bool channels)
      : Layer(std::move(name)), options_(options.all()), p_(static_cast<float>(options.number("p"))), channels_(channels) {}

  core::Result<Shape> infer_shape(std::span<const Shape> inputs) const override { return inputs[0]; }
  LayerDescription describe(std::span<const Shape>) const override { return {.window = {}, .options = options_}; }
  LayerTraits traits() const override { return {.backward_reads_inputs = false, .split = Split::none}; }
  // Random numbers go by image.
  ChannelLanes channel_lanes(std::span<const Shape>, int, bool training) const override {
    return training ? ChannelLanes::no : ChannelLanes::alike;
  }
  std::unique_ptr<PlannedLayer> plan(const PlanContext& context) const override {
    return std::make_unique<PlannedDropout>(p_, channels_, stream_of(name()), context);
  }

 private:
  core::Options options_;
  float p_;
  bool channels_;
};

template <bool channels>
core::Result<std::unique_ptr<Layer>> make_dropout(std::string name, const core::ParsedOptions& options) {
  return std::unique_ptr<Layer>(std::make_unique<Dropout>(std::move(name), options, channels));
}

}  // namespace

const LayerType& dropout_type() {
  static const LayerType type = {.name = "dropout", .stem = "dropout",
                                 .doc = "Drops values at random while training, and scales the rest up.",
                                 .options = dropout_specs, .make = make_dropout<false>};
  return type;
}

const LayerType& dropout2d_type() {
  static const LayerType type = {.name = "dropout2d", .stem = "dropout",
                                 .doc = "Drops whole channels at random while training, and scales the rest up.",
                                 .options = dropout_specs, .make = make_dropout<true>};
  return type;
}

}  // namespace striate::layers

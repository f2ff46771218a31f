#include "striate/layers/reshape.hpp"

#include "striate/layers/pad_options.hpp"

namespace striate::layers {
namespace {

constexpr core::OptionSpec reshape_options[] = {
    {.name = "channels", .kind = core::OptionKind::integer, .required = true, .minimum = -1, .maximum = 1 << 24, .doc = "New channels, or −1"},
    {.name = "height", .kind = core::OptionKind::integer, .fallback = 1, .minimum = -1, .maximum = 65535, .doc = "New height, or −1"},
    {.name = "width", .kind = core::OptionKind::integer, .fallback = 1, .minimum = -1, .maximum = 65535, .doc = "New width, or −1"},
};

// By way of the flat order: flatten, then the backward of the new shape's flatten.
class PlannedReshape final : public PlannedLayer {
 public:
  explicit PlannedReshape(const PlanContext& context)
      : flat_{static_cast<int>(context.output_shape.elements()), 1, 1}, lanes_(context.output.lanes),
        workspace_(kernels::blocked_floats(flat_, context.output.blocks, lanes_)) {}

  std::size_t workspace_floats() const override { return workspace_; }
  void forward(const ForwardContext& c) override { move(c.kernels, c.inputs[0], c.output, c.workspace); }
  void backward(const BackwardContext& c) override {
    if (c.dinputs[0].data != nullptr) move(c.kernels, c.doutput, c.dinputs[0], c.workspace);
  }

 private:
  void move(const kernels::KernelTable& kernels, const ConstBlockedView& from, const BlockedView& to, float* workspace) const {
    const BlockedView flat = kernels::blocked_view(workspace, flat_, from.blocks, lanes_);
    kernels.flatten_forward(from, flat);
    kernels.flatten_backward(flat, to);
  }

  Shape flat_;
  int lanes_;
  std::size_t workspace_;
};

class Reshape final : public Layer {
 public:
  Reshape(std::string name, const core::ParsedOptions& options)
      : Layer(std::move(name)), options_(options.all()),
        wanted_{options.integer("channels"), options.integer("height"), options.integer("width")} {}

  core::Result<Shape> infer_shape(std::span<const Shape> inputs) const override {
    Shape shape = wanted_;
    int* open = nullptr;
    std::int64_t known = 1;
    bool possible = true;
    for (int* size : {&shape.channels, &shape.height, &shape.width}) {
      if (*size == -1 && open == nullptr) {
        open = size;
      } else {
        possible = possible && *size >= 1;
        known *= *size;
      }
    }
    const std::int64_t elements = inputs[0].elements();
    possible = possible && known > 0 && (open == nullptr ? known == elements : elements % known == 0);
    if (!possible) {
      return core::Error{core::ErrorCode::invalid_shape,
                         "layer '" + name() + "' (reshape): the " + std::to_string(elements) + " values of " + to_string(inputs[0]) +
                             " do not make " + to_string(wanted_),
                         "channels·height·width must equal the input's values; one of them may be -1."};
    }
    if (open != nullptr) *open = static_cast<int>(elements / known);
    return shape;
  }
  LayerDescription describe(std::span<const Shape>) const override { return {.reach = Reach::everything, .window = {}, .options = options_}; }
  LayerTraits traits() const override { return {.backward_reads_inputs = false}; }
  std::unique_ptr<PlannedLayer> plan(const PlanContext& context) const override { return std::make_unique<PlannedReshape>(context); }

 private:
  core::Options options_;
  Shape wanted_;
};

constexpr core::OptionSpec pad_options[] = {
    {.name = "padding", .kind = core::OptionKind::sides, .required = true, .minimum = 0, .maximum = 65535,
     .doc = "Pixels added on each side"},
    {.name = "value", .kind = core::OptionKind::number, .fallback = 0, .minimum = -1e30, .maximum = 1e30,
     .doc = "What the added pixels hold in the constant mode"},
    padding_mode_option,
};

class PlannedPad2d final : public PlannedLayer {
 public:
  PlannedPad2d(kernels::PadMode mode, const kernels::Halo& sides, float value) : mode_(mode), sides_(sides), value_(value) {}
  void forward(const ForwardContext& c) override { c.kernels.pad2d_forward(mode_, sides_, value_, c.inputs[0], c.output); }
  void backward(const BackwardContext& c) override {
    if (c.dinputs[0].data != nullptr) c.kernels.pad2d_backward(mode_, sides_, c.doutput, c.dinputs[0]);
  }

 private:
  kernels::PadMode mode_;
  kernels::Halo sides_;
  float value_;
};

class ZeroPad2d final : public Layer {
 public:
  ZeroPad2d(std::string name, const core::ParsedOptions& options)
      : Layer(std::move(name)), options_(options.all()), mode_(padding_mode_from(options)),
        value_(static_cast<float>(options.number("value"))) {
    const auto sides = options.sides("padding");
    sides_ = {sides[0], sides[1], sides[2], sides[3]};
  }
  core::Result<Shape> infer_shape(std::span<const Shape> inputs) const override {
    STRIATE_CHECK(check_padding_mode(name(), mode_, sides_, inputs[0]));
    return Shape{inputs[0].channels, inputs[0].height + sides_.top + sides_.bottom, inputs[0].width + sides_.left + sides_.right};
  }
  LayerDescription describe(std::span<const Shape>) const override {
    // A window of one pixel, padded: where an output pixel looks.
    core::WindowGeometry window;
    window.y = {.kernel = 1, .stride = 1, .before = sides_.top, .after = sides_.bottom};
    window.x = {.kernel = 1, .stride = 1, .before = sides_.left, .after = sides_.right};
    return {.reach = Reach::window, .window = window, .options = options_};
  }
  LayerTraits traits() const override { return {.backward_reads_inputs = false}; }
  ChannelLanes channel_lanes(std::span<const Shape>, int, bool) const override { return ChannelLanes::alike; }
  std::unique_ptr<PlannedLayer> plan(const PlanContext&) const override { return std::make_unique<PlannedPad2d>(mode_, sides_, value_); }

 private:
  core::Options options_;
  kernels::PadMode mode_;
  kernels::Halo sides_;
  float value_;
};

}  // namespace

const LayerType& reshape_type() {
  static const LayerType type = {
      .name = "reshape", .stem = "reshape", .doc = "The same values in another shape, in C, H, W order.", .options = reshape_options,
      .make = [](std::string name, const core::ParsedOptions& options) -> core::Result<std::unique_ptr<Layer>> {
        return std::unique_ptr<Layer>(std::make_unique<Reshape>(std::move(name), options));
      }};
  return type;
}

const LayerType& zero_pad2d_type() {
  static const LayerType type = {
      .name = "zeroPad2d", .stem = "pad", .doc = "Adds rows and columns around the image: zeros, another number, or its own edge.",
      .options = pad_options,
      .make = [](std::string name, const core::ParsedOptions& options) -> core::Result<std::unique_ptr<Layer>> {
        return std::unique_ptr<Layer>(std::make_unique<ZeroPad2d>(std::move(name), options));
      }};
  return type;
}

}  // namespace striate::layers

#include "striate/layers/batch_norm2d.hpp"

#include "striate/layers/block_range.hpp"

#include <algorithm>
#include <cmath>

namespace striate::layers {
namespace {

constexpr core::OptionSpec batch_norm2d_specs[] = {
    {.name = "eps", .kind = core::OptionKind::number, .fallback = 1e-5, .minimum = 1e-30, .maximum = 1e30,
     .doc = "Added to the variance"},
    {.name = "momentum", .kind = core::OptionKind::number, .fallback = 0.1, .minimum = 0, .maximum = 1,
     .doc = "Share of the newest batch in the running statistics"},
    {.name = "affine", .kind = core::OptionKind::boolean, .fallback = 1, .doc = "Whether each channel has a trainable weight and bias"},
};

struct Settings {
  float epsilon, momentum;
  bool affine;
};

// Sums over the batch are taken of parts of it, runs of blocks, and put together in their order: the same bits whatever the number
// of threads. A piece has some of the parts, in both phases of a pass, so that its images stay in the cache of one core.
class PlannedBatchNorm2d final : public PlannedLayer {
 public:
  PlannedBatchNorm2d(const Settings& settings, const PlanContext& context)
      : settings_(settings), training_(context.training), held_(context.hold_statistics), relu_(context.relu),
        channels_(context.output_shape.channels), parts_(std::min(context.output.blocks, most_parts)) {}

  // mean and 1/σ of this batch (the running ones when they are held); then what the parts say, in float or double.
  std::size_t saved_floats() const override { return training_ ? (2 + 4 * static_cast<std::size_t>(parts_)) * count() : 0; }
  std::size_t workspace_floats() const override { return 4 * count(); }
  int most_pieces() const override { return parts_; }
  int forward_phases() const override { return of_batch() ? 2 : 1; }
  int backward_phases() const override { return 2; }

  void forward(const ForwardContext& c) override {
    const Images images(c);
    float* const parts = of_batch() ? c.saved + 2 * count() : nullptr;
    for (int k = images.first; of_batch() && c.phase != 1 && k < images.end; ++k) {
      const Part part = images.part(k);
      float* const mean = parts + static_cast<std::size_t>(k) * 2 * count();
      c.kernels.batch_norm_statistics(part.of(c.inputs[0]), part.images, mean, mean + count());
    }
    if (c.phase == 0) return;
    float *const scale = c.workspace, *const shift = scale + count();
    float* mean = c.parameters[settings_.affine ? 2 : 0];
    float* variance = c.parameters[settings_.affine ? 3 : 1];
    if (of_batch()) {
      float *const own_mean = shift + count(), *const own_variance = own_mean + count();
      put_together(images, parts, own_mean, own_variance);
      if (c.piece == 0) follow(c, own_mean, own_variance, mean, variance);
      mean = own_mean;
      variance = own_variance;
    }
    const bool keeps = training_ && c.piece == 0;
    for (std::size_t i = 0; i < count(); ++i) {
      const float inverse = 1.0f / std::sqrt(variance[i] + settings_.epsilon);
      if (keeps) c.saved[i] = mean[i];
      if (keeps) c.saved[count() + i] = inverse;
      scale[i] = settings_.affine ? c.parameters[0][i] * inverse : inverse;
      shift[i] = (settings_.affine ? c.parameters[1][i] : 0.0f) - mean[i] * scale[i];
    }
    const Part all = images.all();
    c.kernels.scale_shift(all.of(c.inputs[0]), scale, shift, all.of(c.output), relu_);
  }

  // dx = outer·(dy − Σ dy/M − (x − μ)·Σ dy·(x − μ)/(σ²·M)), outer = γ/σ; the sums are left out where statistics are held.
  void backward(const BackwardContext& c) override {
    const Images images(c);
    const bool learns = settings_.affine && !c.gradients.empty(), sums_count = learns || !held_;
    const float *const mean = c.saved, *const inverses = mean + count();
    double* const parts = reinterpret_cast<double*>(c.saved + 2 * count());
    for (int k = images.first; sums_count && c.phase != 1 && k < images.end; ++k) {
      const Part part = images.part(k);
      double* const sums = parts + static_cast<std::size_t>(k) * 2 * count();
      c.kernels.batch_norm_sums(part.of(c.inputs[0]), part.images, part.of(c.doutput), mean, sums, sums + count());
    }
    if (c.phase == 0) return;
    float *const factor = c.workspace, *const slope = factor + count(), *const offset = slope + count();
    const double values = static_cast<double>(c.images) * c.inputs[0].height * c.inputs[0].width;
    for (std::size_t i = 0; i < count(); ++i) {
      double sum = 0, product = 0;
      for (int k = 0; sums_count && k < images.parts; ++k) {
        const double* const of_part = parts + static_cast<std::size_t>(k) * 2 * count();
        sum += of_part[i];
        product += of_part[count() + i];
      }
      const double inverse = inverses[i];
      product *= inverse;
      if (learns && c.piece == 0) {
        if (c.gradients[0] != nullptr) c.gradients[0][i] = static_cast<float>(product);
        if (c.gradients[1] != nullptr) c.gradients[1][i] = static_cast<float>(sum);
      }
      const double outer = static_cast<double>(settings_.affine ? c.parameters[0][i] : 1.0f) * inverse;
      factor[i] = static_cast<float>(outer);
      slope[i] = held_ ? 0.0f : static_cast<float>(-outer * inverse * product / values);
      offset[i] = held_ ? 0.0f : static_cast<float>(-outer * sum / values);
    }
    if (c.dinputs[0].data == nullptr) return;
    const Part all = images.all();
    c.kernels.batch_norm_dinput(all.of(c.inputs[0]), all.images, all.of(c.doutput), mean, factor, slope, offset,
                                all.of(c.dinputs[0]));
  }

 private:
  static constexpr int most_parts = 8;

  struct Part {
    int block = 0, blocks = 0, images = 0;
    ConstBlockedView of(const ConstBlockedView& view) const { return block_range(view, block, blocks); }
    BlockedView of(const BlockedView& view) const { return block_range(view, block, blocks); }
  };

  // The batch in parts, of which a piece has those from `first` to `end`.
  struct Images {
    template <typename Context>
    explicit Images(const Context& c)
        : blocks(c.inputs[0].blocks), lanes(c.inputs[0].lanes), images(c.images), parts(std::min(blocks, most_parts)),
          first(parts * c.piece / c.pieces), end(parts * (c.piece + 1) / c.pieces) {}

    Part from_to(int from, int to) const {
      const int block = blocks * from / parts, behind = blocks * to / parts;
      return {block, behind - block, std::min(images, behind * lanes) - std::min(images, block * lanes)};
    }
    Part part(int k) const { return from_to(k, k + 1); }
    Part all() const { return from_to(first, end); }

    int blocks, lanes, images, parts, first, end;
  };

  std::size_t count() const { return static_cast<std::size_t>(channels_); }
  bool of_batch() const { return training_ && !held_; }

  // As rows are in batch_norm_statistics.
  void put_together(const Images& images, const float* parts, float* mean, float* variance) const {
    for (std::size_t i = 0; i < count(); ++i) {
      double middle = 0, squares = 0, seen = 0;
      for (int k = 0; k < images.parts; ++k) {
        const float* const of_part = parts + static_cast<std::size_t>(k) * 2 * count();
        const double own = images.part(k).images, share = own / (seen + own);
        const double apart = of_part[i] - middle;
        squares += of_part[count() + i] * own + apart * apart * share * seen;
        middle = seen == 0 ? of_part[i] : middle + apart * share;
        seen += own;
      }
      mean[i] = static_cast<float>(middle);
      variance[i] = static_cast<float>(squares / seen);
    }
  }

  void follow(const ForwardContext& c, const float* mean, const float* variance, float* running_mean, float* running_variance) const {
    const float values = static_cast<float>(c.images) * static_cast<float>(c.inputs[0].height * c.inputs[0].width);
    const float unbiased = values > 1 ? values / (values - 1) : 1;
    const float keep = 1 - settings_.momentum;
    for (std::size_t i = 0; i < count(); ++i) {
      running_mean[i] = keep * running_mean[i] + settings_.momentum * mean[i];
      running_variance[i] = keep * running_variance[i] + settings_.momentum * (variance[i] * unbiased);
    }
  }

  Settings settings_;
  bool training_, held_, relu_;
  int channels_, parts_;
};

// Inference with channels as lanes, where no convolution takes it in.
class PlannedChannelNorm final : public PlannedLayer {
 public:
  PlannedChannelNorm(const Layer& layer, const PlanContext& context)
      : layer_(layer), relu_(context.relu), channels_(context.output_shape.channels),
        padded_(static_cast<std::size_t>(context.output.channels * context.output.lanes)) {}
  std::size_t prepared_floats() const override { return 2 * padded_; }
  void prepare(const kernels::KernelTable&, std::span<float* const> parameters, float* prepared) override {
    std::fill_n(prepared, 2 * padded_, 0.0f);
    layer_.affine(parameters, channels_, prepared, prepared + padded_);
  }
  void forward(const ForwardContext& c) override {
    c.kernels.channel_scale_shift(c.inputs[0], c.prepared, c.prepared + padded_, c.output, relu_);
  }
  void backward(const BackwardContext&) override {}

 private:
  const Layer& layer_;
  bool relu_;
  int channels_;
  std::size_t padded_;
};

class BatchNorm2d final : public Layer {
 public:
  BatchNorm2d(std::string name, const core::ParsedOptions& options)
      : Layer(std::move(name)),
        options_(options.all()),
        settings_{static_cast<float>(options.number("eps")), static_cast<float>(options.number("momentum")),
                  options.boolean("affine")} {}

  core::Result<Shape> infer_shape(std::span<const Shape> inputs) const override { return inputs[0]; }

  std::vector<ParameterSpec> parameters(std::span<const Shape> inputs) const override {
    const std::vector<int> shape = {inputs[0].channels};
    std::vector<ParameterSpec> specs;
    if (settings_.affine) {
      specs.push_back({.name = "weight", .shape = shape, .init = {InitRecipe::Kind::ones}});
      specs.push_back({.name = "bias", .shape = shape, .init = {}});
    }
    specs.push_back({.name = "running_mean", .shape = shape, .init = {}, .decay = false, .trainable = false});
    specs.push_back({.name = "running_var", .shape = shape, .init = {InitRecipe::Kind::ones}, .decay = false, .trainable = false});
    return specs;
  }

  LayerDescription describe(std::span<const Shape> inputs) const override {
    return {.window = {}, .macs = inputs[0].elements(), .options = options_};
  }
  LayerTraits traits() const override {
    return {.is_affine = true, .relu_epilogue = true, .split = Split::own, .own_backward = true};
  }
  ChannelLanes channel_lanes(std::span<const Shape>, int, bool training) const override {
    return training ? ChannelLanes::no : ChannelLanes::own;
  }
  void affine(std::span<float* const> parameters, int channels, float* scale, float* shift) const override {
    const float* mean = parameters[settings_.affine ? 2 : 0];
    const float* variance = parameters[settings_.affine ? 3 : 1];
    for (int c = 0; c < channels; ++c) {
      const float inverse = 1.0f / std::sqrt(variance[c] + settings_.epsilon);
      scale[c] = settings_.affine ? parameters[0][c] * inverse : inverse;
      shift[c] = (settings_.affine ? parameters[1][c] : 0.0f) - mean[c] * scale[c];
    }
  }
  std::unique_ptr<PlannedLayer> plan(const PlanContext& context) const override {
    if (context.channel_lanes) return std::make_unique<PlannedChannelNorm>(*this, context);
    return std::make_unique<PlannedBatchNorm2d>(settings_, context);
  }

 private:
  core::Options options_;
  Settings settings_;
};

}  // namespace

const LayerType& batch_norm2d_type() {
  static const LayerType type = {
      .name = "batchNorm2d",
      .stem = "bn",
      .doc = "Brings each channel to mean 0 and variance 1 over the batch, then scales and shifts it.",
      .options = batch_norm2d_specs,
      .make = [](std::string name, const core::ParsedOptions& options) -> core::Result<std::unique_ptr<Layer>> {
        return std::unique_ptr<Layer>(std::make_unique<BatchNorm2d>(std::move(name), options));
      }};
  return type;
}

}  // namespace striate::layers

#include "striate/optimizers/rmsprop.hpp"

namespace striate::optimizers {
namespace {

constexpr core::OptionSpec rmsprop_specs[] = {
    {.name = "learningRate", .kind = core::OptionKind::number, .fallback = 0.01, .minimum = 0, .maximum = 1e30,
     .doc = "Size of a step, in the parameter's own units"},
    {.name = "alpha", .kind = core::OptionKind::number, .fallback = 0.99, .minimum = 0, .maximum = 0.9999999,
     .doc = "How long the mean square is remembered"},
    {.name = "eps", .kind = core::OptionKind::number, .fallback = 1e-8, .minimum = 1e-30, .maximum = 1,
     .doc = "Added to the root of the mean square"},
    {.name = "momentum", .kind = core::OptionKind::number, .fallback = 0, .minimum = 0, .maximum = 1,
     .doc = "How much of the last step's direction is kept"},
    {.name = "centered", .kind = core::OptionKind::boolean, .fallback = 0, .doc = "Whether the mean gradient is taken off the square"},
    {.name = "weightDecay", .kind = core::OptionKind::number, .fallback = 0, .minimum = 0, .maximum = 1e30,
     .doc = "Pull of every parameter towards 0"},
};

constexpr std::string_view rmsprop_slots[] = {"square_avg", "grad_avg", "momentum_buffer"};

class Rmsprop final : public Optimizer {
 public:
  explicit Rmsprop(const core::ParsedOptions& options)
      : rate_(options.number("learningRate")),
        settings_{.alpha = static_cast<float>(options.number("alpha")),
                  .epsilon = static_cast<float>(options.number("eps")),
                  .weight_decay = static_cast<float>(options.number("weightDecay")),
                  .momentum = static_cast<float>(options.number("momentum")),
                  .centered = options.boolean("centered")} {}

  std::span<const std::string_view> slots() const override { return rmsprop_slots; }
  double learning_rate() const override { return rate_; }

  bool update(const UpdateContext& c) const override {
    kernels::RmspropSettings settings = settings_;
    settings.rate = c.rate;
    if (c.momentum >= 0) settings.momentum = c.momentum;
    settings.weight_decay = c.decay_from(settings.weight_decay);
    return c.kernels.rmsprop_update(c.parameter, c.gradient, c.state[0], c.state[1], c.state[2], c.previous, c.count, settings);
  }

 private:
  double rate_;
  kernels::RmspropSettings settings_;
};

}  // namespace

const OptimizerType& rmsprop_type() {
  static const OptimizerType type = {
      .name = "rmsprop",
      .doc = "Steps along the gradient over the root of its mean square.",
      .options = rmsprop_specs,
      .make = [](const core::ParsedOptions& options) -> core::Result<std::unique_ptr<Optimizer>> {
        return std::unique_ptr<Optimizer>(std::make_unique<Rmsprop>(options));
      }};
  return type;
}

}  // namespace striate::optimizers

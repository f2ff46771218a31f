#include "striate/optimizers/sgd.hpp"

namespace striate::optimizers {
namespace {

constexpr core::OptionSpec sgd_specs[] = {
    {.name = "learningRate", .kind = core::OptionKind::number, .fallback = 0.01, .minimum = 0, .maximum = 1e30,
     .doc = "How far each step goes along the gradient"},
    {.name = "momentum", .kind = core::OptionKind::number, .fallback = 0, .minimum = 0, .maximum = 1,
     .doc = "How much of the last step's direction is kept"},
    {.name = "dampening", .kind = core::OptionKind::number, .fallback = 0, .minimum = 0, .maximum = 1,
     .doc = "How much less the newest gradient counts in the momentum"},
    {.name = "nesterov", .kind = core::OptionKind::boolean, .fallback = 0,
     .doc = "Whether the gradient is taken as if the momentum's step were done; needs momentum and no dampening"},
    {.name = "weightDecay", .kind = core::OptionKind::number, .fallback = 0, .minimum = 0, .maximum = 1e30,
     .doc = "Pull of every parameter towards 0"},
};

constexpr std::string_view sgd_slots[] = {"velocity"};

class Sgd final : public Optimizer {
 public:
  explicit Sgd(const core::ParsedOptions& options)
      : rate_(options.number("learningRate")),
        settings_{.momentum = static_cast<float>(options.number("momentum")),
                  .dampening = static_cast<float>(options.number("dampening")),
                  .weight_decay = static_cast<float>(options.number("weightDecay")),
                  .nesterov = options.boolean("nesterov")} {}

  std::span<const std::string_view> slots() const override { return sgd_slots; }
  double learning_rate() const override { return rate_; }

  bool update(const UpdateContext& c) const override {
    kernels::SgdSettings settings = settings_;
    settings.rate = c.rate;
    if (c.momentum >= 0) settings.momentum = c.momentum;
    // Without momentum there is no velocity to dampen.
    if (settings.momentum == 0) settings.dampening = 0;
    settings.weight_decay = c.decay_from(settings.weight_decay);
    settings.first_step = c.step == 0;
    return c.kernels.sgd_update(c.parameter, c.gradient, c.state[0], c.previous, c.count, settings);
  }

 private:
  double rate_;
  kernels::SgdSettings settings_;
};

}  // namespace

const OptimizerType& sgd_type() {
  static const OptimizerType type = {
      .name = "sgd",
      .doc = "Stochastic gradient descent with momentum and weight decay.",
      .options = sgd_specs,
      .make = [](const core::ParsedOptions& options) -> core::Result<std::unique_ptr<Optimizer>> {
        const bool plain = options.number("momentum") > 0 && options.number("dampening") == 0;
        if (options.boolean("nesterov") && !plain) {
          return core::Error{core::ErrorCode::invalid_argument,
                             "optimizer 'sgd': nesterov with momentum " + core::number_text(options.number("momentum")) +
                                 " and dampening " + core::number_text(options.number("dampening")),
                             "Nesterov's form needs a momentum above 0 and dampening 0."};
        }
        return std::unique_ptr<Optimizer>(std::make_unique<Sgd>(options));
      }};
  return type;
}

}  // namespace striate::optimizers

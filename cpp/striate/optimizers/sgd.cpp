#include "striate/optimizers/sgd.hpp"

namespace striate::optimizers {
namespace {

constexpr core::OptionSpec option_specs[] = {
    {.name = "learningRate",
     .kind = core::OptionKind::number,
     .fallback = 0.01,
     .minimum = 0,
     .maximum = 1e30,
     .doc = "How far each step goes along the gradient"},
    {.name = "momentum",
     .kind = core::OptionKind::number,
     .fallback = 0,
     .minimum = 0,
     .maximum = 1,
     .doc = "How much of the last step's direction is kept"},
    {.name = "weightDecay",
     .kind = core::OptionKind::number,
     .fallback = 0,
     .minimum = 0,
     .maximum = 1e30,
     .doc = "Pull of every parameter towards 0"},
};

constexpr std::string_view slot_names[] = {"velocity"};

class Sgd final : public Optimizer {
 public:
  explicit Sgd(const core::ParsedOptions& options)
      : rate_(options.number("learningRate")),
        momentum_(static_cast<float>(options.number("momentum"))),
        weight_decay_(static_cast<float>(options.number("weightDecay"))) {}

  std::span<const std::string_view> slots() const override { return slot_names; }
  double learning_rate() const override { return rate_; }

  bool update(const UpdateContext& c) const override {
    return c.kernels.sgd_update(c.parameter, c.gradient, c.state[0], c.previous, c.count,
                                {.rate = c.rate,
                                 .momentum = c.momentum >= 0 ? c.momentum : momentum_,
                                 .weight_decay = c.decay ? weight_decay_ : 0.0f,
                                 .first_step = c.step == 0});
  }

 private:
  double rate_;
  float momentum_, weight_decay_;
};

}  // namespace

const OptimizerType& sgd_type() {
  static const OptimizerType type = {.name = "sgd",
                                     .doc = "Stochastic gradient descent with momentum and weight decay.",
                                     .options = option_specs,
                                     .make = [](const core::ParsedOptions& options) -> std::unique_ptr<Optimizer> {
                                       return std::make_unique<Sgd>(options);
                                     }};
  return type;
}

}  // namespace striate::optimizers

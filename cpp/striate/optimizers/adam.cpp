#include "striate/optimizers/adam.hpp"

#include <cmath>

namespace striate::optimizers {
namespace {

constexpr core::OptionSpec rate_option = {.name = "learningRate", .kind = core::OptionKind::number, .fallback = 0.001,
                                          .minimum = 0, .maximum = 1e30, .doc = "Size of a step, in the parameter's own units"};
constexpr core::OptionSpec beta1_option = {.name = "beta1", .kind = core::OptionKind::number, .fallback = 0.9, .minimum = 0,
                                           .maximum = 0.999999, .doc = "How long the mean gradient is remembered"};
constexpr core::OptionSpec beta2_option = {.name = "beta2", .kind = core::OptionKind::number, .fallback = 0.999, .minimum = 0,
                                           .maximum = 0.9999999, .doc = "How long the mean square is remembered"};
constexpr core::OptionSpec eps_option = {.name = "eps", .kind = core::OptionKind::number, .fallback = 1e-8, .minimum = 1e-30,
                                         .maximum = 1, .doc = "Added to the root of the mean square"};

constexpr core::OptionSpec decay_option(double fallback) {
  return {.name = "weightDecay", .kind = core::OptionKind::number, .fallback = fallback, .minimum = 0, .maximum = 1e30,
          .doc = "Pull of every parameter towards 0"};
}

constexpr core::OptionSpec adam_options[] = {rate_option, beta1_option, beta2_option, eps_option, decay_option(0)};
constexpr core::OptionSpec adamw_options[] = {rate_option, beta1_option, beta2_option, eps_option, decay_option(0.01)};
constexpr std::string_view adam_slots[] = {"exp_avg", "exp_avg_sq"};

// base^exponent by squaring: the same bits everywhere, which pow does not promise.
double power(double base, std::int64_t exponent) {
  double result = 1;
  for (; exponent > 0; exponent >>= 1, base *= base) {
    if ((exponent & 1) != 0) result *= base;
  }
  return result;
}

class Adam final : public Optimizer {
 public:
  Adam(const core::ParsedOptions& options, bool decoupled)
      : rate_(options.number("learningRate")), beta1_(options.number("beta1")), beta2_(options.number("beta2")),
        settings_{.beta1 = static_cast<float>(beta1_),
                  .beta2 = static_cast<float>(beta2_),
                  .epsilon = static_cast<float>(options.number("eps")),
                  .weight_decay = static_cast<float>(options.number("weightDecay")),
                  .decoupled = decoupled} {}

  std::span<const std::string_view> slots() const override { return adam_slots; }
  double learning_rate() const override { return rate_; }

  bool update(const UpdateContext& c) const override {
    kernels::AdamSettings settings = settings_;
    settings.rate = c.rate;
    double beta1 = beta1_;
    if (c.momentum >= 0) {
      beta1 = static_cast<double>(c.momentum);
      settings.beta1 = c.momentum;
    }
    settings.weight_decay = c.decay_from(settings.weight_decay);
    settings.correction1 = static_cast<float>(1 - power(beta1, c.step + 1));
    settings.root_correction2 = static_cast<float>(std::sqrt(1 - power(beta2_, c.step + 1)));
    return c.kernels.adam_update(c.parameter, c.gradient, c.state[0], c.state[1], c.previous, c.count, settings);
  }

 private:
  double rate_, beta1_, beta2_;
  kernels::AdamSettings settings_;
};

template <bool decoupled>
core::Result<std::unique_ptr<Optimizer>> make(const core::ParsedOptions& options) {
  return std::unique_ptr<Optimizer>(std::make_unique<Adam>(options, decoupled));
}

}  // namespace

const OptimizerType& adam_type() {
  static const OptimizerType type = {.name = "adam",
                                     .doc = "Steps of about one size, along the mean gradient over its mean square.",
                                     .options = adam_options,
                                     .make = make<false>};
  return type;
}

const OptimizerType& adamw_type() {
  static const OptimizerType type = {.name = "adamw",
                                     .doc = "Adam with weight decay apart from the gradient.",
                                     .options = adamw_options,
                                     .make = make<true>};
  return type;
}

}  // namespace striate::optimizers

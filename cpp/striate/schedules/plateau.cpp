#include "striate/schedules/plateau.hpp"

#include <algorithm>

namespace striate::schedules {
namespace {

constexpr std::string_view monitors[] = {"loss", "accuracy"};
constexpr std::string_view threshold_modes[] = {"rel", "abs"};
constexpr core::OptionSpec plateau_specs[] = {
    {.name = "monitor", .kind = core::OptionKind::text, .doc = "Which number of the validation is watched",
     .text_fallback = "loss", .choices = monitors},
    {.name = "factor", .kind = core::OptionKind::number, .fallback = 0.1, .minimum = 0, .maximum = 0.999999,
     .doc = "What the rate is multiplied by"},
    {.name = "patience", .kind = core::OptionKind::integer, .fallback = 10, .minimum = 0, .maximum = 1e9,
     .doc = "How many validations without improvement are borne"},
    {.name = "threshold", .kind = core::OptionKind::number, .fallback = 1e-4, .minimum = 0, .maximum = 1e30,
     .doc = "How much better counts as better"},
    {.name = "thresholdMode", .kind = core::OptionKind::text,
     .doc = "Whether the threshold is a share of the best value", .text_fallback = "rel", .choices = threshold_modes},
    {.name = "cooldown", .kind = core::OptionKind::integer, .fallback = 0, .minimum = 0, .maximum = 1e9,
     .doc = "How many validations after a fall are not counted"},
    {.name = "minLearningRate", .kind = core::OptionKind::number, .fallback = 0, .minimum = 0, .maximum = 1e30,
     .doc = "The rate does not fall below this"},
};

class ReduceOnPlateau final : public Schedule {
 public:
  ReduceOnPlateau(const core::ParsedOptions& options, double rate)
      : factor_(options.number("factor")), threshold_(options.number("threshold")),
        least_(options.number("minLearningRate")), patience_(options.integer("patience")), cooldown_(options.integer("cooldown")),
        smaller_is_better_(options.text("monitor") == "loss"), relative_(options.text("thresholdMode") == "rel") {
    memory_[at_rate] = rate;
  }

  SchedulePoint at(std::int64_t) const override { return {memory_[at_rate], -1}; }

  void observe(const Observation& seen) override {
    const double now = smaller_is_better_ ? seen.loss : seen.accuracy;
    if (better(now)) {
      memory_[at_best] = now;
      memory_[at_any] = 1;
      memory_[at_bad] = 0;
    } else {
      ++memory_[at_bad];
    }
    if (memory_[at_cooling] > 0) {
      --memory_[at_cooling];
      memory_[at_bad] = 0;
    }
    if (memory_[at_bad] <= patience_) return;
    const double next = std::max(memory_[at_rate] * factor_, least_);
    if (memory_[at_rate] - next > 1e-8) memory_[at_rate] = next;
    memory_[at_cooling] = cooldown_;
    memory_[at_bad] = 0;
  }

  std::span<double> memory() override { return memory_; }

 private:
  bool better(double now) const {
    if (memory_[at_any] == 0) return true;
    const double best = memory_[at_best];
    if (smaller_is_better_) return now < (relative_ ? best * (1 - threshold_) : best - threshold_);
    return now > (relative_ ? best * (1 + threshold_) : best + threshold_);
  }

  enum { at_rate, at_any, at_best, at_bad, at_cooling, entries };  // any: whether there is a best value yet
  double factor_, threshold_, least_, patience_, cooldown_;
  bool smaller_is_better_, relative_;
  double memory_[entries] = {};
};

}  // namespace

const ScheduleType& reduce_on_plateau_type() {
  static const ScheduleType type = {
      .name = "reduceOnPlateau",
      .doc = "The rate falls when validations have stopped getting better.",
      .options = plateau_specs,
      .make = [](const core::ParsedOptions& options,
                 const ScheduleContext& context) -> core::Result<std::unique_ptr<Schedule>> {
        return std::unique_ptr<Schedule>(std::make_unique<ReduceOnPlateau>(options, context.learning_rate));
      }};
  return type;
}

}  // namespace striate::schedules

#include "striate/schedules/one_cycle.hpp"

#include <algorithm>

namespace striate::schedules {
namespace {

constexpr std::string_view anneal_choices[] = {"cosine", "linear"};
constexpr core::OptionSpec one_cycle_specs[] = {
    {.name = "maxLearningRate",
     .kind = core::OptionKind::number,
     .fallback = std::numeric_limits<double>::quiet_NaN(),
     .minimum = 0,
     .maximum = 1e30,
     .doc = "The peak; the optimizer's rate when left out"},
    {.name = "warmup",
     .kind = core::OptionKind::number,
     .fallback = 0.3,
     .minimum = 0,
     .maximum = 1,
     .doc = "Share of the steps in which the rate climbs"},
    {.name = "startDivisor",
     .kind = core::OptionKind::number,
     .fallback = 25,
     .minimum = 1,
     .maximum = 1e12,
     .doc = "The first rate is the peak divided by this"},
    {.name = "endDivisor",
     .kind = core::OptionKind::number,
     .fallback = 1e4,
     .minimum = 1,
     .maximum = 1e12,
     .doc = "The last rate is the first one divided by this"},
    {.name = "anneal",
     .kind = core::OptionKind::text,
     .doc = "Shape of climb and fall",
     .text_fallback = "cosine",
     .choices = anneal_choices},
    {.name = "cycleMomentum",
     .kind = core::OptionKind::boolean,
     .fallback = 0,
     .doc = "Whether momentum goes the other way, from 0.95 to 0.85 and back"},
};

class OneCycle final : public Schedule {
 public:
  OneCycle(const core::ParsedOptions& options, const ScheduleContext& context)
      : peak_(options.has("maxLearningRate") ? options.number("maxLearningRate") : context.learning_rate),
        initial_(peak_ / options.number("startDivisor")),
        last_(initial_ / options.number("endDivisor")),
        turn_(options.number("warmup") * static_cast<double>(context.total_steps) - 1),
        end_(static_cast<double>(context.total_steps) - 1),
        cosine_(options.text("anneal") == "cosine"),
        cycle_momentum_(options.boolean("cycleMomentum")) {}

  SchedulePoint at(std::int64_t step) const override {
    constexpr double low = 0.85, high = 0.95;
    const double now = std::min(static_cast<double>(step), std::max(end_, 0.0));
    SchedulePoint point;
    if (now <= turn_) {
      const double part = turn_ > 0 ? now / turn_ : 1.0;
      point.rate = anneal(initial_, peak_, part);
      if (cycle_momentum_) point.momentum = anneal(high, low, part);
    } else {
      const double part = end_ > turn_ ? (now - turn_) / (end_ - turn_) : 1.0;
      point.rate = anneal(peak_, last_, part);
      if (cycle_momentum_) point.momentum = anneal(low, high, part);
    }
    return point;
  }

 private:
  double anneal(double from, double to, double part) const {
    return cosine_ ? to + (from - to) / 2.0 * (1.0 + cos_pi(part)) : from + (to - from) * part;
  }

  double peak_, initial_, last_, turn_, end_;
  bool cosine_, cycle_momentum_;
};

}  // namespace

const ScheduleType& one_cycle_type() {
  static const ScheduleType type = {
      .name = "oneCycle",
      .doc = "Climbs to a peak, then falls to almost 0: fast and steady training in few epochs.",
      .options = one_cycle_specs,
      .make = [](const core::ParsedOptions& options,
                 const ScheduleContext& context) -> core::Result<std::unique_ptr<Schedule>> {
        return std::unique_ptr<Schedule>(std::make_unique<OneCycle>(options, context));
      }};
  return type;
}

}  // namespace striate::schedules

#include "striate/schedules/decay.hpp"

#include "striate/schedules/unit.hpp"

#include <algorithm>
#include <vector>

namespace striate::schedules {
namespace {

constexpr core::OptionSpec gamma_option = {.name = "gamma", .kind = core::OptionKind::number, .fallback = 0.1, .minimum = 0,
                                           .maximum = 1e6, .doc = "What the rate is multiplied by"};

constexpr core::OptionSpec step_options[] = {
    {.name = "stepSize", .kind = core::OptionKind::integer, .required = true, .minimum = 1, .maximum = 1e9,
     .doc = "Distance between two falls"},
    gamma_option, unit_option};
constexpr core::OptionSpec multi_step_options[] = {
    {.name = "milestones", .kind = core::OptionKind::list, .required = true, .minimum = 0, .maximum = 1e12,
     .doc = "When the rate falls"},
    gamma_option, unit_option};
constexpr core::OptionSpec exponential_options[] = {
    {.name = "gamma", .kind = core::OptionKind::number, .required = true, .minimum = 0, .maximum = 1e6,
     .doc = "What the rate is multiplied by, each time"},
    unit_option};

// rate·gammaᵏ, k the number of falls so far.
template <class Falls>
class Decay final : public Schedule {
 public:
  Decay(double rate, double gamma, std::int64_t unit, Falls falls) : rate_(rate), gamma_(gamma), unit_(unit), falls_(std::move(falls)) {}

  SchedulePoint at(std::int64_t step) const override {
    double rate = rate_;
    // One product after another, as torch's schedulers multiply: a power would round differently.
    for (std::int64_t left = std::min<std::int64_t>(falls_(step / unit_), most_falls); left > 0; --left) rate *= gamma_;
    return {rate, -1};
  }

 private:
  static constexpr std::int64_t most_falls = 100'000;  // by then any gamma below 1 has reached 0
  double rate_, gamma_;
  std::int64_t unit_;
  Falls falls_;
};

template <class Falls>
core::Result<std::unique_ptr<Schedule>> finish(const core::ParsedOptions& options, const ScheduleContext& context, Falls falls) {
  return std::unique_ptr<Schedule>(std::make_unique<Decay<Falls>>(context.learning_rate, options.number("gamma"),
                                                                  unit_from(options, context), std::move(falls)));
}

}  // namespace

const ScheduleType& step_type() {
  static const ScheduleType type = {
      .name = "step", .doc = "The rate falls by a factor at equal distances.", .options = step_options,
      .make = [](const core::ParsedOptions& options, const ScheduleContext& context) -> core::Result<std::unique_ptr<Schedule>> {
        return finish(options, context, [size = options.integer("stepSize")](std::int64_t now) { return now / size; });
      }};
  return type;
}

const ScheduleType& multi_step_type() {
  static const ScheduleType type = {
      .name = "multiStep", .doc = "The rate falls by a factor at each milestone.", .options = multi_step_options,
      .make = [](const core::ParsedOptions& options, const ScheduleContext& context) -> core::Result<std::unique_ptr<Schedule>> {
        return finish(options, context, [milestones = options.list("milestones")](std::int64_t now) {
          return static_cast<std::int64_t>(std::count_if(milestones.begin(), milestones.end(),
                                                         [&](double milestone) { return milestone <= static_cast<double>(now); }));
        });
      }};
  return type;
}

const ScheduleType& exponential_type() {
  static const ScheduleType type = {
      .name = "exponential", .doc = "The rate falls by a factor at every step or epoch.", .options = exponential_options,
      .make = [](const core::ParsedOptions& options, const ScheduleContext& context) -> core::Result<std::unique_ptr<Schedule>> {
        return finish(options, context, [](std::int64_t now) { return now; });
      }};
  return type;
}

}  // namespace striate::schedules

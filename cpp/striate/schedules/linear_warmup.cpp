#include "striate/schedules/linear_warmup.hpp"

#include "striate/schedules/unit.hpp"

namespace striate::schedules {
namespace {

constexpr core::OptionSpec linear_warmup_specs[] = {
    {.name = "steps", .kind = core::OptionKind::integer, .required = true, .minimum = 1, .maximum = 1e9, .doc = "Length of the climb"},
    {.name = "startFactor", .kind = core::OptionKind::number, .fallback = 1.0 / 3, .minimum = 0, .maximum = 1,
     .doc = "Share of the rate it starts from"},
    {.name = "endFactor", .kind = core::OptionKind::number, .fallback = 1, .minimum = 0, .maximum = 1,
     .doc = "Share of the rate it ends at"},
    unit_option};

class LinearWarmup final : public Schedule {
 public:
  LinearWarmup(double rate, double start, double end, std::int64_t steps)
      : rate_(rate), start_(start), end_(end), steps_(static_cast<double>(steps)) {}
  SchedulePoint at(std::int64_t step) const override {
    const double part = std::min(static_cast<double>(step) / steps_, 1.0);
    return {rate_ * (start_ + (end_ - start_) * part), -1};
  }

 private:
  double rate_, start_, end_, steps_;
};

}  // namespace

const ScheduleType& linear_warmup_type() {
  static const ScheduleType type = {
      .name = "linearWarmup", .doc = "The rate climbs or falls in a straight line, then stays.", .options = linear_warmup_specs,
      .make = [](const core::ParsedOptions& options, const ScheduleContext& context) -> core::Result<std::unique_ptr<Schedule>> {
        return std::unique_ptr<Schedule>(std::make_unique<LinearWarmup>(context.learning_rate, options.number("startFactor"),
                                                                        options.number("endFactor"),
                                                                        options.integer("steps") * unit_from(options, context)));
      }};
  return type;
}

}  // namespace striate::schedules

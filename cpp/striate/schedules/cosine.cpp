#include "striate/schedules/cosine.hpp"

#include "striate/schedules/unit.hpp"

namespace striate::schedules {
namespace {

constexpr core::OptionSpec minimum_option = {.name = "minLearningRate", .kind = core::OptionKind::number, .fallback = 0, .minimum = 0,
                                             .maximum = 1e30, .doc = "Where the fall ends"};
constexpr core::OptionSpec cosine_options[] = {
    {.name = "steps", .kind = core::OptionKind::integer, .fallback = std::numeric_limits<double>::quiet_NaN(), .minimum = 1,
     .maximum = 1e9, .doc = "Length of the fall; the whole training when left out"},
    minimum_option, unit_option};
constexpr core::OptionSpec restart_options[] = {
    {.name = "steps", .kind = core::OptionKind::integer, .required = true, .minimum = 1, .maximum = 1e9,
     .doc = "Length of the first fall"},
    {.name = "growth", .kind = core::OptionKind::integer, .fallback = 1, .minimum = 1, .maximum = 1000,
     .doc = "How many times longer each fall is than the one before"},
    minimum_option, unit_option};

class Cosine final : public Schedule {
 public:
  Cosine(double most, double least, double length, std::int64_t growth) : most_(most), least_(least), length_(length), growth_(growth) {}

  SchedulePoint at(std::int64_t step) const override {
    double now = static_cast<double>(step), length = length_;
    if (growth_ == 0) {
      now = std::min(now, length);
    } else if (growth_ == 1) {
      now -= static_cast<double>(static_cast<std::int64_t>(now / length)) * length;
    } else {
      for (; now >= length; length *= static_cast<double>(growth_)) now -= length;
    }
    return {least_ + (most_ - least_) * (1 + cos_pi(now / length)) / 2, -1};
  }

 private:
  double most_, least_, length_;
  std::int64_t growth_;  // 0: no restarts
};

}  // namespace

const ScheduleType& cosine_type() {
  static const ScheduleType type = {
      .name = "cosine", .doc = "The rate falls along half a cosine.", .options = cosine_options,
      .make = [](const core::ParsedOptions& options, const ScheduleContext& context) -> core::Result<std::unique_ptr<Schedule>> {
        const double length = options.has("steps")
                                  ? static_cast<double>(options.integer("steps")) * static_cast<double>(unit_from(options, context))
                                  : static_cast<double>(std::max<std::int64_t>(context.total_steps, 1));
        return std::unique_ptr<Schedule>(std::make_unique<Cosine>(context.learning_rate, options.number("minLearningRate"), length, 0));
      }};
  return type;
}

const ScheduleType& cosine_restarts_type() {
  static const ScheduleType type = {
      .name = "cosineRestarts", .doc = "The rate falls along half a cosine, again and again.", .options = restart_options,
      .make = [](const core::ParsedOptions& options, const ScheduleContext& context) -> core::Result<std::unique_ptr<Schedule>> {
        const double length = static_cast<double>(options.integer("steps")) * static_cast<double>(unit_from(options, context));
        return std::unique_ptr<Schedule>(std::make_unique<Cosine>(context.learning_rate, options.number("minLearningRate"), length,
                                                                  options.integer("growth")));
      }};
  return type;
}

}  // namespace striate::schedules

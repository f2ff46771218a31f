#include "striate/schedules/schedule.hpp"

#include "striate/schedules/constant.hpp"
#include "striate/schedules/cosine.hpp"
#include "striate/schedules/decay.hpp"
#include "striate/schedules/linear_warmup.hpp"
#include "striate/schedules/one_cycle.hpp"
#include "striate/schedules/plateau.hpp"

#include <string>

namespace striate::schedules {
namespace {

// Taylor series of sin and cos; |x| ≤ π/4, where ten terms are exact to the last bit or two.
double cos_series(double x) {
  double term = 1, sum = 1;
  for (int k = 1; k <= 10; ++k) {
    term = -term * x * x / ((2 * k - 1) * (2 * k));
    sum += term;
  }
  return sum;
}

double sin_series(double x) {
  double term = x, sum = x;
  for (int k = 1; k <= 10; ++k) {
    term = -term * x * x / ((2 * k) * (2 * k + 1));
    sum += term;
  }
  return sum;
}

}  // namespace

double cos_pi(double x) {
  constexpr double pi = 3.14159265358979323846;
  if (x < 0.25) return cos_series(pi * x);
  if (x <= 0.75) return sin_series(pi * (0.5 - x));
  return -cos_series(pi * (1.0 - x));
}

std::span<const ScheduleType> schedule_types() {
  // A new schedule is one line here.
  static const ScheduleType types[] = {constant_type(), step_type(), multi_step_type(), exponential_type(), cosine_type(),
                                       cosine_restarts_type(), one_cycle_type(), linear_warmup_type(),
                                       reduce_on_plateau_type()};
  return types;
}

core::Result<std::unique_ptr<Schedule>> make_schedule(const core::TypedOptions& options,
                                                      const ScheduleContext& context) {
  const std::string wanted = options.type.empty() ? "constant" : options.type;
  std::string known;
  for (const ScheduleType& type : schedule_types()) {
    known += (known.empty() ? "" : ", ") + std::string(type.name);
    if (type.name != wanted) continue;
    STRIATE_TRY(parsed, core::parse_options("schedule '" + wanted + "'", type.options, options.options));
    return type.make(parsed, context);
  }
  return core::Error{core::ErrorCode::invalid_argument, "there is no schedule '" + wanted + "'",
                     "Schedules are " + known + "."};
}

}  // namespace striate::schedules

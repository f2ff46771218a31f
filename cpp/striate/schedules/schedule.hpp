// Schedule: the learning rate (and, if it wants, the momentum) as a pure function of the step, and, for the one that
// listens (reduceOnPlateau), of what validations said so far.
//
// Numerics: double arithmetic with exact operations only (no libm), so that every build gives the same bits.
#pragma once

#include "striate/core/options.hpp"
#include "striate/core/result.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace striate::schedules {

struct SchedulePoint {
  double rate = 0;
  double momentum = -1;  // < 0: the optimizer's own
};

// What a validation found.
struct Observation {
  double loss = 0;
  double accuracy = 0;
};

class Schedule {
 public:
  virtual ~Schedule() = default;
  // step counts from 0; beyond the last step the last value holds.
  virtual SchedulePoint at(std::int64_t step) const = 0;
  // Tells it of a validation.
  virtual void observe(const Observation&) {}
  // What it remembers of validations, for a checkpoint: finite numbers, always as many. Writing them back restores it.
  virtual std::span<double> memory() { return {}; }
};

struct ScheduleContext {
  double learning_rate = 0;      // the optimizer's, for schedules that have none of their own
  std::int64_t total_steps = 1;  // of the whole training
  std::int64_t steps_per_epoch = 1;
};

struct ScheduleType {
  std::string_view name;  // "constant", "oneCycle"
  std::string_view doc;
  std::span<const core::OptionSpec> options;
  core::Result<std::unique_ptr<Schedule>> (*make)(const core::ParsedOptions& options,
                                                  const ScheduleContext& context) = nullptr;
};

std::span<const ScheduleType> schedule_types();
// An empty type means constant. Errors: invalid_argument naming the schedule and those there are, or the option.
core::Result<std::unique_ptr<Schedule>> make_schedule(const core::TypedOptions& options,
                                                      const ScheduleContext& context);

// cos(πx) for 0 ≤ x ≤ 1 to 1e-15, by exact operations.
double cos_pi(double x);

}  // namespace striate::schedules

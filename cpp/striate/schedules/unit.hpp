// Whether a schedule counts optimizer steps or epochs, as an option.
#pragma once

#include "striate/schedules/schedule.hpp"

#include <algorithm>

namespace striate::schedules {

inline constexpr std::string_view units[] = {"step", "epoch"};
inline constexpr core::OptionSpec unit_option = {.name = "unit", .kind = core::OptionKind::text,
                                                 .doc = "What the schedule counts", .text_fallback = "step", .choices = units};

// Optimizer steps in one unit.
inline std::int64_t unit_from(const core::ParsedOptions& options, const ScheduleContext& context) {
  return options.text("unit") == "epoch" ? std::max<std::int64_t>(context.steps_per_epoch, 1) : 1;
}

}  // namespace striate::schedules

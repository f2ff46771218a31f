// linearWarmup: the rate goes in a straight line from startFactor·rate to endFactor·rate over `steps` steps, and stays.
//
//   rate·(startFactor + (endFactor − startFactor)·min(step, steps)/steps)
//
// Source: torch.optim.lr_scheduler.LinearLR; ResNet-110's warm-up (He et al. 2015).
#pragma once

#include "striate/schedules/schedule.hpp"

namespace striate::schedules {

const ScheduleType& linear_warmup_type();

}  // namespace striate::schedules

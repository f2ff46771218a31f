// linearWarmup: the rate climbs from startFactor·rate to rate over `steps` steps, then stays.
//
//   rate·(startFactor + (1 − startFactor)·min(step, steps)/steps)
//
// Source: torch.optim.lr_scheduler.LinearLR; ResNet-110's warm-up (He et al. 2015).
#pragma once

#include "striate/schedules/schedule.hpp"

namespace striate::schedules {

const ScheduleType& linear_warmup_type();

}  // namespace striate::schedules

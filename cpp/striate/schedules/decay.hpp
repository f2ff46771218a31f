// step, multiStep and exponential: the rate falls by a factor, at equal distances, at named steps, or at every step.
//
//   step         rate·gammaᵏ, k = ⌊step/stepSize⌋
//   multiStep    rate·gammaᵏ, k = how many milestones are ≤ step
//   exponential  rate·gamma^(step/every)  with whole powers: k = ⌊step/every⌋
//
// Steps are optimizer steps; with unit 'epoch' they are epochs (the context says how many steps an epoch has).
// Source: torch.optim.lr_scheduler.StepLR, MultiStepLR, ExponentialLR.
#pragma once

#include "striate/schedules/schedule.hpp"

namespace striate::schedules {

const ScheduleType& step_type();
const ScheduleType& multi_step_type();
const ScheduleType& exponential_type();

}  // namespace striate::schedules

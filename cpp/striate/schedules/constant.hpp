// constant: the same rate at every step. Options: none; the rate is the optimizer's.
#pragma once

#include "striate/schedules/schedule.hpp"

namespace striate::schedules {

const ScheduleType& constant_type();

}  // namespace striate::schedules

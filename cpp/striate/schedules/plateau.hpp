// reduceOnPlateau: the rate falls by a factor when validations have stopped getting better.
//
//   better      loss: x < best·(1 − threshold), accuracy: x > best·(1 + threshold)      thresholdMode "rel"
//               loss: x < best − threshold,     accuracy: x > best + threshold          thresholdMode "abs"
//   a validation that is not better is a bad one; while cooling down (cooldown validations after a fall) none counts;
//   more than `patience` bad ones in a row: rate ← max(rate·factor, minLearningRate)
//
// A fall of less than 1e-8 is not made, as in PyTorch. Counts validations, however many steps lie between two.
// Source: torch.optim.lr_scheduler.ReduceLROnPlateau.
#pragma once

#include "striate/schedules/schedule.hpp"

namespace striate::schedules {

const ScheduleType& reduce_on_plateau_type();

}  // namespace striate::schedules

// cosine and cosineRestarts: the rate falls along half a cosine to minLearningRate, once or again and again.
//
//   rate = min + (max − min)·(1 + cos(π·t/T))/2
//   cosine          T = steps (the whole training when left out), then it stays at min
//   cosineRestarts  t starts over every T; T grows by the factor `growth` each time
//
// Source: Loshchilov & Hutter 2017; torch.optim.lr_scheduler.CosineAnnealingLR, CosineAnnealingWarmRestarts.
#pragma once

#include "striate/schedules/schedule.hpp"

namespace striate::schedules {

const ScheduleType& cosine_type();
const ScheduleType& cosine_restarts_type();

}  // namespace striate::schedules

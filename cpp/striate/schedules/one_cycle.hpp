// oneCycle: the rate climbs from low to maxLearningRate over the first warmup share of the steps, then falls to almost
// 0.
//
// With N steps, initial = max / startDivisor, last = initial / endDivisor, e1 = warmup·N − 1, e2 = N − 1:
//   step ≤ e1:   anneal(initial, max, step / e1)          else:   anneal(max, last, (step − e1) / (e2 − e1))
//   anneal cosine: b + (a − b)/2 · (1 + cos πp)           anneal linear: a + (b − a)·p
// With cycleMomentum, momentum goes the other way between 0.95 and 0.85.
// Options: maxLearningRate (default: the optimizer's rate), warmup (0.3), startDivisor (25), endDivisor (1e4),
// anneal ("cosine" or "linear"), cycleMomentum (false; PyTorch's own default is true).
// Numerics: double, exact operations and cos_pi; agrees with PyTorch to 1e-12.
// Source: Smith & Topin 2018; PyTorch torch.optim.lr_scheduler.OneCycleLR (three_phase off).
#pragma once

#include "striate/schedules/schedule.hpp"

namespace striate::schedules {

const ScheduleType& one_cycle_type();

}  // namespace striate::schedules

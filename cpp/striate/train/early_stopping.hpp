// EarlyStopping: ends a training when validations have stopped getting better.
//
//   better: loss < best − minDelta, or accuracy > best + minDelta; the first validation is always better
//   `patience` validations in a row that are not better end the training (patience 0: the first that is not)
//
// Source: Keras's EarlyStopping. A value that is not finite is never better.
#pragma once

#include "striate/schedules/schedule.hpp"

#include <algorithm>
#include <cmath>
#include <span>

namespace striate::train {

struct EarlyStoppingOptions {
  bool accuracy = false;      // what is watched: accuracy or loss
  int patience = 3;
  double min_delta = 0;
  bool restore_best = true;   // the training ends with the weights of the best validation
};

class EarlyStopping {
 public:
  explicit EarlyStopping(const EarlyStoppingOptions& options) : options_(options) {}

  // True: the best so far.
  bool observe(const schedules::Observation& seen) {
    const double now = options_.accuracy ? seen.accuracy : -seen.loss;
    if (std::isfinite(now) && (!any() || now > memory_[at_best] + options_.min_delta)) {
      memory_[at_any] = 1;
      memory_[at_best] = now;
      memory_[at_waited] = 0;
      return true;
    }
    if (++memory_[at_waited] >= std::max(options_.patience, 1)) memory_[at_stopped] = 1;
    return false;
  }

  bool stopped() const { return memory_[at_stopped] != 0; }
  bool any() const { return memory_[at_any] != 0; }
  bool restores_best() const { return options_.restore_best; }
  // All there is to keep for a checkpoint.
  std::span<double> memory() { return memory_; }

 private:
  enum { at_any, at_best, at_waited, at_stopped, entries };  // best: larger is better
  EarlyStoppingOptions options_;
  double memory_[entries] = {};
};

}  // namespace striate::train

// LearningRateFinder: which learning rate to train with, by trying: the rate climbs exponentially from start to end,
// one batch a step, and the loss tells where learning begins and where it breaks down.
//
//   rate_i = start·(end/start)^(i/(steps − 1));  smoothed_i = a_i/(1 − βⁱ⁺¹),  a_i = β·a_{i−1} + (1 − β)·loss_i
//   ends at the last rate, when smoothed > divergence·(best smoothed so far), or when numbers are no longer finite
//   suggestion: the rate where the smoothed loss falls steepest against log(rate), without the first tenth of the sweep
//   and without what follows the smoothed minimum, taken back by β/(1 − β) steps, by which the smoothing is late; 0
//   when it falls nowhere
//
// Works on a copy of the weights: those of the store are never touched. Errors as Trainer's, and invalid_argument for
// options out of range. Numerics: rates by repeated products, the ratio by bisection: no libm.
// Source: Smith 2017 (cyclical learning rates); fastai's lr_find.
#pragma once

#include "striate/core/result.hpp"
#include "striate/train/trainer.hpp"

#include <memory>
#include <vector>

namespace striate::train {

struct LearningRateFinderOptions {
  TrainOptions training = {};  // batch size, seed, loss, optimizer, clipping, sampling; not its rate and schedule
  double start = 1e-7, end = 10;
  int steps = 100;
  double smoothing = 0.9;      // β
  double divergence = 4;
};

struct LearningRateCurve {
  std::vector<double> rates, losses, smoothed;
  double suggestion = 0;
  bool done = false;
};

class LearningRateFinder {
 public:
  static core::Result<std::unique_ptr<LearningRateFinder>> begin(const graph::Network& network,
                                                                 const graph::ParamStore& store,
                                                                 std::shared_ptr<const data::MemoryDataset> dataset,
                                                                 const LearningRateFinderOptions& options);
  ~LearningRateFinder();

  // At most `steps` further steps.
  void advance(int steps);
  bool done() const { return curve_.done; }
  int steps_done() const { return static_cast<int>(curve_.losses.size()); }
  const LearningRateCurve& curve() const { return curve_; }

 private:
  LearningRateFinder() = default;
  bool step();
  double suggest() const;

  LearningRateFinderOptions options_;
  std::unique_ptr<graph::ParamStore> weights_;
  std::unique_ptr<Trainer> trainer_;
  LearningRateCurve curve_;
  double average_ = 0, weight_ = 1, best_ = 0;
};

}  // namespace striate::train

#include "striate/train/lr_finder.hpp"

#include "striate/core/text.hpp"

#include <algorithm>
#include <cmath>

namespace striate::train {
namespace {

using core::Error;
using core::ErrorCode;

double power(double base, int exponent) {
  double result = 1;
  for (; exponent > 0; exponent >>= 1, base *= base) {
    if ((exponent & 1) != 0) result *= base;
  }
  return result;
}

// The n-th root of x ≥ 1.
double root(double x, int n) {
  double low = 1, high = x;
  for (int i = 0; i < 200; ++i) {
    const double middle = low + (high - low) / 2;
    (power(middle, n) < x ? low : high) = middle;
  }
  return high;
}

// The optimizer as it was asked for, with this rate.
core::TypedOptions with_rate(core::TypedOptions optimizer, double rate) {
  std::erase_if(optimizer.options, [](const core::Option& option) { return option.name == "learningRate"; });
  optimizer.options.push_back({"learningRate", rate});
  return optimizer;
}

}  // namespace

LearningRateFinder::~LearningRateFinder() = default;

core::Result<std::unique_ptr<LearningRateFinder>> LearningRateFinder::begin(
    const graph::Network& network, const graph::ParamStore& store, std::shared_ptr<const data::MemoryDataset> dataset,
    const LearningRateFinderOptions& options) {
  if (!(options.start > 0 && options.end > options.start && options.end <= 1e30)) {
    return Error{ErrorCode::invalid_argument,
                 core::text("learning rates cannot climb from ", options.start, " to ", options.end),
                 "Give a start above 0 and a larger end, such as 1e-7 and 10."};
  }
  if (options.steps < 10 || options.steps > 100'000 || !(options.smoothing >= 0 && options.smoothing < 1) ||
      !(options.divergence > 1)) {
    return Error{ErrorCode::invalid_argument,
                 core::text("a sweep of ", options.steps, " steps, smoothing ", options.smoothing, ", divergence ",
                            options.divergence),
                 "Give 10 to 100000 steps, a smoothing from 0 to less than 1, a divergence above 1."};
  }
  std::unique_ptr<LearningRateFinder> finder(new LearningRateFinder);
  finder->options_ = options;
  STRIATE_TRY(weights, store.copy());
  finder->weights_ = std::move(weights);
  TrainOptions training = options.training;
  training.epochs = 1'000'000;  // as many as the sweep takes
  training.optimizer = with_rate(std::move(training.optimizer), options.start);
  training.schedule = {"exponential", {{"gamma", root(options.end / options.start, options.steps - 1)}}};
  training.average = {};
  training.early_stopping = {};
  STRIATE_TRY(trainer, Trainer::begin(network, *finder->weights_, std::move(dataset), training));
  finder->trainer_ = std::move(trainer);
  return finder;
}

void LearningRateFinder::advance(int steps) {
  for (int i = 0; i < steps && !curve_.done; ++i) {
    if (step() && steps_done() < options_.steps) continue;
    curve_.done = true;
    curve_.suggestion = suggest();
  }
}

// False: it has diverged.
bool LearningRateFinder::step() {
  const auto report = trainer_->step();
  if (!report) return false;
  average_ = options_.smoothing * average_ + (1 - options_.smoothing) * report->loss;
  weight_ *= options_.smoothing;
  const double smoothed = average_ / (1 - weight_);
  curve_.rates.push_back(report->learning_rate);
  curve_.losses.push_back(report->loss);
  curve_.smoothed.push_back(smoothed);
  best_ = steps_done() == 1 ? smoothed : std::min(best_, smoothed);
  return smoothed <= options_.divergence * best_;
}

// Rates are evenly spaced in the logarithm, so that slopes are differences of neighbours.
double LearningRateFinder::suggest() const {
  const std::vector<double>& y = curve_.smoothed;
  const auto lowest = static_cast<std::size_t>(std::min_element(y.begin(), y.end()) - y.begin());
  const auto late = static_cast<std::size_t>(options_.smoothing / (1 - options_.smoothing) + 0.5);
  double steepest = 0, rate = 0;
  for (std::size_t i = std::max<std::size_t>(1, static_cast<std::size_t>(options_.steps) / 10); i < lowest; ++i) {
    const double slope = y[i + 1] - y[i - 1];
    if (slope < steepest) {
      steepest = slope;
      rate = curve_.rates[i - std::min(i, late)];
    }
  }
  return rate;
}

}  // namespace striate::train

// Trainer: one optimisation step after another; resumable; no I/O.
//
// step(): data loader → forward → loss → backward → clipping → schedule → optimizer → StepReport. After begin() a step allocates
// nothing. When the loss or a new weight is not finite the step fails with not_finite: the weights are those with which
// the last finite loss was computed, the optimizer's state is zeroed, and the trainer stays stopped until configure().
//
// network and store are referred to, not copied: let them outlive the trainer. The dataset is shared; images appended to
// it join at the next epoch.
//
// augmentation: what is wanted of a mixed image is mixed too; accuracy is then told by the image's own label.
//
// Validation is the caller's: evaluate evaluated_store() when you like and tell observe() what came out; the schedule
// reduceOnPlateau and early stopping listen to it. When the training is over for good, conclude() gives the network the
// weights that it should keep: those of the best validation where they are to be restored, else the averaged ones where
// an average is kept, else those of the last step.
#pragma once

#include "striate/core/options.hpp"
#include "striate/core/result.hpp"
#include "striate/data/data_loader.hpp"
#include "striate/graph/executor.hpp"
#include "striate/graph/limits.hpp"
#include "striate/graph/param_store.hpp"
#include "striate/schedules/schedule.hpp"
#include "striate/train/early_stopping.hpp"
#include "striate/train/parameter_groups.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace striate::train {

// The exponential moving average of the weights: average ← d·average + (1 − d)·weights after every step, from the
// weights at the start; batch norm's statistics are copied. warmup: d = min(decay, (1 + t)/(10 + t)) after t steps, so
// that short trainings do not average over their start. Source: Polyak & Juditsky 1992; tf.train.ExponentialMovingAverage.
struct AverageOptions {
  double decay = 0;  // 0: no average
  bool warmup = true;
};

struct TrainOptions {
  int epochs = 1;
  int batch_size = 64;
  std::uint64_t seed = 1;
  core::TypedOptions optimizer = {"sgd", {}};
  core::TypedOptions schedule = {};  // empty type: constant at the optimizer's rate
  core::TypedOptions loss = {};      // empty type: crossEntropy
  double clip_norm = 0;              // > 0: all gradients together are scaled down to at most this Euclidean norm
  double clip_value = 0;             // > 0: each gradient value is cut to ±this
  bool gradient_norm = false;        // reports tell the norm even when it is not clipped
  data::SampleOrder sampling = data::SampleOrder::shuffled;
  bool drop_last = false;            // an epoch's last batch is left out when it is not full
  std::vector<ParameterGroup> groups = {};
  AverageOptions average = {};
  std::optional<EarlyStoppingOptions> early_stopping = {};
  std::shared_ptr<const augment::Policy> augmentation = nullptr;  // of the training images, afresh in each epoch
  graph::Limits limits = {};
  // For measurements, as in graph::ExecutorOptions.
  kernels::Convolution convolution = kernels::Convolution::automatic;
  const kernels::KernelTable* kernels = nullptr;
};

struct StepReport {
  std::int64_t step = 0;      // steps done, this one included
  int epoch = 0;              // from 0
  int images = 0;             // in this batch
  double loss = 0;            // mean over the batch, before the update
  double accuracy = 0;        // of the batch, before the update
  double learning_rate = 0;   // used for the update
  double gradient_norm = 0;   // after clip_value and before clip_norm; 0 unless clip_norm or gradient_norm is set
  bool epoch_end = false;     // this was the epoch's last batch
  bool done = false;          // all epochs are done
};

// Changes that take effect with the next step.
struct TrainChanges {
  std::optional<double> learning_rate = {};  // replaces the schedule by a constant
  std::optional<int> batch_size = {};        // the images left in the epoch are cut into batches of this size
};

class Trainer {
 public:
  static core::Result<std::unique_ptr<Trainer>> begin(const graph::Network& network, graph::ParamStore& store,
                                                      std::shared_ptr<const data::MemoryDataset> dataset,
                                                      const TrainOptions& options);
  ~Trainer();

  // Error not_finite as above; invalid_state when training is done or stopped.
  core::Result<StepReport> step();
  core::Status configure(const TrainChanges& changes);
  // Told where the time of a step goes; null: nobody.
  void watch(core::StepWatch* watch);

  bool done() const;
  int steps_per_epoch() const;         // at the present batch size
  std::int64_t steps_done() const;
  int epoch() const;
  std::size_t planned_bytes() const;   // of the plan, without weights, gradients and optimizer state
  int batch_size() const;
  const data::DataLoader& loader() const;  // its latest() is the batch of the last step

  double learning_rate() const;        // of the next step

  // The weights to validate with: the averaged ones where an average is kept.
  graph::ParamStore& evaluated_store();
  struct Verdict {
    bool improved = false;  // the best so far, for early stopping
    bool stopped = false;   // early stopping has ended the training
  };
  Verdict observe(const schedules::Observation& seen);
  bool stopped_early() const;
  // Whether conclude() would change the weights.
  bool concludes() const;
  void conclude();

  // State for a checkpoint: slot names (the optimizer's, then "average" and "best" where they are kept), and the array
  // of a slot for a parameter.
  std::span<const std::string_view> state_slots() const;
  std::span<float> state(int slot, int parameter);

  // Where the training stands, for going on later: restore() on a fresh trainer with the same options, network, dataset,
  // weights and state gives the same steps, bit by bit.
  struct Position {
    std::int64_t step = 0;
    std::uint32_t epoch = 0;
    std::uint32_t sample = 0;  // images of this epoch already seen
    std::vector<double> memory = {};  // what early stopping and schedule remember of validations
  };
  Position position() const;
  core::Status restore(const Position& position);

 private:
  struct State;
  explicit Trainer(std::unique_ptr<State> state);
  template <typename Body>
  void for_each_memory(Body&& body) const;
  std::unique_ptr<State> state_;
};

}  // namespace striate::train

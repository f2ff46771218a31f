// Trainer: one optimisation step after another; resumable; no I/O.
//
// step(): data loader → forward → loss → backward → schedule → optimizer → StepReport. After begin() a step allocates
// nothing. When the loss or a new weight is not finite the step fails with not_finite: the weights are those with which
// the last finite loss was computed, the optimizer's state is zeroed, and the trainer stays stopped until configure().
//
// network and store are referred to, not copied: let them outlive the trainer. The dataset is shared; images appended
// to it join at the next epoch.
#pragma once

#include "striate/core/options.hpp"
#include "striate/core/result.hpp"
#include "striate/graph/executor.hpp"
#include "striate/graph/limits.hpp"
#include "striate/graph/param_store.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

namespace striate::data {
class MemoryDataset;
}

namespace striate::train {

struct TrainOptions {
  int epochs = 1;
  int batch_size = 64;
  std::uint64_t seed = 1;
  core::TypedOptions optimizer = {"sgd", {}};
  core::TypedOptions schedule = {};  // empty type: constant at the optimizer's rate
  graph::Limits limits = {};
};

struct StepReport {
  std::int64_t step = 0;     // steps done, this one included
  int epoch = 0;             // from 0
  int images = 0;            // in this batch
  double loss = 0;           // mean over the batch, before the update
  double accuracy = 0;       // of the batch, before the update
  double learning_rate = 0;  // used for the update
  bool epoch_end = false;    // this was the epoch's last batch
  bool done = false;         // all epochs are done
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

  bool done() const;
  int steps_per_epoch() const;  // at the present batch size
  std::int64_t steps_done() const;
  int epoch() const;
  std::size_t planned_bytes() const;  // of the plan, without weights, gradients and optimizer state
  int batch_size() const;

  // Optimizer state for a checkpoint: slot names, and the array of a slot for a parameter.
  std::span<const std::string_view> state_slots() const;
  std::span<float> state(int slot, int parameter);

  // Where the training stands, for going on later: restore() on a fresh trainer with the same options, network,
  // dataset, weights and state gives the same steps, bit by bit.
  struct Position {
    std::int64_t step = 0;
    std::uint32_t epoch = 0;
    std::uint32_t sample = 0;  // images of this epoch already seen
  };
  Position position() const;
  core::Status restore(const Position& position);

 private:
  struct State;
  explicit Trainer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace striate::train

// TrainingState: a training put aside, with all it takes to go on as if it had never stopped.
//
// capture() copies it out of a trainer; resume() makes a trainer that continues from it, bit by bit, given the same
// network, weights and dataset. As JSON it is the training metadata of a saved model; the slots are saved as tensors
// named "optimizer.<slot>.<parameter>": the optimizer's own, "average" and "best" where they are kept, and "live", the
// weights of the last step, when the training has ended and left others in the model.
// Errors: invalid_argument naming the option; invalid_file for metadata that do not fit.
#pragma once

#include "striate/core/result.hpp"
#include "striate/data/memory_dataset.hpp"
#include "striate/graph/builder.hpp"
#include "striate/graph/param_store.hpp"
#include "striate/io/json.hpp"
#include "striate/train/trainer.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace striate::session {

struct TrainingState {
  train::TrainOptions options;  // as the training was begun
  train::TrainChanges changes;  // what was changed since
  train::Trainer::Position position;

  struct Slot {
    std::string name;  // "optimizer.velocity.conv1.weight"
    std::vector<float> values;
  };
  std::vector<Slot> slots;  // by parameter, then by slot
};

// The members of training_options.hpp, and resume.
struct TrainRequest {
  train::TrainOptions options;
  bool epochs_given = false;
  bool resume = false;
};
core::Result<TrainRequest> train_request_from_json(const io::Json& json);
// {learningRate, batchSize}, each optional.
core::Result<train::TrainChanges> train_changes_from_json(const io::Json& json);

// Adds `newer` to `changes`, the newer value winning.
void merge(train::TrainChanges& changes, const train::TrainChanges& newer);

std::string slot_name(std::string_view slot, std::string_view parameter);

TrainingState capture(train::Trainer& trainer, const graph::ParamStore& store, const train::TrainOptions& options,
                      const train::TrainChanges& changes, bool ending = false);
core::Result<std::unique_ptr<train::Trainer>> resume(const TrainingState& state, const graph::Network& network,
                                                     graph::ParamStore& store,
                                                     std::shared_ptr<const data::MemoryDataset> dataset);

// Everything but the slots' values.
io::Json training_state_to_json(const TrainingState& state);
core::Result<TrainingState> training_state_from_json(const io::Json& json);

}  // namespace striate::session

// Model: one network of the session with its weights, and the plans that work on it at the moment.
//
// Members are in order of dependence: what refers to network and store comes after them, and goes first.
#pragma once

#include "striate/core/result.hpp"
#include "striate/data/memory_dataset.hpp"
#include "striate/data/normalization.hpp"
#include "striate/graph/builder.hpp"
#include "striate/graph/executor.hpp"
#include "striate/graph/param_store.hpp"
#include "striate/introspect/activations.hpp"
#include "striate/session/training_state.hpp"
#include "striate/train/evaluator.hpp"
#include "striate/train/lr_finder.hpp"
#include "striate/train/trainer.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace striate::session {

struct Model {
  std::unique_ptr<graph::Network> network;
  std::unique_ptr<graph::ParamStore> store;
  data::Normalization normalization;

  // The training under way: its trainer, how it was begun, and what was changed since.
  std::unique_ptr<train::Trainer> trainer;
  train::TrainOptions train_options;
  train::TrainChanges train_changes;
  // Why the last slice of steps broke off after some good ones; the next call says it.
  std::optional<core::Error> train_error;
  // The training put aside, or loaded from a file; trainBegin with resume goes on from it.
  std::optional<TrainingState> set_aside;

  std::unique_ptr<train::Evaluator> evaluator;
  bool validating = false;  // the evaluation is the training's: it looks at its weights and tells it the result
  std::unique_ptr<train::LearningRateFinder> finder;

  // Plans kept from one call to the next, since the same is asked for again and again.
  std::unique_ptr<graph::Executor> predictor;
  std::unique_ptr<introspect::Activations> activations;
  std::vector<std::string> activation_layers;

  // The weights that whoever looks at the model sees: the averaged ones while a training keeps an average, for it is them
  // that validation judges and that the training leaves behind.
  graph::ParamStore& seen_store() const { return trainer != nullptr ? trainer->evaluated_store() : *store; }
  // To be called when a trainer has come, or is about to go: whatever looks at weights that others replace goes first.
  void see_anew();
};

// Draws the weights from `seed`.
core::Result<std::unique_ptr<Model>> make_model(std::unique_ptr<graph::Network> network, std::uint64_t seed);

}  // namespace striate::session

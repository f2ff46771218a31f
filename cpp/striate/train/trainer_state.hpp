// What a trainer is made of. Shared by trainer.cpp (beginning, changing, restoring) and trainer_step.cpp (stepping).
#pragma once

#include "striate/core/arena.hpp"
#include "striate/losses/batch_values.hpp"
#include "striate/losses/loss.hpp"
#include "striate/optimizers/optimizer.hpp"
#include "striate/schedules/schedule.hpp"
#include "striate/train/early_stopping.hpp"
#include "striate/train/parameter_groups.hpp"
#include "striate/train/trainer.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace striate::train {

inline constexpr std::size_t most_slots = 4;  // arrays that an optimizer keeps for a parameter

struct Trainer::State {
  const graph::Network& network;
  graph::ParamStore& store;
  TrainOptions options;
  data::DataLoader loader;
  std::unique_ptr<optimizers::Optimizer> optimizer;
  std::unique_ptr<schedules::Schedule> schedule;
  std::unique_ptr<losses::Loss> loss;
  std::vector<ParameterSettings> settings;     // per parameter
  std::unique_ptr<graph::Executor> executor = nullptr;
  core::Arena optimizer_state = {};            // slots × store.floats(), laid out as the store's values
  core::Arena previous = {};                   // the weights before the last update
  std::unique_ptr<graph::ParamStore> average = nullptr;  // of the weights, when it is kept
  core::Arena previous_average = {};           // the average before the last update
  std::optional<EarlyStopping> early = {};
  core::Arena best = {};                       // the weights of the best validation, when they are to be put back
  std::vector<std::string_view> slot_names = {};
  std::size_t slots = 0;                       // of the optimizer: arrays for each parameter
  core::StepWatch* watch = nullptr;
  losses::ClassValues soft_targets = {};       // of the batch, when images are mixed
  std::int64_t step = 0;
  std::uint32_t epoch = 0;                     // of the last batch
  bool can_undo = false;                       // `previous` holds weights with a finite loss
  bool stopped = false;                        // by a step that was not finite
  bool done = false;

  core::Status plan(int batch_size);
  core::Status reserve();
  std::size_t optimizer_slots() const { return optimizer->slots().size(); }
  float* slot(std::size_t index, std::size_t offset) const {
    return optimizer_state.floats() + index * store.floats() + offset;
  }
  std::size_t bytes() const { return store.floats() * sizeof(float); }
  // What evaluations look at.
  graph::ParamStore& evaluated() const { return average != nullptr ? *average : store; }

  core::Result<StepReport> run_step();
  void over(core::StepPart part) const {
    if (watch != nullptr) watch->over(part, -1);
  }
  void undo(bool updated);
  core::Error stop(const std::string& what);
  enum class Direction { keep, restore };
  void copy_statistics(Direction direction);
  double clip();
  bool update_part(std::size_t index, std::size_t first, std::size_t end, float* live, float* follower,
                   const schedules::SchedulePoint& point);
  core::Status update(const schedules::SchedulePoint& point);
};

}  // namespace striate::train

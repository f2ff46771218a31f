#include "striate/core/text.hpp"
#include "striate/train/loading.hpp"
#include "striate/train/trainer_state.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstring>

namespace striate::train {

using core::Error;
using core::ErrorCode;

namespace {

constexpr std::string_view average_slot = "average";

}  // namespace

// Plans for a batch size; on error the old plan stays.
core::Status Trainer::State::plan(int batch_size) {
  auto planned = graph::Executor::plan(
      network, store, {.mode = graph::Mode::training, .batch = batch_size, .convolution = options.convolution,
                       .kernels = options.kernels, .limits = options.limits});
  if (!planned) return planned.error();
  STRIATE_CHECK((*planned)->reserve());
  executor = std::move(*planned);
  executor->watch(watch);
  STRIATE_CHECK(loader.reserve(batch_size));
  loss->prepare(batch_size, executor->lanes());
  if (loader.mixes()) soft_targets.prepare(network.output_shape().channels, batch_size, executor->lanes());
  options.batch_size = batch_size;
  return {};
}

core::Status Trainer::State::reserve() {
  slots = optimizer_slots();
  assert(slots <= most_slots);
  STRIATE_CHECK(optimizer_state.reserve(optimizer_slots() * bytes(), "the optimizer's state"));
  STRIATE_CHECK(previous.reserve(bytes(), "the copy of the weights before a step"));
  slot_names.assign(optimizer->slots().begin(), optimizer->slots().end());
  if (options.average.decay > 0) {
    STRIATE_TRY(twin, store.copy());
    average = std::move(twin);
    STRIATE_CHECK(previous_average.reserve(bytes(), "the copy of the averaged weights before a step"));
    slot_names.push_back(average_slot);
  }
  if (options.early_stopping) {
    early.emplace(*options.early_stopping);
    if (early->restores_best()) {
      STRIATE_CHECK(best.reserve(bytes(), "the copy of the best weights"));
      slot_names.push_back("best");
    }
  }
  return {};
}

template <typename Body>
void Trainer::for_each_memory(Body&& body) const {
  if (state_->early) {
    for (double& value : state_->early->memory()) body(value);
  }
  for (double& value : state_->schedule->memory()) body(value);
}

Trainer::Trainer(std::unique_ptr<State> state) : state_(std::move(state)) {}
Trainer::~Trainer() = default;

core::Result<std::unique_ptr<Trainer>> Trainer::begin(const graph::Network& network, graph::ParamStore& store,
                                                      std::shared_ptr<const data::MemoryDataset> dataset,
                                                      const TrainOptions& options) {
  if (options.epochs < 1 || options.epochs > 1'000'000) {
    return Error{ErrorCode::invalid_argument, "epochs cannot be " + std::to_string(options.epochs),
                 "Train for 1 to 1000000 epochs."};
  }
  if (options.batch_size < 1 || options.batch_size > options.limits.batch) {
    return Error{ErrorCode::invalid_argument, "batch size " + std::to_string(options.batch_size),
                 "A batch has 1 to " + std::to_string(options.limits.batch) + " images."};
  }
  if (!store.any_trainable()) {
    return Error{ErrorCode::invalid_state, "every layer with weights is frozen, so there is nothing to train",
                 "Unfreeze some of them first."};
  }
  if (!(options.average.decay >= 0 && options.average.decay < 1)) {
    return Error{ErrorCode::invalid_argument,
                 core::text("the decay of the averaged weights cannot be ", options.average.decay),
                 "It is a number from 0 to less than 1, such as 0.999."};
  }
  STRIATE_TRY(settings, resolve_groups(options.groups, store));
  // plan() reserves the loader for the batch that is really used.
  STRIATE_TRY(loader, make_loader(network, std::move(dataset),
                                  {.order = options.sampling,
                                   .seed = options.seed,
                                   .drop_last = options.drop_last,
                                   .policy = options.augmentation}));
  if (loader.batches_per_epoch(options.batch_size) == 0) {
    return Error{ErrorCode::invalid_argument,
                 core::text("without its last batch an epoch of ", loader.images_per_epoch(),
                            " images has no batch of ", options.batch_size),
                 "Use smaller batches, or keep the last one."};
  }
  STRIATE_TRY(optimizer, optimizers::make_optimizer(options.optimizer));
  const auto per_epoch = static_cast<std::int64_t>(loader.batches_per_epoch(options.batch_size));
  STRIATE_TRY(schedule, schedules::make_schedule(options.schedule, {.learning_rate = optimizer->learning_rate(),
                                                                    .total_steps = per_epoch * options.epochs,
                                                                    .steps_per_epoch = per_epoch}));
  STRIATE_TRY(loss, losses::make_loss(options.loss, network.output_shape().channels));
  if (loader.mixes() && !loss->takes_soft_targets()) {
    return Error{ErrorCode::invalid_argument,
                 core::text("augmentation mixes images, and the loss '", options.loss.type, "' cannot mix their labels"),
                 "Use crossEntropy or meanSquared, or leave MixUp and CutMix out."};
  }

  std::unique_ptr<State> state(new State{.network = network,
                                         .store = store,
                                         .options = options,
                                         .loader = std::move(loader),
                                         .optimizer = std::move(optimizer),
                                         .schedule = std::move(schedule),
                                         .loss = std::move(loss),
                                         .settings = std::move(settings)});
  STRIATE_CHECK(state->plan(options.batch_size));
  STRIATE_CHECK(state->reserve());
  return std::unique_ptr<Trainer>(new Trainer(std::move(state)));
}

core::Result<StepReport> Trainer::step() {
  if (state_->done) {
    return Error{ErrorCode::invalid_state,
                 stopped_early() ? std::string("training is done: its validations had stopped getting better")
                                 : core::text("training is done after ", state_->options.epochs, " epochs"),
                 "Begin a new training to go on."};
  }
  if (state_->stopped) {
    return Error{ErrorCode::invalid_state, "training was stopped by a number that is not finite",
                 "Set a smaller learning rate first, or begin again."};
  }
  return state_->run_step();
}

core::Status Trainer::configure(const TrainChanges& changes) {
  if (changes.learning_rate) {
    const double rate = *changes.learning_rate;
    if (!std::isfinite(rate) || rate < 0 || rate > 1e30) {
      return Error{ErrorCode::invalid_argument, "the learning rate cannot be " + core::number_text(rate),
                   "It is a finite number from 0."};
    }
  }
  if (changes.batch_size && *changes.batch_size != state_->options.batch_size) {
    STRIATE_CHECK(state_->plan(*changes.batch_size));
  }
  if (changes.learning_rate) {
    STRIATE_TRY(schedule, schedules::make_schedule({}, {*changes.learning_rate, 1}));
    state_->schedule = std::move(schedule);
  }
  state_->stopped = false;
  return {};
}

void Trainer::watch(core::StepWatch* watch) {
  state_->watch = watch;
  state_->executor->watch(watch);
}

graph::ParamStore& Trainer::evaluated_store() { return state_->evaluated(); }

Trainer::Verdict Trainer::observe(const schedules::Observation& seen) {
  state_->schedule->observe(seen);
  if (!state_->early) return {};
  const bool improved = state_->early->observe(seen);
  if (improved && state_->best.size() != 0) {
    std::memcpy(state_->best.data(), state_->evaluated().all_values().data(), state_->bytes());
  }
  if (stopped_early()) state_->done = true;
  return {.improved = improved, .stopped = stopped_early()};
}

bool Trainer::stopped_early() const { return state_->early && state_->early->stopped(); }

bool Trainer::concludes() const {
  return state_->average != nullptr || (state_->best.size() != 0 && state_->early->any());
}

void Trainer::conclude() {
  if (!concludes()) return;
  const bool has_best = state_->best.size() != 0 && state_->early->any();
  const float* from = has_best ? state_->best.floats() : state_->average->all_values().data();
  std::memcpy(state_->store.all_values().data(), from, state_->bytes());
}

double Trainer::learning_rate() const { return state_->schedule->at(state_->step).rate; }

bool Trainer::done() const { return state_->done; }
int Trainer::steps_per_epoch() const {
  return static_cast<int>(state_->loader.batches_per_epoch(state_->options.batch_size));
}
std::int64_t Trainer::steps_done() const { return state_->step; }
int Trainer::epoch() const { return static_cast<int>(state_->epoch); }
std::size_t Trainer::planned_bytes() const { return state_->executor->planned_bytes(); }
int Trainer::batch_size() const { return state_->options.batch_size; }
const data::DataLoader& Trainer::loader() const { return state_->loader; }

std::span<const std::string_view> Trainer::state_slots() const { return state_->slot_names; }

std::span<float> Trainer::state(int slot, int parameter) {
  const graph::Parameter& p = state_->store.parameters()[static_cast<std::size_t>(parameter)];
  const auto index = static_cast<std::size_t>(slot);
  if (index < state_->optimizer_slots()) return {state_->slot(index, p.offset), p.count};
  if (state_->slot_names[index] == average_slot) return state_->average->values(parameter);
  return {state_->best.floats() + p.offset, p.count};
}

Trainer::Position Trainer::position() const {
  const data::LoaderPosition loader = state_->loader.position();
  Position position{state_->step, loader.epoch, loader.sample, {}};
  for_each_memory([&](double& value) { position.memory.push_back(value); });
  return position;
}

core::Status Trainer::restore(const Position& position) {
  if (position.step < 0) {
    return Error{ErrorCode::invalid_argument, "a training cannot stand at step " + std::to_string(position.step),
                 "The checkpoint is damaged; use another one."};
  }
  std::size_t count = 0;
  const std::size_t before_schedule = state_->early ? state_->early->memory().size() : 0;
  for_each_memory([&](double&) { ++count; });
  // A training whose rate was set by hand has no schedule any more that would remember.
  if (position.memory.size() != count && position.memory.size() != before_schedule) {
    return Error{ErrorCode::invalid_argument,
                 core::text("a training remembers ", count, " numbers of its validations, not ",
                            position.memory.size()),
                 "The checkpoint is damaged; use another one."};
  }
  std::size_t next = 0;
  for_each_memory([&](double& value) {
    if (next < position.memory.size()) value = position.memory[next++];
  });
  state_->loader.seek({position.epoch, position.sample});
  state_->step = position.step;
  state_->epoch = state_->loader.position().epoch;
  state_->done = state_->epoch >= static_cast<std::uint32_t>(state_->options.epochs) || stopped_early();
  state_->stopped = false;
  state_->can_undo = false;
  return {};
}

}  // namespace striate::train

#include "striate/train/trainer.hpp"

#include "striate/core/arena.hpp"
#include "striate/losses/cross_entropy.hpp"
#include "striate/optimizers/optimizer.hpp"
#include "striate/schedules/schedule.hpp"
#include "striate/train/loading.hpp"
#include "striate/train/metrics.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

namespace striate::train {

using core::Error;
using core::ErrorCode;

struct Trainer::State {
  const graph::Network& network;
  graph::ParamStore& store;
  TrainOptions options;
  data::DataLoader loader;
  std::unique_ptr<optimizers::Optimizer> optimizer;
  std::unique_ptr<schedules::Schedule> schedule;
  std::unique_ptr<graph::Executor> executor;
  core::Arena optimizer_state;  // slots × store.floats(), laid out as the store's values
  core::Arena previous;         // the weights before the last update
  std::vector<float*> slots;    // of the parameter being updated
  std::vector<float> losses;
  std::int64_t step = 0;
  std::uint32_t epoch = 0;  // of the last batch
  bool can_undo = false;    // `previous` holds weights with a finite loss
  bool stopped = false;     // by a step that was not finite
  bool done = false;

  core::Status plan(int batch_size);
  std::size_t slot_count() const { return optimizer->slots().size(); }
  float* slot(std::size_t index, std::size_t offset) const {
    return optimizer_state.floats() + index * store.floats() + offset;
  }
  void undo(std::size_t parameters);
  core::Error stop(const std::string& what);
  core::Result<StepReport> run_step();
  core::Status update(const schedules::SchedulePoint& point);
};

// Plans for a batch size; on error the old plan stays.
core::Status Trainer::State::plan(int batch_size) {
  auto planned = graph::Executor::plan(network, store,
                                       {.mode = graph::Mode::training, .batch = batch_size, .limits = options.limits});
  if (!planned) return planned.error();
  STRIATE_CHECK((*planned)->reserve());
  executor = std::move(*planned);
  loader.reserve(batch_size);
  losses.resize(static_cast<std::size_t>(batch_size));
  options.batch_size = batch_size;
  return {};
}

// Puts back the first `parameters` of them as they were before the last update, and forgets the optimizer's state.
void Trainer::State::undo(std::size_t parameters) {
  for (std::size_t i = 0; i < parameters; ++i) {
    const graph::Parameter& parameter = store.parameters()[i];
    if (!parameter.trainable) continue;
    std::memcpy(store.value_data(static_cast<int>(i)), previous.floats() + parameter.offset,
                parameter.count * sizeof(float));
  }
  if (optimizer_state.size() != 0) std::memset(optimizer_state.data(), 0, optimizer_state.size());
  can_undo = false;
  stopped = true;
}

core::Error Trainer::State::stop(const std::string& what) {
  return {ErrorCode::not_finite,
          "training stopped at step " + std::to_string(step + 1) + ": " + what +
              ". The weights of the last good step are kept",
          "Use a smaller learning rate, then go on or reset."};
}

core::Status Trainer::State::update(const schedules::SchedulePoint& point) {
  const auto parameters = store.parameters();
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const graph::Parameter& parameter = parameters[i];
    if (!parameter.trainable) continue;
    for (std::size_t s = 0; s < slots.size(); ++s) slots[s] = slot(s, parameter.offset);
    const bool finite = optimizer->update({.kernels = executor->kernels(),
                                           .parameter = store.value_data(static_cast<int>(i)),
                                           .gradient = store.gradient_data(static_cast<int>(i)),
                                           .state = slots,
                                           .previous = previous.floats() + parameter.offset,
                                           .count = parameter.count,
                                           .rate = static_cast<float>(point.rate * static_cast<double>(parameter.rate)),
                                           .momentum = static_cast<float>(point.momentum),
                                           .decay = parameter.decay,
                                           .step = step});
    if (finite) continue;
    undo(i + 1);
    return stop("the update of '" + parameter.name + "' is not a finite number");
  }
  return {};
}

core::Result<StepReport> Trainer::State::run_step() {
  const data::Batch batch = loader.next(options.batch_size);
  const int images = batch.count();
  loader.load(batch, executor->kernels(), executor->input(images));
  executor->forward(images, options.seed, static_cast<std::uint32_t>(step));

  StepReport report;
  report.loss =
      losses::cross_entropy(executor->kernels(), executor->output(), batch.labels, executor->doutput(), losses);
  if (!std::isfinite(report.loss)) {
    // The forward pass knows best where it broke; the weights that caused it are those of the last update.
    const std::string* layer = executor->first_not_finite();
    if (can_undo) undo(store.parameters().size());
    stopped = true;
    return stop(layer == nullptr ? std::string("the loss is not a finite number")
                                 : "the output of '" + *layer + "' is not a finite number, and so the loss");
  }
  report.accuracy = static_cast<double>(count_correct(executor->output(), batch.labels)) / images;
  executor->backward();
  const schedules::SchedulePoint point = schedule->at(step);
  STRIATE_CHECK(update(point));
  can_undo = true;
  ++step;
  epoch = batch.epoch;
  done = batch.last_of_epoch && batch.epoch + 1 >= static_cast<std::uint32_t>(options.epochs);

  report.step = step;
  report.epoch = static_cast<int>(batch.epoch);
  report.images = images;
  report.learning_rate = point.rate;
  report.epoch_end = batch.last_of_epoch;
  report.done = done;
  return report;
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
  // plan() reserves the loader for the batch that is really used.
  STRIATE_TRY(loader, make_loader(network, std::move(dataset), data::SampleOrder::shuffled, options.seed, 1));
  STRIATE_TRY(optimizer, optimizers::make_optimizer(options.optimizer));
  const auto steps = static_cast<std::int64_t>(loader.batches_per_epoch(options.batch_size)) * options.epochs;
  STRIATE_TRY(schedule, schedules::make_schedule(options.schedule, {optimizer->learning_rate(), steps}));

  std::unique_ptr<State> state(new State{.network = network,
                                         .store = store,
                                         .options = options,
                                         .loader = std::move(loader),
                                         .optimizer = std::move(optimizer),
                                         .schedule = std::move(schedule),
                                         .executor = nullptr,
                                         .optimizer_state = {},
                                         .previous = {},
                                         .slots = {},
                                         .losses = {}});
  STRIATE_CHECK(state->plan(options.batch_size));
  state->slots.resize(state->slot_count());
  STRIATE_CHECK(
      state->optimizer_state.reserve(state->slot_count() * store.floats() * sizeof(float), "the optimizer's state"));
  STRIATE_CHECK(state->previous.reserve(store.floats() * sizeof(float), "the copy of the weights before a step"));
  return std::unique_ptr<Trainer>(new Trainer(std::move(state)));
}

core::Result<StepReport> Trainer::step() {
  if (state_->done) {
    return Error{ErrorCode::invalid_state,
                 "training is done after " + std::to_string(state_->options.epochs) + " epochs",
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

bool Trainer::done() const { return state_->done; }
int Trainer::steps_per_epoch() const {
  return static_cast<int>(state_->loader.batches_per_epoch(state_->options.batch_size));
}
std::int64_t Trainer::steps_done() const { return state_->step; }
int Trainer::epoch() const { return static_cast<int>(state_->epoch); }
std::size_t Trainer::planned_bytes() const { return state_->executor->planned_bytes(); }
int Trainer::batch_size() const { return state_->options.batch_size; }

std::span<const std::string_view> Trainer::state_slots() const { return state_->optimizer->slots(); }

std::span<float> Trainer::state(int slot, int parameter) {
  const graph::Parameter& p = state_->store.parameters()[static_cast<std::size_t>(parameter)];
  return {state_->slot(static_cast<std::size_t>(slot), p.offset), p.count};
}

Trainer::Position Trainer::position() const {
  const data::LoaderPosition loader = state_->loader.position();
  return {state_->step, loader.epoch, loader.sample};
}

core::Status Trainer::restore(const Position& position) {
  if (position.step < 0) {
    return Error{ErrorCode::invalid_argument, "a training cannot stand at step " + std::to_string(position.step),
                 "The checkpoint is damaged; use another one."};
  }
  state_->loader.seek({position.epoch, position.sample});
  state_->step = position.step;
  state_->epoch = state_->loader.position().epoch;
  state_->done = state_->epoch >= static_cast<std::uint32_t>(state_->options.epochs);
  state_->stopped = false;
  state_->can_undo = false;
  return {};
}

}  // namespace striate::train

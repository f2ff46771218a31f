#include "striate/session/training_state.hpp"

#include "striate/core/text.hpp"
#include "striate/io/fields.hpp"
#include "striate/io/network_json.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace striate::session {

using core::Error;
using core::ErrorCode;
using core::Result;
using core::Status;
using io::Fields;
using io::Json;

namespace {

constexpr std::int64_t largest_whole = std::int64_t{1} << 53;  // what a JSON number holds exactly
constexpr std::int64_t most_epochs = 1'000'000;
constexpr std::int64_t largest_batch = 65'536;
constexpr int default_batch = 32;

// The members that options and saved states share.
Status read_options(Fields& fields, train::TrainOptions& options) {
  STRIATE_TRY(epochs, fields.integer("epochs", 1, 1, most_epochs));
  STRIATE_TRY(batch, fields.integer("batchSize", default_batch, 1, largest_batch));
  STRIATE_TRY(seed, fields.integer("seed", 0, 0, largest_whole));
  options.epochs = static_cast<int>(epochs);
  options.batch_size = static_cast<int>(batch);
  options.seed = static_cast<std::uint64_t>(seed);
  if (const Json* optimizer = fields.get("optimizer"); optimizer != nullptr) {
    STRIATE_TRY(given, io::typed_options_from_json(*optimizer, "optimizer"));
    options.optimizer = std::move(given);
  }
  if (const Json* schedule = fields.get("schedule"); schedule != nullptr) {
    STRIATE_TRY(given, io::typed_options_from_json(*schedule, "schedule"));
    options.schedule = std::move(given);
  }
  return {};
}

}  // namespace

Result<TrainRequest> train_request_from_json(const Json& json) {
  TrainRequest request;
  Fields fields(json, "training options");
  STRIATE_CHECK(read_options(fields, request.options));
  request.epochs_given = json.find("epochs") != nullptr;
  STRIATE_TRY(resume, fields.boolean("resume", false));
  request.resume = resume;
  STRIATE_CHECK(fields.finish());
  return request;
}

Result<train::TrainChanges> train_changes_from_json(const Json& json) {
  train::TrainChanges changes;
  Fields fields(json, "training change");
  if (fields.get("learningRate") != nullptr) {
    STRIATE_TRY(rate, fields.number("learningRate", 0, {0, std::numeric_limits<float>::max()}));
    changes.learning_rate = rate;
  }
  if (fields.get("batchSize") != nullptr) {
    STRIATE_TRY(batch, fields.integer("batchSize", default_batch, 1, largest_batch));
    changes.batch_size = static_cast<int>(batch);
  }
  STRIATE_CHECK(fields.finish());
  return changes;
}

void merge(train::TrainChanges& changes, const train::TrainChanges& newer) {
  if (newer.learning_rate) changes.learning_rate = newer.learning_rate;
  if (newer.batch_size) changes.batch_size = newer.batch_size;
}

std::string slot_name(std::string_view slot, std::string_view parameter) {
  return core::text("optimizer.", slot, ".", parameter);
}

TrainingState capture(train::Trainer& trainer, const graph::ParamStore& store, const train::TrainOptions& options,
                      const train::TrainChanges& changes) {
  TrainingState state;
  state.options = options;
  state.changes = changes;
  state.position = trainer.position();
  const auto slots = trainer.state_slots();
  for (std::size_t parameter = 0; parameter < store.parameters().size(); ++parameter) {
    for (std::size_t slot = 0; slot < slots.size(); ++slot) {
      const std::span<float> values = trainer.state(static_cast<int>(slot), static_cast<int>(parameter));
      if (values.empty()) continue;  // statistics have no optimizer state
      state.slots.push_back(
          {slot_name(slots[slot], store.parameters()[parameter].name), {values.begin(), values.end()}});
    }
  }
  return state;
}

Result<std::unique_ptr<train::Trainer>> resume(const TrainingState& state, const graph::Network& network,
                                               graph::ParamStore& store,
                                               std::shared_ptr<const data::MemoryDataset> dataset) {
  STRIATE_TRY(trainer, train::Trainer::begin(network, store, std::move(dataset), state.options));
  // The changes come after the start as they did the first time, so that schedules are laid out over the same steps.
  STRIATE_CHECK(trainer->restore(state.position));
  if (state.changes.learning_rate || state.changes.batch_size) STRIATE_CHECK(trainer->configure(state.changes));
  const auto slots = trainer->state_slots();
  for (std::size_t parameter = 0; parameter < store.parameters().size(); ++parameter) {
    for (std::size_t slot = 0; slot < slots.size(); ++slot) {
      const std::string name = slot_name(slots[slot], store.parameters()[parameter].name);
      const std::span<float> values = trainer->state(static_cast<int>(slot), static_cast<int>(parameter));
      if (values.empty()) continue;
      const auto saved = std::find_if(state.slots.begin(), state.slots.end(),
                                      [&](const TrainingState::Slot& entry) { return entry.name == name; });
      if (saved == state.slots.end() || saved->values.size() != values.size()) {
        return Error{ErrorCode::invalid_state,
                     core::text("the saved training has no '", name, "' of ", values.size(), " values"),
                     "Begin a new training instead of resuming."};
      }
      std::copy(saved->values.begin(), saved->values.end(), values.begin());
    }
  }
  return std::move(trainer);
}

Json training_state_to_json(const TrainingState& state) {
  Json json = Json::object({{"epochs", state.options.epochs},
                            {"batchSize", state.options.batch_size},
                            {"seed", state.options.seed},
                            {"optimizer", io::typed_options_to_json(state.options.optimizer)}});
  if (!state.options.schedule.type.empty()) json.set("schedule", io::typed_options_to_json(state.options.schedule));
  Json changes = Json::object();
  if (state.changes.learning_rate) changes.set("learningRate", *state.changes.learning_rate);
  if (state.changes.batch_size) changes.set("batchSize", *state.changes.batch_size);
  json.set("changes", std::move(changes));
  json.set("step", state.position.step);
  json.set("epoch", state.position.epoch);
  json.set("sample", state.position.sample);
  return json;
}

Result<TrainingState> training_state_from_json(const Json& json) {
  constexpr std::int64_t largest_word = std::numeric_limits<std::uint32_t>::max();
  TrainingState state;
  Fields fields(json, "saved training");
  STRIATE_CHECK(read_options(fields, state.options));
  if (const Json* changes = fields.get("changes"); changes != nullptr) {
    STRIATE_TRY(given, train_changes_from_json(*changes));
    state.changes = given;
  }
  for (const char* key : {"step", "epoch", "sample"}) STRIATE_CHECK(fields.require(key));
  STRIATE_TRY(step, fields.integer("step", 0, 0, largest_whole));
  STRIATE_TRY(epoch, fields.integer("epoch", 0, 0, largest_word));
  STRIATE_TRY(sample, fields.integer("sample", 0, 0, largest_word));
  state.position = {step, static_cast<std::uint32_t>(epoch), static_cast<std::uint32_t>(sample)};
  STRIATE_CHECK(fields.finish());
  return state;
}

}  // namespace striate::session

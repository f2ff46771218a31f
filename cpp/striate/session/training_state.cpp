#include "striate/session/training_state.hpp"

#include "striate/core/text.hpp"
#include "striate/io/fields.hpp"
#include "striate/session/training_options.hpp"

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

Result<TrainRequest> train_request_from_json(const Json& json) {
  TrainRequest request;
  Fields fields(json, "training options");
  STRIATE_TRY(options, train_options_from_json(fields));
  request.options = std::move(options);
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

namespace {

// The weights of the last step, where the model itself was left with others.
constexpr std::string_view live_slot = "live";

}  // namespace

std::string slot_name(std::string_view slot, std::string_view parameter) {
  return core::text("optimizer.", slot, ".", parameter);
}

TrainingState capture(train::Trainer& trainer, const graph::ParamStore& store, const train::TrainOptions& options,
                      const train::TrainChanges& changes, bool ending) {
  TrainingState state;
  state.options = options;
  state.changes = changes;
  state.position = trainer.position();
  const auto slots = trainer.state_slots();
  for (std::size_t parameter = 0; parameter < store.parameters().size(); ++parameter) {
    for (std::size_t slot = 0; slot < slots.size(); ++slot) {
      const std::span<float> values = trainer.state(static_cast<int>(slot), static_cast<int>(parameter));
      state.slots.push_back(
          {slot_name(slots[slot], store.parameters()[parameter].name), {values.begin(), values.end()}});
    }
    if (ending && trainer.concludes()) {
      const std::span<const float> values = store.values(static_cast<int>(parameter));
      state.slots.push_back({slot_name(live_slot, store.parameters()[parameter].name), {values.begin(), values.end()}});
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
  const auto find = [&](const std::string& name) {
    return std::find_if(state.slots.begin(), state.slots.end(),
                        [&](const TrainingState::Slot& entry) { return entry.name == name; });
  };
  const auto slots = trainer->state_slots();
  for (std::size_t parameter = 0; parameter < store.parameters().size(); ++parameter) {
    for (std::size_t slot = 0; slot < slots.size(); ++slot) {
      const std::string name = slot_name(slots[slot], store.parameters()[parameter].name);
      const std::span<float> values = trainer->state(static_cast<int>(slot), static_cast<int>(parameter));
      const auto saved = find(name);
      if (saved == state.slots.end() || saved->values.size() != values.size()) {
        return Error{ErrorCode::invalid_state,
                     core::text("the saved training has no '", name, "' of ", values.size(), " values"),
                     "Begin a new training instead of resuming."};
      }
      std::copy(saved->values.begin(), saved->values.end(), values.begin());
    }
  }
  // An ended training goes on with the weights of its last step, not with those it left in the model.
  for (std::size_t parameter = 0; parameter < store.parameters().size(); ++parameter) {
    const auto saved = find(slot_name(live_slot, store.parameters()[parameter].name));
    const std::span<float> values = store.values(static_cast<int>(parameter));
    if (saved == state.slots.end() || saved->values.size() != values.size()) continue;
    std::copy(saved->values.begin(), saved->values.end(), values.begin());
  }
  return std::move(trainer);
}

Json training_state_to_json(const TrainingState& state) {
  Json json = train_options_to_json(state.options);
  Json changes = Json::object();
  if (state.changes.learning_rate) changes.set("learningRate", *state.changes.learning_rate);
  if (state.changes.batch_size) changes.set("batchSize", *state.changes.batch_size);
  json.set("changes", std::move(changes));
  json.set("step", state.position.step);
  json.set("epoch", state.position.epoch);
  json.set("sample", state.position.sample);
  if (!state.position.memory.empty()) {
    Json memory = Json::array();
    for (const double value : state.position.memory) memory.push(value);
    json.set("memory", std::move(memory));
  }
  return json;
}

Result<TrainingState> training_state_from_json(const Json& json) {
  constexpr std::int64_t largest_word = std::numeric_limits<std::uint32_t>::max();
  TrainingState state;
  Fields fields(json, "saved training");
  STRIATE_TRY(options, train_options_from_json(fields));
  state.options = std::move(options);
  if (const Json* changes = fields.get("changes"); changes != nullptr) {
    STRIATE_TRY(given, train_changes_from_json(*changes));
    state.changes = given;
  }
  for (const char* key : {"step", "epoch", "sample"}) STRIATE_CHECK(fields.require(key));
  STRIATE_TRY(step, fields.integer("step", 0, 0, largest_whole));
  STRIATE_TRY(epoch, fields.integer("epoch", 0, 0, largest_word));
  STRIATE_TRY(sample, fields.integer("sample", 0, 0, largest_word));
  state.position = {step, static_cast<std::uint32_t>(epoch), static_cast<std::uint32_t>(sample), {}};
  if (const Json* memory = fields.get("memory"); memory != nullptr) {
    for (const Json& value : memory->items()) {
      if (!value.is(Json::Kind::number)) {
        return Error{ErrorCode::invalid_argument, "saved training.memory holds something that is not a number",
                     "The file is damaged; save it again."};
      }
      state.position.memory.push_back(value.number());
    }
  }
  STRIATE_CHECK(fields.finish());
  return state;
}

}  // namespace striate::session

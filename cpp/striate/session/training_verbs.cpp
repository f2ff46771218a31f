// The verbs of Session that train.
#include "striate/session/arguments.hpp"
#include "striate/session/session.hpp"
#include "striate/session/training_state.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace striate::session {

using core::Error;
using core::ErrorCode;
using core::Result;
using io::Json;

namespace {

constexpr std::int64_t most_steps = 1'000'000;  // of one call

Error not_training() { return Error{ErrorCode::invalid_state, "the model is not training", "Call trainBegin first."}; }

// The plan in bytes, with weights, gradients and the optimizer's state.
std::size_t bytes_in_all(const Model& model) {
  const bool averages = model.train_options.average.decay > 0;
  // Values, gradients, previous values, and the previous average.
  const std::size_t blocks = 3 + (averages ? 1 : 0) + model.trainer->state_slots().size();
  return model.trainer->planned_bytes() + model.store->floats() * sizeof(float) * blocks;
}

Json plan(const Model& model) {
  const train::Trainer& trainer = *model.trainer;
  return Json::object({{"stepsPerEpoch", trainer.steps_per_epoch()},
                       {"plannedBytes", bytes_in_all(model)},
                       {"step", trainer.steps_done()},
                       {"epoch", trainer.epoch()},
                       {"batchSize", trainer.batch_size()},
                       {"done", trainer.done()}});
}

}  // namespace

Reply Session::train_begin(double number, double dataset_number, std::string_view options_json) {
  STRIATE_TRY(model, find_model(number));
  STRIATE_TRY(dataset, find_dataset(dataset_number));
  STRIATE_TRY(json, parse_argument(options_json, "training options"));
  STRIATE_TRY(request, train_request_from_json(json));
  if (model->trainer != nullptr) {
    return Error{ErrorCode::invalid_state, "the model is already training", "Call trainEnd first."};
  }
  if (!request.resume) {
    STRIATE_TRY(trainer, train::Trainer::begin(*model->network, *model->store, dataset, request.options));
    model->trainer = std::move(trainer);
    model->train_options = std::move(request.options);
    model->train_changes = {};
  } else {
    if (!model->set_aside) {
      return Error{ErrorCode::invalid_state, "the model holds no training to resume",
                   "Load a file saved with {optimizer: true}, or begin without resume."};
    }
    TrainingState& state = *model->set_aside;
    const int epochs_before = state.options.epochs;
    if (request.epochs_given) state.options.epochs = request.options.epochs;
    auto trainer = resume(state, *model->network, *model->store, dataset);
    if (!trainer) {
      state.options.epochs = epochs_before;
      return trainer.error();
    }
    model->trainer = std::move(*trainer);
    model->train_options = state.options;
    model->train_changes = state.changes;
  }
  model->set_aside.reset();
  model->see_anew();
  return Answer(plan(*model));
}

Reply Session::train_configure(double number, std::string_view options_json) {
  STRIATE_TRY(model, find_model(number));
  STRIATE_TRY(json, parse_argument(options_json, "training change"));
  STRIATE_TRY(changes, train_changes_from_json(json));
  if (model->trainer == nullptr) return not_training();
  STRIATE_CHECK(model->trainer->configure(changes));
  merge(model->train_changes, changes);
  model->train_error.reset();
  return Answer(plan(*model));
}

Reply Session::train_steps(double number, double steps) {
  STRIATE_TRY(model, find_model(number));
  STRIATE_TRY(wanted, whole_number(steps, "steps", 1, most_steps));
  if (model->trainer == nullptr) return not_training();
  std::vector<float> losses;  // as floats: one as text costs more than a small step
  double loss_sum = 0, right = 0, images = 0;
  train::StepReport last;
  if (model->train_error) {
    const Error error = *std::exchange(model->train_error, std::nullopt);
    return error;
  }
  for (std::int64_t i = 0; i < wanted; ++i) {
    const auto report = model->trainer->step();
    if (!report) {
      if (i == 0) return report.error();
      model->train_error = report.error();
      break;
    }
    losses.push_back(static_cast<float>(report->loss));
    loss_sum += report->loss;
    right += report->accuracy * report->images;
    images += report->images;
    last = *report;
    if (report->epoch_end || report->done) break;
  }
  const auto taken = static_cast<double>(losses.size());
  Answer answer(Json::object({{"step", last.step},
                             {"epoch", last.epoch},
                             {"loss", loss_sum / taken},
                             {"accuracy", right / images},
                             {"learningRate", last.learning_rate},
                             {"images", images},
                             {"epochEnd", last.epoch_end},
                             {"done", last.done}}));
  if (model->train_options.clip_norm > 0 || model->train_options.gradient_norm) {
    answer.json.set("gradientNorm", last.gradient_norm);
  }
  STRIATE_CHECK(answer.floats.emplace().resize(losses.size(), "the losses"));
  std::copy(losses.begin(), losses.end(), answer.floats->data());
  return answer;
}

Reply Session::train_batch(double number) {
  STRIATE_TRY(model, find_model(number));
  if (model->trainer == nullptr) return not_training();
  const data::DataLoader& loader = model->trainer->loader();
  const data::Batch& batch = loader.latest();
  if (batch.count() == 0) return Answer();
  Json indices = Json::array(), labels = Json::array();
  for (const std::uint32_t index : batch.indices) indices.push(index);
  for (const std::int32_t label : batch.labels) labels.push(label);
  const core::Shape& shape = loader.shape();
  Answer answer(Json::object({{"step", model->trainer->steps_done()},
                              {"epoch", batch.epoch},
                              {"indices", std::move(indices)},
                              {"labels", std::move(labels)},
                              {"shape", Json::array(batch.count(), shape.channels, shape.height, shape.width)}}));
  const auto each = static_cast<std::size_t>(shape.elements());
  const std::size_t count = batch.indices.size();
  const auto augmented = loader.augmented_images();
  const data::MemoryDataset& dataset = loader.dataset();
  if (dataset.kind() == PixelKind::floats) {
    STRIATE_CHECK(answer.floats.emplace().resize(count * each, "a copy of the batch"));
    for (std::size_t i = 0; i < count; ++i) {
      std::copy_n(dataset.floats(batch.indices[i]), each, answer.floats->data() + i * each);
    }
    return answer;
  }
  STRIATE_CHECK(answer.bytes.emplace().resize(count * each, "a copy of the batch"));
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint8_t* from = augmented.empty() ? dataset.bytes(batch.indices[i]) : augmented[i];
    std::copy_n(from, each, answer.bytes->data() + i * each);
  }
  return answer;
}

Reply Session::train_end(double number) {
  STRIATE_TRY(model, find_model(number));
  if (model->trainer != nullptr) {
    model->set_aside = capture(*model->trainer, *model->store, model->train_options, model->train_changes, true);
    if (model->validating) model->evaluator.reset();  // it tells the trainer what it finds
    model->validating = false;
    model->see_anew();
    model->trainer->conclude();
    model->trainer.reset();
    model->train_error.reset();
  }
  return Answer();
}

}  // namespace striate::session

// The verbs of Session that look: evaluate, inspect.
#include "striate/core/text.hpp"
#include "striate/io/fields.hpp"
#include "striate/introspect/im2col.hpp"
#include "striate/kernels/kernel_table.hpp"
#include "striate/session/arguments.hpp"
#include "striate/session/pixel_loading.hpp"
#include "striate/session/session.hpp"
#include "striate/session/test_time_options.hpp"
#include "striate/session/training_options.hpp"
#include "striate/train/metrics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

namespace striate::session {

using core::Error;
using core::ErrorCode;
using core::Result;
using core::Status;
using io::Json;

namespace {


Json scores_to_json(const train::ClassScores& scores) {
  return Json::object({{"precision", scores.precision}, {"recall", scores.recall}, {"f1", scores.f1}});
}

}  // namespace

Reply Session::evaluate_begin(double number, double dataset_number, std::string_view options_json) {
  STRIATE_TRY(model, find_model(number));
  STRIATE_TRY(dataset, find_dataset(dataset_number));
  STRIATE_TRY(json, parse_argument(options_json, "evaluation options"));
  io::Fields fields(json, "evaluation options");
  STRIATE_TRY(training, fields.boolean("training", false));
  STRIATE_TRY(top_k, fields.integer("topK", 5, 1, most_images));
  STRIATE_TRY(loss, typed_member(fields, "loss"));
  STRIATE_TRY(tta, tta_member(fields));
  STRIATE_CHECK(fields.finish());
  if (training && model->trainer == nullptr) {
    return Error{ErrorCode::invalid_state, "the model is not training", "Call trainBegin first."};
  }
  train::EvaluateOptions options{.loss = std::move(loss), .top_k = static_cast<int>(top_k), .tta = std::move(tta)};
  if (training && options.loss.type.empty()) options.loss = model->train_options.loss;
  STRIATE_TRY(evaluator, train::Evaluator::begin(*model->network, model->seen_store(), dataset, options));
  model->evaluator = std::move(evaluator);
  model->validating = training;
  return Answer(Json::object({{"images", dataset->count()}}));
}

Reply Session::evaluate_steps(double number, double images) {
  STRIATE_TRY(model, find_model(number));
  STRIATE_TRY(wanted, whole_number(images, "images", 1, most_images));
  if (model->evaluator == nullptr) {
    return Error{ErrorCode::invalid_state, "no evaluation is under way", "Call evaluateBegin first."};
  }
  STRIATE_CHECK(model->evaluator->advance(static_cast<int>(wanted)));
  const train::Evaluation result = model->evaluator->result();
  Json json = Json::object({{"done", result.done}, {"images", result.images}});
  if (result.done) {
    model->evaluator.reset();  // its plan is not needed any more
    if (!std::isfinite(result.loss)) {
      model->validating = false;
      return Error{ErrorCode::not_finite, core::text("the loss over ", result.images, " images is not a finite number"),
                   "The weights have grown too large: train again with a smaller learning rate."};
    }
    json.set("loss", result.loss);
    json.set("accuracy", result.accuracy);
    json.set("topK", result.top_k);
    json.set("topKAccuracy", result.top_k_accuracy);
    json.set("calibrationError", result.calibration_error);
    Json scores = Json::array();
    for (const train::ClassScores& one : train::class_scores(result.confusion)) {
      Json entry = scores_to_json(one);
      entry.set("support", one.support);
      scores.push(std::move(entry));
    }
    json.set("classes", std::move(scores));
    json.set("macro", scores_to_json(train::macro_scores(result.confusion)));
    const auto classes = static_cast<std::size_t>(result.classes);
    Json matrix = Json::array();
    for (std::size_t label = 0; label < classes; ++label) {
      Json row = Json::array();
      for (std::size_t predicted = 0; predicted < classes; ++predicted)
        row.push(result.confusion[label * classes + predicted]);
      matrix.push(std::move(row));
    }
    json.set("confusionMatrix", std::move(matrix));
    if (model->validating) {
      const auto verdict = model->trainer->observe({.loss = result.loss, .accuracy = result.accuracy});
      json.set("trainingDone", model->trainer->done());
      json.set("improved", verdict.improved);
      model->validating = false;
    }
  }
  return Answer(std::move(json));
}

Reply Session::inspect(double number, const Pixels& pixels, std::string_view layers_json) {
  STRIATE_TRY(model, find_model(number));
  STRIATE_TRY(names, parse_names(layers_json, "layers"));
  STRIATE_CHECK(check_pixels(pixels, 1, model->network->input_shape(), "image"));
  std::vector<std::string> layers = names ? std::move(*names) : std::vector<std::string>();
  if (!names) {
    for (const graph::Node& node : model->network->nodes()) layers.push_back(node.name);
  }
  // Also keeps apart "no layers", only probabilities, from "all layers", which Activations would read into an empty
  // list.
  const bool none = layers.empty();
  if (none) layers.push_back(model->network->nodes().back().name);
  if (model->activations == nullptr || model->activation_layers != layers) {
    STRIATE_TRY(activations, introspect::Activations::make(*model->network, model->seen_store(), layers));
    model->activations = std::move(activations);
    model->activation_layers = layers;
  }

  introspect::Activations& activations = *model->activations;
  load_pixels(*model, pixels, 0, 1, kernels::kernels(), activations.input());
  activations.run();
  Json blocks = Json::array();
  for (const introspect::ActivationBlock& block : activations.layout()) {
    if (none) continue;
    blocks.push(Json::object({{"name", block.name},
                              {"type", block.type},
                              {"shape", shape_to_json(block.shape)},
                              {"offset", block.offset},
                              {"length", block.length}}));
  }
  Answer answer(Json::object({{"layers", std::move(blocks)},
                              {"probabilities", Json::object({{"offset", activations.probabilities_offset()},
                                                              {"length", activations.probabilities_length()}})}}));
  const std::span<const float> values = activations.values();
  STRIATE_CHECK(answer.floats.emplace().resize(values.size(), "a copy of the activations"));
  std::copy(values.begin(), values.end(), answer.floats->data());
  return answer;
}

Reply Session::im2col(double number, const Pixels& pixels, std::string_view layer_json) {
  STRIATE_TRY(model, find_model(number));
  STRIATE_TRY(layer, parse_argument(layer_json, "layer"));
  if (!layer.is(Json::Kind::string)) return Error{ErrorCode::invalid_argument, "the layer is not a name", "Name a conv2d layer."};
  STRIATE_CHECK(check_pixels(pixels, 1, model->network->input_shape(), "image"));
  STRIATE_TRY(im2col, introspect::Im2col::make(*model->network, model->seen_store(), layer.string()));
  load_pixels(*model, pixels, 0, 1, kernels::kernels(), im2col->input());
  im2col->run();
  const std::pair<const char*, std::span<const float>> blocks[] = {{"matrix", im2col->matrix()},
                                                                   {"weights", im2col->weights()},
                                                                   {"product", im2col->product()},
                                                                   {"output", im2col->output()}};
  std::size_t total = 0;
  for (const auto& block : blocks) total += block.second.size();
  Answer answer(Json::object(
      {{"filters", im2col->filters()}, {"rows", im2col->rows()}, {"columns", im2col->columns()}}));
  STRIATE_CHECK(answer.floats.emplace().resize(total, "a copy of the matrix"));
  std::size_t offset = 0;
  for (const auto& [name, values] : blocks) {
    std::copy(values.begin(), values.end(), answer.floats->data() + offset);
    answer.json.set(name, Json::object({{"offset", offset}, {"length", values.size()}}));
    offset += values.size();
  }
  return answer;
}

}  // namespace striate::session

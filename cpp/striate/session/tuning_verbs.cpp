// The verbs of Session that prepare a training: frozen layers, learning rates of layers, the search for a rate.
#include "striate/session/arguments.hpp"
#include "striate/session/layer_settings.hpp"
#include "striate/session/session.hpp"
#include "striate/session/training_options.hpp"

#include <utility>
#include <vector>

namespace striate::session {

using core::Error;
using core::ErrorCode;
using io::Fields;
using io::Json;

namespace {

constexpr std::int64_t most_tried_rates = 100'000;

Json numbers(const std::vector<double>& values) {
  Json list = Json::array();
  for (const double value : values) list.push(value);
  return list;
}

}  // namespace

Reply Session::configure_layers(double number, std::string_view change_json) {
  STRIATE_TRY(model, find_model(number));
  STRIATE_TRY(change, parse_argument(change_json, "layer change"));
  // A plan is made for one set of trained layers.
  if (model->trainer != nullptr && !change.members().empty()) {
    return Error{ErrorCode::invalid_state, "layers cannot be frozen or get other rates while the model trains",
                 "Do it before the training begins, or stop it first."};
  }
  STRIATE_CHECK(change_layers(change, *model->network, *model->store));
  return Answer(layer_settings_to_json(*model->network, *model->store));
}

Reply Session::rate_begin(double number, double dataset_number, std::string_view options_json) {
  STRIATE_TRY(model, find_model(number));
  STRIATE_TRY(dataset, find_dataset(dataset_number));
  STRIATE_TRY(json, parse_argument(options_json, "sweep options"));
  Fields fields(json, "sweep options");
  train::LearningRateFinderOptions options;
  STRIATE_TRY(training, train_options_from_json(fields));
  STRIATE_TRY(start, fields.number("start", options.start));
  STRIATE_TRY(end, fields.number("end", options.end));
  STRIATE_TRY(steps, fields.integer("steps", options.steps, 1, most_tried_rates));
  STRIATE_TRY(smoothing, fields.number("smoothing", options.smoothing));
  STRIATE_TRY(divergence, fields.number("divergence", options.divergence));
  STRIATE_CHECK(fields.finish());
  options = {std::move(training), start, end, static_cast<int>(steps), smoothing, divergence};
  STRIATE_TRY(finder, train::LearningRateFinder::begin(*model->network, *model->store, dataset, options));
  model->finder = std::move(finder);
  return Answer(Json::object({{"steps", options.steps}}));
}

Reply Session::rate_steps(double number, double steps) {
  STRIATE_TRY(model, find_model(number));
  STRIATE_TRY(wanted, whole_number(steps, "steps", 1, most_tried_rates));
  if (model->finder == nullptr) {
    return Error{ErrorCode::invalid_state, "no search for a learning rate is under way", "Call rateBegin first."};
  }
  train::LearningRateFinder& finder = *model->finder;
  finder.advance(static_cast<int>(wanted));
  Json json = Json::object({{"done", finder.done()}, {"step", finder.steps_done()}});
  if (finder.done()) {
    const train::LearningRateCurve& curve = finder.curve();
    json.set("rates", numbers(curve.rates));
    json.set("losses", numbers(curve.losses));
    json.set("smoothed", numbers(curve.smoothed));
    json.set("suggestion", curve.suggestion > 0 ? Json(curve.suggestion) : Json());
    model->finder.reset();
  }
  return Answer(std::move(json));
}

Reply Session::rate_end(double number) {
  STRIATE_TRY(model, find_model(number));
  model->finder.reset();
  return Answer();
}

}  // namespace striate::session

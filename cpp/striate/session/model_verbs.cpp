// The verbs of Session that make, describe, save and dispose of models, and the handles.
#include "striate/core/text.hpp"
#include "striate/introspect/model_stats.hpp"
#include "striate/io/fields.hpp"
#include "striate/io/network_json.hpp"
#include "striate/io/onnx_export.hpp"
#include "striate/io/onnx_import.hpp"
#include "striate/models/zoo.hpp"
#include "striate/session/arguments.hpp"
#include "striate/session/saved_model.hpp"
#include "striate/session/session.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

namespace striate::session {

using core::Error;
using core::ErrorCode;
using core::Result;
using io::Json;

namespace {

// Why a number leads to nothing.
Error no_such(const char* kind, double number, std::int64_t next) {
  const std::string name = core::text(kind, " ", (std::isfinite(number) ? io::json_number(number) : "(not a number)"));
  if (number >= 1 && number < static_cast<double>(next) && number == std::floor(number)) {
    return Error{ErrorCode::invalid_state, core::text(name, " was disposed of"),
                 core::text("Make the ", kind, " again.")};
  }
  return Error{ErrorCode::not_found, core::text(name, " does not exist"),
               core::text("Use the number that came with the ", kind, ".")};
}

// "resnet20", {"zoo": "resnet20", "classes": 3, "input": {…}}, or a network written out.
Result<graph::NetworkSpec> spec_from_json(const Json& json) {
  if (json.is(Json::Kind::string)) return models::make_from_zoo(json.string());
  if (json.find("zoo") == nullptr) return io::network_from_json(json);
  io::Fields fields(json, "network");
  models::ZooOptions options;
  STRIATE_TRY(name, fields.string("zoo", ""));
  STRIATE_TRY(classes, fields.integer("classes", 0, 1, 65'535));
  options.classes = static_cast<int>(classes);
  const Json* given = fields.get("input");
  STRIATE_CHECK(fields.finish());
  if (given == nullptr) return models::make_from_zoo(name, options);
  STRIATE_TRY(input, io::input_from_json(*given));
  options.input = input.shape;
  STRIATE_TRY(spec, models::make_from_zoo(name, options));
  if (given->find("normalize") != nullptr) spec.input = std::move(input);
  return std::move(spec);
}

Json axes(std::int64_t y, std::int64_t x) { return Json::array(y, x); }

}  // namespace

Result<Model*> Session::find_model(double number) {
  for (const auto& entry : models_) {
    if (static_cast<double>(entry.first) == number) return entry.second.get();
  }
  return no_such("model", number, next_model_);
}

Result<Session::Dataset> Session::find_dataset(double number) {
  for (const auto& entry : datasets_) {
    if (static_cast<double>(entry.first) == number) return entry.second;
  }
  return no_such("dataset", number, next_dataset_);
}

Json Session::add_model(std::unique_ptr<Model> model) {
  models_.emplace(next_model_, std::move(model));
  return Json::object({{"model", next_model_++}});
}

Reply Session::create_model(std::string_view spec_json, double seed) {
  STRIATE_TRY(whole, whole_seed(seed));
  STRIATE_TRY(json, parse_argument(spec_json, "network"));
  STRIATE_TRY(spec, spec_from_json(json));
  STRIATE_TRY(network, graph::build_network(spec));
  STRIATE_TRY(model, make_model(std::move(network), whole));
  return Answer(add_model(std::move(model)));
}

Reply Session::summary(double number) {
  STRIATE_TRY(model, find_model(number));
  Json rows = Json::array();
  for (const introspect::SummaryRow& row : introspect::summary(*model->network)) {
    const introspect::FieldAxis& y = row.receptive_field.y;
    const introspect::FieldAxis& x = row.receptive_field.x;
    Json layer = Json::object({{"name", row.name},
                               {"type", row.type},
                               {"outputShape", shape_to_json(row.output_shape)},
                               {"parameters", row.parameters},
                               {"macs", row.macs},
                               {"receptiveField", Json::object({{"size", axes(y.size, x.size)},
                                                                {"stride", axes(y.stride, x.stride)},
                                                                {"start", axes(y.start, x.start)}})}});
    if (!row.algorithm.empty()) layer.set("algorithm", row.algorithm);
    rows.push(std::move(layer));
  }
  return Answer(std::move(rows));
}

Reply Session::planned_memory(double number, std::string_view options_json) {
  STRIATE_TRY(model, find_model(number));
  STRIATE_TRY(json, parse_argument(options_json, "memory options"));
  io::Fields fields(json, "memory options");
  STRIATE_TRY(batch, fields.integer("batchSize", 1, 1, graph::Limits{}.batch));
  STRIATE_TRY(training, fields.boolean("training", false));
  STRIATE_CHECK(fields.finish());
  graph::ExecutorOptions options;
  options.mode = training ? graph::Mode::training : graph::Mode::inference;
  options.batch = static_cast<int>(batch);
  STRIATE_TRY(planned, graph::Executor::plan(*model->network, *model->store, options));
  const std::size_t weights = model->store->floats() * sizeof(float) * (training ? 3 : 1);
  const std::size_t plan = planned->planned_bytes();
  return Answer(Json::object({{"plan", plan},
                              {"weights", weights},
                              {"total", plan + weights},
                              {"lanes", planned->channel_lanes() ? "channels" : "images"}}));
}

Reply Session::spec(double number) {
  STRIATE_TRY(model, find_model(number));
  return Answer(io::network_to_json(model->network->spec()));
}

Reply Session::parameters(double number, std::string_view names_json) {
  STRIATE_TRY(model, find_model(number));
  STRIATE_TRY(names, parse_names(names_json, "parameter names"));
  const graph::ParamStore& store = model->seen_store();
  std::vector<int> wanted;
  if (names) {
    for (const std::string& name : *names) {
      const int index = store.find(name);
      if (index < 0) {
        std::string known;
        for (const graph::Parameter& parameter : store.parameters())
          known += (known.empty() ? "" : ", ") + parameter.name;
        return Error{ErrorCode::not_found, core::text("parameter '", name, "' does not exist"),
                     core::text("There are: ", known, ".")};
      }
      wanted.push_back(index);
    }
  } else {
    for (std::size_t i = 0; i < store.parameters().size(); ++i) wanted.push_back(static_cast<int>(i));
  }

  Answer answer(Json::array());
  std::size_t total = 0;
  for (const int index : wanted) total += store.values(index).size();
  STRIATE_CHECK(answer.floats.emplace().resize(total, "a copy of the parameters"));
  std::size_t offset = 0;
  for (const int index : wanted) {
    const graph::Parameter& parameter = store.parameters()[static_cast<std::size_t>(index)];
    const std::span<const float> values = store.values(index);
    std::copy(values.begin(), values.end(), answer.floats->data() + offset);
    Json shape = Json::array();
    for (const int side : parameter.shape) shape.push(side);
    answer.json.push(Json::object(
        {{"name", parameter.name}, {"shape", std::move(shape)}, {"offset", offset}, {"length", values.size()}}));
    offset += values.size();
  }
  return answer;
}

Reply Session::save(double number, std::string_view options_json) {
  STRIATE_TRY(model, find_model(number));
  STRIATE_TRY(json, parse_argument(options_json, "save options"));
  io::Fields fields(json, "save options");
  STRIATE_TRY(optimizer, fields.boolean("optimizer", false));
  STRIATE_CHECK(fields.finish());
  STRIATE_TRY(bytes, save_model(*model, optimizer));
  Answer answer;
  answer.bytes = std::move(bytes);
  return answer;
}

Reply Session::load(std::span<const std::uint8_t> bytes) {
  STRIATE_TRY(model, load_model(bytes));
  return Answer(add_model(std::move(model)));
}

Reply Session::export_onnx(double number) {
  STRIATE_TRY(model, find_model(number));
  STRIATE_TRY(bytes, io::export_onnx(*model->network, model->seen_store()));
  Answer answer;
  answer.bytes = std::move(bytes);
  return answer;
}

Reply Session::import_onnx(std::span<const std::uint8_t> bytes) {
  STRIATE_TRY(file, io::read_onnx(bytes));
  STRIATE_TRY(imported, io::import_onnx(file));
  STRIATE_TRY(network, graph::build_network(imported.spec));
  STRIATE_TRY(model, make_model(std::move(network), 0));
  STRIATE_CHECK(io::set_parameters(imported, *model->store));
  return Answer(add_model(std::move(model)));
}

Reply Session::dispose_model(double number) {
  for (auto at = models_.begin(); at != models_.end(); ++at) {
    if (static_cast<double>(at->first) != number) continue;
    models_.erase(at);
    return Answer();
  }
  const Error error = no_such("model", number, next_model_);
  if (error.code == ErrorCode::invalid_state) return Answer();
  return error;
}

Reply Session::dispose_dataset(double number) {
  for (auto at = datasets_.begin(); at != datasets_.end(); ++at) {
    if (static_cast<double>(at->first) != number) continue;
    datasets_.erase(at);
    return Answer();
  }
  const Error error = no_such("dataset", number, next_dataset_);
  if (error.code == ErrorCode::invalid_state) return Answer();
  return error;
}

}  // namespace striate::session

// The WebAssembly module: class Session and three functions, exactly as web/worker/engine_module.ts declares them.
//
// Every argument is taken as a JavaScript value and checked here, so that a wrong type is an error in the reply and
// not a trap. Every method returns a fresh object; nothing in it is a view of the module's memory.
#include "striate/bindings/javascript_values.hpp"
#include "striate/session/engine_info.hpp"
#include "striate/session/session.hpp"

#include <emscripten/bind.h>
#include <emscripten/val.h>
#include <malloc.h>

#include <utility>

namespace striate::bindings {
namespace {

using emscripten::val;
using Value = const val&;

class JsSession {
 public:
  val create_model(Value spec, Value seed) {
    Reader in("createModel");
    const std::string json = in.text(spec, "the network");
    const double number = in.number(seed, "seed");
    return in.error() ? to_javascript(*in.error()) : to_javascript(session_.create_model(json, number));
  }
  val summary(Value model) { return by_model("summary", model, &session::Session::summary); }
  val planned_memory(Value model, Value options) {
    return by_model_and_json("plannedMemory", model, options, &session::Session::planned_memory);
  }
  val spec(Value model) { return by_model("spec", model, &session::Session::spec); }
  val parameters(Value model, Value names) {
    return by_model_and_json("parameters", model, names, &session::Session::parameters);
  }
  val save(Value model, Value options) { return by_model_and_json("save", model, options, &session::Session::save); }
  val load(Value bytes) {
    Reader in("load");
    const auto file = in.bytes(bytes, "the file");
    return in.error() ? to_javascript(*in.error()) : to_javascript(session_.load(file.span()));
  }
  val export_onnx(Value model) { return by_model("exportOnnx", model, &session::Session::export_onnx); }
  val import_onnx(Value bytes) {
    Reader in("importOnnx");
    const auto file = in.bytes(bytes, "the ONNX file");
    return in.error() ? to_javascript(*in.error()) : to_javascript(session_.import_onnx(file.span()));
  }
  val dispose_model(Value model) { return by_model("disposeModel", model, &session::Session::dispose_model); }

  val dataset_from_idx(Value images, Value labels) {
    Reader in("datasetFromIdx");
    auto image_file = in.bytes(images, "the images file");
    const auto label_file = in.bytes(labels, "the labels file");
    if (in.error()) return to_javascript(*in.error());
    return to_javascript(session_.dataset_from_idx(std::move(image_file), label_file.span()));
  }
  val dataset_from_cifar10(Value records) {
    Reader in("datasetFromCifar10");
    const auto file = in.bytes(records, "the records");
    return in.error() ? to_javascript(*in.error()) : to_javascript(session_.dataset_from_cifar10(file.span()));
  }
  val dataset_synthetic(Value options) {
    Reader in("datasetSynthetic");
    const std::string json = in.text(options, "options");
    return in.error() ? to_javascript(*in.error()) : to_javascript(session_.dataset_synthetic(json));
  }
  val dataset_from_pixels(Value pixels, Value labels, Value shape, Value classes) {
    Reader in("datasetFromPixels");
    auto images = in.pixels(pixels, "pixels");
    const auto label_values = in.labels(labels, "labels");
    const std::string json = in.text(shape, "shape");
    const double count = in.number(classes, "classes");
    if (in.error()) return to_javascript(*in.error());
    return to_javascript(session_.dataset_from_pixels(std::move(images), label_values.span(), json, count));
  }
  val dataset_split(Value dataset, Value options) {
    return by_model_and_json("datasetSplit", dataset, options, &session::Session::dataset_split, "dataset");
  }
  val dataset_slice(Value dataset, Value first, Value count) {
    Reader in("datasetSlice");
    const double number = in.number(dataset, "dataset"), start = in.number(first, "first"),
                 length = in.number(count, "count");
    return in.error() ? to_javascript(*in.error()) : to_javascript(session_.dataset_slice(number, start, length));
  }
  val dataset_append(Value dataset, Value pixels, Value labels) {
    Reader in("datasetAppend");
    const double number = in.number(dataset, "dataset");
    auto images = in.pixels(pixels, "pixels");
    const auto label_values = in.labels(labels, "labels");
    if (in.error()) return to_javascript(*in.error());
    return to_javascript(session_.dataset_append(number, std::move(images), label_values.span()));
  }
  val dataset_images(Value dataset, Value indices) {
    Reader in("datasetImages");
    const double number = in.number(dataset, "dataset");
    const auto chosen = in.indices(indices, "indices");
    return in.error() ? to_javascript(*in.error()) : to_javascript(session_.dataset_images(number, chosen.span()));
  }
  val dataset_augment(Value dataset, Value policy, Value options) {
    Reader in("datasetAugment");
    const double number = in.number(dataset, "dataset");
    const std::string json = in.text(policy, "the policy"), text = in.text(options, "options");
    return in.error() ? to_javascript(*in.error()) : to_javascript(session_.dataset_augment(number, json, text));
  }
  val read_policy(Value policy) {
    Reader in("readPolicy");
    const std::string json = in.text(policy, "the policy");
    return in.error() ? to_javascript(*in.error()) : to_javascript(session_.read_policy(json));
  }
  val transforms() { return to_javascript(session_.transforms()); }
  val augment(Value policy, Value pixels, Value options) {
    Reader in("augment");
    const std::string json = in.text(policy, "the policy"), text = in.text(options, "options");
    const auto images = in.pixels(pixels, "pixels");
    return in.error() ? to_javascript(*in.error()) : to_javascript(session_.augment(json, images, text));
  }
  val dispose_dataset(Value dataset) {
    return by_model("disposeDataset", dataset, &session::Session::dispose_dataset, "dataset");
  }

  val train_begin(Value model, Value dataset, Value options) {
    return by_two_and_json("trainBegin", model, dataset, options, &session::Session::train_begin);
  }
  val train_configure(Value model, Value options) {
    return by_model_and_json("trainConfigure", model, options, &session::Session::train_configure);
  }
  val train_steps(Value model, Value steps) {
    return by_model_and_number("trainSteps", model, steps, "steps", &session::Session::train_steps);
  }
  val train_batch(Value model) { return by_model("trainBatch", model, &session::Session::train_batch); }
  val train_end(Value model) { return by_model("trainEnd", model, &session::Session::train_end); }

  val configure_layers(Value model, Value change) {
    return by_model_and_json("configureLayers", model, change, &session::Session::configure_layers);
  }
  val rate_begin(Value model, Value dataset, Value options) {
    return by_two_and_json("rateBegin", model, dataset, options, &session::Session::rate_begin);
  }
  val rate_steps(Value model, Value steps) {
    return by_model_and_number("rateSteps", model, steps, "steps", &session::Session::rate_steps);
  }
  val rate_end(Value model) { return by_model("rateEnd", model, &session::Session::rate_end); }

  val evaluate_begin(Value model, Value dataset, Value options) {
    return by_two_and_json("evaluateBegin", model, dataset, options, &session::Session::evaluate_begin);
  }
  val evaluate_steps(Value model, Value images) {
    return by_model_and_number("evaluateSteps", model, images, "images", &session::Session::evaluate_steps);
  }
  val predict(Value model, Value pixels, Value count) {
    Reader in("predict");
    const double number = in.number(model, "model");
    const auto images = in.pixels(pixels, "pixels");
    const double image_count = in.number(count, "count");
    return in.error() ? to_javascript(*in.error()) : to_javascript(session_.predict(number, images, image_count));
  }
  val predict_views(Value model, Value pixels, Value count, Value options) {
    Reader in("predictViews");
    const double number = in.number(model, "model");
    const auto images = in.pixels(pixels, "pixels");
    const double image_count = in.number(count, "count");
    const std::string json = in.text(options, "options");
    return in.error() ? to_javascript(*in.error()) : to_javascript(session_.predict_views(number, images, image_count, json));
  }
  val inspect(Value model, Value pixels, Value layers) {
    Reader in("inspect");
    const double number = in.number(model, "model");
    const auto image = in.pixels(pixels, "pixels");
    const std::string json = in.text(layers, "layers");
    return in.error() ? to_javascript(*in.error()) : to_javascript(session_.inspect(number, image, json));
  }

  val im2col(Value model, Value pixels, Value layer) {
    Reader in("im2col");
    const double number = in.number(model, "model");
    const auto image = in.pixels(pixels, "pixels");
    const std::string json = in.text(layer, "layer");
    return in.error() ? to_javascript(*in.error()) : to_javascript(session_.im2col(number, image, json));
  }

 private:
  using ByNumber = session::Reply (session::Session::*)(double);
  using ByNumberAndText = session::Reply (session::Session::*)(double, std::string_view);
  using ByTwoNumbers = session::Reply (session::Session::*)(double, double);
  using ByTwoNumbersAndText = session::Reply (session::Session::*)(double, double, std::string_view);

  val by_two_and_json(std::string_view method, Value model, Value dataset, Value json, ByTwoNumbersAndText verb) {
    Reader in(method);
    const double number = in.number(model, "model"), data = in.number(dataset, "dataset");
    const std::string text = in.text(json, "options");
    return in.error() ? to_javascript(*in.error()) : to_javascript((session_.*verb)(number, data, text));
  }
  val by_model(std::string_view method, Value model, ByNumber verb, std::string_view name = "model") {
    Reader in(method);
    const double number = in.number(model, name);
    return in.error() ? to_javascript(*in.error()) : to_javascript((session_.*verb)(number));
  }
  val by_model_and_json(std::string_view method, Value model, Value json, ByNumberAndText verb,
                        std::string_view name = "model") {
    Reader in(method);
    const double number = in.number(model, name);
    const std::string text = in.text(json, "the JSON argument");
    return in.error() ? to_javascript(*in.error()) : to_javascript((session_.*verb)(number, text));
  }
  val by_model_and_number(std::string_view method, Value model, Value other, std::string_view other_name,
                          ByTwoNumbers verb) {
    Reader in(method);
    const double number = in.number(model, "model"), second = in.number(other, other_name);
    return in.error() ? to_javascript(*in.error()) : to_javascript((session_.*verb)(number, second));
  }

  session::Session session_;
};

std::string build_info() { return session::engine_info().text(); }
std::string zoo() { return session::zoo_list().text(); }

// What malloc has handed out and not got back.
double memory_bytes() { return static_cast<double>(mallinfo().uordblks); }

double peak(Value rounds) { return rounds.isNumber() ? session::peak(rounds.as<double>()) : 0; }

}  // namespace

EMSCRIPTEN_BINDINGS(striate) {
  emscripten::class_<JsSession>("Session")
      .constructor<>()
      .function("createModel", &JsSession::create_model)
      .function("summary", &JsSession::summary)
      .function("plannedMemory", &JsSession::planned_memory)
      .function("spec", &JsSession::spec)
      .function("parameters", &JsSession::parameters)
      .function("save", &JsSession::save)
      .function("load", &JsSession::load)
      .function("exportOnnx", &JsSession::export_onnx)
      .function("importOnnx", &JsSession::import_onnx)
      .function("disposeModel", &JsSession::dispose_model)
      .function("datasetFromIdx", &JsSession::dataset_from_idx)
      .function("datasetFromCifar10", &JsSession::dataset_from_cifar10)
      .function("datasetSynthetic", &JsSession::dataset_synthetic)
      .function("datasetFromPixels", &JsSession::dataset_from_pixels)
      .function("datasetSplit", &JsSession::dataset_split)
      .function("datasetSlice", &JsSession::dataset_slice)
      .function("datasetAppend", &JsSession::dataset_append)
      .function("datasetImages", &JsSession::dataset_images)
      .function("datasetAugment", &JsSession::dataset_augment)
      .function("readPolicy", &JsSession::read_policy)
      .function("transforms", &JsSession::transforms)
      .function("augment", &JsSession::augment)
      .function("disposeDataset", &JsSession::dispose_dataset)
      .function("trainBegin", &JsSession::train_begin)
      .function("trainConfigure", &JsSession::train_configure)
      .function("trainSteps", &JsSession::train_steps)
      .function("trainBatch", &JsSession::train_batch)
      .function("trainEnd", &JsSession::train_end)
      .function("configureLayers", &JsSession::configure_layers)
      .function("rateBegin", &JsSession::rate_begin)
      .function("rateSteps", &JsSession::rate_steps)
      .function("rateEnd", &JsSession::rate_end)
      .function("evaluateBegin", &JsSession::evaluate_begin)
      .function("evaluateSteps", &JsSession::evaluate_steps)
      .function("predict", &JsSession::predict)
      .function("predictViews", &JsSession::predict_views)
      .function("im2col", &JsSession::im2col)
      .function("inspect", &JsSession::inspect);
  emscripten::function("buildInfo", &build_info);
  emscripten::function("zoo", &zoo);
  emscripten::function("memoryBytes", &memory_bytes);
  emscripten::function("peak", &peak);
}

}  // namespace striate::bindings

#include "striate/io/network_json.hpp"

#include "striate/core/text.hpp"
#include "striate/io/fields.hpp"

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

namespace striate::io {

using core::Error;
using core::ErrorCode;
using core::Result;
using core::Status;

namespace {

constexpr std::int64_t largest_side = std::int64_t{1} << 20;
constexpr std::string_view layer_members[] = {"type", "name", "inputs"};
constexpr std::string_view type_member[] = {"type"};

Error wrong(const std::string& what, const Json& value, const std::string& wanted) {
  return Error{ErrorCode::invalid_argument, core::text(what, " is a ", to_string(value.kind()), ", not ", wanted),
               core::text("Give ", wanted, ".")};
}

Result<std::vector<double>> number_list(const Json& value, const std::string& what) {
  if (!value.is(Json::Kind::array)) return wrong(what, value, "a list of numbers");
  std::vector<double> numbers;
  numbers.reserve(value.items().size());
  for (const Json& item : value.items()) {
    if (!item.is(Json::Kind::number)) return wrong(core::text("an entry of ", what), item, "a number");
    numbers.push_back(item.number());
  }
  return numbers;
}

Json numbers_to_json(const std::vector<double>& numbers) {
  Json list = Json::array();
  for (const double number : numbers) list.push(number);
  return list;
}

}  // namespace

Result<graph::InputSpec> input_from_json(const Json& json) {
  graph::InputSpec input;
  Fields fields(json, "input");
  STRIATE_CHECK(fields.require("channels"));
  STRIATE_CHECK(fields.require("height"));
  STRIATE_CHECK(fields.require("width"));
  STRIATE_TRY(channels, fields.integer("channels", 1, 1, largest_side));
  STRIATE_TRY(height, fields.integer("height", 1, 1, largest_side));
  STRIATE_TRY(width, fields.integer("width", 1, 1, largest_side));
  input.shape = {static_cast<int>(channels), static_cast<int>(height), static_cast<int>(width)};
  if (const Json* normalize = fields.get("normalize"); normalize != nullptr) {
    Fields inner(*normalize, "input.normalize");
    if (const Json* mean = inner.get("mean"); mean != nullptr) {
      STRIATE_TRY(numbers, number_list(*mean, "input.normalize.mean"));
      input.mean = std::move(numbers);
    }
    if (const Json* std = inner.get("std"); std != nullptr) {
      STRIATE_TRY(numbers, number_list(*std, "input.normalize.std"));
      input.std = std::move(numbers);
    }
    STRIATE_CHECK(inner.finish());
  }
  STRIATE_CHECK(fields.finish());
  return input;
}

namespace {

Result<graph::LayerSpec> layer_from_json(const Json& json, std::size_t index) {
  const std::string what = core::text("layers[", index, "]");
  graph::LayerSpec layer;
  Fields fields(json, what);
  STRIATE_CHECK(fields.require("type"));
  STRIATE_TRY(type, fields.string("type", ""));
  STRIATE_TRY(name, fields.string("name", ""));
  layer.type = std::move(type);
  layer.name = std::move(name);
  if (const Json* inputs = fields.get("inputs"); inputs != nullptr) {
    if (!inputs->is(Json::Kind::array)) return wrong(core::text(what, ".inputs"), *inputs, "a list of layer names");
    for (const Json& item : inputs->items()) {
      if (!item.is(Json::Kind::string)) return wrong(core::text("an entry of ", what, ".inputs"), item, "a layer name");
      layer.inputs.push_back(item.string());
    }
  }
  STRIATE_TRY(options, options_from_json(json, layer_members, what));
  layer.options = std::move(options);
  return layer;
}

}  // namespace

Result<core::Options> options_from_json(const Json& object, std::span<const std::string_view> skip,
                                        std::string_view what) {
  core::Options options;
  for (const Json::Member& member : object.members()) {
    if (std::find(skip.begin(), skip.end(), member.first) != skip.end()) continue;
    const std::string place = core::text(what, ".", member.first);
    const Json& value = member.second;
    switch (value.kind()) {
      case Json::Kind::number:
        options.push_back({member.first, value.number()});
        break;
      case Json::Kind::boolean:
        options.push_back({member.first, value.boolean()});
        break;
      case Json::Kind::string:
        options.push_back({member.first, value.string()});
        break;
      case Json::Kind::array: {
        STRIATE_TRY(numbers, number_list(value, place));
        options.push_back({member.first, std::move(numbers)});
        break;
      }
      default:
        return wrong(place, value, "a number, a list of numbers, true, false or text");
    }
  }
  return options;
}

Result<core::TypedOptions> typed_options_from_json(const Json& object, std::string_view what) {
  Fields fields(object, std::string(what));
  STRIATE_CHECK(fields.require("type"));
  STRIATE_TRY(type, fields.string("type", ""));
  STRIATE_TRY(options, options_from_json(object, type_member, what));
  return core::TypedOptions{std::move(type), std::move(options)};
}

Json option_to_json(const core::OptionValue& value) {
  if (const auto* number = std::get_if<double>(&value)) return *number;
  if (const auto* numbers = std::get_if<std::vector<double>>(&value)) return numbers_to_json(*numbers);
  if (const auto* boolean = std::get_if<bool>(&value)) return *boolean;
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  return {};
}

Json typed_options_to_json(const core::TypedOptions& options) {
  Json object = Json::object({{"type", options.type}});
  for (const core::Option& option : options.options) object.set(option.name, option_to_json(option.value));
  return object;
}

Result<graph::NetworkSpec> network_from_json(const Json& json) {
  graph::NetworkSpec spec;
  Fields fields(json, "network");
  STRIATE_TRY(name, fields.string("name", ""));
  spec.name = std::move(name);
  STRIATE_CHECK(fields.require("input"));
  STRIATE_CHECK(fields.require("layers"));
  STRIATE_TRY(input, input_from_json(*fields.get("input")));
  spec.input = std::move(input);
  const Json& layers = *fields.get("layers");
  if (!layers.is(Json::Kind::array)) return wrong("network.layers", layers, "a list of layers");
  for (std::size_t i = 0; i < layers.items().size(); ++i) {
    STRIATE_TRY(layer, layer_from_json(layers.items()[i], i));
    spec.layers.push_back(std::move(layer));
  }
  STRIATE_CHECK(fields.finish());
  return spec;
}

Json network_to_json(const graph::NetworkSpec& spec) {
  Json json = Json::object();
  if (!spec.name.empty()) json.set("name", spec.name);
  Json input = Json::object({{"channels", spec.input.shape.channels},
                             {"height", spec.input.shape.height},
                             {"width", spec.input.shape.width}});
  if (!spec.input.mean.empty() || !spec.input.std.empty()) {
    Json normalize = Json::object();
    if (!spec.input.mean.empty()) normalize.set("mean", numbers_to_json(spec.input.mean));
    if (!spec.input.std.empty()) normalize.set("std", numbers_to_json(spec.input.std));
    input.set("normalize", std::move(normalize));
  }
  json.set("input", std::move(input));
  Json layers = Json::array();
  for (const graph::LayerSpec& layer : spec.layers) {
    Json object = Json::object({{"type", layer.type}});
    if (!layer.name.empty()) object.set("name", layer.name);
    if (!layer.inputs.empty()) {
      Json inputs = Json::array();
      for (const std::string& name : layer.inputs) inputs.push(name);
      object.set("inputs", std::move(inputs));
    }
    for (const core::Option& option : layer.options) object.set(option.name, option_to_json(option.value));
    layers.push(std::move(object));
  }
  json.set("layers", std::move(layers));
  return json;
}

}  // namespace striate::io

#include "striate/session/training_options.hpp"

#include "striate/core/text.hpp"
#include "striate/io/network_json.hpp"
#include "striate/session/augmentation.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace striate::session {

using core::Error;
using core::ErrorCode;
using core::Result;
using io::Fields;
using io::Json;

namespace {

constexpr std::int64_t most_epochs = 1'000'000;
constexpr double largest = 1e30;
constexpr std::string_view samplings[] = {"shuffled", "sequential", "balanced"};  // as data::SampleOrder counts
constexpr std::string_view monitors[] = {"loss", "accuracy"};

constexpr core::OptionSpec average_options[] = {
    {.name = "decay", .kind = core::OptionKind::number, .fallback = 0.999, .minimum = 0, .maximum = 0.9999999,
     .doc = "How much of the average is kept at each step"},
    {.name = "warmup", .kind = core::OptionKind::boolean, .fallback = 1,
     .doc = "Whether less of it is kept in the first steps"},
};
constexpr core::OptionSpec early_options[] = {
    {.name = "monitor", .kind = core::OptionKind::text, .doc = "Which number of the validation is watched",
     .text_fallback = "loss", .choices = monitors},
    {.name = "patience", .kind = core::OptionKind::integer, .fallback = 3, .minimum = 0, .maximum = 1e6,
     .doc = "How many validations in a row without improvement end the training"},
    {.name = "minDelta", .kind = core::OptionKind::number, .fallback = 0, .minimum = 0, .maximum = largest,
     .doc = "How much better counts as better"},
    {.name = "restoreBest", .kind = core::OptionKind::boolean, .fallback = 1,
     .doc = "Whether the weights of the best validation come back"},
};

// An object of options without a type.
Result<core::ParsedOptions> parse_member(const Json& json, std::string_view key, std::span<const core::OptionSpec> specs) {
  if (!json.is(Json::Kind::object)) {
    return Error{ErrorCode::invalid_argument, core::text(key, " is not an object"), "Write it as { … }."};
  }
  STRIATE_TRY(options, io::options_from_json(json, {}, key));
  return core::parse_options(key, specs, options);
}

Result<data::SampleOrder> sampling_from(Fields& fields) {
  STRIATE_TRY(given, fields.string("sampling", samplings[0]));
  for (std::size_t i = 0; i < std::size(samplings); ++i) {
    if (samplings[i] == given) return static_cast<data::SampleOrder>(i);
  }
  return Error{ErrorCode::invalid_argument, core::text(fields.what(), ".sampling is '", given, "'"),
               "Give 'shuffled', 'sequential' or 'balanced'."};
}

Result<train::ParameterGroup> group_from_json(const Json& json, std::size_t index) {
  Fields fields(json, core::text("parameterGroups[", index, "]"));
  train::ParameterGroup group;
  const Json* names = fields.get("names");
  bool good = names != nullptr && names->is(Json::Kind::array) && !names->items().empty();
  for (std::size_t i = 0; good && i < names->items().size(); ++i) {
    good = names->items()[i].is(Json::Kind::string);
    if (good) group.names.push_back(names->items()[i].string());
  }
  if (!good) {
    return Error{ErrorCode::invalid_argument, core::text(fields.what(), " has no list of names"),
                 "Give {\"names\": [\"conv1\", \"*.bias\"], …}."};
  }
  STRIATE_TRY(rate, fields.number("learningRate", 1, {0, largest}));
  group.learning_rate = rate;
  if (fields.get("weightDecay") != nullptr) {
    STRIATE_TRY(decay, fields.number("weightDecay", 0, {0, largest}));
    group.weight_decay = decay;
  }
  STRIATE_CHECK(fields.finish());
  return group;
}

core::Status read_groups(const Json& json, std::vector<train::ParameterGroup>& groups) {
  if (!json.is(Json::Kind::array)) {
    return Error{ErrorCode::invalid_argument, "training options.parameterGroups is not a list",
                 "Give [{\"names\": [\"conv1\"], \"learningRate\": 0.1}]."};
  }
  for (std::size_t i = 0; i < json.items().size(); ++i) {
    STRIATE_TRY(group, group_from_json(json.items()[i], i));
    groups.push_back(std::move(group));
  }
  return {};
}

}  // namespace

Result<core::TypedOptions> typed_member(Fields& fields, std::string_view key) {
  const Json* given = fields.get(key);
  if (given == nullptr) return core::TypedOptions{};
  return io::typed_options_from_json(*given, key);
}

Result<train::TrainOptions> train_options_from_json(Fields& fields) {
  train::TrainOptions options;
  STRIATE_TRY(epochs, fields.integer("epochs", 1, 1, most_epochs));
  STRIATE_TRY(batch, fields.integer("batchSize", default_batch, 1, largest_batch));
  STRIATE_TRY(seed, fields.integer("seed", 0, 0, largest_whole));
  options.epochs = static_cast<int>(epochs);
  options.batch_size = static_cast<int>(batch);
  options.seed = static_cast<std::uint64_t>(seed);
  STRIATE_TRY(optimizer, typed_member(fields, "optimizer"));
  if (!optimizer.type.empty()) options.optimizer = std::move(optimizer);
  STRIATE_TRY(schedule, typed_member(fields, "schedule"));
  STRIATE_TRY(loss, typed_member(fields, "loss"));
  options.schedule = std::move(schedule);
  options.loss = std::move(loss);
  STRIATE_TRY(clip_norm, fields.number("clipNorm", 0, {0, largest}));
  STRIATE_TRY(clip_value, fields.number("clipValue", 0, {0, largest}));
  STRIATE_TRY(gradient_norm, fields.boolean("gradientNorm", false));
  STRIATE_TRY(drop_last, fields.boolean("dropLast", false));
  STRIATE_TRY(sampling, sampling_from(fields));
  options.clip_norm = clip_norm;
  options.clip_value = clip_value;
  options.gradient_norm = gradient_norm;
  options.drop_last = drop_last;
  options.sampling = sampling;
  if (const Json* groups = fields.get("parameterGroups"); groups != nullptr) {
    STRIATE_CHECK(read_groups(*groups, options.groups));
  }
  if (const Json* average = fields.get("averageWeights"); average != nullptr) {
    STRIATE_TRY(given, parse_member(*average, "averageWeights", average_options));
    options.average = {given.number("decay"), given.boolean("warmup")};
  }
  if (const Json* early = fields.get("earlyStopping"); early != nullptr) {
    STRIATE_TRY(given, parse_member(*early, "earlyStopping", early_options));
    options.early_stopping = {given.text("monitor") == monitors[1], given.integer("patience"), given.number("minDelta"),
                              given.boolean("restoreBest")};
  }
  if (const Json* policy = fields.get("augmentation"); policy != nullptr && !policy->is(Json::Kind::null)) {
    STRIATE_TRY(read, augment::Policy::read(value_of(*policy)));
    options.augmentation = std::move(read);
  }
  return options;
}

Json train_options_to_json(const train::TrainOptions& options) {
  Json json = Json::object({{"epochs", options.epochs},
                            {"batchSize", options.batch_size},
                            {"seed", options.seed},
                            {"optimizer", io::typed_options_to_json(options.optimizer)}});
  if (!options.schedule.type.empty()) json.set("schedule", io::typed_options_to_json(options.schedule));
  if (!options.loss.type.empty()) json.set("loss", io::typed_options_to_json(options.loss));
  if (options.clip_norm > 0) json.set("clipNorm", options.clip_norm);
  if (options.clip_value > 0) json.set("clipValue", options.clip_value);
  if (options.gradient_norm) json.set("gradientNorm", true);
  if (options.drop_last) json.set("dropLast", true);
  if (options.sampling != data::SampleOrder::shuffled) {
    json.set("sampling", samplings[static_cast<std::size_t>(options.sampling)]);
  }
  if (!options.groups.empty()) {
    Json groups = Json::array();
    for (const train::ParameterGroup& group : options.groups) {
      Json names = Json::array();
      for (const std::string& name : group.names) names.push(name);
      Json entry = Json::object({{"names", std::move(names)}, {"learningRate", group.learning_rate}});
      if (group.weight_decay) entry.set("weightDecay", *group.weight_decay);
      groups.push(std::move(entry));
    }
    json.set("parameterGroups", std::move(groups));
  }
  if (options.average.decay > 0) {
    json.set("averageWeights", Json::object({{"decay", options.average.decay}, {"warmup", options.average.warmup}}));
  }
  if (options.early_stopping) {
    const train::EarlyStoppingOptions& early = *options.early_stopping;
    json.set("earlyStopping", Json::object({{"monitor", monitors[early.accuracy ? 1 : 0]},
                                            {"patience", early.patience},
                                            {"minDelta", early.min_delta},
                                            {"restoreBest", early.restore_best}}));
  }
  if (options.augmentation != nullptr) json.set("augmentation", json_of(options.augmentation->to_value()));
  return json;
}

}  // namespace striate::session

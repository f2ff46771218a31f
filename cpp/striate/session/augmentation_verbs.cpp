// The verbs of Session that change images without a network.
#include "striate/augment/registry.hpp"
#include "striate/core/text.hpp"
#include "striate/io/fields.hpp"
#include "striate/session/arguments.hpp"
#include "striate/session/augmentation.hpp"
#include "striate/session/session.hpp"
#include "striate/session/training_options.hpp"

#include <algorithm>
#include <limits>
#include <memory>
#include <numeric>
#include <utility>

namespace striate::session {

using core::Error;
using core::ErrorCode;
using core::Result;
using core::Status;
using io::Json;

namespace {

using PolicyPointer = std::shared_ptr<const augment::Policy>;
constexpr std::int64_t largest_word = std::numeric_limits<std::uint32_t>::max();
constexpr std::int64_t most_times = 1000;

Result<PolicyPointer> policy_argument(std::string_view text) {
  STRIATE_TRY(json, parse_argument(text, "augmentation policy"));
  return augment::Policy::read(value_of(json));
}

Error need_bytes() {
  return {ErrorCode::invalid_argument, "augmentation: the images are floats", "Give bytes 0…255 (a Uint8Array)."};
}

// Numbers of the images' draws: those given, or 0, 1, 2, …
Status read_samples(io::Fields& fields, std::size_t count, std::vector<std::uint32_t>& samples) {
  const Json* given = fields.get("samples");
  if (given == nullptr) {
    samples.resize(count);
    std::iota(samples.begin(), samples.end(), std::uint32_t{0});
    return {};
  }
  for (const Json& item : given->items()) {
    STRIATE_TRY(number, whole_number(item.is(Json::Kind::number) ? item.number() : -1, "a number of samples", 0, largest_word));
    samples.push_back(static_cast<std::uint32_t>(number));
  }
  // One image is shown as often as there are numbers.
  if (samples.size() == count || (count == 1 && !samples.empty())) return {};
  return Error{ErrorCode::invalid_argument, core::text(samples.size(), " samples for ", count, " images"),
               "Give one number for each image."};
}

Json answer_of(const augment::AugmentedBatch& batch, bool mixes) {
  Json shapes = Json::array(), mixed = Json::array();
  for (const core::Shape& shape : batch.shapes) shapes.push(shape_to_json(shape));
  Json json = Json::object({{"shapes", std::move(shapes)}});
  if (!batch.logs.empty()) {
    Json logs = Json::array();
    for (const augment::Value& log : batch.logs) logs.push(json_of(log));
    json.set("logs", std::move(logs));
  }
  if (!mixes) return json;
  for (const auto& mix : batch.mixes) {
    mixed.push(mix ? Json::object({{"partner", mix->partner}, {"weight", mix->weight}}) : Json());
  }
  json.set("mixes", std::move(mixed));
  return json;
}

}  // namespace

Reply Session::read_policy(std::string_view policy_json) {
  STRIATE_TRY(policy, policy_argument(policy_json));
  return Answer(Json::object({{"policy", json_of(policy->to_value())},
                              {"mixes", policy->mixes()},
                              {"floats", policy->float_output() != nullptr}}));
}

Reply Session::transforms() { return Answer(json_of(augment::describe_transforms())); }

Reply Session::augment(std::string_view policy_json, const Pixels& pixels, std::string_view options_json) {
  STRIATE_TRY(policy, policy_argument(policy_json));
  STRIATE_TRY(json, parse_argument(options_json, "augmentation options"));
  io::Fields fields(json, "augmentation options");
  STRIATE_CHECK(fields.require("shape"));
  STRIATE_TRY(images, batch_shape(*fields.get("shape")));
  augment::BatchOptions options;
  STRIATE_TRY(seed, fields.integer("seed", 0, 0, largest_whole));
  STRIATE_TRY(epoch, fields.integer("epoch", 0, 0, largest_word));
  STRIATE_TRY(log, fields.boolean("log", true));
  options.seed = static_cast<std::uint64_t>(seed);
  options.epoch = static_cast<std::uint32_t>(epoch);
  options.log = log;
  std::vector<std::uint32_t> samples;
  const auto count = static_cast<std::size_t>(images.count);
  STRIATE_CHECK(read_samples(fields, count, samples));
  const Json* replay = fields.get("replay");
  STRIATE_CHECK(fields.finish());
  if (pixels.kind != PixelKind::bytes) return need_bytes();
  STRIATE_CHECK(check_pixels(pixels, images.count, images.shape, "images"));

  augment::Batch batch{pixels.bytes(), images.shape, samples};
  core::Buffer<std::uint8_t> repeated;
  if (samples.size() > count) {
    const auto each = static_cast<std::size_t>(images.shape.elements());
    STRIATE_CHECK(repeated.resize(samples.size() * each, "copies of the image"));
    for (std::size_t i = 0; i < samples.size(); ++i) std::copy_n(pixels.bytes(), each, repeated.data() + i * each);
    batch.pixels = repeated.data();
  }
  std::vector<augment::Value> logs;
  if (replay != nullptr) {
    for (const Json& item : replay->items()) logs.push_back(value_of(item));
  }
  const bool mixes = policy->mixes();
  auto made = replay != nullptr ? augment::replay_batch(std::move(policy), batch, options, logs)
                                : augment::augment_batch(std::move(policy), batch, options);
  if (!made) return made.error();
  Answer answer(answer_of(*made, mixes));
  if (!made->floats.empty()) {
    answer.floats = std::move(made->floats);
  } else {
    answer.bytes = std::move(made->bytes);
  }
  return answer;
}

Reply Session::dataset_augment(double number, std::string_view policy_json, std::string_view options_json) {
  STRIATE_TRY(dataset, find_dataset(number));
  STRIATE_TRY(policy, policy_argument(policy_json));
  STRIATE_TRY(json, parse_argument(options_json, "augmentation options"));
  io::Fields fields(json, "augmentation options");
  STRIATE_TRY(times, fields.integer("times", 1, 1, most_times));
  STRIATE_TRY(seed, fields.integer("seed", 0, 0, largest_whole));
  STRIATE_TRY(original, fields.boolean("includeOriginal", true));
  STRIATE_CHECK(fields.finish());
  if (policy->mixes()) {
    return Error{ErrorCode::invalid_argument, "a dataset cannot hold mixed labels, and the policy mixes images",
                 "Leave MixUp and CutMix out here, and give them to the training."};
  }
  STRIATE_TRY(augmentation, data::OnlineAugmentation::make(std::move(policy), dataset, static_cast<std::uint64_t>(seed)));
  const core::Shape& shape = augmentation->shape();
  if (original && shape != dataset->shape()) {
    return Error{ErrorCode::invalid_shape,
                 core::text("the augmented images are ", core::to_string(shape), " and the originals ",
                            core::to_string(dataset->shape())),
                 "Keep the size, or leave the originals out with includeOriginal: false."};
  }
  const std::size_t count = dataset->count(), each = static_cast<std::size_t>(shape.elements());
  std::vector<std::uint32_t> all(original ? count : 0);
  std::iota(all.begin(), all.end(), std::uint32_t{0});
  STRIATE_TRY(made, original ? dataset->select(all)
                             : data::MemoryDataset::make(shape, PixelKind::bytes, dataset->classes()));
  for (std::uint32_t turn = 0; turn < static_cast<std::uint32_t>(times); ++turn) {
    core::Buffer<std::uint8_t> block;
    STRIATE_CHECK(block.resize(count * each, "the augmented images"));
    for (std::uint32_t i = 0; i < count; ++i) {
      STRIATE_CHECK(augmentation->apply({.indices = {&i, 1}, .epoch = turn}));
      std::copy_n(augmentation->images()[0], each, block.data() + i * each);
    }
    STRIATE_CHECK(made.adopt(std::move(block), 0, PixelKind::bytes, dataset->labels()));
  }
  return Answer(add_dataset(std::move(made)));
}

}  // namespace striate::session

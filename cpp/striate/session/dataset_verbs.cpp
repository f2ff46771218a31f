// The verbs of Session that make, divide, extend and read datasets.
#include "striate/core/text.hpp"
#include "striate/data/cifar10.hpp"
#include "striate/data/idx.hpp"
#include "striate/data/split.hpp"
#include "striate/data/synthetic.hpp"
#include "striate/io/fields.hpp"
#include "striate/session/arguments.hpp"
#include "striate/session/session.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <string>
#include <utility>

namespace striate::session {

using core::Error;
using core::ErrorCode;
using core::Result;
using io::Json;

namespace {

constexpr std::int64_t most_classes = std::int64_t{1} << 20;

Json info(std::int64_t number, const data::MemoryDataset& dataset) {
  return Json::object({{"dataset", number},
                       {"count", dataset.count()},
                       {"shape", shape_to_json(dataset.shape())},
                       {"classes", dataset.classes()}});
}

}  // namespace

Json Session::add_dataset(data::MemoryDataset dataset) {
  auto shared = std::make_shared<data::MemoryDataset>(std::move(dataset));
  Json json = info(next_dataset_, *shared);
  datasets_.emplace(next_dataset_++, std::move(shared));
  return json;
}

Reply Session::dataset_from_idx(core::Buffer<std::uint8_t> images, std::span<const std::uint8_t> labels) {
  STRIATE_TRY(dataset, data::read_idx(std::move(images), labels));
  return Answer(add_dataset(std::move(dataset)));
}

Reply Session::dataset_from_cifar10(std::span<const std::uint8_t> records) {
  STRIATE_TRY(dataset, data::read_cifar10(records));
  return Answer(add_dataset(std::move(dataset)));
}

Reply Session::dataset_synthetic(std::string_view options_json) {
  STRIATE_TRY(json, parse_argument(options_json, "synthetic options"));
  io::Fields fields(json, "synthetic options");
  constexpr std::int64_t most = std::int64_t{1} << 53;
  data::SyntheticOptions options;
  STRIATE_CHECK(fields.require("count"));
  STRIATE_TRY(count, fields.integer("count", 0, 0, most));
  STRIATE_TRY(seed, fields.integer("seed", 0, 0, most));
  STRIATE_TRY(size, fields.integer("size", options.size, 0, most));
  STRIATE_CHECK(fields.finish());
  options = {.count = count, .seed = static_cast<std::uint64_t>(seed), .size = size};
  STRIATE_TRY(dataset, data::make_synthetic(options));
  return Answer(add_dataset(std::move(dataset)));
}

Reply Session::dataset_from_pixels(Pixels pixels, std::span<const std::int32_t> labels, std::string_view shape_json,
                                   double classes) {
  STRIATE_TRY(given, parse_argument(shape_json, "shape"));
  STRIATE_TRY(wanted, batch_shape(given));
  STRIATE_TRY(class_count, whole_number(classes, "classes", 1, most_classes));
  if (static_cast<std::uint64_t>(wanted.count) != labels.size()) {
    return Error{
        ErrorCode::invalid_shape,
        core::text("shape ", shape_json, " says ", wanted.count, " images, and there are ", labels.size(), " labels"),
        "Give one label per image."};
  }
  STRIATE_TRY(dataset, data::MemoryDataset::make(wanted.shape, pixels.kind, static_cast<int>(class_count)));
  STRIATE_CHECK(dataset.adopt(std::move(pixels.storage), 0, pixels.kind, labels));
  return Answer(add_dataset(std::move(dataset)));
}

Reply Session::dataset_split(double number, std::string_view options_json) {
  STRIATE_TRY(dataset, find_dataset(number));
  STRIATE_TRY(json, parse_argument(options_json, "split options"));
  io::Fields fields(json, "split options");
  STRIATE_CHECK(fields.require("validation"));
  STRIATE_TRY(validation, fields.number("validation", 0));
  STRIATE_TRY(seed, fields.integer("seed", 0, 0, std::int64_t{1} << 53));
  STRIATE_CHECK(fields.finish());
  STRIATE_TRY(split, data::stratified_split(dataset->labels(), dataset->classes(), validation,
                                            static_cast<std::uint64_t>(seed)));
  STRIATE_TRY(train, dataset->select(split.train));
  STRIATE_TRY(held_out, dataset->select(split.validation));
  Json parts = Json::object();
  parts.set("train", add_dataset(std::move(train)));
  parts.set("validation", add_dataset(std::move(held_out)));
  return Answer(std::move(parts));
}

Reply Session::dataset_slice(double number, double first, double count) {
  STRIATE_TRY(dataset, find_dataset(number));
  const auto size = static_cast<std::int64_t>(dataset->count());
  STRIATE_TRY(start, whole_number(first, "first", 0, size));
  STRIATE_TRY(length, whole_number(count, "count", 0, size - start));
  std::vector<std::uint32_t> indices(static_cast<std::size_t>(length));
  std::iota(indices.begin(), indices.end(), static_cast<std::uint32_t>(start));
  STRIATE_TRY(slice, dataset->select(indices));
  return Answer(add_dataset(std::move(slice)));
}

Reply Session::dataset_append(double number, Pixels pixels, std::span<const std::int32_t> labels) {
  STRIATE_TRY(dataset, find_dataset(number));
  STRIATE_CHECK(dataset->adopt(std::move(pixels.storage), 0, pixels.kind, labels));
  return Answer(info(static_cast<std::int64_t>(number), *dataset));
}

Reply Session::dataset_images(double number, std::span<const std::uint32_t> indices) {
  STRIATE_TRY(dataset, find_dataset(number));
  STRIATE_TRY(chosen, dataset->select(indices));
  const auto each = static_cast<std::size_t>(chosen.shape().elements());
  Json labels = Json::array();
  for (const std::int32_t label : chosen.labels()) labels.push(label);
  Answer answer(Json::object(
      {{"labels", std::move(labels)},
       {"shape", Json::array(chosen.count(), chosen.shape().channels, chosen.shape().height, chosen.shape().width)}}));
  if (chosen.kind() == data::PixelKind::bytes) {
    STRIATE_CHECK(answer.bytes.emplace().resize(chosen.count() * each, "a copy of the images"));
    for (std::size_t i = 0; i < chosen.count(); ++i)
      std::copy_n(chosen.bytes(i), each, answer.bytes->data() + i * each);
  } else {
    STRIATE_CHECK(answer.floats.emplace().resize(chosen.count() * each, "a copy of the images"));
    for (std::size_t i = 0; i < chosen.count(); ++i)
      std::copy_n(chosen.floats(i), each, answer.floats->data() + i * each);
  }
  return answer;
}

}  // namespace striate::session

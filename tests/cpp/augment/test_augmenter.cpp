// The worker: the same key gives the same pixels whatever else is done, logs replay exactly, resamplings join.
#include "support.hpp"
#include "striate/kernels/kernel_table.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numeric>

using namespace striate;
using namespace striate::tests;

namespace {

constexpr const char* lively = R"([
  {"type": "OneOf", "p": 0.8, "transforms": [{"type": "HorizontalFlip"}, {"type": "D4"}, {"type": "InvertImg", "p": 0.2}]},
  {"type": "SomeOf", "n": 2, "transforms": [{"type": "RandomGamma"}, {"type": "RandomBrightnessContrast"}, {"type": "Posterize"}]},
  {"type": "Affine", "rotate": [-30, 30], "scale": [0.8, 1.2], "p": 0.7},
  {"type": "ShiftScaleRotate", "border_mode": "reflect_101"},
  {"type": "RandomOrder", "n": 3, "replace": true, "transforms": [{"type": "ColorJitter"}, {"type": "HueSaturationValue"}]}])";

augment::Batch batch_of(const std::vector<std::uint8_t>& pixels, core::Shape shape, std::span<const std::uint32_t> samples) {
  return {pixels.data(), shape, samples};
}

std::vector<std::uint8_t> images_of(core::Shape shape, int count) {
  std::vector<std::uint8_t> all;
  for (int i = 0; i < count; ++i) {
    const auto one = test_image(shape, static_cast<std::uint32_t>(i));
    all.insert(all.end(), one.begin(), one.end());
  }
  return all;
}

}  // namespace

TEST_CASE("an image's augmentation does not depend on the batch, its order, or what was done before") {
  const core::Shape shape{3, 20, 20};
  constexpr int count = 12;
  const auto pixels = images_of(shape, count);
  const auto size = static_cast<std::size_t>(shape.elements());
  std::vector<std::uint32_t> samples(count);
  std::iota(samples.begin(), samples.end(), 100u);
  const auto policy = policy_of(lively);
  const augment::BatchOptions options{.seed = 9, .epoch = 3};
  const auto forward = value_of(augment::augment_batch(policy, batch_of(pixels, shape, samples), options));

  std::vector<std::uint8_t> turned;
  std::vector<std::uint32_t> turned_samples(samples.rbegin(), samples.rend());
  for (int i = count - 1; i >= 0; --i) turned.insert(turned.end(), pixels.begin() + static_cast<std::ptrdiff_t>(i * size), pixels.begin() + static_cast<std::ptrdiff_t>((i + 1) * size));
  const auto backward = value_of(augment::augment_batch(policy, batch_of(turned, shape, turned_samples), options));
  for (std::size_t i = 0; i < count; ++i) {
    CAPTURE(i);
    CHECK(std::equal(forward.bytes.data() + i * size, forward.bytes.data() + (i + 1) * size, backward.bytes.data() + (count - 1 - i) * size));
    CHECK(json_text(forward.logs[i]) == json_text(backward.logs[count - 1 - i]));
    augment::Augmenter alone(policy);
    const auto one = augmented(alone, {pixels.data() + i * size, shape}, {9, 3, samples[i]});
    CHECK(std::equal(one.pixels.begin(), one.pixels.end(), forward.bytes.data() + i * size));
  }
  // Another seed, epoch or sample is another draw.
  std::size_t differ = 0;
  for (const augment::DrawKey& key : {augment::DrawKey{10, 3, 100}, {9, 4, 100}, {9, 3, 101}}) {
    augment::Augmenter alone(policy);
    if (json_text(augmented(alone, {pixels.data(), shape}, key).log) != json_text(forward.logs[0])) ++differ;
  }
  CHECK(differ == 3);
}

TEST_CASE("a log replays to the very pixels, through JSON and back") {
  const core::Shape shape{3, 17, 23};
  constexpr int count = 20;
  const auto pixels = images_of(shape, count);
  std::vector<std::uint32_t> samples(count);
  std::iota(samples.begin(), samples.end(), 0u);
  const auto policy = policy_of(lively);
  const auto made = value_of(augment::augment_batch(policy, batch_of(pixels, shape, samples), {.seed = 4}));
  std::vector<augment::Value> logs;
  for (const augment::Value& log : made.logs) logs.push_back(augment_value(json_text(log)));
  const auto again = value_of(augment::replay_batch(policy, batch_of(pixels, shape, samples), {.seed = 77}, logs));
  REQUIRE(again.bytes.size() == made.bytes.size());
  CHECK(std::equal(made.bytes.data(), made.bytes.data() + made.bytes.size(), again.bytes.data()));
  CHECK_ERROR(augment::replay_batch(policy, batch_of(pixels, shape, samples), {}, std::span(logs).first(3)), invalid_argument, "3 logs for 20 images");
}

TEST_CASE("a log from elsewhere is refused or harmless") {
  const core::Shape shape{3, 9, 9};
  const auto pixels = images_of(shape, 1);
  const std::uint32_t sample = 0;
  const auto policy = policy_of(R"([{"type": "Rotate"}, {"type": "D4"}, {"type": "RandomToneCurve"}])");
  const auto replay = [&](const char* log) {
    const augment::Value logs[] = {augment_value(log)};
    return augment::replay_batch(policy, batch_of(pixels, shape, std::span(&sample, 1)), {}, logs);
  };
  CHECK_ERROR(replay("3"), invalid_argument, "not a list");
  CHECK_ERROR(replay("[3]"), invalid_argument, "lacks its transform");
  CHECK_ERROR(replay(R"([{"transform": "D4", "node": 0, "parameters": {}}])"), invalid_argument, "no 'D4' at node 0");
  CHECK_ERROR(replay(R"([{"transform": "D4", "node": 99, "parameters": {}}])"), invalid_argument, "node 99");
  CHECK_ERROR(replay(R"([{"transform": "D4", "node": -1, "parameters": {}}])"), invalid_argument, "node -1");
  CHECK_ERROR(replay(R"([{"transform": "Rotate", "node": 1, "parameters": {}}])"), invalid_argument, "angle");
  CHECK(replay(R"([{"transform": "Rotate", "node": 1, "parameters": {"angle": 1e300}}])"));
  CHECK(replay(R"([{"transform": "D4", "node": 2, "parameters": {"element": -7e99}}])"));
  CHECK(replay(R"([{"transform": "RandomToneCurve", "node": 3, "parameters": {"low_y": [], "high_y": [1e300, -5]}}])"));
}

TEST_CASE("a slider moved leaves the other transforms' draws as they were") {
  const core::Shape shape{1, 10, 10};
  const auto draw = [&](const char* text) {
    augment::Augmenter augmenter(policy_of(text));
    augmenter.draw(shape, {5, 0, 7});
    return augmenter.plan().log();
  };
  const auto a = draw(R"([{"type": "Rotate", "p": 1, "limit": 10}, {"type": "RandomGamma", "p": 1}])");
  const auto b = draw(R"([{"type": "Rotate", "p": 0.5, "limit": 80}, {"type": "RandomGamma", "p": 1}])");
  CHECK(json_text(a.items().back()) == json_text(b.items().back()));
}

TEST_CASE("neighbouring resamplings are done in one") {
  const core::Shape shape{3, 31, 31};
  const auto pixels = test_image(shape);
  // A turn there and back in one go is the image itself; two resamplings would blur it.
  augment::Augmenter both(policy_of(R"([{"type": "Rotate", "p": 1, "limit": [33, 33]}, {"type": "Rotate", "p": 1, "limit": [-33, -33]}])"));
  const auto same = augmented(both, {pixels.data(), shape}, {});
  CHECK(same.pixels == pixels);
  // A flip joins with what follows; the border is the later transform's.
  augment::Augmenter flipped(policy_of(R"([{"type": "HorizontalFlip", "p": 1}, {"type": "Rotate", "p": 1, "limit": [180, 180]}, {"type": "VerticalFlip", "p": 1}])"));
  const auto whole = augmented(flipped, {pixels.data(), shape}, {});
  CHECK(whole.pixels == pixels);
  // Different borders do not join: the first turn's black corners are seen.
  augment::Augmenter apart(policy_of(R"([{"type": "Rotate", "p": 1, "limit": [33, 33]}, {"type": "Rotate", "p": 1, "limit": [-33, -33], "border_mode": "reflect"}])"));
  CHECK(augmented(apart, {pixels.data(), shape}, {}).pixels != pixels);
}

TEST_CASE("every arch gives the same bits") {
  const core::Shape shape{3, 37, 53};
  const auto pixels = test_image(shape);
  std::vector<std::uint8_t> first;
  for (const kernels::KernelTable* table : kernels::kernel_tables()) {
    REQUIRE(kernels::use_kernels(table->arch));
    std::vector<std::uint8_t> all;
    augment::Augmenter augmenter(policy_of(lively));
    for (std::uint32_t sample = 0; sample < 20; ++sample) {
      const auto one = augmented(augmenter, {pixels.data(), shape}, {1, 0, sample});
      all.insert(all.end(), one.pixels.begin(), one.pixels.end());
    }
    if (first.empty()) first = all;
    CHECK(first == all);
  }
  kernels::use_kernels(nullptr);
}

TEST_CASE("floats are bytes over 255 unless the policy says otherwise") {
  const core::Shape shape{1, 4, 4};
  const auto pixels = test_image(shape);
  const std::uint32_t sample = 0;
  const auto made = value_of(augment::augment_batch(policy_of("[]"), batch_of(pixels, shape, std::span(&sample, 1)), {.floats = true}));
  REQUIRE(made.floats.size() == pixels.size());
  for (std::size_t i = 0; i < pixels.size(); ++i) CHECK(made.floats[i] == static_cast<float>(pixels[i]) / 255.0f);
  CHECK(made.shapes.at(0) == shape);
}

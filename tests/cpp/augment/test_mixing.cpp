// Images that look at other images, and what becomes of the bytes at the end: labels, replay, order of batches, floats.
#include "support.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

using namespace striate;
using namespace striate::tests;

namespace {

struct Images {
  core::Shape shape;
  std::vector<std::uint8_t> pixels;
  std::vector<std::uint32_t> samples;

  Images(core::Shape s, int count) : shape(s) {
    for (int i = 0; i < count; ++i) {
      const auto one = test_image(s, static_cast<std::uint32_t>(i));
      pixels.insert(pixels.end(), one.begin(), one.end());
      samples.push_back(static_cast<std::uint32_t>(100 + 7 * i % 31));
    }
  }
  std::size_t size() const { return static_cast<std::size_t>(shape.elements()); }
  augment::Batch batch() const { return {pixels.data(), shape, samples}; }
  void reverse() {
    std::vector<std::uint8_t> turned;
    for (std::size_t i = samples.size(); i-- > 0;) turned.insert(turned.end(), pixels.begin() + static_cast<std::ptrdiff_t>(i * size()), pixels.begin() + static_cast<std::ptrdiff_t>((i + 1) * size()));
    pixels = turned;
    std::reverse(samples.begin(), samples.end());
  }
};

}  // namespace

TEST_CASE("MixUp blends what both images are in this epoch, and tells how their labels mix") {
  const Images images({3, 12, 14}, 10);
  const augment::BatchOptions options{.seed = 3, .epoch = 2};
  const char* steps = R"({"type": "HorizontalFlip", "p": 0.5}, {"type": "RandomGamma", "p": 0.5})";
  const auto plain = value_of(augment::augment_batch(policy_of("[" + std::string(steps) + "]"), images.batch(), options));
  const auto mixed = value_of(augment::augment_batch(policy_of("[" + std::string(steps) + R"(, {"type": "MixUp", "alpha": 1, "p": 0.7}])"), images.batch(), options));
  int mixes = 0;
  for (std::size_t i = 0; i < 10; ++i) {
    CAPTURE(i);
    const std::uint8_t *own = plain.bytes.data() + i * images.size(), *made = mixed.bytes.data() + i * images.size();
    if (!mixed.mixes[i]) {
      CHECK(std::equal(own, own + images.size(), made));
      continue;
    }
    ++mixes;
    const auto [partner, weight] = *mixed.mixes[i];
    REQUIRE(partner < 10);
    const std::uint8_t* other = plain.bytes.data() + partner * images.size();
    for (std::size_t k = 0; k < images.size(); ++k) CHECK(std::abs(made[k] - (weight * own[k] + (1 - weight) * other[k])) <= 0.501f);
  }
  CHECK(mixes >= 3);
  CHECK(mixes <= 9);
}

TEST_CASE("mixed batches replay exactly and do not depend on their order") {
  Images images({3, 9, 11}, 12);
  const auto policy = policy_of(R"([{"type": "Rotate"}, {"type": "OneOf", "p": 1, "transforms": [{"type": "MixUp"}, {"type": "CutMix"}]}, {"type": "Normalize"}])");
  const auto made = value_of(augment::augment_batch(policy, images.batch(), {.seed = 8, .epoch = 1}));
  CHECK(made.bytes.size() == 0);
  const auto again = value_of(augment::replay_batch(policy, images.batch(), {.seed = 99, .epoch = 5}, made.logs));
  REQUIRE(again.floats.size() == made.floats.size());
  CHECK(std::equal(again.floats.data(), again.floats.data() + again.floats.size(), made.floats.data()));
  for (std::size_t i = 0; i < 12; ++i) CHECK(json_text(again.logs[i]) == json_text(made.logs[i]));
  const auto samples = images.samples;
  images.reverse();
  const auto turned = value_of(augment::augment_batch(policy, images.batch(), {.seed = 8, .epoch = 1}));
  for (std::size_t i = 0; i < 12; ++i) {
    CHECK(std::equal(made.floats.data() + i * images.size(), made.floats.data() + (i + 1) * images.size(), turned.floats.data() + (11 - i) * images.size()));
    REQUIRE(made.mixes[i]);
    CHECK(samples[made.mixes[i]->partner] == images.samples[turned.mixes[11 - i]->partner]);
    CHECK(made.mixes[i]->weight == turned.mixes[11 - i]->weight);
  }
}

TEST_CASE("CutMix's label share is the share of pixels that stay") {
  Images images({1, 20, 30}, 8);
  for (std::size_t i = 0; i < 8; ++i) std::fill_n(images.pixels.begin() + static_cast<std::ptrdiff_t>(i * images.size()), images.size(), static_cast<std::uint8_t>(10 * i));
  const auto policy = policy_of(R"([{"type": "CutMix", "p": 1}])");
  bool part = false;
  for (std::uint32_t epoch = 0; epoch < 40; ++epoch) {
    const auto made = value_of(augment::augment_batch(policy, images.batch(), {.seed = 5, .epoch = epoch}));
    for (std::size_t i = 0; i < 8; ++i) {
      const auto own = static_cast<float>(std::count(made.bytes.data() + i * images.size(), made.bytes.data() + (i + 1) * images.size(), 10 * i));
      if (made.mixes[i]->partner == i) continue;
      CHECK(own / static_cast<float>(images.size()) == doctest::Approx(made.mixes[i]->weight).epsilon(1e-5));
      if (made.mixes[i]->weight > 0 && made.mixes[i]->weight < 1) part = true;
    }
  }
  CHECK(part);
}

TEST_CASE("what cannot be mixed is refused") {
  const Images images({3, 16, 20}, 4);
  const auto policy = policy_of(R"([{"type": "MixUp", "p": 1}])");
  augment::Augmenter alone(policy);
  std::vector<std::uint8_t> out(images.size());
  // Alone nothing is drawn to mix; a log that tells to is refused.
  alone.draw(images.shape, {});
  succeed(alone.apply({images.pixels.data(), images.shape}, out.data()));
  CHECK(std::equal(out.begin(), out.end(), images.pixels.begin()));
  const augment::Value mixed = augment_value(R"([{"transform": "MixUp", "node": 1, "parameters": {"partner": 0, "weight": 1}, "partner": []}])");
  value_of(alone.replay(images.shape, mixed));
  CHECK_ERROR(alone.apply({images.pixels.data(), images.shape}, out.data()), invalid_state, "no other images");
  augment::Augmenter lonely(policy_of(R"([{"type": "FDA", "p": 1}])"));
  lonely.draw(images.shape, {});
  CHECK_ERROR(lonely.apply({images.pixels.data(), images.shape}, out.data()), invalid_state, "no reference images");
  CHECK_ERROR(augment::augment_batch(policy_of(R"([{"type": "RandomScale", "p": 1}, {"type": "MixUp", "p": 1}])"), images.batch(), {}), invalid_shape, "cannot be mixed");
  // A log without the partner's part, or with one that mixes or follows.
  const auto replay = [&](const char* log) {
    const std::vector<augment::Value> logs(4, augment_value(log));
    return augment::replay_batch(policy, images.batch(), {}, logs);
  };
  CHECK_ERROR(replay(R"([{"transform": "MixUp", "node": 1, "parameters": {"partner": 0, "weight": 1}}])"), invalid_argument, "lacks what was done to its partner");
  CHECK_ERROR(replay(R"([{"transform": "MixUp", "node": 1, "parameters": {"partner": 0}, "partner": []}])"), invalid_argument, "lacks its parameter 'weight'");
  CHECK_ERROR(replay(R"([{"transform": "MixUp", "node": 1, "parameters": {"partner": 0, "weight": 1}, "partner": [
    {"transform": "MixUp", "node": 1, "parameters": {"partner": 0, "weight": 1}}]}])"), invalid_argument, "itself mixed");
  CHECK_ERROR(replay(R"([{"transform": "MixUp", "node": 1, "parameters": {"partner": 0, "weight": 1}, "partner": []},
    {"transform": "MixUp", "node": 1, "parameters": {"partner": 0, "weight": 1}, "partner": []}])"), invalid_argument, "follows one that mixes");
  CHECK(replay(R"([{"transform": "MixUp", "node": 1, "parameters": {"partner": 1e9, "weight": 7}, "partner": []}])"));
  for (const char* late : {R"([{"type": "MixUp"}, {"type": "Rotate"}])", R"([{"type": "Normalize"}, {"type": "MixUp"}])", R"([{"type": "ToFloat"}, {"type": "Rotate"}])"}) {
    CHECK_ERROR(session::read_policy(late), invalid_argument, "comes after");
  }
  CHECK_ERROR(session::read_policy(R"([{"type": "Normalize", "p": 0.5}])"), invalid_argument, "'p' cannot be 0.5");
  CHECK_ERROR(session::read_policy(R"([{"type": "OneOf", "transforms": [{"type": "Normalize"}]}])"), invalid_argument, "leave it out");
  CHECK_ERROR(session::read_policy(R"([{"type": "Sequential", "p": 0.5, "transforms": [{"type": "ToFloat"}]}])"), invalid_argument, "leave it out");
  CHECK_ERROR(session::read_policy(R"([{"type": "RandomOrder", "transforms": [{"type": "Rotate"}, {"type": "CutMix"}]}])"), invalid_argument, "change its place");
  CHECK(session::read_policy(R"([{"type": "Sequential", "p": 1, "transforms": [{"type": "OneOf", "transforms": [{"type": "MixUp"}, {"type": "CutMix"}]}, {"type": "ToFloat"}]}])"));
}

TEST_CASE("bytes become floats as Normalize or ToFloat say") {
  const Images images({3, 7, 9}, 3);
  const auto floats = [&](const char* policy) {
    auto made = value_of(augment::augment_batch(policy_of(policy), images.batch(), {.floats = true}));
    return std::vector<float>(made.floats.data(), made.floats.data() + made.floats.size());
  };
  const double mean[] = {0.485, 0.456, 0.406}, deviation[] = {0.229, 0.224, 0.225};
  const auto plain = floats("[]"), to_float = floats(R"([{"type": "ToFloat", "max_value": 100}])"), standard = floats(R"([{"type": "Normalize"}])");
  for (std::size_t i = 0; i < plain.size(); ++i) {
    const double v = images.pixels[i];
    const std::size_t c = i / 63 % 3;
    CHECK(plain[i] == doctest::Approx(v / 255));
    CHECK(to_float[i] == doctest::Approx(v / 100));
    CHECK(standard[i] == doctest::Approx((v / 255 - mean[c]) / deviation[c]).epsilon(1e-5));
  }
  const auto statistics = [](const float* values, std::size_t count) {
    double sum = 0, squares = 0;
    for (std::size_t i = 0; i < count; ++i) {
      sum += values[i];
      squares += double{values[i]} * values[i];
    }
    return std::pair(sum / double(count), squares / double(count) - sum * sum / double(count * count));
  };
  const auto image = floats(R"([{"type": "Normalize", "normalization": "image"}])"), channel = floats(R"([{"type": "Normalize", "normalization": "image_per_channel"}])");
  CHECK(statistics(image.data(), images.size()).first == doctest::Approx(0).epsilon(1e-4));
  CHECK(statistics(image.data(), images.size()).second == doctest::Approx(1).epsilon(1e-4));
  CHECK(statistics(channel.data() + 63, 63).second == doctest::Approx(1).epsilon(1e-4));
  const auto range = floats(R"([{"type": "Normalize", "normalization": "min_max_per_channel"}])");
  CHECK(*std::min_element(range.begin(), range.begin() + 63) == 0.0f);
  CHECK(*std::max_element(range.begin(), range.begin() + 63) == doctest::Approx(1).epsilon(1e-5));
  CHECK_ERROR(augment::augment_batch(policy_of(R"([{"type": "Normalize"}])"), Images({1, 4, 4}, 1).batch(), {}), invalid_shape, "'mean' has 3 numbers");
  CHECK(augment::augment_batch(policy_of(R"([{"type": "Normalize", "mean": 0.5, "std": 0.5}])"), Images({1, 4, 4}, 1).batch(), {}));
}

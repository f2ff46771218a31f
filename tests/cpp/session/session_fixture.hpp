// A session with a small network and images that can be learned: each class lights its own patch of the image.
#pragma once

#include "striate/core/rng.hpp"
#include "striate/session/session.hpp"

#include "expect.hpp"

#include <cmath>
#include <cstring>
#include <string>
#include <vector>

namespace striate::tests {

using io::Json;
using session::Answer;
using session::Pixels;
using session::Session;

// 1×8×8 → conv 4 → relu → pool → flatten → linear 4
inline const std::string small_network =
    R"({"input":{"channels":1,"height":8,"width":8},"layers":[)"
    R"({"type":"conv2d","outChannels":4,"kernelSize":3,"padding":1},{"type":"relu"},{"type":"maxPool2d","kernelSize":2},)"
    R"({"type":"flatten"},{"type":"linear","outFeatures":4}]})";
inline constexpr int small_classes = 4;

inline Pixels byte_pixels(const std::vector<std::uint8_t>& values) {
  Pixels pixels;
  pixels.kind = data::PixelKind::bytes;
  succeed(pixels.storage.resize(values.size(), "test"));
  if (!values.empty()) std::memcpy(pixels.storage.data(), values.data(), values.size());
  return pixels;
}

inline Pixels float_pixels(const std::vector<float>& values) {
  Pixels pixels;
  pixels.kind = data::PixelKind::floats;
  succeed(pixels.storage.resize(values.size() * sizeof(float), "test"));
  if (!values.empty()) std::memcpy(pixels.storage.data(), values.data(), values.size() * sizeof(float));
  return pixels;
}

struct Patches {
  std::vector<std::uint8_t> pixels;
  std::vector<std::int32_t> labels;
};

inline Patches make_patches(int count, std::uint64_t seed = 1) {
  Patches made;
  for (int i = 0; i < count; ++i) {
    core::Rng rng(seed, core::RandomStream::synthetic, 0, static_cast<std::uint32_t>(i));
    const auto label = static_cast<std::int32_t>(rng.below(small_classes));
    made.labels.push_back(label);
    for (int p = 0; p < 64; ++p) {
      const int y = p / 8, x = p % 8;
      const bool lit = y / 4 == label / 2 && x / 4 == label % 2;
      made.pixels.push_back(static_cast<std::uint8_t>((lit ? 90 : 0) + rng.below(120)));
    }
  }
  return made;
}

inline Json good(session::Reply reply) { return value_of(std::move(reply)).json; }
inline double number(const Json& json, std::string_view key) {
  const Json* member = json.find(key);
  if (member == nullptr) FAIL("no member '", std::string(key), "' in ", json.text());
  return member->number();
}

inline double small_model(Session& session, double seed = 1) {
  return number(good(session.create_model(small_network, seed)), "model");
}

inline double patches_dataset(Session& session, int count, std::uint64_t seed = 1) {
  const Patches made = make_patches(count, seed);
  const std::string shape = "[" + std::to_string(count) + ",1,8,8]";
  return number(good(session.dataset_from_pixels(byte_pixels(made.pixels), made.labels, shape, small_classes)),
                "dataset");
}

inline std::vector<float> floats_of(const Answer& answer) {
  REQUIRE(answer.floats.has_value());
  return {answer.floats->data(), answer.floats->data() + answer.floats->size()};
}

inline std::vector<std::uint8_t> bytes_of(const Answer& answer) {
  REQUIRE(answer.bytes.has_value());
  return {answer.bytes->data(), answer.bytes->data() + answer.bytes->size()};
}

inline std::vector<float> weights(Session& session, double model) {
  return floats_of(value_of(session.parameters(model, "null")));
}

// Exactly `steps` steps, across the ends of epochs; the losses.
// What train_steps says: the report, and its losses.
struct Steps {
  Json report;
  std::vector<double> losses;
};

inline Steps take_steps(Session& session, double model, double steps) {
  session::Answer answer = value_of(session.train_steps(model, steps));
  Steps taken{std::move(answer.json), {}};
  taken.losses.assign(answer.floats->data(), answer.floats->data() + answer.floats->size());
  return taken;
}

inline std::vector<double> run_steps(Session& session, double model, int steps) {
  std::vector<double> losses;
  while (static_cast<int>(losses.size()) < steps) {
    const auto taken = take_steps(session, model, steps - static_cast<double>(losses.size())).losses;
    losses.insert(losses.end(), taken.begin(), taken.end());
  }
  return losses;
}

}  // namespace striate::tests

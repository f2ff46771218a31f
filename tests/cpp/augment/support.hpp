// Helpers of the augmentation tests: policies from JSON text, images made from a seed, one image through a policy.
#pragma once

#include "expect.hpp"
#include "striate/augment/augmenter.hpp"
#include "striate/core/rng.hpp"
#include "striate/io/json.hpp"
#include "striate/session/augmentation.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace striate::tests {

using PolicyPointer = std::shared_ptr<const augment::Policy>;

inline PolicyPointer policy_of(std::string_view json) { return value_of(session::read_policy(json)); }

inline augment::Value augment_value(std::string_view json) { return session::value_of(value_of(io::parse_json(json, "test"))); }

inline std::string json_text(const augment::Value& value) { return session::json_of(value).text(); }

// Smooth colours with an edge and some noise.
inline std::vector<std::uint8_t> test_image(const core::Shape& shape, std::uint32_t item = 0) {
  core::Rng rng(77, core::RandomStream::synthetic, 0, item);
  std::vector<std::uint8_t> pixels;
  for (int c = 0; c < shape.channels; ++c) {
    for (int y = 0; y < shape.height; ++y) {
      for (int x = 0; x < shape.width; ++x) {
        const int base = 60 + 40 * c + (100 * x) / shape.width + (y > shape.height / 2 ? 50 : 0);
        pixels.push_back(static_cast<std::uint8_t>((base + static_cast<int>(rng.below(20))) & 255));
      }
    }
  }
  return pixels;
}

struct Augmented {
  core::Shape shape;
  std::vector<std::uint8_t> pixels;
  augment::Value log;
};

inline Augmented augmented(augment::Augmenter& augmenter, const augment::ConstImage& image, const augment::DrawKey& key) {
  Augmented made;
  made.shape = augmenter.draw(image.shape, key);
  made.pixels.resize(static_cast<std::size_t>(made.shape.elements()));
  succeed(augmenter.apply(image, made.pixels.data()));
  made.log = augmenter.log();
  return made;
}

}  // namespace striate::tests

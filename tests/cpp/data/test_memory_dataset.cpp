// MemoryDataset and normalization.
#include "striate/data/memory_dataset.hpp"
#include "striate/data/normalization.hpp"

#include "expect.hpp"

#include <cmath>
#include <limits>
#include <vector>

using namespace striate;
using namespace striate::tests;
using data::MemoryDataset;
using data::PixelKind;

TEST_CASE("dataset: images and labels come back; appending and selecting share pixels") {
  auto dataset = value_of(MemoryDataset::make({1, 2, 2}, PixelKind::bytes, 3));
  CHECK(dataset.count() == 0);
  const std::vector<std::uint8_t> pixels = {1, 2, 3, 4, 5, 6, 7, 8};
  const std::vector<std::int32_t> labels = {2, 0};
  succeed(dataset.append(pixels, labels));
  REQUIRE(dataset.count() == 2);
  CHECK(dataset.bytes(1)[0] == 5);
  CHECK(dataset.labels()[0] == 2);

  const std::vector<std::uint32_t> order = {1, 0, 1};
  auto chosen = value_of(dataset.select(order));
  CHECK(chosen.count() == 3);
  CHECK(chosen.bytes(0) == dataset.bytes(1));
  CHECK(chosen.labels()[1] == 2);
  CHECK(chosen.shape() == dataset.shape());
  CHECK(chosen.classes() == 3);

  const std::vector<std::uint8_t> more = {9, 9, 9, 9};
  const std::vector<std::int32_t> more_labels = {1};
  succeed(chosen.append(more, more_labels));
  CHECK(chosen.count() == 4);
  CHECK(dataset.count() == 2);  // the other set does not grow

  const std::uint8_t* kept = chosen.bytes(0);
  dataset = value_of(MemoryDataset::make({1, 1, 1}, PixelKind::bytes, 1));
  CHECK(kept[3] == 8);  // the block outlives the set it was made for
  succeed(chosen.append(std::vector<std::uint8_t>{}, {}));
  CHECK(chosen.count() == 4);
}

TEST_CASE("dataset: floats, and a block taken over without a copy") {
  auto dataset = value_of(MemoryDataset::make({2, 1, 1}, PixelKind::floats, 2));
  core::Buffer<std::uint8_t> block;
  succeed(block.resize(4 * sizeof(float), "test"));
  auto* values = reinterpret_cast<float*>(block.data());
  for (int i = 0; i < 4; ++i) values[i] = 0.25f * static_cast<float>(i);
  const std::vector<std::int32_t> labels = {0, 1};
  succeed(dataset.adopt(std::move(block), 0, PixelKind::floats, labels));
  CHECK(dataset.floats(1) == values + 2);
  CHECK(dataset.floats(1)[1] == 0.75f);
}

TEST_CASE("dataset: what does not fit is refused, and nothing is appended") {
  CHECK_ERROR(MemoryDataset::make({0, 2, 2}, PixelKind::bytes, 3), invalid_shape, "0×2×2");
  CHECK_ERROR(MemoryDataset::make({1, -2, 2}, PixelKind::bytes, 3), invalid_shape, "1×-2×2");
  CHECK_ERROR(MemoryDataset::make({1 << 20, 1 << 20, 1 << 20}, PixelKind::bytes, 3), invalid_shape, "not the shape");
  CHECK_ERROR(MemoryDataset::make({1, 1, 1}, PixelKind::bytes, 0), invalid_argument, "0 classes");

  auto dataset = value_of(MemoryDataset::make({1, 2, 2}, PixelKind::bytes, 3));
  const std::vector<std::uint8_t> pixels(8);
  CHECK_ERROR(dataset.append(pixels, std::vector<std::int32_t>{0}), invalid_shape, "8 pixels are not 1 images");
  CHECK_ERROR(dataset.append(std::vector<std::uint8_t>(7), std::vector<std::int32_t>{0, 1}), invalid_shape, "7 pixels");
  CHECK_ERROR(dataset.append(pixels, std::vector<std::int32_t>{0, 3}), invalid_argument, "label 3 of image 1");
  CHECK_ERROR(dataset.append(pixels, std::vector<std::int32_t>{-1, 0}), invalid_argument, "label -1 of image 0");
  CHECK_ERROR(dataset.append(std::vector<float>(8), std::vector<std::int32_t>{0, 1}), invalid_argument,
              "holds bytes and was given floats");
  CHECK(dataset.count() == 0);
  CHECK_ERROR(dataset.select(std::vector<std::uint32_t>{0}), invalid_argument, "image 0 of 0");

  auto floats = value_of(MemoryDataset::make({1, 1, 2}, PixelKind::floats, 1));
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    CHECK_ERROR(floats.append(std::vector<float>{0, 1, 2, bad}, std::vector<std::int32_t>{0, 0}), not_finite,
                "pixel 1 of image 1");
  }
  CHECK(floats.count() == 0);
}

TEST_CASE("normalization: one definition for bytes and floats") {
  const std::vector<float> mean = {0.1307f, 0.5f}, std = {0.3081f, 0.25f};
  const auto made = value_of(data::make_normalization(2, mean, std));
  for (std::size_t c = 0; c < 2; ++c) {
    for (std::size_t b = 0; b < 256; ++b) {
      const float as_float = (static_cast<float>(b) / 255.0f - made.mean[c]) * made.scale[c];
      CHECK(made.value_of_byte[c * 256 + b] == as_float);
      const double exact = (static_cast<double>(b) / 255 - static_cast<double>(mean[c])) / static_cast<double>(std[c]);
      CHECK(std::abs(static_cast<double>(as_float) - exact) < 1e-6);
    }
  }
  const auto plain = value_of(data::make_normalization(1, {}, {}));
  CHECK(plain.value_of_byte[255] == 1.0f);
  CHECK(plain.value_of_byte[0] == 0.0f);
}

TEST_CASE("normalization: counts and values that cannot be are refused") {
  const std::vector<float> one = {0.5f}, zero = {0.0f}, nan = {std::numeric_limits<float>::quiet_NaN()};
  CHECK_ERROR(data::make_normalization(3, one, {}), invalid_argument, "1 means");
  CHECK_ERROR(data::make_normalization(3, {}, one), invalid_argument, "for 3 channels");
  CHECK_ERROR(data::make_normalization(1, one, zero), invalid_argument, "channel 0");
  CHECK_ERROR(data::make_normalization(1, nan, one), invalid_argument, "channel 0");
  CHECK_ERROR(data::make_normalization(1, one, nan), invalid_argument, "channel 0");
}

// A small network and small labelled image sets for training tests.
#pragma once

#include "graph/harness.hpp"
#include "striate/data/data_loader.hpp"
#include "striate/data/memory_dataset.hpp"
#include "striate/models/zoo.hpp"

#include <memory>
#include <span>
#include <vector>

namespace striate::tests {

inline Model lenet(std::uint64_t seed = 1) { return make_model(value_of(models::make_from_zoo("lenet")), seed); }

// Bytes 28×28, ten classes: a bright square whose place is the class, on noise. Easy, but not linearly trivial at once.
inline std::shared_ptr<data::MemoryDataset> squares(int count, std::uint32_t item = 0) {
  auto dataset = std::make_shared<data::MemoryDataset>(
      value_of(data::MemoryDataset::make({1, 28, 28}, data::PixelKind::bytes, 10)));
  core::Rng rng(21, core::RandomStream::synthetic, 0, item);
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(count) * 784);
  std::vector<std::int32_t> labels(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    const int label = static_cast<int>(rng.below(10));
    labels[static_cast<std::size_t>(i)] = label;
    std::uint8_t* image = pixels.data() + static_cast<std::size_t>(i) * 784;
    for (int p = 0; p < 784; ++p) image[p] = static_cast<std::uint8_t>(rng.below(100));
    const int top = 2 + label / 5 * 13 + static_cast<int>(rng.below(3)),
              left = 1 + label % 5 * 5 + static_cast<int>(rng.below(3));
    for (int y = 0; y < 5; ++y) {
      for (int x = 0; x < 5; ++x) image[(top + y) * 28 + left + x] = static_cast<std::uint8_t>(200 + rng.below(50));
    }
  }
  succeed(dataset->append(pixels, labels));
  return dataset;
}

}  // namespace striate::tests

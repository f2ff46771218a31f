// DataLoader: an order that depends on (seed, epoch) alone, tails, restarts, and pixels that arrive normalized.
#include "striate/data/data_loader.hpp"

#include "expect.hpp"
#include "striate/core/thread_pool.hpp"

#include <algorithm>
#include <memory>
#include <vector>

using namespace striate;
using namespace striate::tests;
using data::Batch;
using data::DataLoader;
using data::MemoryDataset;
using data::PixelKind;
using data::SampleOrder;

namespace {

constexpr core::Shape small{2, 1, 3};

std::shared_ptr<MemoryDataset> numbered(int count) {
  auto dataset = value_of(MemoryDataset::make(small, PixelKind::bytes, 10));
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(count) * 6);
  std::vector<std::int32_t> labels(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < labels.size(); ++i) {
    labels[i] = static_cast<std::int32_t>(i % 10);
    for (std::size_t p = 0; p < 6; ++p) pixels[i * 6 + p] = static_cast<std::uint8_t>(i + 40 * p);
  }
  succeed(dataset.append(pixels, labels));
  return std::make_shared<MemoryDataset>(std::move(dataset));
}

DataLoader loader_of(std::shared_ptr<const MemoryDataset> dataset, SampleOrder order, std::uint64_t seed,
                     int largest = 64) {
  return value_of(
      DataLoader::make(std::move(dataset), value_of(data::make_normalization(2, {}, {})), order, seed, largest));
}

std::vector<std::uint32_t> walk(DataLoader& loader, const std::vector<int>& sizes, std::size_t images) {
  std::vector<std::uint32_t> order;
  for (std::size_t i = 0; order.size() < images; ++i) {
    const Batch batch = loader.next(sizes[i % sizes.size()]);
    order.insert(order.end(), batch.indices.begin(), batch.indices.end());
  }
  return order;
}

}  // namespace

TEST_CASE("loader: the order of images does not depend on how they are cut into batches") {
  const auto dataset = numbered(50);
  std::vector<std::vector<std::uint32_t>> orders;
  for (const std::vector<int>& sizes : {std::vector<int>{1}, {7}, {50}, {64}, {3, 11, 2}}) {
    DataLoader loader = loader_of(dataset, SampleOrder::shuffled, 5);
    orders.push_back(walk(loader, sizes, 150));
    orders.back().resize(150);
  }
  for (const auto& order : orders) CHECK(order == orders[0]);
  for (std::size_t epoch = 0; epoch < 3; ++epoch) {
    std::vector<std::uint32_t> one(orders[0].begin() + static_cast<std::ptrdiff_t>(epoch * 50),
                                   orders[0].begin() + static_cast<std::ptrdiff_t>(epoch * 50 + 50));
    std::sort(one.begin(), one.end());
    for (std::uint32_t i = 0; i < 50; ++i) CHECK(one[i] == i);
  }
  CHECK_FALSE(std::equal(orders[0].begin(), orders[0].begin() + 50, orders[0].begin() + 50));
  DataLoader other = loader_of(dataset, SampleOrder::shuffled, 6);
  CHECK(walk(other, {50}, 50) != std::vector<std::uint32_t>(orders[0].begin(), orders[0].begin() + 50));
}

TEST_CASE("loader: the tail batch is kept, and marked") {
  DataLoader loader = loader_of(numbered(10), SampleOrder::sequential, 0);
  CHECK(loader.batches_per_epoch(4) == 3);
  CHECK(loader.images_per_epoch() == 10);
  for (std::uint32_t epoch = 0; epoch < 2; ++epoch) {
    for (const int size : {4, 4, 2}) {
      const Batch batch = loader.next(4);
      CHECK(batch.count() == size);
      CHECK(batch.epoch == epoch);
      CHECK(batch.last_of_epoch == (size == 2));
      for (int i = 0; i < size; ++i)
        CHECK(batch.labels[static_cast<std::size_t>(i)] ==
              static_cast<std::int32_t>(batch.indices[static_cast<std::size_t>(i)] % 10));
    }
  }
}

TEST_CASE("loader: going on from a position gives what would have come") {
  const auto dataset = numbered(30);
  DataLoader straight = loader_of(dataset, SampleOrder::shuffled, 9);
  const auto all = walk(straight, {6}, 120);
  for (std::size_t cut = 0; cut < 90; cut += 6) {
    DataLoader before = loader_of(dataset, SampleOrder::shuffled, 9),
               after = loader_of(dataset, SampleOrder::shuffled, 9);
    if (cut != 0) walk(before, {6}, cut);
    after.seek(before.position());
    const auto rest = walk(after, {6}, 30);
    CHECK(std::equal(rest.begin(), rest.end(), all.begin() + static_cast<std::ptrdiff_t>(cut)));
  }
}

TEST_CASE("loader: images appended join at the next epoch") {
  const auto dataset = numbered(5);
  DataLoader loader = loader_of(dataset, SampleOrder::sequential, 0);
  CHECK(loader.next(3).count() == 3);
  succeed(dataset->append(std::vector<std::uint8_t>(6), std::vector<std::int32_t>{4}));
  CHECK(loader.next(3).count() == 2);
  CHECK(loader.next(6).count() == 6);
  CHECK(loader.images_per_epoch() == 6);
}

TEST_CASE("loader: an empty dataset and a batch of none are refused") {
  auto empty = std::make_shared<MemoryDataset>(value_of(MemoryDataset::make(small, PixelKind::bytes, 1)));
  const auto scaling = value_of(data::make_normalization(2, {}, {}));
  CHECK_ERROR(DataLoader::make(empty, scaling, SampleOrder::shuffled, 1, 4), invalid_argument, "no images");
  CHECK_ERROR(DataLoader::make(numbered(3), scaling, SampleOrder::shuffled, 1, 0), invalid_argument, "batch size 0");
}

TEST_CASE("loader: pixels land in the blocked input, normalized, with empty lanes at zero; bytes and floats alike") {
  const auto bytes = numbered(7);
  auto as_floats = value_of(MemoryDataset::make(small, PixelKind::floats, 10));
  for (std::size_t i = 0; i < 7; ++i) {
    std::vector<float> pixels(6);
    for (std::size_t p = 0; p < 6; ++p) pixels[p] = static_cast<float>(bytes->bytes(i)[p]) / 255.0f;
    succeed(as_floats.append(pixels, bytes->labels().subspan(i, 1)));
  }
  const auto floats = std::make_shared<MemoryDataset>(std::move(as_floats));
  const std::vector<float> mean = {0.2f, 0.6f}, std = {0.5f, 0.3f};
  const auto scaling = value_of(data::make_normalization(2, mean, std));

  for (const kernels::KernelTable* table : kernels::kernel_tables()) {
    for (const int lanes : {4, 8, 16}) {
      if (lanes % table->width != 0) continue;
      CAPTURE(table->arch);
      CAPTURE(lanes);
      const kernels::Halo halo{1, 1, 2, 2};
      const int blocks = (7 + lanes - 1) / lanes;
      std::vector<float> stores[2];
      for (int kind = 0; kind < 2; ++kind) {
        auto loader = value_of(DataLoader::make(kind == 0 ? bytes : floats, scaling, SampleOrder::shuffled, 4, 7));
        std::vector<float>& storage = stores[kind];
        storage.assign(kernels::blocked_floats(small, blocks, lanes, halo), -9.0f);
        const auto view = kernels::blocked_view(storage.data(), small, blocks, lanes, halo);
        const Batch batch = loader.next(7);
        succeed(loader.load(batch, *table, view));
        for (int image = 0; image < blocks * lanes; ++image) {
          for (int c = 0; c < 2; ++c) {
            for (int x = 0; x < 3; ++x) {
              float expected = 0;
              if (image < 7) {
                const auto index = batch.indices[static_cast<std::size_t>(image)];
                expected = scaling.value_of_byte[static_cast<std::size_t>(c) * 256 + bytes->bytes(index)[c * 3 + x]];
              }
              CHECK(view.at(image / lanes, 0, c, x)[image % lanes] == expected);
            }
          }
        }
      }
      CHECK(stores[0] == stores[1]);
      CHECK(std::count(stores[0].begin(), stores[0].end(), -9.0f) ==
            static_cast<std::ptrdiff_t>(stores[0].size()) - blocks * lanes * 6);  // the halo is not touched
    }
  }
}

TEST_CASE("loader: the last batch can be dropped; every epoch still has an end") {
  auto loader = value_of(DataLoader::make(numbered(10), value_of(data::make_normalization(2, {}, {})),
                                          SampleOrder::sequential, 0, 64, true));
  CHECK(loader.batches_per_epoch(4) == 2);
  CHECK(loader.batches_per_epoch(5) == 2);
  CHECK(loader.batches_per_epoch(11) == 0);
  for (std::uint32_t epoch = 0; epoch < 3; ++epoch) {
    for (std::uint32_t k = 0; k < 2; ++k) {
      const Batch batch = loader.next(4);
      CHECK(batch.count() == 4);
      CHECK(batch.epoch == epoch);
      CHECK(batch.indices[0] == 4 * k);
      CHECK(batch.last_of_epoch == (k == 1));
    }
    // Where it stands says that the tail is gone.
    auto after = value_of(DataLoader::make(numbered(10), value_of(data::make_normalization(2, {}, {})),
                                           SampleOrder::sequential, 0, 64, true));
    after.seek(loader.position());
    CHECK(after.next(4).epoch == epoch + 1);
  }
  // The batch grows when 6 are left and none was announced as the last: they come as they are.
  CHECK_FALSE(loader.next(4).last_of_epoch);
  const Batch tail = loader.next(7);
  CHECK(tail.count() == 6);
  CHECK(tail.last_of_epoch);
}

TEST_CASE("loader: a balanced epoch has every class equally often, and every image of a class as often as it can") {
  // Class c has 1, 2, 4, 8 … images; class 3 none.
  const int sizes[] = {1, 30, 4, 0, 65};
  auto dataset = std::make_shared<MemoryDataset>(value_of(MemoryDataset::make(small, PixelKind::bytes, 5)));
  std::vector<std::int32_t> labels;
  for (int c = 0; c < 5; ++c) labels.insert(labels.end(), static_cast<std::size_t>(sizes[c]), c);
  std::rotate(labels.begin(), labels.begin() + 37, labels.end());
  const std::vector<std::uint8_t> pixels(labels.size() * 6, 1);
  succeed(dataset->append(pixels, labels));
  DataLoader loader = loader_of(dataset, SampleOrder::balanced, 3);
  std::vector<std::vector<std::uint32_t>> epochs;
  for (int epoch = 0; epoch < 4; ++epoch) {
    const auto order = walk(loader, {7}, 100);
    REQUIRE(order.size() == 100);
    std::vector<int> of_class(5), of_image(100);
    for (const std::uint32_t index : order) {
      ++of_class[static_cast<std::size_t>(labels[index])];
      ++of_image[index];
    }
    for (int c = 0; c < 5; ++c) {
      CHECK(of_class[static_cast<std::size_t>(c)] == (sizes[c] == 0 ? 0 : 25));
      int least = 1000, most = 0;
      for (std::size_t i = 0; i < labels.size(); ++i) {
        if (labels[i] != c) continue;
        least = std::min(least, of_image[i]);
        most = std::max(most, of_image[i]);
      }
      if (sizes[c] != 0) CHECK(most - least <= 1);
    }
    epochs.push_back(order);
  }
  CHECK(epochs[0] != epochs[1]);
  // Epoch 2 by itself is the same as after epochs 0 and 1; other batches change nothing.
  DataLoader other = loader_of(dataset, SampleOrder::balanced, 3);
  other.seek({2, 0});
  CHECK(walk(other, {13}, 100) == epochs[2]);
  DataLoader another = loader_of(dataset, SampleOrder::balanced, 4);
  CHECK(walk(another, {7}, 100) != epochs[0]);
}

TEST_CASE("loader: balanced with a remainder, and with images that join") {
  const auto dataset = numbered(17);  // 10 classes: seven with two images
  DataLoader loader = loader_of(dataset, SampleOrder::balanced, 9);
  const auto count = [&](const std::vector<std::uint32_t>& order) {
    std::vector<int> of_class(10);
    for (const std::uint32_t index : order) ++of_class[static_cast<std::size_t>(dataset->labels()[index])];
    return of_class;
  };
  std::vector<std::vector<int>> counts;
  for (int epoch = 0; epoch < 6; ++epoch) {
    counts.push_back(count(walk(loader, {17}, 17)));
    for (const int n : counts.back()) CHECK((n == 1 || n == 2));
  }
  // Which classes come once more changes from epoch to epoch.
  CHECK(std::any_of(counts.begin(), counts.end(), [&](const auto& one) { return one != counts[0]; }));
  const std::vector<std::uint8_t> pixels(3 * 6, 4);
  succeed(dataset->append(pixels, std::vector<std::int32_t>{7, 8, 9}));
  const auto now = count(walk(loader, {20}, 20));
  for (const int n : now) CHECK(n == 2);
}

TEST_CASE("loader: a batch is the same on any number of threads, tail and empty lanes too") {
  constexpr core::Shape shape{3, 24, 24};
  constexpr int count = 50, blocks = 5;
  for (const PixelKind kind : {PixelKind::bytes, PixelKind::floats}) {
    CAPTURE(kind == PixelKind::bytes);
    auto made = value_of(MemoryDataset::make(shape, kind, 10));
    const auto values = static_cast<std::size_t>(shape.elements() * count);
    const std::vector<std::int32_t> labels(count);
    std::vector<std::uint8_t> bytes(values);
    std::vector<float> floats(values);
    for (std::size_t i = 0; i < values; ++i) {
      bytes[i] = static_cast<std::uint8_t>(i * 7 + i / 251);
      floats[i] = static_cast<float>(bytes[i]) / 3;
    }
    if (kind == PixelKind::bytes) {
      succeed(made.append(bytes, labels));
    } else {
      succeed(made.append(floats, labels));
    }
    const auto dataset = std::make_shared<MemoryDataset>(std::move(made));
    std::vector<std::vector<float>> loaded;
    for (const int threads : {1, 2, 3}) {
      succeed(core::use_threads(threads));
      DataLoader loader = value_of(DataLoader::make(
          dataset, value_of(data::make_normalization(3, {}, {})), SampleOrder::shuffled, 1, count));
      loaded.emplace_back(kernels::blocked_floats(shape, blocks, 16), 99.0f);
      succeed(loader.load(loader.next(count), kernels::kernels(),
                          kernels::blocked_view(loaded.back().data(), shape, blocks, 16)));
    }
    succeed(core::use_threads(1));
    CHECK(loaded[1] == loaded[0]);
    CHECK(loaded[2] == loaded[0]);
    CHECK(loaded[0].back() == 0);  // the last block has no image
    CHECK(std::find(loaded[0].begin(), loaded[0].end(), 99.0f) == loaded[0].end());
  }
}

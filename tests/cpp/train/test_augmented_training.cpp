// Augmentation inside training: what the loader gives is what the augmenter makes of each image by itself, whatever the
// batches; mixed labels become the targets; what cannot work is refused before the first step.
#include "allocation_counter.hpp"
#include "augment/support.hpp"
#include "datasets.hpp"
#include "striate/augment/augmenter.hpp"
#include "striate/models/zoo.hpp"
#include "striate/train/evaluator.hpp"
#include "striate/train/loading.hpp"
#include "striate/train/trainer.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <map>
#include <set>
#include <vector>

using namespace striate;
using namespace striate::tests;
using data::SampleOrder;

namespace {

constexpr const char* usual = R"([{"type":"HorizontalFlip","p":0.3},
  {"type":"Affine","translate_percent":[-0.1,0.1],"rotate":[-15,15],"scale":[0.9,1.1],"p":0.9},
  {"type":"RandomBrightnessContrast","p":0.5}])";

class DatasetPool final : public augment::ImagePool {
 public:
  explicit DatasetPool(const data::MemoryDataset& dataset) : dataset_(dataset) {}
  std::size_t count() const override { return dataset_.count(); }
  augment::ConstImage image(std::size_t index) const override { return {dataset_.bytes(index), dataset_.shape()}; }

 private:
  const data::MemoryDataset& dataset_;
};

// All images of two epochs by (epoch, index), as the loader gives them in batches of these sizes.
using Seen = std::map<std::pair<std::uint32_t, std::uint32_t>, std::vector<float>>;
Seen walk(const std::shared_ptr<data::MemoryDataset>& dataset, const PolicyPointer& policy, SampleOrder order, int size,
          data::LoaderPosition from = {}) {
  constexpr core::Shape shape{1, 28, 28};
  auto loader = value_of(data::DataLoader::make(dataset, value_of(data::make_normalization(1, {}, {})), order, 7, size,
                                                false, policy));
  loader.seek(from);
  const kernels::KernelTable& kernels = kernels::kernels();
  const int lanes = kernels.width, blocks = (size + lanes - 1) / lanes;
  std::vector<float> storage(kernels::blocked_floats(shape, blocks, lanes));
  const auto view = kernels::blocked_view(storage.data(), shape, blocks, lanes);
  Seen seen;
  while (loader.position().epoch < 2) {
    const data::Batch batch = loader.next(size);
    if (batch.epoch == 2) break;
    succeed(loader.load(batch, kernels, view));
    for (int i = 0; i < batch.count(); ++i) {
      std::vector<float> image(784);
      kernels.store_image(view, i, image.data());
      seen[{batch.epoch, batch.indices[static_cast<std::size_t>(i)]}] = image;
    }
    if (batch.epoch == 1 && batch.last_of_epoch) break;
  }
  return seen;
}

}  // namespace

TEST_CASE("augmented batches: each image is what the augmenter makes of it, whatever the order, the batches and the start") {
  const auto dataset = squares(50);
  const auto policy = policy_of(usual);
  const Seen all = walk(dataset, policy, SampleOrder::shuffled, 16);
  REQUIRE(all.size() == 100);
  CHECK(walk(dataset, policy, SampleOrder::sequential, 7) == all);

  augment::Augmenter by_hand(policy);
  std::vector<float> pixels(784);
  for (const auto& [key, image] : all) {
    by_hand.draw(dataset->shape(), {7, key.first, key.second});
    succeed(by_hand.apply({dataset->bytes(key.second), dataset->shape()}, pixels.data()));
    CHECK(image == pixels);
  }
  CHECK(all.at({0, 3}) != all.at({1, 3}));  // afresh in each epoch

  const Seen rest = walk(dataset, policy, SampleOrder::shuffled, 5, {1, 30});
  REQUIRE(rest.size() == 20);
  for (const auto& [key, image] : rest) CHECK(image == all.at(key));
}

TEST_CASE("augmented batches: an image that comes twice in a balanced epoch is drawn for twice") {
  auto dataset = std::make_shared<data::MemoryDataset>(
      value_of(data::MemoryDataset::make({1, 28, 28}, data::PixelKind::bytes, 2)));
  std::vector<std::int32_t> labels(20, 0);
  labels[4] = 1;  // the only one of its class: ten times an epoch
  std::vector<std::uint8_t> pixels;
  for (std::uint32_t i = 0; i < 20; ++i) {
    const auto one = test_image({1, 28, 28}, i);
    pixels.insert(pixels.end(), one.begin(), one.end());
  }
  succeed(dataset->append(pixels, labels));
  auto loader = value_of(data::DataLoader::make(dataset, value_of(data::make_normalization(1, {}, {})),
                                                SampleOrder::balanced, 7, 20, false, policy_of(usual)));
  const kernels::KernelTable& kernels = kernels::kernels();
  const int lanes = kernels.width, blocks = (20 + lanes - 1) / lanes;
  std::vector<float> storage(kernels::blocked_floats({1, 28, 28}, blocks, lanes));
  const auto view = kernels::blocked_view(storage.data(), {1, 28, 28}, blocks, lanes);
  const data::Batch batch = loader.next(20);
  succeed(loader.load(batch, kernels, view));
  std::set<std::vector<float>> rare;
  for (int i = 0; i < 20; ++i) {
    if (batch.labels[static_cast<std::size_t>(i)] != 1) continue;
    std::vector<float> image(784);
    kernels.store_image(view, i, image.data());
    rare.insert(image);
  }
  CHECK(rare.size() >= 8);
}

TEST_CASE("augmented batches: what is wanted of mixed images is mixed as they are") {
  const auto dataset = squares(40);
  for (const char* json : {R"([{"type":"MixUp","alpha":1,"p":0.7}])", R"([{"type":"CutMix","p":1}])"}) {
    const auto policy = policy_of(json);
    auto loader = value_of(data::DataLoader::make(dataset, value_of(data::make_normalization(1, {}, {})),
                                                  SampleOrder::shuffled, 3, 40, false, policy));
    REQUIRE(loader.mixes());
    const kernels::KernelTable& kernels = kernels::kernels();
    const int lanes = kernels.width, blocks = (40 + lanes - 1) / lanes;
    std::vector<float> storage(kernels::blocked_floats({1, 28, 28}, blocks, lanes)),
        wanted(kernels::blocked_floats({10, 1, 1}, blocks, lanes), 9.0f);
    const data::Batch batch = loader.next(40);
    succeed(loader.load(batch, kernels, kernels::blocked_view(storage.data(), {1, 28, 28}, blocks, lanes)));
    const auto targets = kernels::blocked_view(wanted.data(), {10, 1, 1}, blocks, lanes);
    loader.soft_targets(targets);

    const DatasetPool pool(*dataset);
    augment::Augmenter by_hand(policy, &pool);
    std::vector<std::uint8_t> pixels(784);
    int mixed = 0;
    for (int i = 0; i < blocks * lanes; ++i) {
      std::vector<float> expected(10, 0.0f), found(10);
      if (i < 40) {
        const std::uint32_t index = batch.indices[static_cast<std::size_t>(i)];
        by_hand.draw(dataset->shape(), {3, 0, index});
        succeed(by_hand.apply({dataset->bytes(index), dataset->shape()}, pixels.data()));
        const auto mix = by_hand.label_mix();
        mixed += mix ? 1 : 0;
        const float weight = mix ? mix->weight : 1.0f;
        expected[static_cast<std::size_t>(dataset->labels()[index])] += weight;
        if (mix) expected[static_cast<std::size_t>(dataset->labels()[mix->partner])] += 1 - weight;
      }
      for (int c = 0; c < 10; ++c) found[static_cast<std::size_t>(c)] = targets.at(i / lanes, 0, c)[i % lanes];
      CHECK(found == expected);
    }
    CHECK(mixed >= 15);
  }
}

TEST_CASE("augmented training: it learns from mixed images, and a loss that cannot mix labels is refused") {
  Model model = make_model(value_of(models::make_from_zoo("lenet")));
  const auto dataset = squares(200), held_out = squares(200, 5);
  for (const char* loss : {"crossEntropy", "meanSquared"}) {
    Model fresh = make_model(value_of(models::make_from_zoo("lenet")));
    auto trainer = value_of(train::Trainer::begin(*fresh.network, *fresh.store, dataset,
                                                  {.epochs = 15,
                                                   .batch_size = 20,
                                                   .optimizer = {"adam", {{"learningRate", 0.002}}},
                                                   .loss = {loss, {}},
                                                   .augmentation = policy_of(R"([{"type":"MixUp","alpha":0.4,"p":0.8}])")}));
    while (!trainer->done()) value_of(trainer->step());
    auto evaluator = value_of(train::Evaluator::begin(*fresh.network, *fresh.store, held_out));
    while (!evaluator->done()) succeed(evaluator->advance(64));
    CHECK(evaluator->result().accuracy > 0.8);
  }
  CHECK_ERROR(train::Trainer::begin(*model.network, *model.store, dataset,
                                    {.loss = {"focal", {}}, .augmentation = policy_of(R"([{"type":"CutMix"}])")}),
              invalid_argument, "'focal' cannot mix");
}

TEST_CASE("augmented training: steps allocate nothing, mixing and compositions included") {
  for (const char* json : {usual, R"([{"type":"SomeOf","n":2,"transforms":[{"type":"GaussianBlur","p":1},{"type":"Rotate","p":1},
        {"type":"ElasticTransform","p":1},{"type":"CoarseDropout","p":1}]},{"type":"RandAugment"},{"type":"MixUp","p":0.5}])"}) {
    Model model = make_model(value_of(models::make_from_zoo("lenet")));
    auto trainer = value_of(train::Trainer::begin(
        *model.network, *model.store, squares(100),
        {.epochs = 3, .batch_size = 32, .optimizer = {"sgd", {{"learningRate", 0.01}}}, .augmentation = policy_of(json)}));
    value_of(trainer->step());
    double sum = 0;
    const auto allocations = allocations_in([&] { sum = sum_of_losses(*trainer); });
    CHECK(sum > 0);
    CHECK(trainer->steps_done() == 12);
    CHECK(allocations == 0);
  }
}

TEST_CASE("an evaluation in views allocates nothing once set up") {
  Model model = make_model(value_of(models::make_from_zoo("lenet")));
  auto evaluator = value_of(train::Evaluator::begin(
      *model.network, *model.store, squares(100), {.batch_size = 32, .tta = train::TestTimeOptions{.policy = policy_of(usual)}}));
  succeed(evaluator->advance(1));
  const auto allocations = allocations_in([&] {
    while (!evaluator->done()) succeed(evaluator->advance(10));
  });
  CHECK(evaluator->result().images == 100);
  CHECK(allocations == 0);
}

TEST_CASE("augmented training: another size that ends at the network's is taken; others are refused with both shapes") {
  Model model = make_model(value_of(models::make_from_zoo("lenet")));
  const auto begin = [&](const std::shared_ptr<data::MemoryDataset>& dataset, const char* policy) {
    return train::Trainer::begin(*model.network, *model.store, dataset, {.augmentation = policy_of(policy)});
  };
  auto large = std::make_shared<data::MemoryDataset>(
      value_of(data::MemoryDataset::make({1, 40, 36}, data::PixelKind::bytes, 10)));
  succeed(large->append(test_image({1, 40, 36}), std::vector<std::int32_t>{3}));
  auto trainer = value_of(begin(large, R"([{"type":"RandomCrop","height":28,"width":28,"p":1}])"));
  CHECK(std::isfinite(value_of(trainer->step()).loss));
  value_of(begin(squares(8), R"([{"type":"PadIfNeeded","min_height":32,"min_width":32,"p":1},{"type":"RandomCrop","height":28,"width":28,"p":1}])"));

  CHECK_ERROR(begin(large, R"([{"type":"HorizontalFlip"}])"), invalid_shape, "1×40×36 of the dataset's 1×40×36 and the network takes 1×28×28");
  CHECK_ERROR(begin(squares(8), R"([{"type":"Resize","height":14,"width":28,"p":1}])"), invalid_shape, "1×14×28 of the dataset's 1×28×28 and the network takes 1×28×28");
  CHECK_ERROR(begin(squares(8), R"([{"type":"Resize","height":14,"width":14,"p":0.5}])"), invalid_shape, "14…28 high");
  CHECK_ERROR(begin(squares(8), R"([{"type":"RandomFog"}])"), invalid_shape, "needs 3 channels");
  CHECK_ERROR(begin(squares(8), R"([{"type":"Normalize","mean":[0.5],"std":[0.5]}])"), invalid_argument, "Normalize or ToFloat");
  auto floats = std::make_shared<data::MemoryDataset>(
      value_of(data::MemoryDataset::make({1, 28, 28}, data::PixelKind::floats, 10)));
  succeed(floats->append(std::vector<float>(784, 0.5f), std::vector<std::int32_t>{3}));
  CHECK_ERROR(begin(floats, R"([{"type":"HorizontalFlip"}])"), invalid_argument, "holds floats");
}

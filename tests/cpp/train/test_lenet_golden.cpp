// LeNet against PyTorch in double precision: logits, loss, every gradient, and ten steps of SGD with momentum and
// weight decay through the real trainer, from bytes to the last weights.
//
// Tolerances, as share of the largest value: logits and gradients 5e-6 (sums of up to 25,088 float32 products; measured
// 1.8e-6), losses 1e-5 relative (measured below 1e-6), weights after ten steps 1e-5.
#include "datasets.hpp"
#include "graph/golden.hpp"
#include "striate/losses/cross_entropy.hpp"
#include "striate/models/zoo.hpp"
#include "striate/train/loading.hpp"
#include "striate/train/trainer.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>

using namespace striate;
using namespace striate::tests;

namespace {

constexpr int batch = 32, steps = 10;

Model golden_lenet(const Golden& golden) {
  Model model = make_model(value_of(models::make_from_zoo("lenet")));
  for (int p = 0; p < static_cast<int>(model.store->parameters().size()); ++p) {
    succeed(model.store->set_values(
        p, golden.floats("value/" + model.store->parameters()[static_cast<std::size_t>(p)].name)));
  }
  return model;
}

std::shared_ptr<data::MemoryDataset> dataset_of(std::span<const std::uint8_t> pixels,
                                                std::span<const std::int32_t> labels) {
  auto dataset = std::make_shared<data::MemoryDataset>(
      value_of(data::MemoryDataset::make({1, 28, 28}, data::PixelKind::bytes, 10)));
  succeed(dataset->append(pixels, labels));
  return dataset;
}

// The golden images placed so that the loader's shuffled order of epoch 0 hands them out in the golden order.
std::shared_ptr<data::MemoryDataset> arranged(const Model& model, const Golden& golden, std::uint64_t seed) {
  const auto images = golden.values<std::uint8_t>("images", "U8");
  const auto labels = golden.values<std::int32_t>("labels", "I32");
  const auto n = labels.size();
  auto loader = value_of(train::make_loader(
      *model.network, dataset_of(images, labels),
      {.order = data::SampleOrder::shuffled, .seed = seed, .largest_batch = static_cast<int>(n)}));
  const data::Batch order = loader.next(static_cast<int>(n));
  std::vector<std::uint8_t> placed(images.size());
  std::vector<std::int32_t> placed_labels(n);
  for (std::size_t k = 0; k < n; ++k) {
    std::memcpy(placed.data() + order.indices[k] * 784, images.data() + k * 784, 784);
    placed_labels[order.indices[k]] = labels[k];
  }
  return dataset_of(placed, placed_labels);
}

}  // namespace

TEST_CASE("lenet equals PyTorch: logits, loss, all gradients") {
  const Golden golden("lenet");
  const auto images = golden.values<std::uint8_t>("images", "U8");
  const auto labels = golden.values<std::int32_t>("labels", "I32");
  const double expected_loss = golden.values<double>("losses", "F64")[0];
  for_each_arch([&](const kernels::KernelTable& table) {
    Model model = golden_lenet(golden);
    auto executor = value_of(graph::Executor::make(*model.network, *model.store,
                                                   {.mode = graph::Mode::training, .batch = batch, .kernels = &table}));
    auto loader =
        value_of(train::make_loader(*model.network, dataset_of(images, labels), {.largest_batch = batch}));
    const data::Batch first = loader.next(batch);
    succeed(loader.load(first, table, executor->input()));
    executor->forward(batch);
    CHECK(relative_error(get(table, executor->output(), batch), golden.floats("logits")) <= 5e-6);
    Floats losses(batch);
    const double loss = losses::cross_entropy(table, executor->output(), first.labels, executor->doutput(), losses);
    CHECK(std::fabs(loss - expected_loss) <= 1e-5 * expected_loss);
    executor->backward();
    for (int p = 0; p < static_cast<int>(model.store->parameters().size()); ++p) {
      const std::string& name = model.store->parameters()[static_cast<std::size_t>(p)].name;
      CAPTURE(name);
      const Floats expected = golden.floats("gradient/" + name);
      const Floats actual(model.store->gradients(p).begin(), model.store->gradients(p).end());
      double worst = 0;
      for (std::size_t i = 0; i < actual.size(); ++i)
        worst = std::fmax(worst, std::fabs(static_cast<double>(actual[i] - expected[i])));
      CHECK(worst <= 5e-6 * largest(expected));
    }
  });
}

TEST_CASE("lenet equals PyTorch over ten steps of SGD") {
  const Golden golden("lenet");
  const auto losses = golden.values<double>("losses", "F64"), accuracies = golden.values<double>("accuracies", "F64");
  const io::Json sgd = golden.metadata("sgd");
  const auto option = [&](const char* name) { return sgd.find(name)->number(); };
  for_each_arch([&](const kernels::KernelTable& table) {
    REQUIRE(kernels::use_kernels(table.arch));
    Model model = golden_lenet(golden);
    auto trainer = value_of(train::Trainer::begin(*model.network, *model.store, arranged(model, golden, 5),
                                                  {.epochs = 1,
                                                   .batch_size = batch,
                                                   .seed = 5,
                                                   .optimizer = {"sgd",
                                                                 {{"learningRate", option("lr")},
                                                                  {"momentum", option("momentum")},
                                                                  {"weightDecay", option("weight_decay")}}}}));
    for (std::size_t step = 0; step < steps; ++step) {
      CAPTURE(step);
      const auto report = value_of(trainer->step());
      CHECK(std::fabs(report.loss - losses[step]) <= 1e-5 * losses[step]);
      CHECK(report.accuracy == accuracies[step]);
    }
    CHECK(trainer->done());
    for (const char* name : {"conv1.weight", "conv2.bias", "fc3.weight", "fc3.bias"}) {
      CAPTURE(name);
      CHECK(relative_error(model.store->values(model.store->find(name)), golden.floats(std::string("after/") + name)) <=
            1e-5);
    }
  });
  kernels::use_kernels(nullptr);
}

// After begin() a training step allocates nothing: not in the loader, the executor, the loss, the optimizer or the
// report; nor do evaluation and inspection once they are set up.
#include "allocation_counter.hpp"
#include "datasets.hpp"
#include "striate/introspect/activations.hpp"
#include "striate/models/zoo.hpp"
#include "striate/train/evaluator.hpp"
#include "striate/train/trainer.hpp"

#include <doctest/doctest.h>

using namespace striate;
using namespace striate::tests;

TEST_CASE("the counter counts") {
  const AllocationCounter counter;
  auto block = std::make_unique<std::vector<int>>(1000);
  CHECK(block->size() == 1000);
  CHECK(counter.count() >= 2);
}

TEST_CASE("training steps allocate nothing, epochs and tail batches included") {
  Model model = make_model(value_of(models::make_from_zoo("lenet")));
  auto trainer = value_of(train::Trainer::begin(*model.network, *model.store, squares(100),
                                                {.epochs = 5,
                                                 .batch_size = 32,
                                                 .seed = 3,
                                                 .optimizer = {"sgd", {{"learningRate", 0.01}, {"momentum", 0.9}}},
                                                 .schedule = {"oneCycle", {}}}));
  double sum = 0;
  const auto allocations = allocations_in([&] { sum = sum_of_losses(*trainer); });
  CHECK(sum > 0);
  CHECK(trainer->steps_done() == 20);
  CHECK(allocations == 0);
}

TEST_CASE("training steps allocate nothing with everything switched on") {
  Model model = make_model(value_of(models::make_from_zoo("lenet")));
  const auto dataset = squares(100);
  auto trainer = value_of(train::Trainer::begin(
      *model.network, *model.store, dataset,
      {.epochs = 4,
       .batch_size = 32,
       .seed = 3,
       .optimizer = {"adamw", {{"learningRate", 0.001}}},
       .schedule = {"reduceOnPlateau", {{"patience", 0.0}}},
       .loss = {"crossEntropy", {{"labelSmoothing", 0.1}, {"classWeights", std::vector<double>(10, 0.5)}}},
       .clip_norm = 1,
       .clip_value = 0.5,
       .gradient_norm = true,
       .sampling = data::SampleOrder::balanced,
       .drop_last = true,
       .groups = {{.names = {"*.bias"}, .learning_rate = 2, .weight_decay = 0.0}},
       .average = {.decay = 0.9},
       .early_stopping = train::EarlyStoppingOptions{.patience = 10}}));
  auto evaluator =
      value_of(train::Evaluator::begin(*model.network, trainer->evaluated_store(), dataset, {.batch_size = 32}));
  double sum = 0;
  const auto allocations = allocations_in([&] {
    while (!trainer->done()) {
      const auto report = trainer->step();
      sum += report ? report->loss : -1e9;
      if (report && report->epoch_end) trainer->observe({.loss = report->loss, .accuracy = report->accuracy});
    }
    while (!evaluator->done()) succeed(evaluator->advance(10));
  });
  CHECK(sum > 0);
  CHECK(trainer->steps_done() == 12);
  CHECK(allocations == 0);
}

TEST_CASE("evaluation and inspection allocate nothing once set up") {
  Model model = make_model(value_of(models::make_from_zoo("lenet")));
  auto evaluator = value_of(train::Evaluator::begin(*model.network, *model.store, squares(100), {.batch_size = 32}));
  auto activations = value_of(introspect::Activations::make(*model.network, *model.store, {}));
  put(kernels::kernels(), random_floats(784, 1), 1, activations->input());
  const auto allocations = allocations_in([&] {
    while (!evaluator->done()) succeed(evaluator->advance(10));
    activations->run();
  });
  CHECK(allocations == 0);
}

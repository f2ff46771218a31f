// The trainer: learns, repeats bit by bit, resumes, changes while it runs, and stops with good weights when numbers
// break.
#include "datasets.hpp"
#include "striate/train/evaluator.hpp"
#include "striate/train/trainer.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace striate;
using namespace striate::tests;

namespace {

train::TrainOptions two_epochs_at(double rate, double momentum = 0.9) {
  return {.epochs = 2,
          .batch_size = 32,
          .seed = 3,
          .optimizer = {"sgd", {{"learningRate", rate}, {"momentum", momentum}, {"weightDecay", 5e-4}}}};
}

Floats weights(const Model& model) { return {model.store->all_values().begin(), model.store->all_values().end()}; }

bool all_finite(const Floats& values) {
  return std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); });
}

std::unique_ptr<train::Trainer> begin(Model& model, std::shared_ptr<data::MemoryDataset> dataset,
                                      const train::TrainOptions& options) {
  return value_of(train::Trainer::begin(*model.network, *model.store, std::move(dataset), options));
}

}  // namespace

TEST_CASE("lenet learns an easy set, and the evaluator agrees on images it has not seen") {
  Model model = lenet();
  auto options = two_epochs_at(0.05);
  options.epochs = 3;
  auto trainer = begin(model, squares(600), options);
  CHECK(trainer->steps_per_epoch() == 19);
  double first = 0, last = 0;
  int images = 0, steps = 0;
  while (!trainer->done()) {
    const auto report = value_of(trainer->step());
    if (steps == 0) first = report.loss;
    last = report.loss;
    images += report.images;
    CHECK(report.step == ++steps);
    CHECK(report.epoch == (steps - 1) / 19);
    CHECK(report.epoch_end == (steps % 19 == 0));
    CHECK(report.images == (steps % 19 == 0 ? 600 - 18 * 32 : 32));
  }
  CHECK(steps == 57);
  CHECK(images == 1800);
  CHECK(first > 1.5);
  CHECK(last < 0.2);
  CHECK_ERROR(trainer->step(), invalid_state, "training is done");

  auto evaluator = value_of(train::Evaluator::begin(*model.network, *model.store, squares(150, 1), {.batch_size = 64}));
  succeed(evaluator->advance(1));
  CHECK(evaluator->result().images == 64);
  CHECK_FALSE(evaluator->result().done);
  while (!evaluator->done()) succeed(evaluator->advance(64));
  const auto result = evaluator->result();
  CHECK(result.images == 150);
  CHECK(result.accuracy > 0.95);
  CHECK(result.loss < 0.3);
  std::uint32_t total = 0, diagonal = 0;
  for (std::size_t i = 0; i < 100; ++i) {
    total += result.confusion[i];
    if (i % 11 == 0) diagonal += result.confusion[i];
  }
  CHECK(total == 150);
  CHECK(diagonal == static_cast<std::uint32_t>(std::lround(result.accuracy * 150)));
}

TEST_CASE("the same seed gives the same bits; another seed does not") {
  const auto run = [](std::uint64_t seed) {
    Model model = lenet();
    auto options = two_epochs_at(0.05);
    options.seed = seed;
    auto trainer = begin(model, squares(100), options);
    while (!trainer->done()) value_of(trainer->step());
    return weights(model);
  };
  const Floats first = run(3);
  CHECK(run(3) == first);
  CHECK(run(4) != first);
}

TEST_CASE("a training put down and taken up again takes the same steps") {
  Model straight = lenet(), broken = lenet();
  const auto dataset = squares(100);
  auto whole = begin(straight, dataset, two_epochs_at(0.05));
  for (int i = 0; i < 7; ++i) value_of(whole->step());

  Floats state;
  train::Trainer::Position position;
  {
    auto first = begin(broken, dataset, two_epochs_at(0.05));
    for (int i = 0; i < 3; ++i) value_of(first->step());
    position = first->position();
    for (int p = 0; p < static_cast<int>(broken.store->parameters().size()); ++p) {
      state.insert(state.end(), first->state(0, p).begin(), first->state(0, p).end());
    }
  }
  auto second = begin(broken, dataset, two_epochs_at(0.05));
  succeed(second->restore(position));
  std::size_t at = 0;
  for (int p = 0; p < static_cast<int>(broken.store->parameters().size()); ++p) {
    for (float& value : second->state(0, p)) value = state[at++];
  }
  for (int i = 3; i < 7; ++i) CHECK(value_of(second->step()).step == i + 1);
  CHECK(weights(broken) == weights(straight));
  CHECK(second->state_slots()[0] == "velocity");
}

TEST_CASE("learning rate and batch size change while it runs") {
  Model model = lenet();
  auto options = two_epochs_at(0.05);
  options.schedule = {"oneCycle", {{"maxLearningRate", 0.1}}};
  auto trainer = begin(model, squares(100), options);
  CHECK(value_of(trainer->step()).learning_rate == doctest::Approx(0.1 / 25));
  succeed(trainer->configure({.learning_rate = 0.02}));
  CHECK(value_of(trainer->step()).learning_rate == 0.02);
  succeed(trainer->configure({.batch_size = 20}));
  // 64 of the 100 are done; the other 36 come as 20 and 16.
  CHECK(value_of(trainer->step()).images == 20);
  const auto tail = value_of(trainer->step());
  CHECK(tail.images == 16);
  CHECK(tail.epoch_end);
  CHECK(trainer->steps_per_epoch() == 5);
  CHECK_ERROR(trainer->configure({.batch_size = 0}), invalid_argument, "batch size 0");
  CHECK_ERROR(trainer->configure({.learning_rate = -1.0}), invalid_argument, "cannot be -1");
  CHECK(trainer->batch_size() == 20);
  CHECK(value_of(trainer->step()).images == 20);
}

TEST_CASE("images appended while it trains join at the next epoch") {
  Model model = lenet();
  const auto dataset = squares(8);
  auto trainer = begin(model, dataset, two_epochs_at(0.01));
  CHECK(value_of(trainer->step()).images == 8);
  const std::vector<std::uint8_t> pixels(3 * 784, 90);
  const std::vector<std::int32_t> labels = {1, 2, 3};
  succeed(dataset->append(pixels, labels));
  CHECK(value_of(trainer->step()).images == 11);
  CHECK(trainer->done());
}

TEST_CASE("a learning rate that is far too large: training stops, the last good weights are kept, and it can go on") {
  for (const double rate : {50.0, 1e6, 1e20, 1e30}) {
    CAPTURE(rate);
    Model model = lenet();
    auto options = two_epochs_at(rate);
    options.epochs = 40;
    auto trainer = begin(model, squares(100), options);
    std::vector<Floats> before;
    core::Error error;
    for (int step = 0; step < 160 && error.message.empty(); ++step) {
      before.push_back(weights(model));
      const auto report = trainer->step();
      if (!report) error = report.error();
    }
    REQUIRE_FALSE(error.message.empty());
    CHECK(error.code == core::ErrorCode::not_finite);
    CHECK(contains(error.message, "training stopped at step " + std::to_string(before.size())));
    CHECK_FALSE(error.hint.empty());
    const Floats kept = weights(model);
    CHECK(all_finite(kept));
    // The last weights whose loss was finite: those of this step, or of the one before when this step's loss broke.
    const bool of_this_step = kept == before.back();
    const bool of_the_last = before.size() >= 2 && kept == before[before.size() - 2];
    CHECK((of_this_step || of_the_last));
    CHECK(trainer->steps_done() == static_cast<std::int64_t>(before.size()) - 1);
    CHECK(largest(trainer->state(0, 0)) == 0);

    CHECK_ERROR(trainer->step(), invalid_state, "stopped");
    CHECK(weights(model) == kept);
    succeed(trainer->configure({.learning_rate = 1e-30}));
    const auto after = trainer->step();
    CHECK(after.ok());
  }
}

TEST_CASE("a broken loss names the layer, and weights that were broken from the start stay as they are") {
  Model model = lenet();
  auto trainer = begin(model, squares(40), two_epochs_at(0.05));
  value_of(trainer->step());
  const Floats good = weights(model);
  model.store->values(model.store->find("fc2.weight"))[0] = std::numeric_limits<float>::quiet_NaN();
  const auto broken = trainer->step();
  CHECK_ERROR(broken, not_finite, "the output of 'relu4' is not a finite number");
  CHECK(all_finite(weights(model)));
  CHECK(weights(model) != good);  // one step further back: those that `good`'s own step started from

  Model other = lenet();
  other.store->values(0)[0] = std::numeric_limits<float>::infinity();
  auto second = begin(other, squares(40), two_epochs_at(0.05));
  CHECK_ERROR(second->step(), not_finite, "step 1");
}

TEST_CASE("frozen parameters do not move, and rate factors count") {
  Model model = lenet();
  succeed(model.store->freeze_until(*model.network, "pool2"));
  succeed(model.store->set_rate("fc3.weight", 0.0f));
  const Floats before = weights(model);
  auto trainer = begin(model, squares(64), two_epochs_at(0.05));
  for (int i = 0; i < 3; ++i) value_of(trainer->step());
  for (const auto& parameter : model.store->parameters()) {
    CAPTURE(parameter.name);
    const auto now = model.store->values(model.store->find(parameter.name));
    const bool same =
        std::equal(now.begin(), now.end(), before.begin() + static_cast<std::ptrdiff_t>(parameter.offset));
    CHECK(same == (!parameter.trainable || parameter.name == "fc3.weight"));
  }
}

TEST_CASE("what does not fit is refused before anything starts") {
  Model model = lenet();
  const auto refuse = [&](std::shared_ptr<const data::MemoryDataset> dataset, const train::TrainOptions& options) {
    return train::Trainer::begin(*model.network, *model.store, std::move(dataset), options);
  };
  const auto empty = [](core::Shape shape, int classes) {
    return std::make_shared<data::MemoryDataset>(
        value_of(data::MemoryDataset::make(shape, data::PixelKind::bytes, classes)));
  };
  CHECK_ERROR(refuse(empty({1, 28, 28}, 10), two_epochs_at(0.1)), invalid_argument, "no images");
  CHECK_ERROR(refuse(empty({3, 32, 32}, 10), two_epochs_at(0.1)), invalid_shape,
              "3×32×32 and the network takes 1×28×28");
  CHECK_ERROR(refuse(empty({1, 28, 28}, 11), two_epochs_at(0.1)), invalid_argument,
              "11 classes and the network 10 outputs");
  auto options = two_epochs_at(0.1);
  options.batch_size = 0;
  CHECK_ERROR(refuse(squares(10), options), invalid_argument, "batch size 0");
  options = two_epochs_at(0.1);
  options.epochs = 0;
  CHECK_ERROR(refuse(squares(10), options), invalid_argument, "epochs cannot be 0");
  options = two_epochs_at(0.1);
  options.limits.plan_bytes = 1000;
  CHECK_ERROR(refuse(squares(10), options), out_of_memory, "training plan for batch 32");
  options = two_epochs_at(0.1);
  options.optimizer.type = "none";
  CHECK_ERROR(refuse(squares(10), options), invalid_argument, "no optimizer 'none'");
}

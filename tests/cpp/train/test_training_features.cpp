// What a training may do beside stepping: early stopping, averages, groups, frozen layers, a search for the rate.
#include "datasets.hpp"
#include "striate/train/evaluator.hpp"
#include "striate/train/lr_finder.hpp"
#include "striate/train/trainer.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace striate;
using namespace striate::tests;

namespace {

Floats weights(const graph::ParamStore& store) { return {store.all_values().begin(), store.all_values().end()}; }

train::TrainOptions three_epochs_at(double rate) {
  return {.epochs = 3,
          .batch_size = 32,
          .seed = 3,
          .optimizer = {"sgd", {{"learningRate", rate}, {"momentum", 0.9}}}};
}

std::unique_ptr<train::Trainer> begin(Model& model, const train::TrainOptions& options) {
  return value_of(train::Trainer::begin(*model.network, *model.store, squares(100), options));
}

graph::NetworkSpec with_norm() {
  graph::NetworkSpec spec;
  spec.input.shape = {1, 28, 28};
  spec.layers = {layer("conv2d", {{"outChannels", 3.0}, {"kernelSize", 5.0}}, "conv1"), layer("batchNorm2d", {}, "bn1"),
                 layer("relu"), layer("maxPool2d", {{"kernelSize", 4.0}}),
                 layer("conv2d", {{"outChannels", 4.0}, {"kernelSize", 3.0}}, "conv2"), layer("batchNorm2d", {}, "bn2"),
                 layer("flatten"), layer("linear", {{"outFeatures", 10.0}}, "fc1")};
  return spec;
}

}  // namespace

TEST_CASE("early stopping: by hand") {
  const auto stop_at = [](train::EarlyStoppingOptions options, std::vector<double> losses) {
    train::EarlyStopping early(options);
    for (std::size_t i = 0; i < losses.size(); ++i) {
      early.observe({.loss = losses[i], .accuracy = 1 - losses[i]});
      if (early.stopped()) return static_cast<int>(i) + 1;
    }
    return 0;
  };
  CHECK(stop_at({.patience = 2}, {1, 0.9, 0.95, 0.8, 0.9, 0.8, 0.7}) == 6);  // as good as the best is not better
  CHECK(stop_at({.patience = 3}, {1, 0.9, 0.95, 0.8, 0.9, 0.8, 0.7}) == 0);
  CHECK(stop_at({.patience = 0}, {1, 1}) == 2);
  CHECK(stop_at({.patience = 2, .min_delta = 0.2}, {1, 0.9, 0.85, 0.7}) == 3);
  CHECK(stop_at({.accuracy = true, .patience = 1}, {0.5, 0.4, 0.45}) == 3);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(stop_at({.patience = 2}, {nan, nan}) == 2);
}

TEST_CASE("early stopping ends the training; the weights of the best validation come back") {
  Model model = lenet();
  auto options = three_epochs_at(0.02);
  options.early_stopping = train::EarlyStoppingOptions{.patience = 2};
  auto trainer = begin(model, options);
  const double losses[] = {1, 0.5, 0.6, 0.7};
  Floats best;
  for (const double loss : losses) {
    value_of(trainer->step());
    const auto verdict = trainer->observe({.loss = loss});
    CHECK(verdict.improved == (loss <= losses[0] && loss != 0.6 && loss != 0.7));
    if (loss == 0.5) best = weights(*model.store);
    CHECK(verdict.stopped == (loss == 0.7));
  }
  CHECK(trainer->done());
  CHECK(trainer->stopped_early());
  CHECK_ERROR(trainer->step(), invalid_state, "stopped getting better");
  CHECK(weights(*model.store) != best);
  CHECK(trainer->concludes());
  trainer->conclude();
  CHECK(weights(*model.store) == best);

  Model other = lenet();
  options.early_stopping->restore_best = false;
  auto plain = begin(other, options);
  value_of(plain->step());
  plain->observe({.loss = 1});
  value_of(plain->step());
  const Floats last = weights(*other.store);
  CHECK_FALSE(plain->concludes());
  plain->conclude();
  CHECK(weights(*other.store) == last);
}

TEST_CASE("averaged weights follow by hand, frozen ones stand, and evaluation sees them") {
  Model model = lenet();
  succeed(model.store->freeze_until(*model.network, "conv1"));
  auto options = three_epochs_at(0.05);
  options.average = {.decay = 0.75, .warmup = false};
  const Floats start = weights(*model.store);
  auto trainer = begin(model, options);
  Floats expected = start;
  for (int step = 0; step < 4; ++step) {
    value_of(trainer->step());
    const Floats now = weights(*model.store);
    for (std::size_t i = 0; i < now.size(); ++i) expected[i] = expected[i] * 0.75f + now[i] * 0.25f;
  }
  const Floats average = weights(trainer->evaluated_store());
  CHECK(relative_error(average, expected) <= 1e-7);
  CHECK(average != weights(*model.store));
  const auto conv = model.store->values(0);
  CHECK(std::equal(conv.begin(), conv.end(), trainer->evaluated_store().values(0).begin()));
  trainer->conclude();
  CHECK(weights(*model.store) == average);
}

TEST_CASE("a loss that breaks takes the average back too: weights and average are those of the last good step") {
  for (const double rate : {50.0, 1e6, 1e20, 1e30}) {
    CAPTURE(rate);
    Model model = lenet();
    auto options = three_epochs_at(rate);
    options.epochs = 40;
    options.average = {.decay = 0.9};
    auto trainer = begin(model, options);
    std::vector<std::pair<Floats, Floats>> before;
    bool failed = false;
    while (!failed) {
      before.emplace_back(weights(*model.store), weights(trainer->evaluated_store()));
      failed = !trainer->step().ok();
    }
    const std::pair<Floats, Floats> kept(weights(*model.store), weights(trainer->evaluated_store()));
    // Both from the same moment: this step's start, or the one before when this step's loss broke.
    CHECK((kept == before.back() || (before.size() >= 2 && kept == before[before.size() - 2])));
    for (const float value : kept.second) CHECK(std::isfinite(value));
    trainer->conclude();
    CHECK(weights(*model.store) == kept.second);
  }
}

TEST_CASE("frozen layers cost no backward pass and no memory for it") {
  const auto plan = [](Model& model) {
    return value_of(graph::Executor::plan(*model.network, *model.store, {.mode = graph::Mode::training, .batch = 32}));
  };
  Model model = lenet();  // conv1 relu pool conv2 relu pool flatten fc1 relu fc2 relu fc3
  const auto whole = plan(model);
  succeed(model.store->freeze_until(*model.network, "conv2"));
  const auto half = plan(model);
  succeed(model.store->freeze_until(*model.network, "fc2"));
  const auto head = plan(model);
  CHECK(head->backward_layers() == 1);
  CHECK(half->backward_layers() < whole->backward_layers());
  CHECK(half->backward_layers() > head->backward_layers());
  CHECK(head->planned_bytes() <= half->planned_bytes());  // both are what the forward pass alone takes
  CHECK(half->planned_bytes() < whole->planned_bytes());

  // A frozen layer in the middle still hands the gradient on.
  Model middle = lenet();
  const auto fc1 = value_of(middle.network->node("fc1")) - middle.network->nodes().data();
  middle.store->set_node(static_cast<int>(fc1), false, false);
  CHECK(plan(middle)->backward_layers() == whole->backward_layers());
  const Floats before = weights(*middle.store);
  auto trainer = begin(middle, three_epochs_at(0.05));
  value_of(trainer->step());
  for (const auto& parameter : middle.store->parameters()) {
    CAPTURE(parameter.name);
    const auto now = middle.store->values(middle.store->find(parameter.name));
    CHECK(std::equal(now.begin(), now.end(), before.begin() + static_cast<std::ptrdiff_t>(parameter.offset)) ==
          parameter.name.starts_with("fc1"));
  }

  succeed(model.store->freeze_until(*model.network, "fc3"));
  CHECK_FALSE(model.store->any_trainable());
  CHECK_ERROR(train::Trainer::begin(*model.network, *model.store, squares(10), three_epochs_at(0.1)), invalid_state,
              "every layer with weights is frozen");
}

TEST_CASE("a frozen batch norm: statistics stand still when held, and follow when not") {
  for (const bool hold : {true, false}) {
    CAPTURE(hold);
    Model model = make_model(with_norm());
    model.store->set_node(0, false, hold);
    model.store->set_node(1, false, hold);
    const Floats before = weights(*model.store);
    auto trainer = value_of(train::Trainer::begin(*model.network, *model.store, squares(64), three_epochs_at(0.05)));
    value_of(trainer->step());
    for (const auto& parameter : model.store->parameters()) {
      CAPTURE(parameter.name);
      const auto now = model.store->values(model.store->find(parameter.name));
      const float* was = before.data() + parameter.offset;
      const bool same = std::equal(now.begin(), now.end(), was);
      // conv2's bias stands before a norm: it has a gradient of rounding errors only.
      if (parameter.name == "conv2.bias") continue;
      const bool stands = parameter.node == 0 || (parameter.node == 1 && (hold || !parameter.statistic));
      CHECK(same == stands);
    }
  }
}

TEST_CASE("parameter groups: names, rates and decays, and what is refused") {
  Model model = lenet();
  succeed(model.store->set_rate("conv1.weight", 0.5f));
  const auto resolve = [&](std::vector<train::ParameterGroup> groups) {
    return train::resolve_groups(groups, *model.store);
  };
  const auto settings = value_of(resolve({{.names = {"conv1", "fc3.weight"}, .learning_rate = 0.1, .weight_decay = {}},
                                          {.names = {"fc1.bias", "fc2.bias"}, .learning_rate = 2, .weight_decay = 0.25}}));
  const auto of = [&](const char* name) { return settings[static_cast<std::size_t>(model.store->find(name))]; };
  CHECK(of("conv1.weight").learning_rate == doctest::Approx(0.05));
  CHECK(of("conv1.bias").learning_rate == doctest::Approx(0.1));
  CHECK(of("conv1.bias").weight_decay < 0);
  CHECK(of("fc3.bias").learning_rate == 1);
  CHECK(of("fc2.bias").weight_decay == 0.25);
  CHECK(value_of(resolve({{.names = {"*.bias"}, .learning_rate = 3, .weight_decay = {}}}))[1].learning_rate == 3);
  CHECK_ERROR(resolve({{.names = {"conv"}}}), not_found, "no parameter fits 'conv'");
  CHECK_ERROR(resolve({{.names = {"*.gamma"}}}), not_found, "*.gamma");
  CHECK_ERROR(resolve({{.names = {"conv1"}}, {.names = {"*.bias"}}}), invalid_argument, "'conv1.bias' is in two groups");
  CHECK_ERROR(resolve({{.names = {"conv1"}, .learning_rate = -1}}), invalid_argument, "group 1");
}

TEST_CASE("the search for a learning rate: a curve, a suggestion that trains, and untouched weights") {
  Model model = lenet();
  const Floats before = weights(*model.store);
  const auto dataset = squares(300);
  train::LearningRateFinderOptions options{.training = three_epochs_at(0.3), .start = 1e-5, .end = 10, .steps = 80};
  auto finder = value_of(train::LearningRateFinder::begin(*model.network, *model.store, dataset, options));
  while (!finder->done()) finder->advance(7);
  const train::LearningRateCurve& curve = finder->curve();
  CHECK(weights(*model.store) == before);
  REQUIRE(curve.rates.size() == curve.losses.size());
  REQUIRE(curve.rates.size() == curve.smoothed.size());
  CHECK(curve.rates.size() <= 80);
  CHECK(curve.rates[0] == 1e-5);
  for (std::size_t i = 1; i < curve.rates.size(); ++i) {
    CHECK(curve.rates[i] / curve.rates[i - 1] == doctest::Approx(std::pow(1e6, 1.0 / 79)));
  }
  // It broke down before 10, and says a rate between too small and too large.
  CHECK(curve.rates.back() > 0.05);
  CHECK(curve.suggestion > 1e-4);
  CHECK(curve.suggestion < 0.3);
  double average = 0;
  for (std::size_t i = 0; i < curve.losses.size(); ++i) {
    average = 0.9 * average + 0.1 * curve.losses[i];
    CHECK(curve.smoothed[i] == doctest::Approx(average / (1 - std::pow(0.9, static_cast<double>(i + 1)))));
  }
  // Slices do not matter, and neither does the optimizer's own rate.
  options.training = three_epochs_at(7);
  auto again = value_of(train::LearningRateFinder::begin(*model.network, *model.store, dataset, options));
  again->advance(1000);
  CHECK(again->curve().losses == curve.losses);
  CHECK(again->curve().suggestion == curve.suggestion);

  auto training = three_epochs_at(curve.suggestion);
  auto trainer = value_of(train::Trainer::begin(*model.network, *model.store, dataset, training));
  double first = 0, last = 0;
  while (!trainer->done()) {
    last = value_of(trainer->step()).loss;
    if (first == 0) first = last;
  }
  CHECK(last < 0.5 * first);

  const auto refused = [&] {
    return train::LearningRateFinder::begin(*model.network, *model.store, dataset, options);
  };
  options.start = 0;
  CHECK_ERROR(refused(), invalid_argument, "from 0 to 10");
  options.start = 1e-3;
  options.steps = 2;
  CHECK_ERROR(refused(), invalid_argument, "2 steps");
}

TEST_CASE("drop_last and balanced sampling in a training: steps, epochs, refusals") {
  Model model = lenet();
  auto options = three_epochs_at(0.02);
  options.drop_last = true;
  options.sampling = data::SampleOrder::balanced;
  auto trainer = begin(model, options);
  CHECK(trainer->steps_per_epoch() == 3);
  int steps = 0;
  while (!trainer->done()) {
    const auto report = value_of(trainer->step());
    CHECK(report.images == 32);
    CHECK(report.epoch_end == (++steps % 3 == 0));
  }
  CHECK(steps == 9);
  options.batch_size = 128;
  CHECK_ERROR(train::Trainer::begin(*model.network, *model.store, squares(100), options), invalid_argument,
              "an epoch of 100 images has no batch of 128");
  options.average.decay = 1;
  CHECK_ERROR(train::Trainer::begin(*model.network, *model.store, squares(100), options), invalid_argument,
              "decay of the averaged weights cannot be 1");
}

// Optimizers against PyTorch, step by step, and their errors.
//
// Tolerance 1e-6 of the largest value over ten steps: each step rounds a few times in float32 (measured: 2e-7).
#include "graph/golden.hpp"
#include "striate/optimizers/optimizer.hpp"

#include <doctest/doctest.h>

#include <limits>

using namespace striate;
using namespace striate::tests;

TEST_CASE("sgd, adam, adamw and rmsprop equal PyTorch step by step, with every option") {
  const Golden golden("optimizers");
  REQUIRE(golden.view().metadata.size() >= 13);
  for (const auto& [name, options] : golden.view().metadata) {
    CAPTURE(name);
    const auto typed = value_of(io::typed_options_from_json(golden.metadata(name), name));
    const auto optimizer = value_of(optimizers::make_optimizer(typed));
    const Floats gradients = golden.floats(name + "/gradients"), expected = golden.floats(name + "/values");
    const auto n = static_cast<std::size_t>(golden.tensor(name + "/gradients").shape[1]);
    const auto steps = static_cast<std::size_t>(golden.tensor(name + "/gradients").shape[0]);
    for_each_arch([&](const kernels::KernelTable& table) {
      Floats parameter(expected.begin(), expected.begin() + static_cast<std::ptrdiff_t>(n)), previous(n);
      std::vector<Floats> slots(optimizer->slots().size(), Floats(n, 0.0f));
      std::vector<float*> state;
      for (Floats& slot : slots) state.push_back(slot.data());
      for (std::size_t step = 0; step < steps; ++step) {
        const Floats before = parameter;
        const bool finite = optimizer->update({.kernels = table,
                                               .parameter = parameter.data(),
                                               .gradient = gradients.data() + step * n,
                                               .state = state,
                                               .previous = previous.data(),
                                               .count = n,
                                               .rate = static_cast<float>(optimizer->learning_rate()),
                                               .step = static_cast<std::int64_t>(step)});
        CHECK(finite);
        CHECK(previous == before);
        const std::span<const float> row(expected.data() + (step + 1) * n, n);
        CHECK(relative_error(parameter, row) <= 1e-6);
      }
    });
  }
}

TEST_CASE("an update that leaves the finite numbers says so and keeps the old values") {
  const auto optimizer = value_of(optimizers::make_optimizer({"sgd", {{"learningRate", 1e20}}}));
  for_each_arch([&](const kernels::KernelTable& table) {
    for (std::size_t broken = 0; broken < 21; ++broken) {
      Floats parameter(21, 1.0f), gradient(21, 0.0f), velocity(21, 0.0f), previous(21, 0.0f);
      gradient[broken] = 1e30f;
      float* state[] = {velocity.data()};
      CHECK_FALSE(optimizer->update({.kernels = table,
                                     .parameter = parameter.data(),
                                     .gradient = gradient.data(),
                                     .state = state,
                                     .previous = previous.data(),
                                     .count = 21,
                                     .rate = 1e20f}));
      CHECK(previous == Floats(21, 1.0f));
    }
  });
}

TEST_CASE("weight decay can be left out for a parameter, and a schedule's momentum replaces the optimizer's") {
  const auto optimizer = value_of(optimizers::make_optimizer({"sgd", {{"weightDecay", 0.5}, {"momentum", 0.9}}}));
  float parameter = 2, gradient = 0, velocity = 1, previous = 0;
  float* state[] = {&velocity};
  optimizers::UpdateContext context{.kernels = kernels::kernels(),
                                    .parameter = &parameter,
                                    .gradient = &gradient,
                                    .state = state,
                                    .previous = &previous,
                                    .count = 1,
                                    .rate = 1,
                                    .momentum = 0.5f,
                                    .decay = false,
                                    .step = 1};
  CHECK(optimizer->update(context));
  CHECK(velocity == 0.5f);
  CHECK(parameter == 1.5f);
  context.decay = true;
  context.momentum = -1;
  CHECK(optimizer->update(context));
  CHECK(velocity == doctest::Approx(0.5 * 0.9 + 0.5 * 1.5));
}

TEST_CASE("unknown optimizers and options are refused") {
  CHECK_ERROR(optimizers::make_optimizer({"adagrad", {}}), invalid_argument, "no optimizer 'adagrad'");
  CHECK_ERROR(optimizers::make_optimizer({"sgd", {{"lr", 0.1}}}), invalid_argument,
              "optimizer 'sgd' has no option 'lr'");
  CHECK_ERROR(optimizers::make_optimizer({"sgd", {{"momentum", 1.5}}}), invalid_argument, "'momentum' cannot be 1.5");
  CHECK_ERROR(optimizers::make_optimizer({"sgd", {{"learningRate", -1.0}}}), invalid_argument,
              "'learningRate' cannot be -1");
  // Nesterov's form looks ahead along a momentum that must be there, undampened.
  CHECK_ERROR(optimizers::make_optimizer({"sgd", {{"nesterov", true}}}), invalid_argument,
              "nesterov with momentum 0 and dampening 0");
  CHECK_ERROR(optimizers::make_optimizer({"sgd", {{"nesterov", true}, {"momentum", 0.9}, {"dampening", 0.5}}}),
              invalid_argument, "nesterov with momentum 0.9 and dampening 0.5");
}

TEST_CASE("adam: a schedule's momentum replaces beta1, in the mean and in its correction") {
  const auto scheduled = value_of(optimizers::make_optimizer({"adam", {{"beta1", 0.9}}}));
  const auto plain = value_of(optimizers::make_optimizer({"adam", {{"beta1", 0.5}}}));
  const auto run = [](const optimizers::Optimizer& optimizer, float momentum) {
    float parameter = 2, mean = 0, square = 0, previous = 0;
    float* state[] = {&mean, &square};
    for (std::int64_t step = 0; step < 3; ++step) {
      const float gradient = static_cast<float>(step) - 0.5f;
      CHECK(optimizer.update({.kernels = kernels::kernels(),
                              .parameter = &parameter,
                              .gradient = &gradient,
                              .state = state,
                              .previous = &previous,
                              .count = 1,
                              .rate = 0.1f,
                              .momentum = momentum,
                              .step = step}));
    }
    return parameter;
  };
  CHECK(run(*scheduled, 0.5f) == run(*plain, -1));
  CHECK(run(*scheduled, -1) != run(*plain, -1));
}

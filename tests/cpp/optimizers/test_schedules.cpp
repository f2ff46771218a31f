// Schedules against PyTorch at every step, to 1e-12; cos_pi against the C library's cosine.
#include "graph/golden.hpp"
#include "striate/schedules/schedule.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

using namespace striate;
using namespace striate::tests;

TEST_CASE("oneCycle equals PyTorch's OneCycleLR: rates and momenta") {
  const Golden golden("schedules");
  REQUIRE(golden.view().metadata.size() >= 4);
  for (const auto& [name, options] : golden.view().metadata) {
    CAPTURE(name);
    const auto rates = golden.values<double>(name + "/rates", "F64");
    const auto momenta = golden.values<double>(name + "/momenta", "F64");
    const auto typed = value_of(io::typed_options_from_json(golden.metadata(name), name));
    const auto schedule = value_of(schedules::make_schedule(
        typed, {.learning_rate = 123, .total_steps = static_cast<std::int64_t>(rates.size())}));
    for (std::size_t step = 0; step < rates.size(); ++step) {
      CAPTURE(step);
      const auto point = schedule->at(static_cast<std::int64_t>(step));
      CHECK(std::fabs(point.rate - rates[step]) <= 1e-12);
      CHECK(std::fabs(point.momentum - momenta[step]) <= 1e-12);
    }
    CHECK(schedule->at(1'000'000).rate == schedule->at(static_cast<std::int64_t>(rates.size()) - 1).rate);
  }
}

TEST_CASE("every schedule equals PyTorch's over 200 steps") {
  const Golden golden("rates");
  const auto observed = golden.values<double>("observed", "F64");
  REQUIRE(golden.view().metadata.size() >= 19);
  for (const auto& [name, text] : golden.view().metadata) {
    CAPTURE(name);
    const io::Json json = golden.metadata(name);
    const auto rates = golden.values<double>(name, "F64");
    const auto typed = value_of(io::typed_options_from_json(*json.find("options"), name));
    const auto schedule = value_of(schedules::make_schedule(
        typed, {.learning_rate = 0.1,
                .total_steps = static_cast<std::int64_t>(rates.size()),
                .steps_per_epoch = static_cast<std::int64_t>(json.find("stepsPerEpoch")->number())}));
    for (std::size_t step = 0; step < rates.size(); ++step) {
      CAPTURE(step);
      // 1e-9: PyTorch's cosine goes from step to step and gathers rounding; the others agree to 1e-15.
      CHECK(std::fabs(schedule->at(static_cast<std::int64_t>(step)).rate - rates[step]) <= 1e-9 * rates[step] + 1e-15);
      schedule->observe({.loss = observed[step], .accuracy = 1 - observed[step]});
    }
  }
}

TEST_CASE("reduceOnPlateau: its memory is all there is to it; a schedule that does not listen has none") {
  const core::TypedOptions options = {"reduceOnPlateau", {{"patience", 1.0}, {"cooldown", 1.0}, {"factor", 0.5}}};
  const auto straight = value_of(schedules::make_schedule(options, {.learning_rate = 1}));
  const double losses[] = {1, 0.5, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.4, 0.5, 0.5};
  // By hand: best 0.5; two bad ones (patience 1 is exceeded) halve the rate; the next one cools down.
  const double expected[] = {1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.25, 0.125};
  for (std::size_t cut = 0; cut < std::size(losses); ++cut) {
    auto before = value_of(schedules::make_schedule(options, {.learning_rate = 1}));
    for (std::size_t i = 0; i < cut; ++i) before->observe({.loss = losses[i]});
    auto after = value_of(schedules::make_schedule(options, {.learning_rate = 1}));
    std::copy(before->memory().begin(), before->memory().end(), after->memory().begin());
    for (std::size_t i = cut; i < std::size(losses); ++i) {
      after->observe({.loss = losses[i]});
      CHECK(after->at(0).rate == expected[i]);
    }
  }
  CHECK(value_of(schedules::make_schedule({"cosine", {}}, {.learning_rate = 1}))->memory().empty());
}

TEST_CASE("constant holds the optimizer's rate; nothing asked for means constant") {
  for (const char* type : {"", "constant"}) {
    const auto schedule = value_of(schedules::make_schedule({type, {}}, {.learning_rate = 0.25, .total_steps = 10}));
    CHECK(schedule->at(0).rate == 0.25);
    CHECK(schedule->at(99).rate == 0.25);
    CHECK(schedule->at(5).momentum < 0);
  }
}

TEST_CASE("oneCycle: degenerate lengths stay finite and within the peak") {
  for (const std::int64_t steps : {1, 2, 3}) {
    for (const double warmup : {0.0, 0.3, 1.0}) {
      const auto schedule = value_of(
          schedules::make_schedule({"oneCycle", {{"warmup", warmup}}}, {.learning_rate = 0.1, .total_steps = steps}));
      for (std::int64_t step = 0; step < steps; ++step) {
        const double rate = schedule->at(step).rate;
        CHECK(std::isfinite(rate));
        CHECK(rate >= 0);
        CHECK(rate <= 0.1);
      }
    }
  }
}

TEST_CASE("cos_pi is a cosine") {
  for (int i = 0; i <= 10'000; ++i) {
    const double x = i / 10'000.0;
    CHECK(std::fabs(schedules::cos_pi(x) - std::cos(3.14159265358979323846 * x)) <= 1e-15);
  }
  CHECK(schedules::cos_pi(0) == 1);
  CHECK(schedules::cos_pi(0.5) == 0);
  CHECK(schedules::cos_pi(1) == -1);
}

TEST_CASE("unknown schedules and options are refused") {
  CHECK_ERROR(schedules::make_schedule({"spiral", {}}, {}), invalid_argument, "no schedule 'spiral'");
  CHECK_ERROR(schedules::make_schedule({"oneCycle", {{"warmup", 2.0}}}, {}), invalid_argument, "'warmup' cannot be 2");
  CHECK_ERROR(schedules::make_schedule({"oneCycle", {{"anneal", std::string("cubic")}}}, {}), invalid_argument,
              "'cubic'");
}

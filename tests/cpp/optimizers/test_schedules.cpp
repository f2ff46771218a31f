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

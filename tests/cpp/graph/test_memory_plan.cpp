// The memory plan: nothing that lives together overlaps, gaps are reused, results depend on the list alone.
#include "harness.hpp"
#include "striate/graph/memory_plan.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace striate;
using namespace striate::tests;
using graph::Lifetime;

namespace {

void check_disjoint(std::span<const Lifetime> lifetimes, const graph::MemoryPlan& plan) {
  for (std::size_t a = 0; a < lifetimes.size(); ++a) {
    CHECK(plan.offsets[a] % 64 == 0);
    CHECK(plan.offsets[a] + lifetimes[a].bytes <= plan.bytes);
    for (std::size_t b = 0; b < a; ++b) {
      const bool together = lifetimes[a].first <= lifetimes[b].last && lifetimes[b].first <= lifetimes[a].last;
      const bool apart = plan.offsets[a] + lifetimes[a].bytes <= plan.offsets[b] ||
                         plan.offsets[b] + lifetimes[b].bytes <= plan.offsets[a];
      if (together && lifetimes[a].bytes != 0 && lifetimes[b].bytes != 0) CHECK(apart);
    }
  }
}

}  // namespace

TEST_CASE("buffers that never meet share bytes; those that do, do not") {
  const std::vector<Lifetime> apart = {{1000, 0, 1}, {1000, 2, 3}, {500, 4, 9}};
  CHECK(graph::plan_memory(apart).bytes == 1024);
  const std::vector<Lifetime> touching = {{1000, 0, 2}, {1000, 2, 3}};
  CHECK(graph::plan_memory(touching).bytes == 2048);
  CHECK(graph::plan_memory({}).bytes == 0);
}

TEST_CASE("the smallest gap that fits is taken") {
  // Three live throughout; between them lie two that end at moment 4, so the last one finds gaps of 512 and 384 bytes.
  const std::vector<Lifetime> lifetimes = {{1024, 0, 9}, {512, 0, 4}, {448, 0, 9},
                                           {384, 0, 4},  {350, 0, 9}, {300, 5, 9}};
  const auto plan = graph::plan_memory(lifetimes);
  check_disjoint(lifetimes, plan);
  CHECK(plan.offsets[5] == plan.offsets[3]);
}

TEST_CASE("random lifetimes: valid, repeatable, and at least the peak") {
  core::Rng rng(4, core::RandomStream::synthetic);
  for (int round = 0; round < 200; ++round) {
    std::vector<Lifetime> lifetimes(1 + rng.below(30));
    for (Lifetime& lifetime : lifetimes) {
      lifetime.bytes = rng.below(4) == 0 ? 0 : rng.below(5000);
      lifetime.first = static_cast<int>(rng.below(20));
      lifetime.last = lifetime.first + static_cast<int>(rng.below(10));
    }
    const auto plan = graph::plan_memory(lifetimes);
    check_disjoint(lifetimes, plan);
    CHECK(graph::plan_memory(lifetimes).offsets == plan.offsets);
    std::uint64_t peak = 0, sum = 0;
    for (int moment = 0; moment < 30; ++moment) {
      std::uint64_t here = 0;
      for (const Lifetime& lifetime : lifetimes) {
        if (lifetime.first <= moment && moment <= lifetime.last) here += (lifetime.bytes + 63) / 64 * 64;
      }
      peak = std::max(peak, here);
    }
    for (const Lifetime& lifetime : lifetimes) sum += (lifetime.bytes + 63) / 64 * 64;
    CHECK(plan.bytes >= peak);
    CHECK(plan.bytes <= sum);
  }
}

TEST_CASE("sizes beyond 32 bits add up") {
  const std::vector<Lifetime> lifetimes = {{std::uint64_t{3} << 30, 0, 1}, {std::uint64_t{3} << 30, 1, 2}};
  CHECK(graph::plan_memory(lifetimes).bytes == std::uint64_t{6} << 30);
}

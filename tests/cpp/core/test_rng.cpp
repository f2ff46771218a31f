// Philox against its published answers; what is made of it: bounds, moments, permutations, streams apart.
#include "striate/core/rng.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

using namespace striate;
using core::RandomStream;
using core::Rng;

TEST_CASE("philox 4x32-10 gives the known answers of Random123") {
  using Block = std::array<std::uint32_t, 4>;
  CHECK(core::philox({0, 0, 0, 0}, {0, 0}) == Block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  constexpr std::uint32_t ones = 0xffffffff;
  CHECK(core::philox({ones, ones, ones, ones}, {ones, ones}) == Block{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(core::philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
        Block{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("an Rng walks its counter block by block") {
  Rng rng(0x0123456789abcdefull, RandomStream::shuffle, 7, 9);
  for (std::uint32_t block = 0; block < 3; ++block) {
    const auto expected = core::philox({block, 9, 7, 2}, {0x89abcdef, 0x01234567});
    for (const std::uint32_t word : expected) CHECK(rng.next_u32() == word);
  }
}

TEST_CASE("seed, stream, epoch and item each change the draw, and nothing else does") {
  const auto first = [](std::uint64_t seed, RandomStream stream, std::uint32_t epoch, std::uint32_t item) {
    return Rng(seed, stream, epoch, item).next_u32();
  };
  const std::uint32_t base = first(1, RandomStream::init, 0, 0);
  CHECK(first(1, RandomStream::init, 0, 0) == base);
  CHECK(first(2, RandomStream::init, 0, 0) != base);
  CHECK(first(1ull << 32 | 1, RandomStream::init, 0, 0) != base);
  CHECK(first(1, RandomStream::shuffle, 0, 0) != base);
  CHECK(first(1, RandomStream::init, 1, 0) != base);
  CHECK(first(1, RandomStream::init, 0, 1) != base);
}

TEST_CASE("uniform stays in [0, 1), below stays under its bound, both are even") {
  Rng rng(3, RandomStream::synthetic);
  double sum = 0;
  std::vector<int> counts(7);
  constexpr int draws = 70'000;
  for (int i = 0; i < draws; ++i) {
    const float value = rng.uniform();
    CHECK_UNARY(value >= 0.0f && value < 1.0f);
    sum += value;
    const std::uint32_t face = rng.below(7);
    REQUIRE(face < 7);
    ++counts[face];
  }
  CHECK(std::abs(sum / draws - 0.5) < 0.005);
  for (const int count : counts) CHECK(std::abs(count - draws / 7) < 400);  // four standard deviations
  CHECK(rng.below(1) == 0);
}

TEST_CASE("below is right at the bounds where its bias would show") {
  Rng rng(5, RandomStream::synthetic);
  int upper = 0;
  constexpr std::uint32_t bound = 0xC0000000u;  // without rejection the lower third would come twice as often
  constexpr int draws = 30'000;
  for (int i = 0; i < draws; ++i) upper += rng.below(bound) >= bound / 2 ? 1 : 0;
  CHECK(std::abs(upper - draws / 2) < 400);
}

TEST_CASE("normal has mean 0, variance 1 and ends at six") {
  Rng rng(11, RandomStream::synthetic);
  double sum = 0, squares = 0;
  constexpr int draws = 40'000;
  for (int i = 0; i < draws; ++i) {
    const double value = rng.normal();
    CHECK_UNARY(std::abs(value) <= 6.0);
    sum += value;
    squares += value * value;
  }
  CHECK(std::abs(sum / draws) < 0.02);
  CHECK(std::abs(squares / draws - 1.0) < 0.03);
}

TEST_CASE("shuffle is a permutation that depends on the Rng alone") {
  std::vector<std::uint32_t> a(1000), b(1000), c(1000);
  for (auto* items : {&a, &b, &c}) std::iota(items->begin(), items->end(), 0u);
  Rng first(1, RandomStream::shuffle), again(1, RandomStream::shuffle), other(2, RandomStream::shuffle);
  core::shuffle(a, first);
  core::shuffle(b, again);
  core::shuffle(c, other);
  CHECK(a == b);
  CHECK(a != c);
  std::sort(a.begin(), a.end());
  for (std::uint32_t i = 0; i < a.size(); ++i) CHECK(a[i] == i);

  std::vector<std::uint32_t> none;
  core::shuffle(none, first);
  CHECK(none.empty());
}

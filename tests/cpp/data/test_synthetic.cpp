// Images made from a seed: the same bits for ever and in every build, whatever the count; each class has its colour and its
// form; wrong numbers are refused.
#include "striate/data/synthetic.hpp"

#include "expect.hpp"

#include <algorithm>
#include <cstdint>

using namespace striate;
using namespace striate::tests;

namespace {

std::uint64_t fnv1a(const std::uint8_t* bytes, std::size_t count) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (std::size_t i = 0; i < count; ++i) hash = (hash ^ bytes[i]) * 0x100000001b3u;
  return hash;
}

}  // namespace

TEST_CASE("synthetic: the bits of a seed are known, and the first images do not depend on how many there are") {
  const auto many = value_of(data::make_synthetic({.count = 100, .seed = 7}));
  const auto few = value_of(data::make_synthetic({.count = 12, .seed = 7}));
  CHECK(many.shape() == core::Shape{3, 32, 32});
  CHECK(many.classes() == 10);
  std::uint64_t hash = 0;
  for (std::size_t i = 0; i < many.count(); ++i) {
    CHECK(many.labels()[i] == static_cast<int>(i % 10));
    hash = hash * 31 + fnv1a(many.bytes(i), 3072);
    if (i < few.count()) CHECK(std::equal(few.bytes(i), few.bytes(i) + 3072, many.bytes(i)));
  }
  CHECK(hash == 13564425619037372565u);
  const auto other = value_of(data::make_synthetic({.count = 1, .seed = 8}));
  CHECK(!std::equal(other.bytes(0), other.bytes(0) + 3072, many.bytes(0)));
}

TEST_CASE("synthetic: warm images have more red than blue where the form is, cold ones less") {
  const auto made = value_of(data::make_synthetic({.count = 400, .seed = 3, .size = 24}));
  int right = 0;
  for (std::size_t i = 0; i < made.count(); ++i) {
    const std::uint8_t* image = made.bytes(i);
    // The ground is nearly grey: the values far from grey belong to the form.
    int warm = 0, cold = 0;
    for (int pixel = 0; pixel < 24 * 24; ++pixel) {
      const int red = image[pixel], green = image[576 + pixel], blue = image[1152 + pixel];
      if (red - std::min(green, blue) > 90 && red >= green) ++warm;
      if (std::max(green, blue) - red > 90) ++cold;
    }
    right += (made.labels()[i] % 2 == 0) == (warm > cold) ? 1 : 0;
  }
  CHECK(right >= 396);  // a small pale form on a noisy ground may be missed by so simple a rule
}

TEST_CASE("synthetic: wrong numbers are refused in their own words") {
  CHECK_ERROR(data::make_synthetic({.count = 0}), invalid_argument, "count is 0");
  CHECK_ERROR(data::make_synthetic({.count = 1'000'001}), invalid_argument, "count is 1000001");
  CHECK_ERROR(data::make_synthetic({.count = 1, .size = 7}), invalid_argument, "size is 7");
  CHECK_ERROR(data::make_synthetic({.count = 1, .size = 129}), invalid_argument, "size is 129");
}

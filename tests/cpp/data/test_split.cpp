// The split: disjoint, complete, stratified, seeded.
#include "striate/data/split.hpp"

#include "expect.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

using namespace striate;
using namespace striate::tests;

namespace {

std::vector<std::int32_t> uneven_labels(std::size_t count) {
  std::vector<std::int32_t> labels(count);
  for (std::size_t i = 0; i < count; ++i) labels[i] = static_cast<std::int32_t>(i * i % 7 % 5);
  return labels;
}

}  // namespace

TEST_CASE("split: disjoint, complete, ascending, of the size asked for") {
  const auto labels = uneven_labels(1003);
  for (const double share : {0.1, 0.25, 0.5, 0.9, 1.0 / 3, 0.001}) {
    const auto split = value_of(data::stratified_split(labels, 5, share, 1));
    CHECK(split.validation.size() == static_cast<std::size_t>(std::floor(1003 * share + 0.5)));
    CHECK(std::is_sorted(split.train.begin(), split.train.end()));
    CHECK(std::is_sorted(split.validation.begin(), split.validation.end()));
    std::vector<std::uint32_t> all = split.train;
    all.insert(all.end(), split.validation.begin(), split.validation.end());
    std::sort(all.begin(), all.end());
    REQUIRE(all.size() == labels.size());
    for (std::uint32_t i = 0; i < all.size(); ++i) CHECK(all[i] == i);
  }
}

TEST_CASE("split: every class gives its share, to within one image") {
  const auto labels = uneven_labels(10'000);
  const auto split = value_of(data::stratified_split(labels, 5, 0.1, 3));
  for (int c = 0; c < 5; ++c) {
    const auto of_class = [&](std::uint32_t i) { return labels[i] == c; };
    const auto held_out =
        static_cast<double>(std::count_if(split.validation.begin(), split.validation.end(), of_class));
    const auto total = static_cast<double>(std::count(labels.begin(), labels.end(), c));
    CHECK(std::abs(held_out - total * 0.1) < 1.0);
  }
}

TEST_CASE("split: the seed decides, and alone") {
  const auto labels = uneven_labels(500);
  const auto a = value_of(data::stratified_split(labels, 5, 0.2, 1));
  const auto b = value_of(data::stratified_split(labels, 5, 0.2, 1));
  const auto c = value_of(data::stratified_split(labels, 5, 0.2, 2));
  CHECK(a.validation == b.validation);
  CHECK(a.train == b.train);
  CHECK(a.validation != c.validation);
  // An empty class more changes nothing: each class draws from its own stream.
  const auto d = value_of(data::stratified_split(labels, 9, 0.2, 1));
  CHECK(a.validation == d.validation);
}

TEST_CASE("split: shares that leave a side empty are refused") {
  const auto labels = uneven_labels(10);
  for (const double share : {0.0, 1.0, -0.1, 1.5, 0.01, 0.99, std::nan("")}) {
    CHECK_ERROR(data::stratified_split(labels, 5, share, 1), invalid_argument, "one side empty");
  }
  CHECK_ERROR(data::stratified_split({}, 5, 0.5, 1), invalid_argument, "of 0 images");
}

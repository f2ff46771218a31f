#include "striate/data/split.hpp"

#include "striate/core/options.hpp"
#include "striate/core/rng.hpp"
#include "striate/core/text.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <string>

namespace striate::data {

using core::Error;
using core::ErrorCode;

core::Result<Split> stratified_split(std::span<const std::int32_t> labels, int classes, double validation,
                                     std::uint64_t seed) {
  const auto count = static_cast<double>(labels.size());
  const auto held_out =
      validation > 0.0 && validation < 1.0 ? static_cast<std::size_t>(std::floor(count * validation + 0.5)) : 0;
  if (held_out == 0 || held_out >= labels.size()) {
    return Error{ErrorCode::invalid_argument,
                 core::text("split: validation ", validation, " of ", labels.size(), " images leaves one side empty"),
                 "validation is the share to hold out, between 0 and 1, such as 0.1."};
  }

  std::vector<std::vector<std::uint32_t>> members(static_cast<std::size_t>(classes));
  for (std::size_t i = 0; i < labels.size(); ++i) {
    members[static_cast<std::size_t>(labels[i])].push_back(static_cast<std::uint32_t>(i));
  }

  // Largest remainders of n_c · held_out / n, in whole numbers: nothing here depends on rounding.
  std::vector<std::size_t> taken(members.size()), by_remainder(members.size());
  std::vector<std::uint64_t> remainder(members.size());
  std::size_t given = 0;
  for (std::size_t c = 0; c < members.size(); ++c) {
    const std::uint64_t share = std::uint64_t{members[c].size()} * held_out;
    taken[c] = static_cast<std::size_t>(share / labels.size());
    remainder[c] = share % labels.size();
    given += taken[c];
  }
  std::iota(by_remainder.begin(), by_remainder.end(), std::size_t{0});
  const auto before = [&](std::size_t a, std::size_t b) {
    return remainder[a] != remainder[b] ? remainder[a] > remainder[b] : a < b;
  };
  std::make_heap(by_remainder.begin(), by_remainder.end(), before);  // in order, with less code than std::sort
  std::sort_heap(by_remainder.begin(), by_remainder.end(), before);
  for (std::size_t i = 0; given < held_out; ++i, ++given) ++taken[by_remainder[i]];

  std::vector<char> chosen(labels.size());
  for (std::size_t c = 0; c < members.size(); ++c) {
    core::Rng rng(seed, core::RandomStream::split, 0, static_cast<std::uint32_t>(c));
    core::shuffle(members[c], rng);
    for (std::size_t i = 0; i < taken[c]; ++i) chosen[members[c][i]] = true;
  }
  Split split;
  split.validation.reserve(held_out);
  split.train.reserve(labels.size() - held_out);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    (chosen[i] ? split.validation : split.train).push_back(static_cast<std::uint32_t>(i));
  }
  return split;
}

}  // namespace striate::data

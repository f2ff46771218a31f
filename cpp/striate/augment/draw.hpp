// Draw: where a transform gets its random numbers from and where it puts what it drew.
//
// Numbers are doubles made from 32 random bits by exact operations; integer draws are unbiased. Normal, gamma and beta
// variates use exact_math: the same bits in every build.
// Source: normal as core/rng (Irwin–Hall of twelve); gamma by Marsaglia and Tsang, "A simple method for generating
// gamma variables", 2000; beta as the ratio of two gammas.
#pragma once

#include "striate/augment/options.hpp"
#include "striate/augment/plan.hpp"
#include "striate/core/rng.hpp"
#include "striate/core/shape.hpp"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace striate::augment {

class Draw {
 public:
  // pool: how many other images a step may refer to (0: none).
  Draw(core::Rng rng, const core::Shape& shape, std::size_t pool, Plan& plan, std::vector<double>& numbers)
      : rng_(rng), shape_(shape), pool_(pool), plan_(plan), numbers_(numbers) {}

  const core::Shape& shape() const { return shape_; }  // of the image as it comes to this step
  std::size_t pool() const { return pool_; }

  double unit() { return rng_.next_u32() * 0x1p-32; }  // [0, 1)
  double uniform(Range range) { return range.low + unit() * (range.high - range.low); }
  bool chance(double p) { return unit() < p; }
  int integer(int low, int high);  // low ≤ drawn ≤ high
  int integer(Range range) { return integer(static_cast<int>(range.low), static_cast<int>(range.high)); }
  double normal() { return rng_.normal(); }
  double gamma(double shape);
  double beta(double a, double b);
  std::uint32_t seed() { return rng_.next_u32(); }

  void put(std::string_view name, double value) { plan_.put(name, value); }
  void put(std::string_view name, std::span<const double> values) { plan_.put_list(name, values); }
  void put_seed() { plan_.put("seed", seed()); }
  // A list that is built while drawing: cleared here, and put by put(name, list).
  std::vector<double>& list() {
    numbers_.clear();
    return numbers_;
  }
  // A permutation of 0 … count-1.
  std::vector<double>& permutation(int count);

 private:
  core::Rng rng_;
  core::Shape shape_;
  std::size_t pool_;
  Plan& plan_;
  std::vector<double>& numbers_;
};

}  // namespace striate::augment

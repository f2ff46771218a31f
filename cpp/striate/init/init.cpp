#include "striate/init/init.hpp"

#include "striate/core/rng.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <vector>

namespace striate::init {

void constant(std::span<float> values, float value) { std::fill(values.begin(), values.end(), value); }

namespace {

void normal(std::span<float> values, double variance, std::uint64_t seed, std::uint32_t item) {
  core::Rng rng(seed, core::RandomStream::init, 0, item);
  const float deviation = std::sqrt(static_cast<float>(variance));
  for (float& value : values) value = rng.normal() * deviation;
}

void uniform(std::span<float> values, double variance, std::uint64_t seed, std::uint32_t item) {
  core::Rng rng(seed, core::RandomStream::init, 0, item);
  const float bound = std::sqrt(static_cast<float>(3 * variance));
  for (float& value : values) value = rng.uniform(-bound, bound);
}

}  // namespace

void he_normal(std::span<float> values, std::int64_t fan_in, std::uint64_t seed, std::uint32_t item) {
  assert(fan_in >= 1);
  normal(values, 2.0 / static_cast<double>(fan_in), seed, item);
}

void lecun_uniform(std::span<float> values, std::int64_t fan_in, std::uint64_t seed, std::uint32_t item) {
  assert(fan_in >= 1);
  uniform(values, 1.0 / static_cast<double>(fan_in), seed, item);
}

void xavier_normal(std::span<float> values, std::int64_t fan_in, std::int64_t fan_out, std::uint64_t seed, std::uint32_t item) {
  assert(fan_in + fan_out >= 1);
  normal(values, 2.0 / static_cast<double>(fan_in + fan_out), seed, item);
}

void xavier_uniform(std::span<float> values, std::int64_t fan_in, std::int64_t fan_out, std::uint64_t seed, std::uint32_t item) {
  assert(fan_in + fan_out >= 1);
  uniform(values, 2.0 / static_cast<double>(fan_in + fan_out), seed, item);
}

void orthogonal(std::span<float> values, std::int64_t rows, std::uint64_t seed, std::uint32_t item) {
  assert(rows >= 1 && values.size() % static_cast<std::size_t>(rows) == 0);
  const auto height = static_cast<std::size_t>(rows), width = values.size() / height;
  // The shorter side's vectors are made orthonormal: `count` vectors of `length` entries, `step` apart.
  const bool by_rows = height <= width;
  const std::size_t count = by_rows ? height : width, length = by_rows ? width : height;
  const auto at = [&](std::size_t vector, std::size_t i) { return by_rows ? vector * width + i : i * width + vector; };
  core::Rng rng(seed, core::RandomStream::init, 0, item);
  std::vector<double> matrix(values.size());
  for (double& entry : matrix) entry = static_cast<double>(rng.normal());
  for (std::size_t v = 0; v < count; ++v) {
    for (int pass = 0; pass < 2; ++pass) {
      for (std::size_t u = 0; u < v; ++u) {
        double product = 0;
        for (std::size_t i = 0; i < length; ++i) product += matrix[at(u, i)] * matrix[at(v, i)];
        for (std::size_t i = 0; i < length; ++i) matrix[at(v, i)] -= product * matrix[at(u, i)];
      }
    }
    double squares = 0;
    for (std::size_t i = 0; i < length; ++i) squares += matrix[at(v, i)] * matrix[at(v, i)];
    const double norm = std::sqrt(squares);
    for (std::size_t i = 0; i < length; ++i) matrix[at(v, i)] = norm > 0 ? matrix[at(v, i)] / norm : 0;
  }
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(matrix[i]);
}

void signs(std::span<float> values, std::uint64_t seed, std::uint32_t item) {
  core::Rng rng(seed, core::RandomStream::init, 0, item);
  for (float& value : values) value = (rng.next_u32() & 1) != 0 ? 1.0f : -1.0f;
}

}  // namespace striate::init

#include "striate/augment/noise_map.hpp"

#include "striate/augment/exact_math.hpp"
#include "striate/augment/resize.hpp"

#include <algorithm>
#include <cmath>

namespace striate::augment {
namespace {

// Turns uniform values into beta ones: the distribution function is summed over x = sin² t, which tames its poles.
core::Status through_beta(double alpha, double beta, float* field, std::size_t count, Scratch& scratch) {
  constexpr int steps = 2048;
  STRIATE_TAKE(double, sums, scratch, steps + 1);
  sums[0] = 0;
  for (int i = 0; i < steps; ++i) {
    const double t = (i + 0.5) * (pi / 2 / steps);
    sums[i + 1] = sums[i] + exact_pow(exact_sin(t), 2 * alpha - 1) * exact_pow(exact_cos(t), 2 * beta - 1);
  }
  // The inverse at equal steps of the probability.
  STRIATE_TAKE(float, quantiles, scratch, steps + 2);
  int place = 0;
  for (int i = 0; i <= steps; ++i) {
    const double wanted = sums[steps] * i / steps;
    while (place < steps - 1 && sums[place + 1] < wanted) ++place;
    const double rise = sums[place + 1] - sums[place];
    const double t = (place + (rise > 0 ? std::clamp((wanted - sums[place]) / rise, 0.0, 1.0) : 0.0)) * (pi / 2 / steps);
    const double s = exact_sin(t);
    quantiles[i] = static_cast<float>(2 * s * s - 1);
  }
  quantiles[steps + 1] = quantiles[steps];
  for (std::size_t i = 0; i < count; ++i) {
    const float at = field[i] * static_cast<float>(steps);
    const int low = static_cast<int>(at);
    field[i] = quantiles[low] + (quantiles[low + 1] - quantiles[low]) * (at - static_cast<float>(low));
  }
  return {};
}

core::Status fill_noise(const NoiseMap& map, std::uint32_t stream, float* field, std::size_t count, Scratch& scratch, const ImageKernels& kernels) {
  switch (map.kind) {
    case NoiseMap::Kind::uniform: kernels.noise_uniform(map.seed, stream, field, count); return {};
    case NoiseMap::Kind::gaussian: kernels.noise_normal(map.seed, stream, field, count); return {};
    case NoiseMap::Kind::laplace: {
      STRIATE_TAKE(float, other, scratch, 3 * count);
      kernels.noise_normal(map.seed, 4 * stream, field, count);
      for (std::uint32_t k = 0; k < 3; ++k) kernels.noise_normal(map.seed, 4 * stream + k + 1, other + k * count, count);
      for (std::size_t i = 0; i < count; ++i) field[i] = field[i] * other[i] + other[count + i] * other[2 * count + i];
      return {};
    }
    case NoiseMap::Kind::beta:
      kernels.noise_uniform(map.seed, stream, field, count);
      return through_beta(map.alpha, map.beta, field, count, scratch);
  }
  return {};
}

}  // namespace

core::Status add_noise(const NoiseMap& map, const Job& job, double scale, double offset) {
  const int height = job.in.shape.height, width = job.in.shape.width;
  const std::size_t count = job.in.plane_size();
  STRIATE_TAKE(float, field, job.scratch, count);
  for (int c = 0; c < job.in.shape.channels; ++c) {
    const Scratch::Mark mark = job.scratch.mark();
    if (c == 0 || map.apart) {
      if (map.approximation >= 1) {
        STRIATE_CHECK(fill_noise(map, static_cast<std::uint32_t>(c), field, count, job.scratch, job.kernels));
      } else {
        const int h = std::max(1, static_cast<int>(height * map.approximation)), w = std::max(1, static_cast<int>(width * map.approximation));
        const auto some = static_cast<std::size_t>(h) * static_cast<std::size_t>(w);
        STRIATE_TAKE(float, small, job.scratch, some);
        STRIATE_CHECK(fill_noise(map, static_cast<std::uint32_t>(c), small, some, job.scratch, job.kernels));
        STRIATE_CHECK(resize_field(small, h, w, field, height, width, job.scratch, job.kernels));
      }
    }
    job.scratch.release(mark);
    job.kernels.add_field(job.in.plane(c), field, static_cast<float>(scale), static_cast<float>(offset), job.out.plane(c), count);
  }
  return {};
}

}  // namespace striate::augment

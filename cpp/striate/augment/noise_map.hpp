// A field of noise added to an image.
#pragma once

#include "striate/augment/transform.hpp"

#include <cstdint>

namespace striate::augment {

struct NoiseMap {
  enum class Kind { uniform, gaussian, laplace, beta };
  Kind kind = Kind::gaussian;
  std::uint32_t seed = 0;
  bool apart = true;         // a field for each channel, or one for all
  double approximation = 1;  // below 1: made that much smaller and enlarged
  double alpha = 1, beta = 1;  // of the beta distribution, whose values are 2B − 1
};

// out = in + the whole part of scale · noise + offset.
core::Status add_noise(const NoiseMap& map, const Job& job, double scale, double offset);

}  // namespace striate::augment

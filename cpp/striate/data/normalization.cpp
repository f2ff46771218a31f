#include "striate/data/normalization.hpp"

#include "striate/core/options.hpp"
#include "striate/core/text.hpp"

#include <cmath>
#include <cstddef>
#include <string>

namespace striate::data {

using core::Error;
using core::ErrorCode;

core::Result<Normalization> make_normalization(int channels, std::span<const float> mean, std::span<const float> std) {
  const auto wanted = static_cast<std::size_t>(channels);
  if ((!mean.empty() && mean.size() != wanted) || (!std.empty() && std.size() != wanted)) {
    return Error{ErrorCode::invalid_argument,
                 core::text("normalize: ", mean.size(), " means and ", std.size(), " standard deviations for ",
                            channels, " channels"),
                 "Give one mean and one std per channel, or neither."};
  }
  Normalization made;
  made.mean.resize(wanted);
  made.scale.resize(wanted);
  made.value_of_byte.resize(wanted * 256);
  for (std::size_t c = 0; c < wanted; ++c) {
    const float centre = mean.empty() ? 0.0f : mean[c];
    const float spread = std.empty() ? 1.0f : std[c];
    const float scale = 1.0f / spread;
    if (!std::isfinite(centre) || !std::isfinite(spread) || !std::isfinite(scale)) {
      return Error{ErrorCode::invalid_argument,
                   core::text("normalize: mean ", static_cast<double>(centre), ", std ", static_cast<double>(spread),
                              " of channel ", c),
                   "mean is a finite number, std a finite number that is not 0."};
    }
    made.mean[c] = centre;
    made.scale[c] = scale;
    for (std::size_t b = 0; b < 256; ++b) {
      made.value_of_byte[c * 256 + b] = (static_cast<float>(b) / 255.0f - centre) * scale;
    }
  }
  return made;
}

}  // namespace striate::data

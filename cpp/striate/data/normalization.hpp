// Normalization: the one definition of how a pixel becomes a network input, for training, evaluation and prediction.
//
//   byte b of channel c:   x = (b / 255 − mean[c]) · (1 / std[c])      by a table of 256 values per channel
//   float p of channel c:  x = (p − mean[c]) · (1 / std[c])            p is taken as already in 0…1
// so that a float image of b / 255 gives the very bits of the byte image b.
// Requires: std finite and not 0, mean finite, one of each per channel. Errors: invalid_argument with the channel.
// Numerics: single precision, one rounding per operation; the same bits in every build.
#pragma once

#include "striate/core/result.hpp"

#include <span>
#include <vector>

namespace striate::data {

struct Normalization {
  std::vector<float> mean, scale;    // per channel; scale = 1 / std
  std::vector<float> value_of_byte;  // [channels][256], the table kernels.load_bytes reads
};

// mean and std may each be empty: all 0 and all 1.
core::Result<Normalization> make_normalization(int channels, std::span<const float> mean, std::span<const float> std);

}  // namespace striate::data

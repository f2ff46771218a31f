// dropout (Srivastava et al. 2014): in training each value is dropped with probability p and the rest scaled by 1/(1 − p);
// dropout2d drops whole channels of an image. The mask is kept for backward: both passes are a product with it.
//
// The draw for a value depends on (seed, step, image, element) alone: not on the batch's blocks or the machine.
#pragma once

#include "striate/core/rng.hpp"
#include "striate/kernels/blocked_view.hpp"

#include <cstdint>

namespace striate::kernels::impl {

// mask: 0 or 1/(1 − p), one per value (or per channel, repeated over its pixels).
inline void dropout_mask(float probability, bool whole_channels, std::uint64_t seed, std::uint32_t step, std::uint32_t stream,
                         const BlockedView& mask) {
  const float keep = 1.0f / (1.0f - probability);
  // A word of 32 random bits below the threshold drops: probability rounded to a multiple of 2⁻³².
  const auto threshold = static_cast<std::uint64_t>(static_cast<double>(probability) * 4294967296.0);
  for (int block = 0; block < mask.blocks; ++block) {
    for (int lane = 0; lane < mask.lanes; ++lane) {
      const auto image = static_cast<std::uint32_t>(block * mask.lanes + lane);
      core::Rng rng(seed + (std::uint64_t{stream} << 32), core::RandomStream::dropout, step, image);
      for (int c = 0; c < mask.channels; ++c) {
        float channel = whole_channels ? (rng.next_u32() < threshold ? 0.0f : keep) : 0.0f;
        for (int y = 0; y < mask.height; ++y) {
          float* row = mask.at(block, y, c) + lane;
          for (int x = 0; x < mask.width; ++x) {
            row[std::ptrdiff_t{x} * mask.lanes] = whole_channels ? channel : (rng.next_u32() < threshold ? 0.0f : keep);
          }
        }
      }
    }
  }
}

}  // namespace striate::kernels::impl

// A random word for each place of a field: what noise on pixels is made of.
//
// It depends on (seed, index, stream) alone, so any part of a field can be made in any order and on any machine.
// Two rounds of a 32-bit mixer with low bias; parameters come from Philox (core/rng), only fields from here.
// Source: C. Wellons, "Prospecting for hash functions", the function lowbias32 (public domain).
#pragma once

#include <cstdint>

namespace striate::kernels::image {

[[gnu::always_inline]] constexpr std::uint32_t mix_word(std::uint32_t x) {
  x ^= x >> 16;
  x *= 0x7feb352du;
  x ^= x >> 15;
  x *= 0x846ca68bu;
  return x ^ x >> 16;
}

[[gnu::always_inline]] constexpr std::uint32_t noise_word(std::uint32_t seed, std::uint32_t index, std::uint32_t stream) {
  return mix_word(mix_word(index ^ seed) + seed + 0x9E3779B9u * (stream + 1));
}

}  // namespace striate::kernels::image

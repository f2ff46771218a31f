// How weights start.
//
//   he_normal       N(0, 2/fan_in)                      He et al. 2015 (torch kaiming_normal_, relu)
//   lecun_uniform   U(−√(3/fan_in), √(3/fan_in))        LeCun et al. 1998, "Efficient BackProp": variance 1/fan_in
//   xavier_normal   N(0, 2/(fan_in + fan_out))          Glorot & Bengio 2010
//   xavier_uniform  U(−a, a), a = √(6/(fan_in + fan_out))
//   orthogonal      rows × columns matrix with orthonormal rows or columns (Saxe et al. 2013), by modified Gram–Schmidt
//                   in double, twice, on normal draws
//   signs           ±1 with equal chance
//   digit_codes     the ±1 pictures of 0 … 9, 7 wide and 12 high (LeCun et al. 1998, section II.B)
// Numbers come from (seed, item) alone; item is the parameter's position in the network.
// Numerics: roots and divisions are IEEE-exact and the normal is core::Rng's sum of uniforms, so all builds agree bit by bit.
#pragma once

#include <cstdint>
#include <span>

namespace striate::init {

void constant(std::span<float> values, float value);
void he_normal(std::span<float> values, std::int64_t fan_in, std::uint64_t seed, std::uint32_t item);
void lecun_uniform(std::span<float> values, std::int64_t fan_in, std::uint64_t seed, std::uint32_t item);
void xavier_normal(std::span<float> values, std::int64_t fan_in, std::int64_t fan_out, std::uint64_t seed, std::uint32_t item);
void xavier_uniform(std::span<float> values, std::int64_t fan_in, std::int64_t fan_out, std::uint64_t seed, std::uint32_t item);
// rows divides values.size().
void orthogonal(std::span<float> values, std::int64_t rows, std::uint64_t seed, std::uint32_t item);
void signs(std::span<float> values, std::uint64_t seed, std::uint32_t item);
// 840 values: class by class, rows of each picture from top to bottom.
void digit_codes(std::span<float> values);

}  // namespace striate::init

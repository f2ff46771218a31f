// How weights start.
//
// he_normal: normal with variance 2 / fan_in (He et al. 2015; PyTorch kaiming_normal_, mode fan_in, nonlinearity relu).
// Numbers come from (seed, item) alone; item is the parameter's position in the network.
// Numerics: the square root is IEEE-exact and the normal is core::Rng's sum of uniforms, so all builds agree bit by
// bit.
#pragma once

#include <cstdint>
#include <span>

namespace striate::init {

void constant(std::span<float> values, float value);
void he_normal(std::span<float> values, std::int64_t fan_in, std::uint64_t seed, std::uint32_t item);

}  // namespace striate::init

// Weights that need no file: a number for each (name, index), from integers and single float operations that round
// alike everywhere. scripts/golden/network_cases.py has the same formulas, and PyTorch runs torchvision's networks on
// them.
#pragma once

#include "graph/harness.hpp"

#include <cmath>
#include <cstdint>
#include <string_view>

namespace striate::tests {

// [−1, 1), multiples of 2⁻²³: FNV-1a of the name, mixed with the index by MurmurHash3's finaliser.
class FormulaUnits {
 public:
  explicit FormulaUnits(std::string_view name) {
    for (const char c : name) key_ = (key_ ^ static_cast<unsigned char>(c)) * 16777619u;
  }
  float operator()(std::size_t index) const {
    std::uint32_t h = key_ ^ (static_cast<std::uint32_t>(index) * 0x9E3779B9u);
    h = (h ^ (h >> 16)) * 0x85EBCA6Bu;
    h = (h ^ (h >> 13)) * 0xC2B2AE35u;
    h = h ^ (h >> 16);
    return static_cast<float>(static_cast<std::int32_t>(h >> 8) - (1 << 23)) * 0x1p-23f;
  }

 private:
  std::uint32_t key_ = 2166136261u;
};

inline Floats formula_image(std::size_t count) {
  const FormulaUnits units("input");
  Floats image(count);
  for (std::size_t i = 0; i < count; ++i) image[i] = units(i);
  return image;
}

// He's uniform range for weights; biases and means near 0; gains and variances near 1.
inline void set_formula_weights(graph::ParamStore& store) {
  for (int p = 0; p < static_cast<int>(store.parameters().size()); ++p) {
    const graph::Parameter& parameter = store.parameters()[static_cast<std::size_t>(p)];
    const bool weight = parameter.name.ends_with("weight");
    float center = 0, scale = 0.125f;
    if (parameter.name.ends_with("running_var")) {
      center = 1, scale = 0.5f;
    } else if (weight && parameter.shape.size() == 1) {
      center = 1, scale = 0.25f;
    } else if (weight) {
      double fan_in = 1;
      for (std::size_t i = 1; i < parameter.shape.size(); ++i) fan_in *= parameter.shape[i];
      scale = static_cast<float>(std::sqrt(6 / fan_in));
    }
    const FormulaUnits units(parameter.name);
    const std::span<float> values = store.values(p);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = center + units(i) * scale;
  }
}

}  // namespace striate::tests

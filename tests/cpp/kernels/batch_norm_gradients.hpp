// Batch norm's backward pass out of its two kernels, as the layer puts them together.
#pragma once

#include "striate/kernels/kernel_table.hpp"

#include <cstddef>
#include <vector>

namespace striate::tests {

struct BatchNormGradients {
  std::vector<float> dgamma, dbeta;
};

// of_batch: mean and 1/σ came from this very batch, so that gradient flows through them too.
inline BatchNormGradients batch_norm_gradients(const kernels::KernelTable& table, const kernels::ConstBlockedView& input, int images,
                                               const kernels::ConstBlockedView& doutput, const std::vector<float>& gamma,
                                               const std::vector<float>& mean, const std::vector<float>& inverse, bool of_batch,
                                               const kernels::BlockedView& dinput) {
  const std::size_t channels = gamma.size();
  std::vector<double> sums(channels, 7), products(channels, 7);
  table.batch_norm_sums(input, images, doutput, mean.data(), sums.data(), products.data());
  BatchNormGradients gradients;
  std::vector<float> factor, slope, offset;
  const double values = static_cast<double>(images) * input.height * input.width;
  for (std::size_t c = 0; c < channels; ++c) {
    const double product = products[c] * inverse[c], outer = static_cast<double>(gamma[c]) * inverse[c];
    gradients.dgamma.push_back(static_cast<float>(product));
    gradients.dbeta.push_back(static_cast<float>(sums[c]));
    factor.push_back(static_cast<float>(outer));
    slope.push_back(of_batch ? static_cast<float>(-outer * inverse[c] * product / values) : 0.0f);
    offset.push_back(of_batch ? static_cast<float>(-outer * sums[c] / values) : 0.0f);
  }
  table.batch_norm_dinput(input, images, doutput, mean.data(), factor.data(), slope.data(), offset.data(), dinput);
  return gradients;
}

}  // namespace striate::tests

#include "striate/losses/cross_entropy.hpp"

#include <cassert>

namespace striate::losses {

double cross_entropy(const kernels::KernelTable& kernels, const kernels::ConstBlockedView& logits,
                     std::span<const std::int32_t> labels, const kernels::BlockedView& dlogits,
                     std::span<float> losses) {
  assert(!labels.empty() && losses.size() >= labels.size());
  const float scale = 1.0f / static_cast<float>(labels.size());
  kernels.softmax_cross_entropy(logits, labels, scale, dlogits, losses.data());
  double sum = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) sum += static_cast<double>(losses[i]);
  return sum / static_cast<double>(labels.size());
}

}  // namespace striate::losses

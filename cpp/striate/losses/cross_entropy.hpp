// Softmax cross-entropy: loss.hpp has the formula with smoothing, weights, ignored labels and soft targets. Without any of
// them: loss = (1/n)·Σ_i [log Σ_c exp z_ic − z_i,label], dlogits = (softmax − onehot)/n, in one pass.
#pragma once

#include "striate/losses/loss.hpp"

namespace striate::losses {

const LossType& cross_entropy_type();

// The plain form, for evaluation: writes dlogits and the per-image losses; returns their mean.
double cross_entropy(const kernels::KernelTable& kernels, const kernels::ConstBlockedView& logits,
                     std::span<const std::int32_t> labels, const kernels::BlockedView& dlogits,
                     std::span<float> losses);

}  // namespace striate::losses

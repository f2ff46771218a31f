// Cross-entropy of softmax(logits) against labels, mean over the batch:
//
//   loss = (1/n) Σ_i [ log Σ_c exp(logit_ic) − logit_i,label(i) ]        dlogits = (softmax − onehot) / n
//
// logits: a flat view {classes, 1, 1} of n images. Requires 0 ≤ label < classes.
// Numerics: the per-image losses are float32, their sum double in image order.
// Source: lecture, "Функция потерь"; PyTorch torch.nn.CrossEntropyLoss (reduction="mean").
#pragma once

#include "striate/kernels/kernel_table.hpp"

#include <cstdint>
#include <span>

namespace striate::losses {

// Writes dlogits (all blocks of the view; zero behind the last image) and the per-image losses; returns their mean.
double cross_entropy(const kernels::KernelTable& kernels, const kernels::ConstBlockedView& logits,
                     std::span<const std::int32_t> labels, const kernels::BlockedView& dlogits,
                     std::span<float> losses);

}  // namespace striate::losses

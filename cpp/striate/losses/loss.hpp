// Loss: how wrong the network is, as one number for the batch, and its gradient with respect to the network's output.
//
// A Loss is its options, checked; prepare() gives it room for a batch, and evaluate() then allocates nothing. Mean over the
// batch, weighted by the images' class weights where there are any, as torch's reduction "mean" does; images whose label is
// ignored count for nothing. Accumulation: per-image losses in float32, their sum in double in image order.
//
//   crossEntropy  softmax cross-entropy: labelSmoothing ε, classWeights w, ignoreIndex; soft targets (mixup) when given
//                 t_c = w_c·((1 − ε)·[c = y] + ε/C),   L = Σ_c t_c·(log Σ exp z − z_c),   mean over Σ_n w_{y_n}
//   focal         −w_y·(1 − p_y)^gamma·log p_y, mean over the images           Lin et al. 2017
//   meanSquared   Σ_c (z_c − [c = y])²/C, mean over the images
//   radialBasis   −z_y + log(e^−cap + Σ_c e^z_c)                               LeCun et al. 1998, equation 9
//
// Source: torch.nn.CrossEntropyLoss, torch.nn.MSELoss, torchvision.ops.sigmoid_focal_loss's paper in its softmax form.
#pragma once

#include "striate/core/options.hpp"
#include "striate/core/result.hpp"
#include "striate/kernels/kernel_table.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace striate::losses {

struct LossInput {
  const kernels::KernelTable& kernels;
  kernels::ConstBlockedView logits;       // flat {classes, 1, 1}
  std::span<const std::int32_t> labels;   // one per image
  const kernels::ConstBlockedView* soft_targets = nullptr;  // {classes, 1, 1}: replace the labels where the loss can
  kernels::BlockedView dlogits;           // written whole; zero behind the last image
};

class Loss {
 public:
  virtual ~Loss() = default;
  // Room for batches of up to `batch` images in blocks of `lanes`.
  virtual void prepare(int batch, int lanes) = 0;
  // Whether soft_targets replace the labels; else they must be null.
  virtual bool takes_soft_targets() const { return false; }
  // The mean loss. Requires 0 ≤ label < classes, or label = ignoreIndex.
  virtual double evaluate(const LossInput& input) = 0;
  // What the last evaluate() divided its sum by: the images, or the weights of those that count.
  virtual double mass() const = 0;
};

struct LossType {
  std::string_view name;  // "crossEntropy"
  std::string_view doc;
  std::span<const core::OptionSpec> options;
  core::Result<std::unique_ptr<Loss>> (*make)(const core::ParsedOptions& options, int classes) = nullptr;
};

std::span<const LossType> loss_types();
// An empty type means crossEntropy. Errors: invalid_argument naming the loss and those there are, or the option.
core::Result<std::unique_ptr<Loss>> make_loss(const core::TypedOptions& options, int classes);

}  // namespace striate::losses

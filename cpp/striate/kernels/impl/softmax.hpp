// softmax over classes, and cross-entropy with its gradient in the same pass. A lane is an image.
//
//   p_j = exp(z_j − max z) / Σ exp(z_k − max z)        loss = log Σ exp(z_k − max z) + max z − z_label
//   dz_j = (p_j − [j = label])·scale
//
// exp and log are xsimd's polynomials, never the C library's, so that all builds agree to the bit. Sums run over classes
// in order. Error about 3·classes ULP. Source: lecture, "Свёрточная нейронная сеть"; torch.nn.CrossEntropyLoss.
#pragma once

#include "striate/kernels/blocked_view.hpp"
#include "striate/kernels/impl/simd.hpp"

#include <cstdint>
#include <span>

namespace striate::kernels::impl {

// Writes exp(z − max z) for one vector of images; returns their sum over classes, and max z through `largest`.
template <class Arch>
inline Vector<Arch> shifted_exponentials(const ConstBlockedView& logits, int block, int lane, const BlockedView& to,
                                         Vector<Arch>& largest) {
  largest = load<Arch>(logits.at(block, 0, 0) + lane);
  for (int j = 1; j < logits.channels; ++j) {
    const auto z = load<Arch>(logits.at(block, 0, j) + lane);
    largest = xsimd::select(largest >= z, largest, z);
  }
  Vector<Arch> sum(0.0f);
  for (int j = 0; j < logits.channels; ++j) {
    const auto e = impl::exp<Arch>(load<Arch>(logits.at(block, 0, j) + lane) - largest);
    e.store_unaligned(to.at(block, 0, j) + lane);
    sum = sum + e;
  }
  return sum;
}

template <class Arch>
void softmax(const ConstBlockedView& logits, const BlockedView& probabilities) {
  for (int block = 0; block < logits.blocks; ++block) {
    for (int lane = 0; lane < logits.lanes; lane += width_of<Arch>) {
      Vector<Arch> largest;
      const auto sum = shifted_exponentials<Arch>(logits, block, lane, probabilities, largest);
      for (int j = 0; j < logits.channels; ++j) {
        float* p = probabilities.at(block, 0, j) + lane;
        (load<Arch>(p) / sum).store_unaligned(p);
      }
    }
  }
}

template <class Arch>
void softmax_cross_entropy(const ConstBlockedView& logits, std::span<const std::int32_t> labels, float scale,
                           const BlockedView& dlogits, float* losses) {
  constexpr int width = width_of<Arch>;
  const int count = static_cast<int>(labels.size());
  for (int block = 0; block < logits.blocks; ++block) {
    for (int lane = 0; lane < logits.lanes; lane += width) {
      const int first = block * logits.lanes + lane;
      Vector<Arch> largest;
      const auto sum = shifted_exponentials<Arch>(logits, block, lane, dlogits, largest);
      float log_of_sum[width];
      (impl::log<Arch>(sum) + largest).store_unaligned(log_of_sum);

      float scales[width];
      for (int i = 0; i < width; ++i) scales[i] = first + i < count ? scale : 0.0f;
      const auto used = load<Arch>(scales) != Vector<Arch>(0.0f);
      const auto factor = load<Arch>(scales) / sum;
      for (int j = 0; j < logits.channels; ++j) {
        float* d = dlogits.at(block, 0, j) + lane;
        xsimd::select(used, load<Arch>(d) * factor, Vector<Arch>(0.0f)).store_unaligned(d);
      }
      for (int i = 0; i < width && first + i < count; ++i) {
        const int label = labels[static_cast<std::size_t>(first + i)];
        losses[first + i] = log_of_sum[i] - logits.at(block, 0, label)[lane + i];
        dlogits.at(block, 0, label)[lane + i] -= scale;
      }
    }
  }
}

}  // namespace striate::kernels::impl

// Losses whose target is a number per output, next to the plain cross-entropy of softmax.hpp. A lane is an image; empty
// lanes get no gradient. losses[i] is image i's loss, before `scale`; dlogits is the gradient of scale·Σ losses.
//
//   target cross-entropy  L = Σ_c t_c·(log Σ exp z − z_c)                        dz_c = p_c·Σ t − t_c
//       t_c holds soft targets, class weights and label smoothing together: t_c = w_c·((1 − ε)·q_c + ε/C)
//   focal (Lin et al. 2017)  L = −w·(1 − p_y)^γ·log p_y
//       dz_c = w·(1 − p_y)^γ·(γ·p_y·log p_y/(1 − p_y) − 1)·([c = y] − p_c)
//   mean squared             L = Σ_c (z_c − t_c)²/C                              dz_c = 2·(z_c − t_c)/C
//   radial basis (LeNet-98)  L = −z_label + log(e^−j + Σ_c e^z_c)               dz_c = e^z_c/(e^−j + Σ e^z) − [c = label]
//       the paper's MAP criterion with z = −distance: it also pushes the wrong classes away; j caps how far.
#pragma once

#include "striate/kernels/impl/batch_norm.hpp"
#include "striate/kernels/impl/softmax.hpp"

#include <cstdint>
#include <span>

namespace striate::kernels::impl {

// Calls body(block, lane, mask of lanes that hold an image, index of the first image).
template <class Arch, class Body>
inline void for_each_image_vector(const ConstBlockedView& view, int images, Body&& body) {
  for (int block = 0; block < view.blocks; ++block) {
    for (int lane = 0; lane < view.lanes; lane += width_of<Arch>) {
      body(block, lane, image_mask<Arch>(images, block, view.lanes, lane) > Vector<Arch>(0.0f), block * view.lanes + lane);
    }
  }
}

template <class Arch>
inline void store_losses(const Vector<Arch>& loss, int first, int images, float* losses) {
  float values[width_of<Arch>];
  loss.store_unaligned(values);
  for (int i = 0; i < width_of<Arch> && first + i < images; ++i) losses[first + i] = values[i];
}

template <class Arch>
void target_cross_entropy(const ConstBlockedView& logits, const ConstBlockedView& targets, int images, float scale,
                          const BlockedView& dlogits, float* losses) {
  const Vector<Arch> zero(0.0f), factor(scale);
  for_each_image_vector<Arch>(logits, images, [&](int block, int lane, const auto& used, int first) {
    Vector<Arch> largest;
    const auto sum = shifted_exponentials<Arch>(logits, block, lane, dlogits, largest);
    const auto log_sum = impl::log<Arch>(sum) + largest;
    Vector<Arch> loss(0.0f), mass(0.0f);
    for (int c = 0; c < logits.channels; ++c) {
      const auto t = load<Arch>(targets.at(block, 0, c) + lane);
      mass = mass + t;
      loss = madd<Arch>(t, log_sum - load<Arch>(logits.at(block, 0, c) + lane), loss);
    }
    for (int c = 0; c < logits.channels; ++c) {
      float* d = dlogits.at(block, 0, c) + lane;
      const auto gradient = (load<Arch>(d) / sum * mass - load<Arch>(targets.at(block, 0, c) + lane)) * factor;
      xsimd::select(used, gradient, zero).store_unaligned(d);
    }
    store_losses<Arch>(loss, first, images, losses);
  });
}

// weights: one per image (class weight, 0 to ignore it).
template <class Arch>
void focal_loss(const ConstBlockedView& logits, std::span<const std::int32_t> labels, const float* weights, float gamma,
                float scale, const BlockedView& dlogits, float* losses) {
  const int images = static_cast<int>(labels.size());
  constexpr int width = width_of<Arch>;
  const Vector<Arch> zero(0.0f), one(1.0f), factor(scale);
  for_each_image_vector<Arch>(logits, images, [&](int block, int lane, const auto& used, int first) {
    Vector<Arch> largest;
    const auto sum = shifted_exponentials<Arch>(logits, block, lane, dlogits, largest);
    float own[width] = {}, weight[width] = {};
    for (int i = 0; i < width && first + i < images; ++i) {
      own[i] = logits.at(block, 0, labels[static_cast<std::size_t>(first + i)])[lane + i];
      weight[i] = weights[first + i];
    }
    const auto log_p = load<Arch>(own) - largest - impl::log<Arch>(sum);
    const auto p = impl::exp<Arch>(log_p);
    // 1 − p as the other classes' share: exact when p is near 1, where the loss lives.
    Vector<Arch> others(0.0f);
    for (int c = 0; c < logits.channels; ++c) {
      float mine[width];
      for (int i = 0; i < width; ++i) {
        mine[i] = first + i < images && labels[static_cast<std::size_t>(first + i)] == c ? 0.0f : 1.0f;
      }
      others = madd<Arch>(load<Arch>(dlogits.at(block, 0, c) + lane), load<Arch>(mine), others);
    }
    const auto miss = xsimd::max(others / sum, Vector<Arch>(1e-30f));
    const auto hardness = load<Arch>(weight) * impl::exp<Arch>(impl::log<Arch>(miss) * Vector<Arch>(gamma));
    const auto slope = hardness * (Vector<Arch>(gamma) * p * log_p / miss - one) * factor;
    for (int c = 0; c < logits.channels; ++c) {
      float* d = dlogits.at(block, 0, c) + lane;
      float is_own[width];
      for (int i = 0; i < width; ++i) {
        is_own[i] = first + i < images && labels[static_cast<std::size_t>(first + i)] == c ? 1.0f : 0.0f;
      }
      const auto gradient = slope * (load<Arch>(is_own) - load<Arch>(d) / sum);
      xsimd::select(used, gradient, zero).store_unaligned(d);
    }
    store_losses<Arch>(-hardness * log_p, first, images, losses);
  });
}

template <class Arch>
void mean_squared_error(const ConstBlockedView& output, const ConstBlockedView& targets, int images, float scale,
                        const BlockedView& doutput, float* losses) {
  const float over_classes = 1.0f / static_cast<float>(output.channels);
  const Vector<Arch> zero(0.0f), factor(2.0f * scale * over_classes), mean(over_classes);
  for_each_image_vector<Arch>(output, images, [&](int block, int lane, const auto& used, int first) {
    Vector<Arch> loss(0.0f);
    for (int c = 0; c < output.channels; ++c) {
      const auto d = load<Arch>(output.at(block, 0, c) + lane) - load<Arch>(targets.at(block, 0, c) + lane);
      loss = madd<Arch>(d, d, loss);
      xsimd::select(used, d * factor, zero).store_unaligned(doutput.at(block, 0, c) + lane);
    }
    store_losses<Arch>(loss * mean, first, images, losses);
  });
}

template <class Arch>
void radial_basis_loss(const ConstBlockedView& logits, std::span<const std::int32_t> labels, float cap, float scale,
                       const BlockedView& dlogits, float* losses) {
  const int images = static_cast<int>(labels.size());
  constexpr int width = width_of<Arch>;
  const Vector<Arch> zero(0.0f), factor(scale), limit(-cap);
  for_each_image_vector<Arch>(logits, images, [&](int block, int lane, const auto& used, int first) {
    auto largest = limit;
    for (int c = 0; c < logits.channels; ++c) largest = xsimd::max(largest, load<Arch>(logits.at(block, 0, c) + lane));
    auto sum = impl::exp<Arch>(limit - largest);
    for (int c = 0; c < logits.channels; ++c) {
      const auto e = impl::exp<Arch>(load<Arch>(logits.at(block, 0, c) + lane) - largest);
      e.store_unaligned(dlogits.at(block, 0, c) + lane);
      sum = sum + e;
    }
    float own[width] = {};
    for (int i = 0; i < width && first + i < images; ++i) {
      own[i] = logits.at(block, 0, labels[static_cast<std::size_t>(first + i)])[lane + i];
    }
    store_losses<Arch>(impl::log<Arch>(sum) + largest - load<Arch>(own), first, images, losses);
    for (int c = 0; c < logits.channels; ++c) {
      float* d = dlogits.at(block, 0, c) + lane;
      xsimd::select(used, load<Arch>(d) / sum * factor, zero).store_unaligned(d);
    }
    for (int i = 0; i < width && first + i < images; ++i) {
      dlogits.at(block, 0, labels[static_cast<std::size_t>(first + i)])[lane + i] -= scale;
    }
  });
}

}  // namespace striate::kernels::impl

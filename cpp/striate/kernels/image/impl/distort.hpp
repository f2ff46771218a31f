// Rows of maps for distortions: thin-plate splines and inverse-distance weights. Points in the order given, single precision.
#pragma once

#include "striate/kernels/image/impl/noise.hpp"

#include <cstddef>

namespace striate::kernels::image::impl {

// out_x, out_y[i] += Σ_k w[k] · r² ln(r² + 10⁻⁶), r the distance of (i · step, y) to the point k; points, weights: x, y pairs.
template <class Arch>
void thin_plate_row(const float* points, const float* weights, int count, float y, float step, float* __restrict out_x, float* __restrict out_y,
                    int width) {
  for (int k = 0; k < count; ++k) {
    const float px = points[2 * k], dy = y - points[2 * k + 1], wx = weights[2 * k], wy = weights[2 * k + 1];
    for (int i = 0; i < width; ++i) {
      const float dx = static_cast<float>(i) * step - px;
      const float square = dx * dx + dy * dy;
      const float value = square * short_log<Arch>(square + 1e-6f);
      out_x[i] += wx * value;
      out_y[i] += wy * value;
    }
  }
}

// out_x, out_y[i] = Σ_k to_k / (d² + 10⁻⁸) / Σ_k 1 / (d² + 10⁻⁸), d the distance of (i, y) to the point k.
template <class Arch>
void inverse_distance_row(const float* points, const float* targets, int count, float y, float* __restrict out_x, float* __restrict out_y,
                          float* __restrict sums, int width) {
  for (int i = 0; i < width; ++i) out_x[i] = out_y[i] = sums[i] = 0;
  for (int k = 0; k < count; ++k) {
    const float px = points[2 * k], dy = y - points[2 * k + 1], tx = targets[2 * k], ty = targets[2 * k + 1];
    for (int i = 0; i < width; ++i) {
      const float dx = static_cast<float>(i) - px;
      const float weight = 1.0f / (dx * dx + dy * dy + 1e-8f);
      sums[i] += weight;
      out_x[i] += weight * tx;
      out_y[i] += weight * ty;
    }
  }
  for (int i = 0; i < width; ++i) {
    out_x[i] /= sums[i];
    out_y[i] /= sums[i];
  }
}

}  // namespace striate::kernels::image::impl

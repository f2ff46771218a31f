// group_norm (Wu & He 2018): each image normalises each group of channels by itself: y = γ_c·(x − μ_g)/√(σ_g² + ε) + β_c.
// One group is layer norm over C×H×W, as many groups as channels is instance norm.
//
//   g_i = dy_i·γ_c     dx = (g − mean(g) − x̂·mean(g·x̂))/σ     dγ = Σ dy·x̂     dβ = Σ dy
//
// A lane is an image, so statistics stay in lanes. Two passes (mean, then squares about it); rows are summed first, then
// rows together, so that the error grows with the row's length plus the rows' number and not with their product.
#pragma once

#include "striate/kernels/impl/elementwise.hpp"

namespace striate::kernels::impl {

// Calls body(c, y) for the channels of one group, rows in memory order.
template <class Body>
inline void for_each_group_row(const ConstBlockedView& view, int first, int until, Body&& body) {
  for (int y = 0; y < view.height; ++y) {
    for (int c = first; c < until; ++c) body(c, y);
  }
}

// statistics: mean and 1/σ for each (block, group, lane): 2·blocks·groups·lanes floats.
template <class Arch>
void group_norm_forward(const ConstBlockedView& input, int groups, const float* gamma, const float* beta, float epsilon,
                        const BlockedView& output, float* statistics) {
  constexpr int width = width_of<Arch>;
  const int lanes = input.lanes, per_group = input.channels / groups;
  const Vector<Arch> over_count(1.0f / (static_cast<float>(per_group) * static_cast<float>(input.height * input.width)));
  for (int block = 0; block < input.blocks; ++block) {
    for (int group = 0; group < groups; ++group) {
      const int first = group * per_group, until = first + per_group;
      for (int lane = 0; lane < lanes; lane += width, statistics += 2 * width) {
        const auto row_sum = [&](auto&& f) {
          Vector<Arch> total(0.0f);
          for_each_group_row(input, first, until, [&](int c, int y) {
            Vector<Arch> row(0.0f);
            const float* x = input.at(block, y, c) + lane;
            for (int i = 0; i < input.width; ++i, x += lanes) row = row + f(load<Arch>(x));
            total = total + row;
          });
          return total;
        };
        const auto mean = row_sum([](const auto& x) { return x; }) * over_count;
        const auto variance = row_sum([&](const auto& x) { return (x - mean) * (x - mean); }) * over_count;
        const auto inverse = Vector<Arch>(1.0f) / xsimd::sqrt(variance + Vector<Arch>(epsilon));
        mean.store_unaligned(statistics);
        inverse.store_unaligned(statistics + width);
        for_each_group_row(input, first, until, [&](int c, int y) {
          const float* x = input.at(block, y, c) + lane;
          float* to = output.at(block, y, c) + lane;
          const Vector<Arch> factor(gamma == nullptr ? 1.0f : gamma[c]), offset(beta == nullptr ? 0.0f : beta[c]);
          for (int i = 0; i < input.width; ++i, x += lanes, to += lanes) {
            madd<Arch>((load<Arch>(x) - mean) * inverse, factor, offset).store_unaligned(to);
          }
        });
      }
    }
  }
}

// dgamma, dbeta: null, or written. workspace: 2·channels·width floats for their lanes.
template <class Arch>
void group_norm_backward(const ConstBlockedView& input, int groups, const float* gamma, const float* statistics,
                         const ConstBlockedView& doutput, const BlockedView& dinput, float* dgamma, float* dbeta,
                         float* workspace) {
  constexpr int width = width_of<Arch>;
  const int lanes = input.lanes, per_group = input.channels / groups;
  const Vector<Arch> over_count(1.0f / (static_cast<float>(per_group) * static_cast<float>(input.height * input.width)));
  for (int i = 0; i < 2 * input.channels * width; ++i) workspace[i] = 0.0f;
  for (int block = 0; block < input.blocks; ++block) {
    for (int group = 0; group < groups; ++group) {
      const int first = group * per_group, until = first + per_group;
      for (int lane = 0; lane < lanes; lane += width, statistics += 2 * width) {
        const auto mean = load<Arch>(statistics), inverse = load<Arch>(statistics + width);
        Vector<Arch> gradient_sum(0.0f), product_sum(0.0f);
        for_each_group_row(input, first, until, [&](int c, int y) {
          const float* x = input.at(block, y, c) + lane;
          const float* dy = doutput.at(block, y, c) + lane;
          Vector<Arch> sum(0.0f), product(0.0f);
          for (int i = 0; i < input.width; ++i, x += lanes, dy += lanes) {
            const auto d = load<Arch>(dy);
            sum = sum + d;
            product = madd<Arch>(d, (load<Arch>(x) - mean) * inverse, product);
          }
          float* of_channel = workspace + std::ptrdiff_t{2} * c * width;
          (load<Arch>(of_channel) + product).store_unaligned(of_channel);
          (load<Arch>(of_channel + width) + sum).store_unaligned(of_channel + width);
          const Vector<Arch> factor(gamma == nullptr ? 1.0f : gamma[c]);
          gradient_sum = madd<Arch>(sum, factor, gradient_sum);
          product_sum = madd<Arch>(product, factor, product_sum);
        });
        if (dinput.data == nullptr) continue;
        const auto mean_gradient = gradient_sum * over_count, mean_product = product_sum * over_count;
        for_each_group_row(input, first, until, [&](int c, int y) {
          const float* x = input.at(block, y, c) + lane;
          const float* dy = doutput.at(block, y, c) + lane;
          float* dx = dinput.at(block, y, c) + lane;
          const Vector<Arch> factor(gamma == nullptr ? 1.0f : gamma[c]);
          for (int i = 0; i < input.width; ++i, x += lanes, dy += lanes, dx += lanes) {
            const auto normal = (load<Arch>(x) - mean) * inverse;
            ((load<Arch>(dy) * factor - mean_gradient - normal * mean_product) * inverse).store_unaligned(dx);
          }
        });
      }
    }
  }
  for (int c = 0; c < input.channels; ++c) {
    const float* of_channel = workspace + std::ptrdiff_t{2} * c * width;
    if (dgamma != nullptr) dgamma[c] = sum_lanes<Arch>(load<Arch>(of_channel));
    if (dbeta != nullptr) dbeta[c] = sum_lanes<Arch>(load<Arch>(of_channel + width));
  }
}

}  // namespace striate::kernels::impl

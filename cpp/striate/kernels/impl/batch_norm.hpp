// batch_norm2d (Ioffe & Szegedy 2015): y = γ·(x − μ)/√(σ² + ε) + β per channel, with the batch's own μ and σ² in training
// and the running ones otherwise.
//
//   dβ = Σ dy     dγ = Σ dy·x̂     dx = γ/(σ·M)·(M·dy − dβ − x̂·dγ),     M = images·H·W
//
// Statistics are taken over images that are there: the empty lanes of the last block are left out, and get no gradient.
// Each row of one channel is summed in float lanes, rows in double: the error does not grow with the batch. σ² needs a
// second pass over x, against μ, which loses nothing when |μ| ≫ σ.
#pragma once

#include "striate/kernels/impl/elementwise.hpp"

#include <cmath>
#include <cstdint>

namespace striate::kernels::impl {

// Ones for the lanes of `block` that hold an image, zeros behind them.
template <class Arch>
inline Vector<Arch> image_mask(int images, int block, int lanes, int lane) {
  float mask[width_of<Arch>];
  for (int i = 0; i < width_of<Arch>; ++i) mask[i] = block * lanes + lane + i < images ? 1.0f : 0.0f;
  return load<Arch>(mask);
}

// Σ f(block, y, offset of the vector in the row) over all rows of one channel, empty lanes left out.
template <class Arch, class Function>
inline double sum_channel(const ConstBlockedView& view, int images, Function&& f) {
  constexpr int width = width_of<Arch>;
  const int row_floats = view.width * view.lanes;
  double total = 0;
  for (int block = 0; block < view.blocks; ++block) {
    const bool whole = (block + 1) * view.lanes <= images;
    for (int y = 0; y < view.height; ++y) {
      Vector<Arch> even(0.0f), odd(0.0f);
      if (whole) {
        int i = 0;
        for (; i + 2 * width <= row_floats; i += 2 * width) {
          even = even + f(block, y, i);
          odd = odd + f(block, y, i + width);
        }
        if (i < row_floats) even = even + f(block, y, i);
      } else {
        for (int i = 0; i < row_floats; i += width) {
          const auto used = image_mask<Arch>(images, block, view.lanes, i % view.lanes) > Vector<Arch>(0.0f);
          even = even + xsimd::select(used, f(block, y, i), Vector<Arch>(0.0f));
        }
      }
      total += sum_lanes<Arch>(even + odd);
    }
  }
  return total;
}

// mean and variance (the biased one, which normalises) per channel.
template <class Arch>
void batch_norm_statistics(const ConstBlockedView& input, int images, float* mean, float* variance) {
  const double count = static_cast<double>(images) * input.height * input.width;
  for (int c = 0; c < input.channels; ++c) {
    const double m = sum_channel<Arch>(input, images, [&](int block, int y, int i) { return load<Arch>(input.at(block, y, c) + i); }) / count;
    mean[c] = static_cast<float>(m);
    const Vector<Arch> center(mean[c]);
    const double shift = m - static_cast<double>(mean[c]);
    const double squares = sum_channel<Arch>(input, images, [&](int block, int y, int i) {
      const auto d = load<Arch>(input.at(block, y, c) + i) - center;
      return d * d;
    });
    variance[c] = static_cast<float>(squares / count - shift * shift);
  }
}

// y = x·scale + shift per channel, with an optional ReLU: batch norm once its statistics are known.
template <class Arch>
void scale_shift(const ConstBlockedView& input, const float* scale, const float* shift, const BlockedView& output, bool with_relu) {
  const int row_floats = input.width * input.lanes;
  for_each_row(input.blocks, input.height, input.channels, [&](int block, int y, int c) {
    const float* from = input.at(block, y, c);
    float* to = output.at(block, y, c);
    const Vector<Arch> factor(scale[c]), offset(shift[c]);
    for (int i = 0; i < row_floats; i += width_of<Arch>) {
      const auto value = madd<Arch>(load<Arch>(from + i), factor, offset);
      (with_relu ? relu<Arch>(value) : value).store_unaligned(to + i);
    }
  });
}

// mean, inverse_std: those of the forward pass. batch_statistics: they came from this very batch, and gradient flows
// through them too; otherwise they are constants (frozen, evaluation) and dx = γ/σ·dy.
template <class Arch>
void batch_norm_backward(const ConstBlockedView& input, int images, const ConstBlockedView& doutput, const float* gamma,
                         const float* mean, const float* inverse_std, bool batch_statistics, const BlockedView& dinput,
                         float* dgamma, float* dbeta) {
  constexpr int width = width_of<Arch>;
  const double count = static_cast<double>(images) * input.height * input.width;
  const int row_floats = input.width * input.lanes;
  for (int c = 0; c < input.channels; ++c) {
    const Vector<Arch> center(mean[c]);
    const double sum = sum_channel<Arch>(doutput, images, [&](int block, int y, int i) { return load<Arch>(doutput.at(block, y, c) + i); });
    const double product = inverse_std[c] * sum_channel<Arch>(doutput, images, [&](int block, int y, int i) {
      return load<Arch>(doutput.at(block, y, c) + i) * (load<Arch>(input.at(block, y, c) + i) - center);
    });
    if (dbeta != nullptr) dbeta[c] = static_cast<float>(sum);
    if (dgamma != nullptr) dgamma[c] = static_cast<float>(product);
    if (dinput.data == nullptr) continue;
    const double outer = static_cast<double>(gamma == nullptr ? 1.0f : gamma[c]) * inverse_std[c];
    // dx = outer·(dy − sum/M − (x − μ)·inverse_std·product/M)
    const Vector<Arch> factor(static_cast<float>(outer));
    const Vector<Arch> offset(batch_statistics ? static_cast<float>(-outer * sum / count) : 0.0f);
    const Vector<Arch> slope(batch_statistics ? static_cast<float>(-outer * inverse_std[c] * product / count) : 0.0f);
    for (int block = 0; block < input.blocks; ++block) {
      const bool whole = (block + 1) * input.lanes <= images;
      for (int y = 0; y < input.height; ++y) {
        const float* x = input.at(block, y, c);
        const float* dy = doutput.at(block, y, c);
        float* dx = dinput.at(block, y, c);
        for (int i = 0; i < row_floats; i += width) {
          auto value = madd<Arch>(load<Arch>(dy + i), factor, madd<Arch>(load<Arch>(x + i) - center, slope, offset));
          if (!whole) {
            const auto used = image_mask<Arch>(images, block, input.lanes, i % input.lanes) > Vector<Arch>(0.0f);
            value = xsimd::select(used, value, Vector<Arch>(0.0f));
          }
          value.store_unaligned(dx + i);
        }
      }
    }
  }
}

}  // namespace striate::kernels::impl

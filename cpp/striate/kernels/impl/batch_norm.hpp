// batch_norm2d (Ioffe & Szegedy 2015): y = γ·(x − μ)/√(σ² + ε) + β per channel, with the batch's own μ and σ² in training
// and the running ones otherwise.
//
//   dβ = Σ dy     dγ = Σ dy·x̂     dx = γ/(σ·M)·(M·dy − dβ − x̂·dγ),     M = images·H·W
//
// The layer puts these together: sums may be taken of parts of a batch.
//
// Statistics are taken over images that are there: the empty lanes of the last block are left out, and get no gradient.
// Each row of one channel is summed in float lanes, rows in double: the error does not grow with the batch. μ and σ² come
// from one pass over x, in the order of memory: a row's sum and sum of squares are taken of its distances to the mean of the
// rows before it (of the first row to its own), so that nothing is lost when |μ| ≫ σ, and rows are put together as Chan,
// Golub & LeVeque do (1979).
#pragma once

#include "striate/kernels/impl/elementwise.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace striate::kernels::impl {

// Channels whose sums are kept at a time.
inline constexpr int batch_norm_chunk = 64;

// Ones for the lanes of `block` that hold an image, zeros behind them.
template <class Arch>
inline Vector<Arch> image_mask(int images, int block, int lanes, int lane) {
  float mask[width_of<Arch>];
  for (int i = 0; i < width_of<Arch>; ++i) mask[i] = block * lanes + lane + i < images ? 1.0f : 0.0f;
  return load<Arch>(mask);
}

template <class Arch>
struct VectorPair {
  Vector<Arch> first, second;
  VectorPair plus(const VectorPair& other) const { return {first + other.first, second + other.second}; }
};
struct DoublePair {
  double first, second;
};

// Σ of both of f(offset of the vector) over one row; of the `lanes` images in it, the first `used` count.
template <class Arch, class Function>
inline DoublePair sum_row(int row_floats, int lanes, int used, Function&& f) {
  constexpr int width = width_of<Arch>;
  const VectorPair<Arch> none{Vector<Arch>(0.0f), Vector<Arch>(0.0f)};
  VectorPair<Arch> even = none, odd = none;
  if (used == lanes) {
    int i = 0;
    for (; i + 2 * width <= row_floats; i += 2 * width) {
      even = even.plus(f(i));
      odd = odd.plus(f(i + width));
    }
    if (i < row_floats) even = even.plus(f(i));
  } else {
    for (int i = 0; i < row_floats; i += width) {
      const auto there = image_mask<Arch>(used, 0, lanes, i % lanes) > none.first;
      const VectorPair<Arch> value = f(i);
      even = even.plus({xsimd::select(there, value.first, none.first), xsimd::select(there, value.second, none.first)});
    }
  }
  const VectorPair<Arch> both = even.plus(odd);
  return {sum_lanes<Arch>(both.first), sum_lanes<Arch>(both.second)};
}

// mean and variance (the biased one, which normalises) per channel.
template <class Arch>
void batch_norm_statistics(const ConstBlockedView& input, int images, float* mean, float* variance) {
  const int row_floats = input.width * input.lanes;
  for (int first = 0; first < input.channels; first += batch_norm_chunk) {
    const int channels = std::min(batch_norm_chunk, input.channels - first);
    double means[batch_norm_chunk] = {}, squares[batch_norm_chunk] = {}, seen = 0;
    for (int block = 0; block < input.blocks && block * input.lanes < images; ++block) {
      const int used = std::min(images - block * input.lanes, input.lanes);
      const double count = static_cast<double>(used) * input.width;
      for (int y = 0; y < input.height; ++y) {
        const double share = count / (seen + count);
        for (int c = 0; c < channels; ++c) {
          const float* row = input.at(block, y, first + c);
          // Twice for the first row: from zero, and then from its own mean.
          for (int pass = seen == 0 ? 0 : 1; pass < 2; ++pass) {
            const float center = static_cast<float>(means[c]);
            const Vector<Arch> from(center);
            const DoublePair sums = sum_row<Arch>(row_floats, input.lanes, used, [&](int i) -> VectorPair<Arch> {
              const auto d = load<Arch>(row + i) - from;
              return {d, d * d};
            });
            const double own = center + sums.first / count;
            if (pass == 0) {
              means[c] = own;
              continue;
            }
            const double apart = own - means[c];
            squares[c] += sums.second - sums.first * sums.first / count + apart * apart * share * seen;
            means[c] += apart * share;
          }
        }
        seen += count;
      }
    }
    for (int c = 0; c < channels; ++c) {
      mean[first + c] = static_cast<float>(means[c]);
      variance[first + c] = static_cast<float>(squares[c] / seen);
    }
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

// Σ dy and Σ dy·(x − μ) per channel, over the images that are there.
template <class Arch>
void batch_norm_sums(const ConstBlockedView& input, int images, const ConstBlockedView& doutput, const float* mean, double* sums,
                     double* products) {
  const int row_floats = input.width * input.lanes;
  std::fill_n(sums, input.channels, 0.0);
  std::fill_n(products, input.channels, 0.0);
  for_each_row(input.blocks, input.height, input.channels, [&](int block, int y, int c) {
    const float *x = input.at(block, y, c), *dy = doutput.at(block, y, c);
    const Vector<Arch> center(mean[c]);
    const int used = std::min(images - block * input.lanes, input.lanes);
    const DoublePair row = sum_row<Arch>(row_floats, input.lanes, used, [&](int i) -> VectorPair<Arch> {
      const auto gradient = load<Arch>(dy + i);
      return {gradient, gradient * (load<Arch>(x + i) - center)};
    });
    sums[c] += row.first;
    products[c] += row.second;
  });
}

// dx = dy·factor + ((x − μ)·slope + offset) per channel, and 0 in lanes without an image.
template <class Arch>
void batch_norm_dinput(const ConstBlockedView& input, int images, const ConstBlockedView& doutput, const float* mean,
                       const float* factor, const float* slope, const float* offset, const BlockedView& dinput) {
  constexpr int width = width_of<Arch>;
  const int row_floats = input.width * input.lanes;
  for_each_row(input.blocks, input.height, input.channels, [&](int block, int y, int c) {
    const float *x = input.at(block, y, c), *dy = doutput.at(block, y, c);
    float* dx = dinput.at(block, y, c);
    const Vector<Arch> center(mean[c]), outer(factor[c]), inner(slope[c]), constant(offset[c]);
    const int used = std::min(images - block * input.lanes, input.lanes);
    for (int i = 0; i < row_floats; i += width) {
      auto value = madd<Arch>(load<Arch>(dy + i), outer, madd<Arch>(load<Arch>(x + i) - center, inner, constant));
      if (used < input.lanes) {
        const auto there = image_mask<Arch>(used, 0, input.lanes, i % input.lanes) > Vector<Arch>(0.0f);
        value = xsimd::select(there, value, Vector<Arch>(0.0f));
      }
      value.store_unaligned(dx + i);
    }
  });
}

}  // namespace striate::kernels::impl

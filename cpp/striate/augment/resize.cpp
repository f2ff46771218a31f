#include "striate/augment/resize.hpp"

#include "striate/augment/exact_math.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace striate::augment {
namespace {

// For each output place: where its taps begin in a row that is padded by `pad` repeated pixels, and their weights,
// [taps][out].
struct Axis {
  int taps = 0, pad = 0;
  std::int32_t* first = nullptr;
  float* weights = nullptr;
};

double cubic_weight(double d) {
  constexpr double a = -0.75;
  d = std::abs(d);
  if (d < 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
  return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0;
}

double lanczos_weight(double d) {
  if (std::abs(d) < 1e-7) return 1;
  return std::abs(d) >= 4 ? 0 : exact_sin(pi * d) * exact_sin(pi * d / 4) / (d * d);
}

// mean: in area mode, the mean of what falls into a pixel; else OpenCV's other kind of linear.
core::Status make_axis(int in, int out, Interpolation interpolation, bool mean, Scratch& scratch, Axis& axis, double step = 0) {
  const double scale = step > 0 ? step : static_cast<double>(in) / out;
  const bool area = interpolation == Interpolation::area;
  const bool shrinking = area && mean;
  axis.taps = interpolation == Interpolation::cubic ? 4 : interpolation == Interpolation::lanczos4 ? 8 : 2;
  if (shrinking) axis.taps = static_cast<int>(std::ceil(scale)) + 1;
  axis.pad = axis.taps;
  const auto count = static_cast<std::size_t>(out), taps = static_cast<std::size_t>(axis.taps);
  STRIATE_TAKE(std::int32_t, first, scratch, count);
  STRIATE_TAKE(float, weights, scratch, count * taps);
  axis.first = first;
  axis.weights = weights;
  double w[8];
  for (std::size_t i = 0; i < count; ++i) {
    const double centre = (static_cast<double>(i) + 0.5) * scale - 0.5;
    int begin = static_cast<int>(floor_of(centre));
    if (shrinking) {
      // Shares of the pixels between i·scale and (i + 1)·scale.
      const double left = static_cast<double>(i) * scale, right = std::min(left + scale, static_cast<double>(in));
      begin = static_cast<int>(floor_of(left));
      for (std::size_t k = 0; k < taps; ++k) {
        const double low = std::max(left, begin + static_cast<double>(k)), high = std::min(right, begin + static_cast<double>(k) + 1);
        weights[k * count + i] = high > low + 1e-9 ? static_cast<float>((high - low) / (right - left)) : 0.0f;
      }
    } else if (taps == 2) {
      double t = centre - begin;
      if (area) {
        // The pixel's right edge decides.
        begin = static_cast<int>(floor_of(static_cast<double>(i) * scale));
        t = (static_cast<double>(i) + 1) - (begin + 1) / scale;
        t = t <= 0 ? 0 : t - floor_of(t);
      }
      weights[i] = static_cast<float>(1 - t);
      weights[count + i] = static_cast<float>(t);
    } else {
      const int before = static_cast<int>(taps) / 2 - 1;
      const double t = centre - begin;
      double sum = 0;
      for (std::size_t k = 0; k < taps; ++k) {
        const double d = t + before - static_cast<double>(k);
        w[k] = taps == 4 ? cubic_weight(d) : lanczos_weight(d);
        sum += w[k];
      }
      for (std::size_t k = 0; k < taps; ++k) weights[k * count + i] = static_cast<float>(w[k] / sum);
      begin -= before;
    }
    first[i] = std::clamp(begin, -axis.pad, in) + axis.pad;
  }
  return {};
}

// `row` is one input row of floats with room for the padding around it.
void repeat_ends(float* row, int pad, int width) {
  for (int i = 0; i < pad; ++i) row[i] = row[pad];
  for (int i = 0; i < pad; ++i) row[pad + width + i] = row[pad + width - 1];
}

// source(y, row): writes input row y. target(y, row): takes a finished row of floats.
template <class Source, class Target>
core::Status separable(int height, int width, int out_height, int out_width, const Axis& x, const Axis& y, Scratch& scratch,
                       const ImageKernels& kernels, Source&& source, Target&& target) {
  const auto columns = static_cast<std::size_t>(out_width);
  const auto taps = static_cast<std::size_t>(y.taps);
  STRIATE_TAKE(float, line, scratch, static_cast<std::size_t>(width + 2 * x.pad) + 1);
  STRIATE_TAKE(float, ring, scratch, columns * taps);
  STRIATE_TAKE(int, held, scratch, taps);  // which input row each line of the ring holds
  STRIATE_TAKE(const float*, rows, scratch, taps);
  STRIATE_TAKE(float, weights, scratch, taps);
  STRIATE_TAKE(float, made, scratch, columns);
  for (std::size_t k = 0; k < taps; ++k) held[k] = -1;
  for (int row = 0; row < out_height; ++row) {
    int terms = 0;
    for (std::size_t k = 0; k < taps; ++k) {
      const float weight = y.weights[k * static_cast<std::size_t>(out_height) + static_cast<std::size_t>(row)];
      if (weight == 0.0f) continue;
      const int wanted = std::clamp(y.first[row] - y.pad + static_cast<int>(k), 0, height - 1);
      const std::size_t slot = static_cast<std::size_t>(wanted) % taps;
      float* place = ring + slot * columns;
      if (held[slot] != wanted) {
        source(wanted, line + x.pad);
        repeat_ends(line, x.pad, width);
        kernels.pick(line, x.first, x.weights, x.taps, place, out_width);
        held[slot] = wanted;
      }
      rows[terms] = place;
      weights[terms++] = weight;
    }
    kernels.weigh(rows, weights, terms, 0.0f, made, columns);
    target(row, made);
  }
  return {};
}

core::Status resize_nearest(const ConstImage& in, const Image& out, bool centred, double step, Scratch& scratch) {
  const int height = in.shape.height, width = in.shape.width, to_height = out.shape.height, to_width = out.shape.width;
  const auto source = [&](int i, int from, int to) {
    const double scale = step > 0 ? step : static_cast<double>(from) / to;
    return std::min(static_cast<int>(floor_of(centred ? (i + 0.5) * scale : i * scale)), from - 1);
  };
  STRIATE_TAKE(int, columns, scratch, static_cast<std::size_t>(to_width));
  for (int x = 0; x < to_width; ++x) columns[x] = source(x, width, to_width);
  for (int c = 0; c < in.shape.channels; ++c) {
    for (int y = 0; y < to_height; ++y) {
      const std::uint8_t* from = in.row(c, source(y, height, to_height));
      std::uint8_t* to = out.row(c, y);
      for (int x = 0; x < to_width; ++x) to[x] = from[columns[x]];
    }
  }
  return {};
}

}  // namespace

core::Status resize(const ConstImage& in, const Image& out, Interpolation interpolation, Scratch& scratch, const ImageKernels& kernels,
                    double step) {
  if (in.shape == out.shape && step == 0) {
    std::memcpy(out.pixels, in.pixels, in.size());
    return {};
  }
  if (interpolation == Interpolation::nearest || interpolation == Interpolation::nearest_exact) {
    return resize_nearest(in, out, interpolation == Interpolation::nearest_exact, step, scratch);
  }
  // Area is a mean only when no side grows.
  const bool mean = in.shape.height >= out.shape.height && in.shape.width >= out.shape.width;
  Axis x, y;
  STRIATE_CHECK(make_axis(in.shape.width, out.shape.width, interpolation, mean, scratch, x, step));
  STRIATE_CHECK(make_axis(in.shape.height, out.shape.height, interpolation, mean, scratch, y, step));
  for (int c = 0; c < in.shape.channels; ++c) {
    const Scratch::Mark mark = scratch.mark();
    STRIATE_CHECK(separable(
        in.shape.height, in.shape.width, out.shape.height, out.shape.width, x, y, scratch, kernels,
        [&](int row, float* to) { kernels.to_floats(in.row(c, row), to, static_cast<std::size_t>(in.shape.width)); },
        [&](int row, const float* from) { kernels.to_bytes(from, out.row(c, row), static_cast<std::size_t>(out.shape.width)); }));
    scratch.release(mark);
  }
  return {};
}

core::Status resize_to_floats(const std::uint8_t* in, std::ptrdiff_t stride, int height, int width, float* out, int out_height,
                              int out_width, Scratch& scratch, const ImageKernels& kernels) {
  const Scratch::Mark mark = scratch.mark();
  Axis x, y;
  STRIATE_CHECK(make_axis(width, out_width, Interpolation::linear, false, scratch, x));
  STRIATE_CHECK(make_axis(height, out_height, Interpolation::linear, false, scratch, y));
  STRIATE_CHECK(separable(
      height, width, out_height, out_width, x, y, scratch, kernels,
      [&](int row, float* to) { kernels.to_floats(in + row * stride, to, static_cast<std::size_t>(width)); },
      [&](int row, const float* from) { std::memcpy(out + std::ptrdiff_t{row} * out_width, from, static_cast<std::size_t>(out_width) * sizeof(float)); }));
  scratch.release(mark);
  return {};
}

core::Status resize_field(const float* in, int height, int width, float* out, int out_height, int out_width, Scratch& scratch,
                          const ImageKernels& kernels) {
  const Scratch::Mark mark = scratch.mark();
  Axis x, y;
  STRIATE_CHECK(make_axis(width, out_width, Interpolation::linear, false, scratch, x));
  STRIATE_CHECK(make_axis(height, out_height, Interpolation::linear, false, scratch, y));
  STRIATE_CHECK(separable(
      height, width, out_height, out_width, x, y, scratch, kernels,
      [&](int row, float* to) { std::memcpy(to, in + std::ptrdiff_t{row} * width, static_cast<std::size_t>(width) * sizeof(float)); },
      [&](int row, const float* from) { std::memcpy(out + std::ptrdiff_t{row} * out_width, from, static_cast<std::size_t>(out_width) * sizeof(float)); }));
  scratch.release(mark);
  return {};
}

}  // namespace striate::augment

#include "striate/augment/filter.hpp"

#include "striate/augment/exact_math.hpp"
#include "striate/augment/place.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>

namespace striate::augment {
namespace {

// A row of floats with the border's pixels around it; a constant border is 0.
void pad_row(float* row, int before, int width, int after, Border border) {
  const auto at = [&](std::ptrdiff_t x) {
    const int place = kernels::image::border_index(x, width, border);
    return place < 0 ? 0.0f : row[before + place];
  };
  for (int i = 1; i <= before; ++i) row[before - i] = at(-i);
  for (int i = 0; i < after; ++i) row[before + width + i] = at(std::ptrdiff_t{width} + i);
}

// source(y, row) writes row y; target(y, row) takes it filtered.
template <class Source, class Target>
core::Status separable(int height, int width, std::span<const float> row, std::span<const float> column, Border border, Scratch& scratch,
                       const ImageKernels& kernels, Source&& source, Target&& target) {
  const Scratch::Mark mark = scratch.mark();
  const auto columns = static_cast<std::size_t>(width);
  const int taps_x = static_cast<int>(row.size()), taps_y = static_cast<int>(column.size());
  const int before = taps_x / 2, above = taps_y / 2;
  STRIATE_TAKE(float, line, scratch, columns + row.size());
  STRIATE_TAKE(float, plane, scratch, columns * static_cast<std::size_t>(height));
  STRIATE_TAKE(float, zeros, scratch, columns);
  STRIATE_TAKE(float, made, scratch, columns);
  STRIATE_TAKE(const float*, rows, scratch, std::max(row.size(), column.size()));
  std::memset(zeros, 0, columns * sizeof(float));
  for (int k = 0; k < taps_x; ++k) rows[k] = line + k;
  for (int y = 0; y < height; ++y) {
    source(y, line + before);
    pad_row(line, before, width, taps_x - 1 - before, border);
    kernels.weigh(rows, row.data(), taps_x, 0.0f, plane + static_cast<std::size_t>(y) * columns, columns);
  }
  for (int y = 0; y < height; ++y) {
    for (int k = 0; k < taps_y; ++k) {
      const int place = kernels::image::border_index(std::ptrdiff_t{y} + k - above, height, border);
      rows[k] = place < 0 ? zeros : plane + static_cast<std::size_t>(place) * columns;
    }
    kernels.weigh(rows, column.data(), taps_y, 0.0f, made, columns);
    target(y, made);
  }
  scratch.release(mark);
  return {};
}

}  // namespace

core::Status convolve(const ConstImage& in, const Image& out, const Kernel& kernel, Border border, Scratch& scratch, const ImageKernels& kernels) {
  const int width = in.shape.width, height = in.shape.height;
  const auto columns = static_cast<std::size_t>(width);
  const int before = kernel.width / 2, above = kernel.height / 2;
  const std::size_t padded = columns + static_cast<std::size_t>(kernel.width) - 1;
  STRIATE_TAKE(float, plane, scratch, padded * static_cast<std::size_t>(height));
  STRIATE_TAKE(float, zeros, scratch, padded);
  STRIATE_TAKE(float, made, scratch, columns);
  STRIATE_TAKE(const float*, rows, scratch, kernel.weights.size());
  STRIATE_TAKE(float, weights, scratch, kernel.weights.size());
  std::memset(zeros, 0, padded * sizeof(float));
  for (int c = 0; c < in.shape.channels; ++c) {
    for (int y = 0; y < height; ++y) {
      float* line = plane + static_cast<std::size_t>(y) * padded;
      kernels.to_floats(in.row(c, y), line + before, columns);
      pad_row(line, before, width, kernel.width - 1 - before, border);
    }
    for (int y = 0; y < height; ++y) {
      int terms = 0;
      for (int j = 0; j < kernel.height; ++j) {
        const int place = kernels::image::border_index(std::ptrdiff_t{y} + j - above, height, border);
        const float* line = place < 0 ? zeros : plane + static_cast<std::size_t>(place) * padded;
        for (int i = 0; i < kernel.width; ++i) {
          const float weight = kernel.weights[static_cast<std::size_t>(j * kernel.width + i)];
          if (weight == 0.0f) continue;
          rows[terms] = line + i;
          weights[terms++] = weight;
        }
      }
      kernels.weigh(rows, weights, terms, 0.0f, made, columns);
      kernels.to_bytes(made, out.row(c, y), columns);
    }
  }
  return {};
}

core::Status convolve_separable(const ConstImage& in, const Image& out, std::span<const float> row, std::span<const float> column,
                                Border border, Scratch& scratch, const ImageKernels& kernels) {
  const auto columns = static_cast<std::size_t>(in.shape.width);
  for (int c = 0; c < in.shape.channels; ++c) {
    STRIATE_CHECK(separable(
        in.shape.height, in.shape.width, row, column, border, scratch, kernels,
        [&](int y, float* to) { kernels.to_floats(in.row(c, y), to, columns); },
        [&](int y, const float* from) { kernels.to_bytes(from, out.row(c, y), columns); }));
  }
  return {};
}

core::Status convolve_field(const float* in, float* out, int height, int width, std::span<const float> row, std::span<const float> column,
                            Border border, Scratch& scratch, const ImageKernels& kernels) {
  const auto columns = static_cast<std::size_t>(width);
  return separable(
      height, width, row, column, border, scratch, kernels,
      [&](int y, float* to) { std::memcpy(to, in + static_cast<std::size_t>(y) * columns, columns * sizeof(float)); },
      [&](int y, const float* from) { std::memcpy(out + static_cast<std::size_t>(y) * columns, from, columns * sizeof(float)); });
}

void gaussian_weights(double sigma, std::span<float> weights) {
  const auto size = static_cast<int>(weights.size());
  if (sigma <= 0 && size <= 9) {
    // OpenCV's binomial-like weights for small sizes, in 1/256.
    constexpr float small[][5] = {{256}, {128, 64}, {96, 64, 16}, {72, 56, 28, 8}, {60, 51, 30, 13, 4}};
    for (int i = 0; i < size; ++i) weights[static_cast<std::size_t>(i)] = small[size / 2][std::abs(i - size / 2)] / 256.0f;
    return;
  }
  if (sigma <= 0) sigma = 0.3 * ((size - 1) * 0.5 - 1) + 0.8;
  double sum = 0;
  const auto value = [&](int i) {
    const double x = (i - size / 2) / sigma;
    return exact_exp(-0.5 * x * x);
  };
  for (int i = 0; i < size; ++i) sum += value(i);
  for (int i = 0; i < size; ++i) weights[static_cast<std::size_t>(i)] = static_cast<float>(value(i) / sum);
}

int gaussian_size(double sigma, bool bytes) {
  return bounded(std::nearbyint(sigma * (bytes ? 3 : 4) * 2 + 1), 1, 4095) | 1;
}

core::Status gaussian_blur(const ConstImage& in, const Image& out, double sigma, int size, Border border, Scratch& scratch, const ImageKernels& kernels) {
  const auto taps = static_cast<std::size_t>(size);
  STRIATE_TAKE(float, weights, scratch, taps);
  gaussian_weights(sigma, {weights, taps});
  return convolve_separable(in, out, {weights, taps}, {weights, taps}, border, scratch, kernels);
}

core::Status gaussian_blur_field(float* field, int height, int width, double sigma, int size, Border border, Scratch& scratch, const ImageKernels& kernels) {
  const Scratch::Mark mark = scratch.mark();
  const auto taps = static_cast<std::size_t>(size);
  STRIATE_TAKE(float, weights, scratch, taps);
  gaussian_weights(sigma, {weights, taps});
  STRIATE_CHECK(convolve_field(field, field, height, width, {weights, taps}, {weights, taps}, border, scratch, kernels));
  scratch.release(mark);
  return {};
}

core::Status box_blur(const ConstImage& in, const Image& out, int size, Border border, Scratch& scratch, const ImageKernels& kernels) {
  const int width = in.shape.width, height = in.shape.height, around = size / 2;
  const auto columns = static_cast<std::size_t>(width);
  const float scale = 1.0f / static_cast<float>(size * size);
  STRIATE_TAKE(std::uint8_t, line, scratch, columns + static_cast<std::size_t>(size));
  STRIATE_TAKE(std::uint16_t, plane, scratch, columns * static_cast<std::size_t>(height));
  STRIATE_TAKE(std::uint16_t, zeros, scratch, columns);
  STRIATE_TAKE(std::int32_t, sums, scratch, columns);
  std::memset(zeros, 0, columns * sizeof(std::uint16_t));
  const auto row = [&](int y) {
    const int place = kernels::image::border_index(y, height, border);
    return place < 0 ? zeros : plane + static_cast<std::size_t>(place) * columns;
  };
  for (int c = 0; c < in.shape.channels; ++c) {
    for (int y = 0; y < height; ++y) {
      pad_plane(in.row(c, y), 1, width, 0, 0, around, around, border, 0, line);
      kernels.box_row(line, size, plane + static_cast<std::size_t>(y) * columns, columns);
    }
    std::memset(sums, 0, columns * sizeof(std::int32_t));
    // The rows before the last one of the first window; what they give is overwritten.
    for (int y = -around; y < around; ++y) kernels.box_step(row(y), zeros, sums, scale, out.row(c, 0), columns);
    for (int y = 0; y < height; ++y) {
      kernels.box_step(row(y + around), y == 0 ? zeros : row(y - around - 1), sums, scale, out.row(c, y), columns);
    }
  }
  return {};
}

core::Status median(const ConstImage& in, const Image& out, int size, Scratch& scratch, const ImageKernels& kernels) {
  const int width = in.shape.width, height = in.shape.height, around = size / 2;
  const auto padded = static_cast<std::size_t>(width + 2 * around);
  STRIATE_TAKE(std::uint8_t, plane, scratch, padded * static_cast<std::size_t>(height + 2 * around));
  STRIATE_TAKE(const std::uint8_t*, rows, scratch, static_cast<std::size_t>(size));
  for (int c = 0; c < in.shape.channels; ++c) {
    pad_plane(in.plane(c), height, width, around, around, around, around, Border::replicate, 0, plane);
    for (int y = 0; y < height; ++y) {
      for (int j = 0; j < size; ++j) rows[j] = plane + static_cast<std::size_t>(y + j) * padded;
      if (size <= 7) {
        kernels.median_row(rows, size, out.row(c, y), width);
        continue;
      }
      // Counts of the levels inside the window, which slides by a column; the middle one moves little from pixel to pixel.
      int counts[256] = {}, below = 0, level = 0;
      const int middle = size * size / 2;
      const auto change = [&](int x, int by) {
        for (int j = 0; j < size; ++j) {
          counts[rows[j][x]] += by;
          if (rows[j][x] < level) below += by;
        }
      };
      for (int x = 0; x < size; ++x) change(x, 1);
      for (int x = 0; x < width; ++x) {
        while (below > middle) below -= counts[--level];
        while (below + counts[level] <= middle) below += counts[level++];
        out.row(c, y)[x] = static_cast<std::uint8_t>(level);
        if (x + 1 == width) break;
        change(x, -1);
        change(x + size, 1);
      }
    }
  }
  return {};
}

}  // namespace striate::augment

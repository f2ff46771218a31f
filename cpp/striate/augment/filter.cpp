#include "striate/augment/filter.hpp"

#include "striate/augment/exact_math.hpp"
#include "striate/augment/place.hpp"
#include "striate/augment/short_rows.hpp"

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

// Rows that go through the kernels together: many of a small image, so that calls do not outweigh the work.
int rows_together(std::size_t stride, int height) {
  constexpr std::size_t values = 1024;
  return static_cast<int>(std::clamp<std::size_t>(values / stride, 1, static_cast<std::size_t>(height)));
}

// Sums of `rows` rows that lie `stride` apart, as the bytes of out's rows from y on. `cut` has room for all of them.
void round_rows(const float* sums, std::size_t stride, int rows, const Image& out, int channel, int y, std::uint8_t* cut, const ImageKernels& kernels) {
  const auto columns = static_cast<std::size_t>(out.shape.width);
  if (rows == 1) return kernels.to_bytes(sums, out.row(channel, y), columns);
  kernels.to_bytes(sums, cut, stride * static_cast<std::size_t>(rows));
  for (int i = 0; i < rows; ++i) copy_row(cut + stride * static_cast<std::size_t>(i), out.row(channel, y + i), columns);
}

// source(y, rows, to) writes rows y … y + rows − 1 with the border at their sides, `stride` apart; target(y, rows, from) takes
// them filtered. All rows are read before the first is given.
template <class Source, class Target>
core::Status separable(int height, int width, std::span<const float> row, std::span<const float> column, Border border, Scratch& scratch,
                       const ImageKernels& kernels, Source&& source, Target&& target) {
  const Scratch::Mark mark = scratch.mark();
  const std::size_t stride = static_cast<std::size_t>(width) + row.size() - 1;
  const int taps_x = static_cast<int>(row.size()), taps_y = static_cast<int>(column.size()), above = taps_y / 2;
  const int together = rows_together(stride, height), padded = height + taps_y - 1;
  const std::size_t some = stride * static_cast<std::size_t>(together);
  STRIATE_TAKE(float, lines, scratch, some + row.size());
  STRIATE_TAKE(float, plane, scratch, stride * static_cast<std::size_t>(padded));
  STRIATE_TAKE(float, made, scratch, some);
  STRIATE_TAKE(const float*, rows, scratch, std::max(row.size(), column.size()));
  std::memset(lines, 0, (some + row.size()) * sizeof(float));  // the last row is followed by numbers, whatever they are
  const auto line = [&](int y) { return plane + stride * static_cast<std::size_t>(y + above); };
  for (int k = 0; k < taps_x; ++k) rows[k] = lines + k;
  for (int y = 0; y < height; y += together) {
    const int now = std::min(together, height - y);
    source(y, now, lines);
    kernels.weigh(rows, row.data(), taps_x, 0.0f, line(y), stride * static_cast<std::size_t>(now));
  }
  for (int k = 0; k < taps_y - 1; ++k) {
    const int y = k < above ? k - above : height + k - above;
    const int place = kernels::image::border_index(y, height, border);
    if (place < 0) {
      std::memset(line(y), 0, stride * sizeof(float));
    } else {
      std::memcpy(line(y), line(place), stride * sizeof(float));
    }
  }
  for (int y = 0; y < height; y += together) {
    const int now = std::min(together, height - y);
    for (int k = 0; k < taps_y; ++k) rows[k] = line(y + k - above);
    kernels.weigh(rows, column.data(), taps_y, 0.0f, made, stride * static_cast<std::size_t>(now));
    target(y, now, made);
  }
  scratch.release(mark);
  return {};
}

}  // namespace

core::Status convolve(const ConstImage& in, const Image& out, const Kernel& kernel, Border border, Scratch& scratch, const ImageKernels& kernels) {
  const int height = in.shape.height, before = kernel.width / 2, above = kernel.height / 2;
  const auto taps_x = static_cast<std::size_t>(kernel.width);
  const std::size_t stride = static_cast<std::size_t>(in.shape.width) + taps_x - 1;
  const std::size_t all = stride * static_cast<std::size_t>(height + kernel.height - 1);
  const int together = rows_together(stride, height);
  const std::size_t some = stride * static_cast<std::size_t>(together);
  STRIATE_TAKE(std::uint8_t, padded, scratch, all + taps_x);
  STRIATE_TAKE(float, plane, scratch, all + taps_x);
  STRIATE_TAKE(float, made, scratch, some);
  STRIATE_TAKE(std::uint8_t, cut, scratch, some);
  STRIATE_TAKE(const float*, rows, scratch, kernel.weights.size());
  STRIATE_TAKE(const float*, firsts, scratch, kernel.weights.size());
  STRIATE_TAKE(float, weights, scratch, kernel.weights.size());
  std::memset(padded + all, 0, taps_x);  // the last row is followed by numbers, whatever they are
  int terms = 0;
  for (std::size_t k = 0; k < kernel.weights.size(); ++k) {
    if (kernel.weights[k] == 0.0f) continue;
    firsts[terms] = plane + k / taps_x * stride + k % taps_x;
    weights[terms++] = kernel.weights[k];
  }
  for (int c = 0; c < in.shape.channels; ++c) {
    pad_plane(in.plane(c), height, in.shape.width, above, kernel.height - 1 - above, before, kernel.width - 1 - before, border, 0, padded);
    kernels.to_floats(padded, plane, all + taps_x);
    for (int y = 0; y < height; y += together) {
      const int now = std::min(together, height - y);
      for (int k = 0; k < terms; ++k) rows[k] = firsts[k] + stride * static_cast<std::size_t>(y);
      kernels.weigh(rows, weights, terms, 0.0f, made, stride * static_cast<std::size_t>(now));
      round_rows(made, stride, now, out, c, y, cut, kernels);
    }
  }
  return {};
}

core::Status convolve_separable(const ConstImage& in, const Image& out, std::span<const float> row, std::span<const float> column,
                                Border border, Scratch& scratch, const ImageKernels& kernels) {
  const int width = in.shape.width, before = static_cast<int>(row.size()) / 2, after = static_cast<int>(row.size()) - 1 - before;
  const std::size_t stride = static_cast<std::size_t>(width + before + after);
  const std::size_t some = stride * static_cast<std::size_t>(rows_together(stride, in.shape.height));
  STRIATE_TAKE(std::uint8_t, bytes, scratch, some);
  for (int c = 0; c < in.shape.channels; ++c) {
    STRIATE_CHECK(separable(
        in.shape.height, width, row, column, border, scratch, kernels,
        [&](int y, int rows, float* to) {
          pad_plane(in.row(c, y), rows, width, 0, 0, before, after, border, 0, bytes);
          kernels.to_floats(bytes, to, stride * static_cast<std::size_t>(rows));
        },
        [&](int y, int rows, const float* from) { round_rows(from, stride, rows, out, c, y, bytes, kernels); }));
  }
  return {};
}

core::Status convolve_field(const float* in, float* out, int height, int width, std::span<const float> row, std::span<const float> column,
                            Border border, Scratch& scratch, const ImageKernels& kernels) {
  const auto columns = static_cast<std::size_t>(width);
  const int before = static_cast<int>(row.size()) / 2;
  const std::size_t stride = columns + row.size() - 1;
  return separable(
      height, width, row, column, border, scratch, kernels,
      [&](int y, int rows, float* to) {
        for (int i = 0; i < rows; ++i, to += stride) {
          std::memcpy(to + before, in + static_cast<std::size_t>(y + i) * columns, columns * sizeof(float));
          pad_row(to, before, width, static_cast<int>(row.size()) - 1 - before, border);
        }
      },
      [&](int y, int rows, const float* from) {
        for (int i = 0; i < rows; ++i, from += stride) std::memcpy(out + static_cast<std::size_t>(y + i) * columns, from, columns * sizeof(float));
      });
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
  const std::size_t stride = columns + 2 * static_cast<std::size_t>(around);
  const int together = rows_together(stride, height);
  const std::size_t some = stride * static_cast<std::size_t>(together);
  STRIATE_TAKE(std::uint8_t, lines, scratch, some + static_cast<std::size_t>(size));
  STRIATE_TAKE(std::uint16_t, plane, scratch, stride * static_cast<std::size_t>(height));
  STRIATE_TAKE(std::uint16_t, zeros, scratch, columns);
  STRIATE_TAKE(std::int32_t, sums, scratch, columns);
  std::memset(zeros, 0, columns * sizeof(std::uint16_t));
  std::memset(lines, 0, some + static_cast<std::size_t>(size));  // the last row is followed by numbers, whatever they are
  const auto row = [&](int y) {
    const int place = y >= 0 && y < height ? y : kernels::image::border_index(y, height, border);
    return place < 0 ? zeros : plane + static_cast<std::size_t>(place) * stride;
  };
  for (int c = 0; c < in.shape.channels; ++c) {
    for (int y = 0; y < height; y += together) {
      const int now = std::min(together, height - y);
      pad_plane(in.row(c, y), now, width, 0, 0, around, around, border, 0, lines);
      kernels.box_row(lines, size, plane + static_cast<std::size_t>(y) * stride, stride * static_cast<std::size_t>(now));
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

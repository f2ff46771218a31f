#include "striate/augment/resample.hpp"

#include <algorithm>
#include <cmath>

namespace striate::augment {

Matrix3 multiply(const Matrix3& a, const Matrix3& b) {
  Matrix3 c;
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t j = 0; j < 3; ++j) c[3 * i + j] = a[3 * i] * b[j] + a[3 * i + 1] * b[3 + j] + a[3 * i + 2] * b[6 + j];
  }
  return c;
}

bool invert(const Matrix3& m, Matrix3& out) {
  out = {m[4] * m[8] - m[5] * m[7], m[2] * m[7] - m[1] * m[8], m[1] * m[5] - m[2] * m[4],
         m[5] * m[6] - m[3] * m[8], m[0] * m[8] - m[2] * m[6], m[2] * m[3] - m[0] * m[5],
         m[3] * m[7] - m[4] * m[6], m[1] * m[6] - m[0] * m[7], m[0] * m[4] - m[1] * m[3]};
  const double determinant = m[0] * out[0] + m[1] * out[3] + m[2] * out[6];
  if (!(std::abs(determinant) > 1e-12) || !std::isfinite(determinant)) return false;
  for (double& value : out) value /= determinant;
  return true;
}

namespace {

constexpr double farthest = 32000.0;  // places beyond are as good as there: sides end at 16384

std::int32_t fixed(double place) {
  const double held = place > farthest ? farthest : place > -farthest ? place : -farthest;
  // Positive first, so that cutting the fraction rounds down: std::floor is a call on machines without SSE4.1.
  constexpr double up = 65536.0;
  return static_cast<std::int32_t>(static_cast<std::int64_t>((held + up) * 65536.0 + 0.5) - (std::int64_t{65536} << 16));
}

// Fills x and y with the places of output row `row`.
void affine_row(const Matrix3& m, int row, int width, std::int32_t* x, std::int32_t* y) {
  constexpr double one = 4294967296.0;
  const auto start = [&](double by_row, double constant) {
    const double place = by_row * row + constant;
    return static_cast<std::int64_t>(std::floor(std::clamp(place, -1e8, 1e8) * one + 0.5));
  };
  const auto step = [&](double by_column) { return static_cast<std::int64_t>(std::floor(std::clamp(by_column, -1e5, 1e5) * one + 0.5)); };
  std::int64_t px = start(m[1], m[2]) + 32768, py = start(m[4], m[5]) + 32768;
  const std::int64_t dx = step(m[0]), dy = step(m[3]);
  constexpr std::int64_t limit = std::int64_t{32000} << 16;
  for (int i = 0; i < width; ++i, px += dx, py += dy) {
    x[i] = static_cast<std::int32_t>(std::clamp(px >> 16, -limit, limit));
    y[i] = static_cast<std::int32_t>(std::clamp(py >> 16, -limit, limit));
  }
}

void perspective_row(const Matrix3& m, int row, int width, std::int32_t* x, std::int32_t* y) {
  for (int i = 0; i < width; ++i) {
    const double w = m[6] * i + (m[7] * row + m[8]);
    const double inverse = w != 0 ? 1.0 / w : 0.0;
    x[i] = fixed((m[0] * i + (m[1] * row + m[2])) * inverse);
    y[i] = fixed((m[3] * i + (m[4] * row + m[5])) * inverse);
  }
}

// Reads `in` four planes at a time; `places(row, x, y)` gives where the pixels of an output row lie.
template <class Places>
core::Status sample_image(Interpolation interpolation, Border border, std::span<const double> fill, const ConstImage& in,
                          const Image& out, Scratch& scratch, const ImageKernels& kernels, Places&& places) {
  const int width = out.shape.width;
  const auto columns = static_cast<std::size_t>(width);
  STRIATE_TAKE(std::uint32_t, packed, scratch, in.plane_size());
  STRIATE_TAKE(std::uint32_t, line, scratch, columns);
  STRIATE_TAKE(std::int32_t, x, scratch, columns);
  STRIATE_TAKE(std::int32_t, y, scratch, columns);
  for (int first = 0; first < in.shape.channels; first += 4) {
    const int channels = std::min(4, in.shape.channels - first);
    kernels.pack(in.plane(first), in.plane_size(), channels, packed);
    kernels::image::PackedImage image{packed, in.shape.height, in.shape.width, border, 0};
    for (int c = 0; c < channels; ++c) image.fill |= std::uint32_t{fill_byte(fill, first + c)} << (8 * c);
    for (int row = 0; row < out.shape.height; ++row) {
      places(row, x, y);
      kernels.sample(image, interpolation, x, y, width, line);
      kernels.unpack(line, columns, out.row(first, row), out.plane_size(), channels);
    }
  }
  return {};
}

}  // namespace

core::Status resample(const Warp& warp, const ConstImage& in, const Image& out, Scratch& scratch, const ImageKernels& kernels) {
  Matrix3 m = warp.matrix;
  for (double& value : m) {
    if (!std::isfinite(value)) value = 0;
  }
  const bool affine = m[6] == 0 && m[7] == 0 && m[8] == 1;
  return sample_image(warp.interpolation, warp.border, warp.fill, in, out, scratch, kernels, [&](int row, std::int32_t* x, std::int32_t* y) {
    if (affine) {
      affine_row(m, row, out.shape.width, x, y);
    } else {
      perspective_row(m, row, out.shape.width, x, y);
    }
  });
}

Sampling::Sampling(const Options& options)
    : interpolation(static_cast<Interpolation>(options.choice("interpolation"))),
      border(static_cast<Border>(options.choice("border_mode"))) {
  const auto given = options.numbers("fill");
  fill.assign(given.begin(), given.end());
}

core::Status remap(const Sampling& sampling, const float* map_x, const float* map_y, const ConstImage& in, const Image& out,
                   Scratch& scratch, const ImageKernels& kernels) {
  return sample_image(sampling.interpolation, sampling.border, sampling.fill, in, out, scratch, kernels,
                      [&](int row, std::int32_t* x, std::int32_t* y) {
                        const std::ptrdiff_t from = std::ptrdiff_t{row} * out.shape.width;
                        for (int i = 0; i < out.shape.width; ++i) {
                          x[i] = fixed(static_cast<double>(map_x[from + i]));
                          y[i] = fixed(static_cast<double>(map_y[from + i]));
                        }
                      });
}

core::Status WarpTransform::apply(const Job& job) const {
  Warp how;
  warp(job.parameters, job.in.shape, how);
  return resample(how, job.in, job.out, job.scratch, job.kernels);
}

}  // namespace striate::augment

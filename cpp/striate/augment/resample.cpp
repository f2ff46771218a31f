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
void affine_row(const Matrix3& m, int row, int width, std::int32_t* x, std::int32_t* y, const ImageKernels& kernels) {
  constexpr double one = 4294967296.0;
  constexpr std::int64_t limit = std::int64_t{32000} << 16;
  // std::floor is a call on machines without SSE4.1.
  const auto nearest = [](double value) {
    const double wanted = value * one + 0.5;
    const auto cut = static_cast<std::int64_t>(wanted);
    return cut - (static_cast<double>(cut) > wanted ? 1 : 0);
  };
  const auto fill = [&](double by_column, double by_row, double constant, std::int32_t* to) {
    const double start = std::clamp(by_row * row + constant, -1e8, 1e8), step = std::clamp(by_column, -1e5, 1e5);
    std::int64_t place = nearest(start) + 32768;
    const std::int64_t by = nearest(step);
    const std::int64_t first = place >> 16, last = (place + by * (width - 1)) >> 16;
    if (std::min(first, last) >= -limit && std::max(first, last) <= limit) {
      return kernels.ramp(place, by, width, to);
    }
    for (int i = 0; i < width; ++i, place += by) to[i] = static_cast<std::int32_t>(std::clamp(place >> 16, -limit, limit));
  };
  fill(m[0], m[1], m[2], x);
  fill(m[3], m[4], m[5], y);
}

void perspective_row(const Matrix3& m, int row, int width, std::int32_t* x, std::int32_t* y) {
  for (int i = 0; i < width; ++i) {
    const double w = m[6] * i + (m[7] * row + m[8]);
    const double inverse = w != 0 ? 1.0 / w : 0.0;
    x[i] = fixed((m[0] * i + (m[1] * row + m[2])) * inverse);
    y[i] = fixed((m[3] * i + (m[4] * row + m[5])) * inverse);
  }
}

// A frame of the border around rows of `stride` things, of which the first `width` behind the first one are the image.
template <typename T>
void frame(T* memory, int height, int width, std::ptrdiff_t stride, bool constant, T fill) {
  for (int y = 0; y < height; ++y) {
    T* row = memory + (y + 1) * stride;
    row[0] = constant ? fill : row[1];
    row[width + 1] = row[width + 2] = constant ? fill : row[width];
  }
  for (const int y : {0, height + 1, height + 2}) {
    T* row = memory + y * stride;
    if (constant) {
      std::fill_n(row, stride, fill);
    } else {
      std::copy_n(memory + (y == 0 ? 1 : height) * stride, stride, row);
    }
  }
}

// Packs planes first … first + channels − 1 of `in`, with a frame of its border when that helps (PackedImage).
core::Status pack_image(const ConstImage& in, int first, kernels::image::PackedImage& image, std::uint32_t* memory,
                        Scratch& scratch, const ImageKernels& kernels) {
  const auto width = static_cast<std::size_t>(image.width);
  const std::ptrdiff_t stride = image.stride;
  const bool constant = image.border == Border::constant;
  image.pixels = image.framed ? memory + stride + 1 : memory;
  if (!image.framed) {
    kernels.pack(in.plane(first), in.plane_size(), in.plane_size(), image.channels, memory);
  } else if (image.channels == 1) {
    const auto count = static_cast<std::size_t>(stride) * static_cast<std::size_t>(image.height + 3);
    STRIATE_TAKE(std::uint8_t, bytes, scratch, count);
    for (int y = 0; y < image.height; ++y) std::copy_n(in.row(first, y), width, bytes + (y + 1) * stride + 1);
    frame(bytes, image.height, image.width, stride, constant, static_cast<std::uint8_t>(image.fill));
    kernels.pack_neighbours(bytes, static_cast<std::size_t>(stride), count - static_cast<std::size_t>(stride) - 1, memory);
  } else {
    for (int y = 0; y < image.height; ++y) {
      kernels.pack(in.row(first, y), in.plane_size(), width, image.channels, memory + (y + 1) * stride + 1);
    }
    frame(memory, image.height, image.width, stride, constant, image.fill);
  }
  return {};
}

bool is_linear(Interpolation interpolation) {
  return interpolation == Interpolation::linear || interpolation == Interpolation::linear_exact || interpolation == Interpolation::area;
}

bool can_frame(Border border) { return border == Border::constant || border == Border::replicate; }

// Packs `in` four planes at a time, framed or not; work(image, first) makes the same planes of the output.
template <class Work>
core::Status each_four(Border border, bool framed, std::span<const double> fill, const ConstImage& in, Scratch& scratch,
                       const ImageKernels& kernels, Work&& work) {
  const int around = framed ? 3 : 0;
  STRIATE_TAKE(std::uint32_t, packed, scratch,
               static_cast<std::size_t>(in.shape.height + around) * static_cast<std::size_t>(in.shape.width + around));
  for (int first = 0; first < in.shape.channels; first += 4) {
    const int channels = std::min(4, in.shape.channels - first);
    kernels::image::PackedImage image{.height = in.shape.height, .width = in.shape.width, .stride = in.shape.width + around,
                                      .channels = channels, .framed = framed, .border = border};
    for (int c = 0; c < channels; ++c) image.fill |= std::uint32_t{fill_byte(fill, first + c)} << (8 * c);
    const Scratch::Mark mark = scratch.mark();
    STRIATE_CHECK(pack_image(in, first, image, packed, scratch, kernels));
    scratch.release(mark);
    work(image, first);
  }
  return {};
}

// `places(row, x, y)` gives where the pixels of an output row lie.
template <class Places>
core::Status sample_image(Interpolation interpolation, Border border, std::span<const double> fill, const ConstImage& in,
                          const Image& out, Scratch& scratch, const ImageKernels& kernels, Places&& places) {
  constexpr int together = 256;  // pixels of one call of the kernels: several rows of a small image
  const int width = out.shape.width, rows = std::max(1, together / width);
  const auto columns = static_cast<std::size_t>(width) * static_cast<std::size_t>(rows);
  STRIATE_TAKE(std::uint32_t, line, scratch, columns);
  STRIATE_TAKE(std::int32_t, x, scratch, columns);
  STRIATE_TAKE(std::int32_t, y, scratch, columns);
  const auto work = [&](const kernels::image::PackedImage& image, int first) {
    for (int row = 0; row < out.shape.height; row += rows) {
      const int some = std::min(rows, out.shape.height - row), count = some * width;
      for (int i = 0; i < some; ++i) places(row + i, x + i * width, y + i * width);
      kernels.sample(image, interpolation, x, y, count, line);
      kernels.unpack(line, static_cast<std::size_t>(count), out.row(first, row), out.plane_size(), image.channels);
    }
  };
  return each_four(border, is_linear(interpolation) && can_frame(border), fill, in, scratch, kernels, work);
}

// True when the kernel for whole images can take the map: places near enough for its numbers, rows short enough.
bool affine_places(const Matrix3& m, const core::Shape& out, kernels::image::AffinePlaces& places) {
  constexpr double near = 2000, one = 4294967296.0;
  constexpr int beyond = 32;  // what the kernel looks ahead
  if (out.width > 1024) return false;
  for (const double x : {0.0, double(out.width + beyond)}) {
    for (const double y : {0.0, double(out.height)}) {
      const double px = m[0] * x + m[1] * y + m[2], py = m[3] * x + m[4] * y + m[5];
      if (!(std::abs(px) < near && std::abs(py) < near)) return false;
    }
  }
  const auto nearest = [](double value) { return static_cast<std::int64_t>(value * one + (value < 0 ? -0.5 : 0.5)); };
  places = {nearest(m[2]), nearest(m[5]), nearest(m[0]), nearest(m[3]), nearest(m[1]), nearest(m[4])};
  return true;
}

}  // namespace

core::Status resample(const Warp& warp, const ConstImage& in, const Image& out, Scratch& scratch, const ImageKernels& kernels) {
  Matrix3 m = warp.matrix;
  for (double& value : m) {
    if (!std::isfinite(value)) value = 0;
  }
  const bool affine = m[6] == 0 && m[7] == 0 && m[8] == 1;
  const bool nearest = warp.interpolation == Interpolation::nearest || warp.interpolation == Interpolation::nearest_exact;
  kernels::image::AffinePlaces places;
  if (affine && (nearest || is_linear(warp.interpolation)) && can_frame(warp.border) && affine_places(m, out.shape, places)) {
    return each_four(warp.border, true, warp.fill, in, scratch, kernels, [&](const kernels::image::PackedImage& image, int first) {
      kernels.sample_affine(image, warp.interpolation, places, out.shape.height, out.shape.width, out.plane(first), out.plane_size());
    });
  }
  return sample_image(warp.interpolation, warp.border, warp.fill, in, out, scratch, kernels, [&](int row, std::int32_t* x, std::int32_t* y) {
    if (affine) {
      affine_row(m, row, out.shape.width, x, y, kernels);
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

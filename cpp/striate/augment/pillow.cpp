#include "striate/augment/pillow.hpp"

#include "striate/augment/exact_math.hpp"
#include "striate/augment/resample.hpp"
#include "striate/augment/statistics.hpp"
#include "striate/augment/tables.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace striate::augment {
namespace {

// Rounding (value + this) drops the fraction of value, but for the last ten-thousandth.
constexpr float dropped = -0.4999f;

// Pillow's 16-bit gray.
void gray_plane(const ConstImage& in, std::uint8_t* out) {
  const std::uint8_t *r = in.plane(0), *g = in.plane(in.shape.channels == 3 ? 1 : 0), *b = in.plane(in.shape.channels == 3 ? 2 : 0);
  for (std::size_t i = 0; i < in.plane_size(); ++i) out[i] = static_cast<std::uint8_t>((19595u * r[i] + 38470u * g[i] + 7471u * b[i] + 0x8000u) >> 16);
}

// (1·8 neighbours + 5·itself) / 13, the outermost pixels as they are.
void smooth(const std::uint8_t* in, std::uint8_t* out, int height, int width) {
  std::memcpy(out, in, static_cast<std::size_t>(height) * static_cast<std::size_t>(width));
  for (int y = 1; y + 1 < height; ++y) {
    const std::uint8_t *above = in + std::ptrdiff_t{y - 1} * width, *here = above + width, *below = here + width;
    std::uint8_t* to = out + std::ptrdiff_t{y} * width;
    for (int x = 1; x + 1 < width; ++x) {
      const unsigned sum = above[x - 1] + above[x] + above[x + 1] + here[x - 1] + 5u * here[x] + here[x + 1] + below[x - 1] + below[x] + below[x + 1];
      to[x] = static_cast<std::uint8_t>((2 * sum + 13) / 26);
    }
  }
}

core::Status warp(const ConstImage& in, const Image& out, const Matrix3& corner, Interpolation interpolation, Scratch& scratch, const ImageKernels& kernels) {
  // Pillow's places count from the corner of a pixel, resample's from its middle.
  Warp warp;
  warp.matrix = multiply(multiply({1, 0, -0.5, 0, 1, -0.5, 0, 0, 1}, corner), {1, 0, 0.5, 0, 1, 0.5, 0, 0, 1});
  warp.interpolation = interpolation;
  return resample(warp, in, out, scratch, kernels);
}

// The same table for each channel, or one made from its histogram.
template <class Fill>
void by_table(const ConstImage& in, const Image& out, const ImageKernels& kernels, Fill&& fill) {
  Table table;
  for (int c = 0; c < in.shape.channels; ++c) {
    Histogram histogram;
    count_bytes(in.plane(c), in.plane_size(), histogram);
    for (std::size_t v = 0; v < 256; ++v) table[v] = static_cast<std::uint8_t>(v);
    fill(histogram, table);
    kernels.lookup(in.plane(c), out.plane(c), in.plane_size(), table.data());
  }
}

void stretch_levels(const Histogram& histogram, Table& table) {
  int low = 0, high = 255;
  while (low < 255 && histogram[static_cast<std::size_t>(low)] == 0) ++low;
  while (high > 0 && histogram[static_cast<std::size_t>(high)] == 0) --high;
  if (high <= low) return;
  const double scale = 255.0 / (high - low);
  for (int v = 0; v < 256; ++v) table[static_cast<std::size_t>(v)] = cut_byte(v * scale - low * scale);
}

void equalize_levels(const Histogram& histogram, Table& table) {
  std::uint64_t total = 0, last = 0;
  for (const std::uint32_t n : histogram) {
    total += n;
    if (n != 0) last = n;
  }
  const std::uint64_t step = (total - last) / 255;
  if (step == 0) return;
  std::uint64_t sum = step / 2;
  for (std::size_t v = 0; v < 256; ++v) {
    table[v] = static_cast<std::uint8_t>(std::min<std::uint64_t>(sum / step, 255));
    sum += histogram[v];
  }
}

}  // namespace

core::Status operate(Operation operation, double magnitude, const ConstImage& in, const Image& out, Interpolation interpolation, Scratch& scratch,
                     const ImageKernels& kernels) {
  const std::size_t count = in.plane_size();
  const double w = in.shape.width, h = in.shape.height, factor = 1 + magnitude;
  const auto mix = [&](const std::uint8_t* degenerate, int c) {
    kernels.blend(in.plane(c), static_cast<float>(factor), degenerate, static_cast<float>(1 - factor), dropped, out.plane(c), count);
  };
  switch (operation) {
    case Operation::identity: std::memcpy(out.pixels, in.pixels, in.size()); break;
    case Operation::shear_x: return warp(in, out, {1, magnitude, 0, 0, 1, 0, 0, 0, 1}, interpolation, scratch, kernels);
    case Operation::shear_y: return warp(in, out, {1, 0, 0, magnitude, 1, 0, 0, 0, 1}, interpolation, scratch, kernels);
    case Operation::translate_x: return warp(in, out, {1, 0, -magnitude, 0, 1, 0, 0, 0, 1}, interpolation, scratch, kernels);
    case Operation::translate_y: return warp(in, out, {1, 0, 0, 0, 1, -magnitude, 0, 0, 1}, interpolation, scratch, kernels);
    case Operation::rotate: {
      const double cosine = exact_cos(radians(std::fmod(magnitude, 360))), sine = exact_sin(radians(std::fmod(magnitude, 360)));
      return warp(in, out, {cosine, -sine, w / 2 - cosine * w / 2 + sine * h / 2, sine, cosine, h / 2 - sine * w / 2 - cosine * h / 2, 0, 0, 1}, interpolation, scratch, kernels);
    }
    case Operation::brightness: kernels.scale(in.pixels, out.pixels, in.size(), static_cast<float>(factor), 0.0f); break;
    case Operation::contrast: {
      STRIATE_TAKE(std::uint8_t, gray, scratch, count);
      gray_plane(in, gray);
      const double mean = std::floor(mean_byte(gray, count) + 0.5);
      kernels.scale(in.pixels, out.pixels, in.size(), static_cast<float>(factor), static_cast<float>(mean * (1 - factor)));
      break;
    }
    case Operation::colour: {
      STRIATE_TAKE(std::uint8_t, gray, scratch, count);
      gray_plane(in, gray);
      for (int c = 0; c < in.shape.channels; ++c) mix(gray, c);
      break;
    }
    case Operation::sharpness: {
      STRIATE_TAKE(std::uint8_t, soft, scratch, count);
      for (int c = 0; c < in.shape.channels; ++c) {
        smooth(in.plane(c), soft, in.shape.height, in.shape.width);
        mix(soft, c);
      }
      break;
    }
    case Operation::posterize: {
      const int bits = bounded(magnitude, 0, 8);
      kernels.invert_above(in.pixels, out.pixels, in.size(), 256, static_cast<std::uint8_t>(0xff00 >> bits));
      break;
    }
    case Operation::solarize: kernels.invert_above(in.pixels, out.pixels, in.size(), bounded(std::ceil(magnitude), 0, 256), 0xff); break;
    case Operation::auto_contrast: by_table(in, out, kernels, stretch_levels); break;
    case Operation::equalize: by_table(in, out, kernels, equalize_levels); break;
  }
  return {};
}

}  // namespace striate::augment

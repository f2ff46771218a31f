// Light that differs from place to place: Illumination, PlasmaBrightnessContrast, PlasmaShadow.
//
//   Illumination  linear: in · (1 − |i| + 2 |i| g), g = x·cos a + y·sin a over 0…1 (its complement for i < 0);
//                 corner: in · (1 − i · d / diagonal), d from a corner; gaussian: in · (1 + i · e^(−r² / 2 (σ · longest side)²))
//   PlasmaBrightnessContrast  v = in / 255 + b·p, then v·(1 + c·p) − mean(v)·c·p, each cut to 0…1; p the plasma
//   PlasmaShadow  in · (1 − i · p)
// The plasma is a fractal over 0…1 by diamonds and squares: a 3 × 3 grid of uniform values is refined, each new point the
// mean of its four neighbours plus uniform noise ± roughness^step (kept at 0 where that mean is not positive), and stretched
// to 0…1 after each step.
// Drawn: intensity with its sign, angle, corner (0…3 clockwise from the top left), center, sigma; brightness, contrast, seed.
// Source: Albumentations 2.0.8, pixel/transforms (documentation); Fournier, Fussell, Carpenter, "Computer rendering of
// stochastic models", 1982. Albumentations cuts negative brightness and contrast to 0; here they darken and flatten.
#include "striate/augment/exact_math.hpp"
#include "striate/augment/families.hpp"
#include "striate/kernels/image/noise_word.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

namespace striate::augment {
namespace {

class Illumination final : public Transform {
 public:
  explicit Illumination(const Options& o)
      : mode_(o.choice("mode")), effect_(o.choice("effect_type")), intensity_(o.range("intensity_range")), angle_(o.range("angle_range")),
        centre_(o.range("center_range")), sigma_(o.range("sigma_range")) {}
  void draw(Draw& d) const override {
    const double sign = effect_ == 1 || (effect_ == 2 && d.chance(0.5)) ? -1 : 1;
    d.put("intensity", sign * d.uniform(intensity_));
    if (mode_ == 0) return d.put("angle", d.uniform(angle_));
    if (mode_ == 1) return d.put("corner", d.integer(0, 3));
    d.put("center_x", d.uniform(centre_));
    d.put("center_y", d.uniform(centre_));
    d.put("sigma", d.uniform(sigma_));
  }

  core::Status apply(const Job& job) const override {
    const int height = job.in.shape.height, width = job.in.shape.width;
    const auto columns = static_cast<std::size_t>(width);
    STRIATE_TAKE(float, factors, job.scratch, job.in.plane_size());
    STRIATE_TAKE(float, across, job.scratch, columns);
    const Parameters& p = job.parameters;
    const double intensity = p.number("intensity");
    const auto row = [&](int y) { return factors + static_cast<std::size_t>(y) * columns; };
    if (mode_ == 0) {
      double by_x, by_y, constant;
      gradient(std::fmod(p.number("angle"), 360.0), by_x, by_y, constant);
      // g → 1 − |i| + 2 |i| g, or 1 − |i| + 2 |i| (1 − g)
      const double scale = 2 * intensity, base = intensity < 0 ? 1 - std::abs(intensity) - scale : 1 - std::abs(intensity);
      for (int x = 0; x < width; ++x) across[x] = static_cast<float>(scale * by_x * share(x, width));
      for (int y = 0; y < height; ++y) {
        const auto down = static_cast<float>(base + scale * (constant + by_y * share(y, height)));
        for (std::size_t x = 0; x < columns; ++x) row(y)[x] = across[x] + down;
      }
      STRIATE_TAKE(float, zeros, job.scratch, job.in.plane_size());
      std::fill(zeros, zeros + job.in.plane_size(), 0.0f);
      for (int c = 0; c < job.in.shape.channels; ++c) job.kernels.shade(job.in.plane(c), factors, zeros, job.out.plane(c), job.in.plane_size());
      return {};
    }
    if (mode_ == 1) {
      const int corner = p.integer("corner", 0, 3);
      const int left = corner == 1 || corner == 2 ? width - 1 : 0, top = corner >= 2 ? height - 1 : 0;
      const auto scale = static_cast<float>(-intensity / std::sqrt(double(height) * height + double(width) * width));
      for (int y = 0; y < height; ++y) {
        const auto dy = static_cast<float>(y - top);
        for (int x = 0; x < width; ++x) {
          const auto dx = static_cast<float>(x - left);
          row(y)[x] = 1.0f + scale * std::sqrt(dx * dx + dy * dy);
        }
      }
    } else {
      const double cx = width * p.number("center_x"), cy = height * p.number("center_y");
      const double side = std::max(height, width) * std::max(p.number("sigma"), 1e-6), rate = -1 / (2 * side * side);
      for (int x = 0; x < width; ++x) across[x] = static_cast<float>(exact_exp(rate * (x - cx) * (x - cx)));
      for (int y = 0; y < height; ++y) {
        const auto down = static_cast<float>(intensity * exact_exp(rate * (y - cy) * (y - cy)));
        for (std::size_t x = 0; x < columns; ++x) row(y)[x] = 1.0f + down * across[x];
      }
    }
    for (int c = 0; c < job.in.shape.channels; ++c) job.kernels.multiply_field(job.in.plane(c), factors, job.out.plane(c), job.in.plane_size());
    return {};
  }

 private:
  static double share(int i, int size) { return size > 1 ? double(i) / (size - 1) : 0; }

  // g = constant + by_x · x + by_y · y. At multiples of 45° it runs from 0 to 1; else it is the bare projection.
  static void gradient(double angle, double& by_x, double& by_y, double& constant) {
    if (angle < 0) angle += 360;
    constant = 0;
    if (std::fmod(angle, 45) != 0) {
      by_x = exact_cos(radians(angle));
      by_y = exact_sin(radians(angle));
      return;
    }
    constexpr double table[8][3] = {{1, 0, 0}, {0.5, 0.5, 0}, {0, 1, 0}, {-0.5, 0.5, 0.5}, {-1, 0, 1}, {-0.5, -0.5, 1}, {0, -1, 1}, {0.5, -0.5, 0.5}};
    const double(&row)[3] = table[static_cast<int>(angle / 45) & 7];
    by_x = row[0];
    by_y = row[1];
    constant = row[2];
  }

  int mode_, effect_;
  Range intensity_, angle_, centre_, sigma_;
};

// ---- plasma ----------------------------------------------------------------------------------------------------------

void stretch(float* values, std::size_t count) {
  // Eight of each, so that none waits for the one before.
  float low[8], high[8];
  std::fill_n(low, 8, values[0]);
  std::fill_n(high, 8, values[0]);
  std::size_t done = 0;
  for (; done + 8 <= count; done += 8) {
    for (std::size_t k = 0; k < 8; ++k) {
      low[k] = std::min(low[k], values[done + k]);
      high[k] = std::max(high[k], values[done + k]);
    }
  }
  for (; done < count; ++done) {
    low[0] = std::min(low[0], values[done]);
    high[0] = std::max(high[0], values[done]);
  }
  const float least = *std::min_element(low, low + 8), span = *std::max_element(high, high + 8) - least;
  const float scale = span > 1e-12f ? 1.0f / span : 0.0f;
  for (std::size_t i = 0; i < count; ++i) values[i] = (values[i] - least) * scale;
}

// The pattern for an image of height × width, in memory of the scratch.
core::Status plasma(std::uint32_t seed, double roughness, int height, int width, Scratch& scratch, const float*& pattern) {
  const int longest = std::max(height, width);
  int size = 3, steps = 0;
  // 2^n + 1 ≥ the longest side, each step doubling 3 × 3.
  while (size < longest) {
    size = 2 * (size - 1) + 1;
    ++steps;
  }
  const auto cells = static_cast<std::size_t>(size) * static_cast<std::size_t>(size);
  STRIATE_TAKE(float, one, scratch, cells);
  STRIATE_TAKE(float, other, scratch, cells);
  float *grid = one, *next = other;
  const auto uniform = [&](int level, std::size_t place) {
    const std::uint32_t word = kernels::image::noise_word(seed, static_cast<std::uint32_t>(place), static_cast<std::uint32_t>(level)) >> 8;
    return static_cast<float>(static_cast<std::int32_t>(word)) * 0x1p-23f - 1.0f;
  };
  for (std::size_t i = 0; i < 9; ++i) grid[i] = uniform(0, i);
  int side = 3;
  double noise = 1;
  for (int step = 1; step <= steps; ++step, noise *= roughness) {
    const int to = 2 * (side - 1) + 1;
    const auto scale = static_cast<float>(std::min(noise, 1e30));
    const auto at = [&](int y, int x) -> float& { return next[static_cast<std::size_t>(y) * static_cast<std::size_t>(to) + static_cast<std::size_t>(x)]; };
    const auto jitter = [&](int y, int x) { return scale * uniform(step, static_cast<std::size_t>(y) * static_cast<std::size_t>(to) + static_cast<std::size_t>(x)); };
    for (int y = 0; y < side; ++y) {
      for (int x = 0; x < side; ++x) at(2 * y, 2 * x) = grid[y * side + x] + jitter(2 * y, 2 * x);
    }
    // Diamonds: the middles of squares. Then squares: the middles of edges, of which those at the border have three neighbours.
    for (int y = 1; y < to; y += 2) {
      for (int x = 1; x < to; x += 2) {
        const float mean = 0.25f * (at(y - 1, x - 1) + at(y - 1, x + 1) + at(y + 1, x - 1) + at(y + 1, x + 1));
        at(y, x) = mean > 0 ? mean + jitter(y, x) : 0.0f;
      }
    }
    for (int y = 0; y < to; ++y) {
      for (int x = 1 - (y & 1); x < to; x += 2) {
        float sum = 0;
        if (y > 0) sum += at(y - 1, x);
        if (x > 0) sum += at(y, x - 1);
        if (x + 1 < to) sum += at(y, x + 1);
        if (y + 1 < to) sum += at(y + 1, x);
        const float mean = 0.25f * sum;
        at(y, x) = mean > 0 ? mean + jitter(y, x) : 0.0f;
      }
    }
    stretch(next, static_cast<std::size_t>(to) * static_cast<std::size_t>(to));
    std::swap(grid, next);
    side = to;
  }
  // The part that covers the image, stretched once more.
  for (int y = 0; y < height; ++y) std::copy(grid + std::ptrdiff_t{y} * side, grid + std::ptrdiff_t{y} * side + width, next + std::ptrdiff_t{y} * width);
  stretch(next, static_cast<std::size_t>(height) * static_cast<std::size_t>(width));
  pattern = next;
  return {};
}

class PlasmaBrightnessContrast final : public Transform {
 public:
  explicit PlasmaBrightnessContrast(const Options& o) : brightness_(o.range("brightness_range")), contrast_(o.range("contrast_range")), roughness_(o.number("roughness")) {}
  void draw(Draw& d) const override {
    d.put("brightness", d.uniform(brightness_));
    d.put("contrast", d.uniform(contrast_));
    d.put_seed();
  }
  core::Status apply(const Job& job) const override {
    const float* pattern = nullptr;
    STRIATE_CHECK(plasma(job.parameters.seed(), roughness_, job.in.shape.height, job.in.shape.width, job.scratch, pattern));
    const auto brightness = static_cast<float>(255 * job.parameters.number("brightness")), contrast = static_cast<float>(job.parameters.number("contrast"));
    const std::size_t count = job.in.plane_size();
    // The mean of the brightened image, in 1/256 of a level so that its sum is a whole number.
    std::int64_t sum = 0;
    for (int c = 0; c < job.in.shape.channels; ++c) {
      const std::uint8_t* in = job.in.plane(c);
      for (std::size_t i = 0; i < count;) {
        // What 32 bits hold of sums up to 255 · 256.
        const std::size_t end = std::min(count, i + 32768);
        std::int32_t part = 0;
        for (; i < end; ++i) {
          const float lit = static_cast<float>(in[i]) + brightness * pattern[i];
          part += static_cast<std::int32_t>(std::min(std::max(lit, 0.0f), 255.0f) * 256.0f + 0.5f);
        }
        sum += part;
      }
    }
    const auto mean = static_cast<float>(static_cast<double>(sum) / 256 / static_cast<double>(job.in.size()));
    for (int c = 0; c < job.in.shape.channels; ++c) {
      const std::uint8_t* in = job.in.plane(c);
      std::uint8_t* out = job.out.plane(c);
      for (std::size_t i = 0; i < count; ++i) {
        const float lit = std::min(std::max(static_cast<float>(in[i]) + brightness * pattern[i], 0.0f), 255.0f);
        const float factor = 1.0f + contrast * pattern[i];
        const float bent = std::min(std::max(lit * factor, 0.0f), 255.0f) + mean * (1.0f - factor);
        out[i] = static_cast<std::uint8_t>(static_cast<int>(std::min(std::max(bent + 0.5f, 0.0f), 255.0f)));
      }
    }
    return {};
  }

 private:
  Range brightness_, contrast_;
  double roughness_;
};

class PlasmaShadow final : public Transform {
 public:
  explicit PlasmaShadow(const Options& o) : intensity_(o.range("shadow_intensity_range")), roughness_(o.number("roughness")) {}
  void draw(Draw& d) const override {
    d.put("intensity", d.uniform(intensity_));
    d.put_seed();
  }
  core::Status apply(const Job& job) const override {
    const float* pattern = nullptr;
    STRIATE_CHECK(plasma(job.parameters.seed(), roughness_, job.in.shape.height, job.in.shape.width, job.scratch, pattern));
    const auto intensity = static_cast<float>(job.parameters.number("intensity"));
    STRIATE_TAKE(float, factors, job.scratch, job.in.plane_size());
    for (std::size_t i = 0; i < job.in.plane_size(); ++i) factors[i] = 1.0f - pattern[i] * intensity;
    for (int c = 0; c < job.in.shape.channels; ++c) job.kernels.multiply_field(job.in.plane(c), factors, job.out.plane(c), job.in.plane_size());
    return {};
  }

 private:
  Range intensity_;
  double roughness_;
};

using namespace option;

constexpr OptionSpec illumination_options[] = {
    choice("mode", "linear|corner|gaussian", 0, "Shape of the light."), range("intensity_range", {0.01, 0.2}, {0.01, 0.2}, Single::refused, "Strength."),
    choice("effect_type", "brighten|darken|both", 2, "More light, less, or either."), range("angle_range", {0, 360}, {0, 360}, Single::refused, "Direction of linear light in degrees."),
    range("center_range", {0.1, 0.9}, zero_to_one, Single::refused, "Place of gaussian light, as shares of the sides."),
    range("sigma_range", {0.2, 1}, {0.2, 1}, Single::refused, "Width of gaussian light, as a share of the longer side."),
};
constexpr OptionSpec roughness = number("roughness", 3, above_zero, 100, "How much finer steps count: more is rougher.");
constexpr OptionSpec plasma_options[] = {
    range("brightness_range", {-0.3, 0.3}, {-1, 1}, Single::refused, "Light added where the pattern is strongest."),
    range("contrast_range", {-0.3, 0.3}, {-1, 1}, Single::refused, "Contrast added where the pattern is strongest."), roughness, unused("plasma_size"),
};
constexpr OptionSpec shadow_options[] = {range("shadow_intensity_range", {0.3, 0.7}, zero_to_one, Single::refused, "Darkness."), roughness, unused("plasma_size")};

constexpr TransformSpec light_specs[] = {
    {.name = "Illumination", .family = "light", .doc = "Light from a side, a corner or a spot.", .options = illumination_options, .make = make_transform<Illumination>},
    {.name = "PlasmaBrightnessContrast", .family = "light", .doc = "Brightness and contrast that follow a fractal pattern.", .options = plasma_options, .make = make_transform<PlasmaBrightnessContrast>},
    {.name = "PlasmaShadow", .family = "light", .doc = "Shadow that follows a fractal pattern.", .options = shadow_options, .make = make_transform<PlasmaShadow>},
};

}  // namespace

std::span<const TransformSpec> light_transforms() { return light_specs; }

}  // namespace striate::augment

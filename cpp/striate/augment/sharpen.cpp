// Sharpening and its relatives: Sharpen, Emboss, UnsharpMask, RingingOvershoot.
//
//   Sharpen   (1 − α) · in + α · [−1 −1 −1; −1 8 + lightness −1; −1 −1 −1] * in, or in + α · (in − blurred)
//   Emboss    (1 − α) · in + α · [−1 − s, −s, 0; −s, 1, s; 0, s, 1 + s] * in
//   UnsharpMask   in + α · (in − blurred) where |in − blurred| > threshold, that place blurred as a mask
//   RingingOvershoot   the kernel c · J₁(c·r) / (2π·r) of an ideal low-pass filter with cutoff c, cut to k × k
// Source: Albumentations 2.0.8, pixel/transforms (documentation). Its Sharpen "gaussian" subtracts bytes modulo 256; here
// the difference keeps its sign.
#include "striate/augment/exact_math.hpp"
#include "striate/augment/families.hpp"
#include "striate/augment/filter.hpp"

#include <algorithm>
#include <cmath>

namespace striate::augment {
namespace {

core::Status convolve3(const Job& job, const double (&values)[9], double alpha) {
  float weights[9];
  for (int i = 0; i < 9; ++i) weights[i] = static_cast<float>((i == 4 ? 1 - alpha : 0) + alpha * values[i]);
  return convolve(job.in, job.out, {weights, 3, 3}, Border::reflect_101, job.scratch, job.kernels);
}

class Sharpen final : public Transform {
 public:
  explicit Sharpen(const Options& o)
      : alpha_(o.range("alpha")), lightness_(o.range("lightness")), gaussian_(o.choice("method") == 1), size_(o.integer("kernel_size") | 1),
        sigma_(o.number("sigma")) {}
  void draw(Draw& d) const override {
    d.put("alpha", d.uniform(alpha_));
    if (!gaussian_) d.put("lightness", d.uniform(lightness_));
  }
  core::Status apply(const Job& job) const override {
    const double alpha = job.parameters.number("alpha");
    if (!gaussian_) return convolve3(job, {-1, -1, -1, -1, 8 + job.parameters.number("lightness"), -1, -1, -1, -1}, alpha);
    STRIATE_TAKE(std::uint8_t, blurred, job.scratch, job.in.size());
    STRIATE_CHECK(gaussian_blur(job.in, {blurred, job.in.shape}, sigma_, size_, Border::reflect_101, job.scratch, job.kernels));
    job.kernels.blend(job.in.pixels, static_cast<float>(1 + alpha), blurred, static_cast<float>(-alpha), 0.0f, job.out.pixels, job.in.size());
    return {};
  }

 private:
  Range alpha_, lightness_;
  bool gaussian_;
  int size_;
  double sigma_;
};

class Emboss final : public Transform {
 public:
  explicit Emboss(const Options& o) : alpha_(o.range("alpha")), strength_(o.range("strength")) {}
  void draw(Draw& d) const override {
    d.put("alpha", d.uniform(alpha_));
    d.put("strength", d.uniform(strength_));
  }
  core::Status apply(const Job& job) const override {
    const double s = job.parameters.number("strength");
    return convolve3(job, {-1 - s, -s, 0, -s, 1, s, 0, s, 1 + s}, job.parameters.number("alpha"));
  }

 private:
  Range alpha_, strength_;
};

class UnsharpMask final : public Transform {
 public:
  explicit UnsharpMask(const Options& o)
      : limit_(o.range("blur_limit")), sigma_(o.range("sigma_limit")), alpha_(o.range("alpha")), threshold_(o.integer("threshold")) {}
  void draw(Draw& d) const override {
    const int low = std::max(3, static_cast<int>(limit_.low) | 1), high = std::max(low, static_cast<int>(limit_.high) | 1);
    d.put("kernel_size", low + 2 * d.integer(0, (high - low) / 2));
    d.put("sigma", d.uniform(sigma_));
    d.put("alpha", d.uniform(alpha_));
  }
  core::Status apply(const Job& job) const override {
    const int size = job.parameters.integer("kernel_size", 1, 255) | 1, height = job.in.shape.height, width = job.in.shape.width;
    const double sigma = std::max(0.0, job.parameters.number("sigma"));
    const auto alpha = static_cast<float>(job.parameters.number("alpha"));
    const auto threshold = static_cast<float>(threshold_);
    const std::size_t count = job.in.plane_size();
    STRIATE_TAKE(float, image, job.scratch, count);
    STRIATE_TAKE(float, blurred, job.scratch, count);
    STRIATE_TAKE(float, mask, job.scratch, count);
    for (int c = 0; c < job.in.shape.channels; ++c) {
      job.kernels.to_floats(job.in.plane(c), image, count);
      std::copy(image, image + count, blurred);
      STRIATE_CHECK(gaussian_blur_field(blurred, height, width, sigma, size, Border::reflect_101, job.scratch, job.kernels));
      for (std::size_t i = 0; i < count; ++i) {
        const float difference = image[i] - blurred[i];
        mask[i] = std::abs(difference) > threshold ? 1.0f : 0.0f;
        blurred[i] = std::min(std::max(image[i] + alpha * difference, 0.0f), 255.0f);
      }
      STRIATE_CHECK(gaussian_blur_field(mask, height, width, sigma, size, Border::reflect_101, job.scratch, job.kernels));
      for (std::size_t i = 0; i < count; ++i) image[i] = blurred[i] * mask[i] + image[i] * (1.0f - mask[i]);
      job.kernels.to_bytes(image, job.out.plane(c), count);
    }
    return {};
  }

 private:
  Range limit_, sigma_, alpha_;
  int threshold_;
};

class RingingOvershoot final : public Transform {
 public:
  explicit RingingOvershoot(const Options& o) : limit_(o.range("blur_limit")), cutoff_(o.range("cutoff")) {}
  void draw(Draw& d) const override {
    const int low = std::max(3, static_cast<int>(limit_.low) | 1), high = std::max(low, static_cast<int>(limit_.high) | 1);
    d.put("kernel_size", low + 2 * d.integer(0, (high - low) / 2));
    d.put("cutoff", d.uniform(cutoff_));
  }
  core::Status apply(const Job& job) const override {
    const int size = job.parameters.integer("kernel_size", 1, 63) | 1, half = size / 2;
    const double cutoff = std::clamp(job.parameters.number("cutoff"), 0.0, pi);
    const auto count = static_cast<std::size_t>(size * size);
    STRIATE_TAKE(double, values, job.scratch, count);
    STRIATE_TAKE(float, weights, job.scratch, count);
    double sum = 0;
    // One eighth of the kernel is computed, the rest are its mirror images.
    for (int y = 0; y <= half; ++y) {
      for (int x = 0; x <= y; ++x) {
        const double r = std::sqrt(double(x * x + y * y));
        const double value = r == 0 ? cutoff * cutoff / (4 * pi) : cutoff * exact_bessel_j1(cutoff * r) / (2 * pi * r);
        for (const int a : {-x, x}) {
          for (const int b : {-y, y}) {
            values[(half + b) * size + half + a] = value;
            values[(half + a) * size + half + b] = value;
          }
        }
      }
    }
    for (std::size_t i = 0; i < count; ++i) sum += values[i];
    for (std::size_t i = 0; i < count; ++i) weights[i] = std::abs(sum) > 1e-12 ? static_cast<float>(values[i] / sum) : i == count / 2 ? 1.0f : 0.0f;
    return convolve(job.in, job.out, {{weights, count}, size, size}, Border::reflect_101, job.scratch, job.kernels);
  }

 private:
  Range limit_, cutoff_;
};

using namespace option;

constexpr OptionSpec sharpen_options[] = {
    range("alpha", {0.2, 0.5}, zero_to_one, Single::refused, "How much of the sharpened image."),
    range("lightness", {0.5, 1}, {0, 100}, Single::refused, "Weight of the middle beyond 8."), choice("method", "kernel|gaussian", 0, "How edges are found."),
    integer("kernel_size", 5, 3, 255, "Size of the blur (gaussian)."), number("sigma", 1, above_zero, 50, "Width of the blur (gaussian)."),
};
constexpr OptionSpec emboss_options[] = {
    range("alpha", {0.2, 0.5}, zero_to_one, Single::refused, "How much of the embossed image."),
    range("strength", {0.2, 0.7}, {0, 100}, Single::refused, "Strength of the relief."),
};
constexpr OptionSpec unsharp_options[] = {
    integer_range("blur_limit", {3, 7}, {0, 255}, Single::from_low, "Size of the blur; odd, at least 3.", 3),
    range("sigma_limit", {0, 0}, {0, 50}, Single::from_low, "Width of the blur; 0: as the size needs."),
    range("alpha", {0.2, 0.5}, zero_to_one, Single::from_low, "How much is added."),
    integer("threshold", 10, 0, 255, "Levels a pixel must differ from its blurred self."),
};
constexpr OptionSpec ringing_options[] = {
    integer_range("blur_limit", {7, 15}, {0, 63}, Single::from_low, "Size of the kernel; odd, at least 3.", 3),
    range("cutoff", {pi / 4, pi / 2}, {0, pi}, Single::refused, "Cutoff in radians a pixel; pi passes all."),
};

constexpr TransformSpec sharpen_specs[] = {
    {.name = "Sharpen", .family = "sharpen", .doc = "Makes edges stronger.", .options = sharpen_options, .make = make_transform<Sharpen>},
    {.name = "Emboss", .family = "sharpen", .doc = "As if pressed into paper.", .options = emboss_options, .make = make_transform<Emboss>},
    {.name = "UnsharpMask", .family = "sharpen", .doc = "Makes strong edges stronger.", .options = unsharp_options, .make = make_transform<UnsharpMask>},
    {.name = "RingingOvershoot", .family = "sharpen", .doc = "Waves beside edges, as sharp low-pass filters leave.", .options = ringing_options, .make = make_transform<RingingOvershoot>},
};

}  // namespace

std::span<const TransformSpec> sharpen_transforms() { return sharpen_specs; }

}  // namespace striate::augment

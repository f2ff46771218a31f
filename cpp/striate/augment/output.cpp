// What comes after the pixels: Normalize, ToFloat. Images stay bytes up to the policy's end; these say how they become floats.
//
//   standard       (v / max_pixel_value − mean) / std, a channel each
//   image          (v − m) / (σ + 10⁻⁴), cut to ±20, m and σ of all values; image_per_channel: of each channel's
//   min_max        (v − low) / (high − low + 10⁻⁴), of all values; min_max_per_channel: of each channel's
//   ToFloat        v / max_value, 255 unless given
// Source: Albumentations 2.0.8, pixel/transforms and other/type_transform (documentation).
#include "striate/augment/families.hpp"
#include "striate/augment/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace striate::augment {
namespace {

class Output : public Transform, public FloatOutput {
 public:
  core::Status apply(const Job& job) const override {
    std::memcpy(job.out.pixels, job.in.pixels, job.in.size());
    return {};
  }
  const FloatOutput* float_output() const override { return this; }

 protected:
  // out = v · scale + offset of one plane, cut to ±limit.
  static void line(const std::uint8_t* in, float* out, std::size_t count, double scale, double offset, float limit) {
    kernels::image::image_kernels().scale_floats(in, out, count, static_cast<float>(scale), static_cast<float>(offset), limit);
  }
};

class ToFloat final : public Output {
 public:
  explicit ToFloat(const Options& o) : most_(o.has("max_value") ? o.number("max_value") : 255) {}
  void convert(ConstImage in, float* out) const override {
    const auto most = static_cast<float>(most_);
    for (std::size_t i = 0; i < in.size(); ++i) out[i] = static_cast<float>(in.pixels[i]) / most;
  }

 private:
  double most_;
};

class Normalize final : public Output {
 public:
  explicit Normalize(const Options& o)
      : kind_(o.choice("normalization")), most_(o.has("max_pixel_value") ? o.number("max_pixel_value") : 255), mean_(o.numbers("mean").begin(), o.numbers("mean").end()),
        deviation_(o.numbers("std").begin(), o.numbers("std").end()) {}

  void convert(ConstImage in, float* out) const override {
    const std::size_t count = in.plane_size(), all = in.size();
    constexpr double least = 1e-4;
    if (kind_ == 2 || kind_ == 4) {
      for (int c = 0; c < in.shape.channels; ++c) whole(in.plane(c), out + static_cast<std::size_t>(c) * count, count);
      return;
    }
    if (kind_ != 0) return whole(in.pixels, out, all);
    const auto at = [](const std::vector<double>& list, int c) { return list[list.size() == 1 ? 0 : static_cast<std::size_t>(c)]; };
    for (int c = 0; c < in.shape.channels; ++c) {
      const double deviation = std::max(at(deviation_, c), least * least);
      line(in.plane(c), out + static_cast<std::size_t>(c) * count, count, 1 / (most_ * deviation), -at(mean_, c) / deviation, 3e38f);
    }
  }

 private:
  void whole(const std::uint8_t* in, float* out, std::size_t count) const {
    Histogram histogram;
    count_bytes(in, count, histogram);
    double sum = 0, squares = 0;
    int low = 255, high = 0;
    for (int v = 0; v < 256; ++v) {
      const double n = histogram[static_cast<std::size_t>(v)];
      if (n == 0) continue;
      sum += n * v;
      squares += n * v * v;
      low = std::min(low, v);
      high = std::max(high, v);
    }
    const double mean = sum / double(count);
    const double scale = 1e-4 + (kind_ >= 3 ? high - low : std::sqrt(std::max(0.0, squares / double(count) - mean * mean)));
    line(in, out, count, 1 / scale, -(kind_ >= 3 ? double(low) : mean) / scale, 20);
  }

  int kind_;
  double most_;
  std::vector<double> mean_, deviation_;
};

using namespace option;

constexpr OptionSpec channel_numbers(std::string_view name, std::array<double, 4> fallback, double least, std::string_view doc) {
  return {.name = name, .kind = OptionKind::fill, .doc = doc, .fallback = fallback, .minimum = least, .count = 3};
}

constexpr OptionSpec float_options[] = {optional(number("max_value", 255, above_zero, 1e9, "What becomes 1; null is 255."))};
constexpr OptionSpec normalize_options[] = {
    channel_numbers("mean", {0.485, 0.456, 0.406}, -unbounded, "Mean, as a share of max_pixel_value."),
    channel_numbers("std", {0.229, 0.224, 0.225}, above_zero, "Standard deviation, as a share of max_pixel_value."),
    optional(number("max_pixel_value", 255, above_zero, 1e9, "What becomes 1 before the mean is taken off."), false),
    choice("normalization", "standard|image|image_per_channel|min_max|min_max_per_channel", 0, "By the numbers given, or by the image's own."),
};

constexpr TransformSpec output_specs[] = {
    {.name = "Normalize", .family = "output", .doc = "Floats of mean 0 and deviation 1.", .p = 1, .options = normalize_options, .make = make_transform<Normalize>},
    {.name = "ToFloat", .family = "output", .doc = "Floats from 0 to 1.", .p = 1, .options = float_options, .make = make_transform<ToFloat>},
};

}  // namespace

std::span<const TransformSpec> output_transforms() { return output_specs; }

}  // namespace striate::augment

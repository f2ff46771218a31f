// Tone, the same for every place: RandomBrightnessContrast, RandomGamma, RandomToneCurve, InvertImg, Solarize, Posterize,
// MultiplicativeNoise of whole channels stands in noise.cpp.
//
//   brightness, contrast   out = alpha · in + beta, beta in levels (brightness_limit · 255, or · the image's mean)
//   gamma                  out = 255 · (in / 255)^gamma
//   tone curve             a cubic Bézier through (0, 0), (·, low), (·, high), (1, 1) in in / 255
//   solarize               255 − in from the threshold on
//   posterize              the highest bits
// Results are cut to 0…255 and their fraction dropped; the tone curve's are rounded.
// Source: Albumentations 2.0.8, pixel/transforms (documentation).
#include "striate/augment/exact_math.hpp"
#include "striate/augment/families.hpp"
#include "striate/augment/statistics.hpp"
#include "striate/augment/tables.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

namespace striate::augment {
namespace {

class RandomBrightnessContrast final : public Transform {
 public:
  explicit RandomBrightnessContrast(const Options& o)
      : brightness_(o.range("brightness_limit")), contrast_(o.range("contrast_limit")), by_max_(o.boolean("brightness_by_max")),
        safe_(o.boolean("ensure_safe_range")) {}

  void draw(Draw& d) const override {
    d.put("alpha", 1 + d.uniform(contrast_));
    d.put("brightness", d.uniform(brightness_));
  }

  core::Status apply(const Job& job) const override {
    double alpha = job.parameters.number("alpha");
    double beta = job.parameters.number("brightness") * (by_max_ ? 255.0 : mean_byte(job.in.pixels, job.in.size()));
    if (safe_ && alpha > 0) {
      beta = std::clamp(beta, 0.0, 255.0);
      alpha = std::min(alpha, (255.0 - beta) / 255.0);
    } else if (safe_) {
      beta = std::min(beta, 255.0);
      alpha = std::max(alpha, -beta / 255.0);
    }
    const auto factor = static_cast<float>(alpha), offset = static_cast<float>(beta);
    constexpr std::size_t large = 4096;  // a table of the 256 results costs more than it saves below
    if (job.in.size() < large) {
      job.kernels.scale(job.in.pixels, job.out.pixels, job.in.size(), factor, offset);
      return {};
    }
    Table table;
    std::iota(table.begin(), table.end(), std::uint8_t{0});
    job.kernels.scale(table.data(), table.data(), table.size(), factor, offset);
    job.kernels.lookup(job.in.pixels, job.out.pixels, job.in.size(), table.data());
    return {};
  }

 private:
  Range brightness_, contrast_;
  bool by_max_, safe_;
};

class RandomGamma final : public TableTransform {
 public:
  explicit RandomGamma(const Options& o) : limit_(o.range("gamma_limit")) {}
  void draw(Draw& d) const override { d.put("gamma", d.uniform(limit_) / 100.0); }

 protected:
  void fill(const Parameters& p, int, Table& table) const override {
    static const std::array<double, 256> logarithms = [] {
      std::array<double, 256> made{};
      for (std::size_t i = 1; i < 256; ++i) made[i] = exact_log(static_cast<double>(i) / 255.0);
      return made;
    }();
    const double gamma = p.number("gamma");
    kernels::image::image_kernels().gamma_table(logarithms.data(), gamma, table.data(), table.size());
    table[0] = gamma == 0 ? 255 : 0;
  }

 private:
  Range limit_;
};

class RandomToneCurve final : public TableTransform {
 public:
  explicit RandomToneCurve(const Options& o) : scale_(o.number("scale")), per_channel_(o.boolean("per_channel")) {}
  void draw(Draw& d) const override {
    const int count = per_channel_ ? d.shape().channels : 1;
    for (const double middle : {0.25, 0.75}) {
      auto& values = d.list();
      for (int c = 0; c < count; ++c) values.push_back(std::clamp(middle + scale_ * d.normal(), 0.0, 1.0));
      d.put(middle < 0.5 ? "low_y" : "high_y", values);
    }
  }

 protected:
  bool one_table(const Parameters& p) const override { return p.list("low_y").size() <= 1; }
  void fill(const Parameters& p, int channel, Table& table) const override {
    const double low = at(p.list("low_y"), channel), high = at(p.list("high_y"), channel);
    for (int i = 0; i < 256; ++i) {
      const double t = i / 255.0, u = 1 - t;
      table[static_cast<std::size_t>(i)] = round_byte((3 * u * u * t * low + 3 * u * t * t * high + t * t * t) * 255.0);
    }
  }

 private:
  static double at(std::span<const double> list, int channel) {
    return list.empty() ? 0 : list[std::min(static_cast<std::size_t>(channel), list.size() - 1)];
  }
  double scale_;
  bool per_channel_;
};

class InvertImg final : public Transform {
 public:
  explicit InvertImg(const Options&) {}
  core::Status apply(const Job& job) const override {
    job.kernels.invert_above(job.in.pixels, job.out.pixels, job.in.size(), 0, 255);
    return {};
  }
};

class Solarize final : public Transform {
 public:
  explicit Solarize(const Options& o) : threshold_(o.range("threshold_range")) {}
  void draw(Draw& d) const override { d.put("threshold", d.uniform(threshold_)); }
  core::Status apply(const Job& job) const override {
    const int threshold = bounded(std::ceil(job.parameters.number("threshold") * 255.0), 0, 256);
    job.kernels.invert_above(job.in.pixels, job.out.pixels, job.in.size(), threshold, 255);
    return {};
  }

 private:
  Range threshold_;
};

class Posterize final : public Transform {
 public:
  explicit Posterize(const Options& o) { read(o.value("num_bits"), bits_); }
  static core::Status check(const Options& o) {
    std::vector<Range> bits;
    if (o.has("num_bits") && !read(o.value("num_bits"), bits)) {
      return option_error(o.owner(), "num_bits", "cannot be " + o.value("num_bits").shown(),
                          "num_bits is a whole number from 1 to 7, a range [low, high] of them, or a list with one of these for each channel.");
    }
    return {};
  }

  core::Result<SizeRange> sizes(const SizeRange& in) const override {
    if (bits_.size() > 1 && bits_.size() != static_cast<std::size_t>(in.channels)) {
      return option_error(name(), "num_bits", "has " + std::to_string(bits_.size()) + " places for " + std::to_string(in.channels) + " channels",
                          "Give one number or range, or one for each channel.");
    }
    return in;
  }
  void draw(Draw& d) const override {
    auto& bits = d.list();
    for (const Range range : bits_) bits.push_back(d.integer(range));
    d.put("num_bits", bits);
  }
  core::Status apply(const Job& job) const override {
    const auto bits = job.parameters.list("num_bits");
    const auto mask = [&](int channel) {
      const double wanted = bits.empty() ? 4 : bits[std::min(static_cast<std::size_t>(channel), bits.size() - 1)];
      return static_cast<std::uint8_t>(256 - (1 << (8 - bounded(wanted, 1, 8))));
    };
    for (int c = 0; c < job.in.shape.channels; ++c) {
      job.kernels.invert_above(job.in.plane(c), job.out.plane(c), job.in.plane_size(), 256, mask(c));
    }
    return {};
  }

 private:
  static bool read_one(const Value& value, Range& range) {
    if (value.is(Value::Kind::number)) {
      range = {value.number(), value.number()};
    } else if (value.is(Value::Kind::list) && value.items().size() == 2 && value.items()[0].is(Value::Kind::number) &&
               value.items()[1].is(Value::Kind::number)) {
      range = {value.items()[0].number(), value.items()[1].number()};
    } else {
      return false;
    }
    return range.low >= 1 && range.high <= 7 && range.low <= range.high && range.low == std::floor(range.low) && range.high == std::floor(range.high);
  }
  static bool read(const Value& value, std::vector<Range>& bits) {
    Range range{4, 4};
    if (value.is(Value::Kind::null) || read_one(value, range)) {
      bits.push_back(range);
      return true;
    }
    if (!value.is(Value::Kind::list) || value.items().size() < 3) return false;
    for (const Value& item : value.items()) {
      if (!read_one(item, range)) return false;
      bits.push_back(range);
    }
    return true;
  }

  std::vector<Range> bits_;
};

using namespace option;

constexpr OptionSpec brightness_contrast_options[] = {
    range("brightness_limit", {-0.2, 0.2}, {-10, 10}, Single::symmetric, "Added light, as a share of 255 (or of the mean)."),
    range("contrast_limit", {-0.2, 0.2}, {-10, 10}, Single::symmetric, "Factor beyond 1."),
    boolean("brightness_by_max", true, "Of 255; else of the image's mean."),
    boolean("ensure_safe_range", false, "Hold factor and offset so that nothing is cut."),
};
constexpr OptionSpec gamma_options[] = {
    range("gamma_limit", {80, 120}, {1, 10000}, Single::from_low, "Gamma in per cent.", 1),
};
constexpr OptionSpec tone_curve_options[] = {
    number("scale", 0.1, 0, 1, "Spread of the two middle points."),
    boolean("per_channel", false, "A curve for each channel."),
};
constexpr OptionSpec solarize_options[] = {
    range("threshold_range", {0.5, 0.5}, zero_to_one, Single::refused, "From which share of 255 on the image is inverted."),
};
constexpr OptionSpec posterize_options[] = {
    value("num_bits", "Bits kept (4 unless given): a number from 1 to 7, a range, or one of these for each channel."),
};

constexpr TransformSpec tone_specs[] = {
    {.name = "RandomBrightnessContrast", .family = "tone", .doc = "Brighter or darker, more or less contrast.", .options = brightness_contrast_options, .make = make_transform<RandomBrightnessContrast>},
    {.name = "RandomGamma", .family = "tone", .doc = "Gamma correction.", .options = gamma_options, .make = make_transform<RandomGamma>},
    {.name = "RandomToneCurve", .family = "tone", .doc = "Bends the tone curve.", .options = tone_curve_options, .make = make_transform<RandomToneCurve>},
    {.name = "InvertImg", .family = "tone", .doc = "The negative.", .make = make_transform<InvertImg>},
    {.name = "Solarize", .family = "tone", .doc = "Inverts what is brighter than a threshold.", .options = solarize_options, .make = make_transform<Solarize>},
    {.name = "Posterize", .family = "tone", .doc = "Keeps only the highest bits.", .options = posterize_options, .make = make_transform<Posterize>},
};

}  // namespace

std::span<const TransformSpec> tone_transforms() { return tone_specs; }

}  // namespace striate::augment

// Worse pictures: Downscale, ChromaticAberration, Superpixels, ISONoise; ImageCompression stands in jpeg.cpp.
//
//   Downscale    shrunk by a factor and enlarged again
//   Chromatic    red and blue through a lens: radius times 1 + k₁ r² + k₂ r⁴, r in units of the sides
//   Superpixels  SLIC segments of similar pixels; some of them become their mean colour
//   ISONoise     in HLS: hue + N · color_shift · intensity degrees, lightness + n · intensity · (1 − lightness) with n from a
//                Poisson distribution of mean σ(lightness) · intensity
// Drawn: scale; red and blue k₁, k₂; "replaced" (0 or 1 a segment); color_shift, intensity and a seed.
// Source: Albumentations 2.0.8, pixel/transforms (documentation); Achanta et al., "SLIC superpixels", 2012, as it simplifies it.
#include "striate/augment/exact_math.hpp"
#include "striate/augment/families.hpp"
#include "striate/augment/resample.hpp"
#include "striate/augment/resize.hpp"
#include "striate/kernels/image/noise_word.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace striate::augment {
namespace {

class Downscale final : public Transform {
 public:
  explicit Downscale(const Options& o) : scale_(o.range("scale_range")) { read(o.value("interpolation_pair"), down_, up_); }
  static core::Status check(const Options& o) {
    Interpolation down, up;
    if (read(o.value("interpolation_pair"), down, up)) return {};
    return option_error(o.owner(), "interpolation_pair", "cannot be " + o.value("interpolation_pair").shown(),
                        "It is {\"downscale\": …, \"upscale\": …}, each a number from 0 (nearest) to 6.");
  }
  void draw(Draw& d) const override { d.put("scale", d.uniform(scale_)); }
  core::Status apply(const Job& job) const override {
    const double scale = std::clamp(job.parameters.number("scale"), 1e-3, 1.0);
    const core::Shape small{job.in.shape.channels, clamp_side(std::nearbyint(job.in.shape.height * scale)), clamp_side(std::nearbyint(job.in.shape.width * scale))};
    STRIATE_TAKE(std::uint8_t, pixels, job.scratch, static_cast<std::size_t>(small.elements()));
    STRIATE_CHECK(resize(job.in, {pixels, small}, down_, job.scratch, job.kernels, 1 / scale));
    return resize({pixels, small}, job.out, up_, job.scratch, job.kernels);
  }

 private:
  static bool read(const Value& value, Interpolation& down, Interpolation& up) {
    down = up = Interpolation::nearest;
    if (value.is(Value::Kind::null)) return true;
    if (!value.is(Value::Kind::map) || value.members().empty()) return false;
    for (const auto& [key, member] : value.members()) {
      if ((key != "downscale" && key != "upscale") || !member.is(Value::Kind::number) || member.number() != bounded(member.number(), 0, 6)) return false;
      (key == "downscale" ? down : up) = static_cast<Interpolation>(static_cast<int>(member.number()));
    }
    return true;
  }
  Range scale_;
  Interpolation down_, up_;
};

class ChromaticAberration final : public Transform {
 public:
  explicit ChromaticAberration(const Options& o) : first_(o.range("primary_distortion_limit")), second_(o.range("secondary_distortion_limit")), mode_(o.choice("mode")) {
    sampling_.interpolation = static_cast<Interpolation>(o.choice("interpolation"));
    sampling_.border = Border::replicate;
  }
  void draw(Draw& d) const override {
    double red1 = d.uniform(first_), red2 = d.uniform(second_), blue1 = d.uniform(first_), blue2 = d.uniform(second_);
    // Both terms of a channel bend the same way; green and purple fringes need both channels to, red and blue ones the opposite.
    const auto match = [](double a, double b) { return a * b < 0 ? -b : b; };
    const auto oppose = [](double a, double b) { return a * b > 0 ? -b : b; };
    red2 = match(red1, red2);
    blue2 = match(blue1, blue2);
    if (mode_ == 0) {
      blue1 = match(red1, blue1);
      blue2 = match(red2, blue2);
    } else if (mode_ == 1) {
      blue1 = oppose(red1, blue1);
      blue2 = oppose(red2, blue2);
    }
    d.put("primary_red", red1);
    d.put("secondary_red", red2);
    d.put("primary_blue", blue1);
    d.put("secondary_blue", blue2);
  }
  core::Status apply(const Job& job) const override {
    const std::size_t count = job.in.plane_size();
    const int height = job.in.shape.height, width = job.in.shape.width;
    STRIATE_TAKE(float, map_x, job.scratch, count);
    STRIATE_TAKE(float, map_y, job.scratch, count);
    const core::Shape one{1, height, width};
    std::memcpy(job.out.plane(1), job.in.plane(1), count);
    for (const int c : {0, 2}) {
      const double k1 = job.parameters.number(c == 0 ? "primary_red" : "primary_blue"), k2 = job.parameters.number(c == 0 ? "secondary_red" : "secondary_blue");
      for (int y = 0; y < height; ++y) {
        const double v = (y - height / 2.0) / height;
        for (int x = 0; x < width; ++x) {
          const double u = (x - width / 2.0) / width, square = u * u + v * v, factor = 1 + square * (k1 + k2 * square);
          map_x[std::ptrdiff_t{y} * width + x] = static_cast<float>(u * factor * width + width / 2.0);
          map_y[std::ptrdiff_t{y} * width + x] = static_cast<float>(v * factor * height + height / 2.0);
        }
      }
      STRIATE_CHECK(remap(sampling_, map_x, map_y, {job.in.plane(c), one}, {job.out.plane(c), one}, job.scratch, job.kernels));
    }
    return {};
  }

 private:
  Range first_, second_;
  int mode_;
  Sampling sampling_;
};

class Superpixels final : public Transform {
 public:
  explicit Superpixels(const Options& o)
      : replace_(o.range("p_replace")), segments_(o.range("n_segments")), largest_(o.has("max_size") ? o.integer("max_size") : 0),
        interpolation_(static_cast<Interpolation>(o.choice("interpolation"))) {}
  void draw(Draw& d) const override {
    const int count = d.integer(segments_);
    const double p = d.uniform(replace_);
    auto& replaced = d.list();
    for (int i = 0; i < count; ++i) replaced.push_back(d.chance(p) ? 1 : 0);
    d.put("replaced", replaced);
  }
  core::Status apply(const Job& job) const override {
    const auto replaced = job.parameters.list("replaced");
    if (std::none_of(replaced.begin(), replaced.end(), [](double r) { return r != 0; })) {
      std::memcpy(job.out.pixels, job.in.pixels, job.in.size());
      return {};
    }
    const int longest = std::max(job.in.shape.height, job.in.shape.width);
    if (largest_ == 0 || longest <= largest_) {
      std::memcpy(job.out.pixels, job.in.pixels, job.in.size());
      return segment(job, job.out, replaced);
    }
    // The segments are found in a smaller picture, which is then enlarged.
    const double scale = double(largest_) / longest;
    const core::Shape small{job.in.shape.channels, clamp_side(job.in.shape.height * scale), clamp_side(job.in.shape.width * scale)};
    STRIATE_TAKE(std::uint8_t, pixels, job.scratch, static_cast<std::size_t>(small.elements()));
    const Image shrunk{pixels, small};
    STRIATE_CHECK(resize(job.in, shrunk, interpolation_, job.scratch, job.kernels));
    STRIATE_CHECK(segment(job, shrunk, replaced));
    return resize(shrunk, job.out, interpolation_, job.scratch, job.kernels);
  }

 private:
  // Finds the segments of `image` and paints those that are replaced.
  static core::Status segment(const Job& job, const Image& image, std::span<const double> replaced) {
    const int height = image.shape.height, width = image.shape.width, channels = image.shape.channels;
    const std::size_t count = image.plane_size();
    const int step = std::max(1, static_cast<int>(std::sqrt(double(count) / double(replaced.size()))));
    const std::uint8_t brightest = *std::max_element(image.pixels, image.pixels + image.size());
    const double unit = 1.0 / (brightest + 1e-6);
    STRIATE_TAKE(int, labels, job.scratch, count);
    STRIATE_TAKE(double, nearest, job.scratch, count);
    std::fill(labels, labels + count, -1);
    std::fill(nearest, nearest + count, std::numeric_limits<double>::max());
    std::vector<std::pair<int, int>> centres;  // y, x
    for (int y = step / 2; y < height; y += step) {
      for (int x = step / 2; x < width; x += step) centres.push_back({y, x});
    }
    std::vector<std::int64_t> sums(centres.size() * 3);
    for (int turn = 0; turn < 10; ++turn) {
      for (std::size_t i = 0; i < centres.size(); ++i) {
        const auto [cy, cx] = centres[i];
        for (int y = std::max(0, cy - step); y < std::min(height, cy + step + 1); ++y) {
          for (int x = std::max(0, cx - step); x < std::min(width, cx + step + 1); ++x) {
            double colour = 0;
            for (int c = 0; c < channels; ++c) {
              const double difference = (int{image.row(c, y)[x]} - int{image.row(c, cy)[cx]}) * unit;
              colour += difference * difference;
            }
            const double place = double((y - cy) * (y - cy) + (x - cx) * (x - cx)) / (double(step) * step);
            const double distance = colour + 10 * place;
            const std::size_t at = static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x);
            if (distance < nearest[at]) {
              nearest[at] = distance;
              labels[at] = static_cast<int>(i);
            }
          }
        }
      }
      std::fill(sums.begin(), sums.end(), 0);
      for (std::size_t at = 0; at < count; ++at) {
        if (labels[at] < 0) continue;
        std::int64_t* sum = sums.data() + 3 * static_cast<std::size_t>(labels[at]);
        sum[0] += static_cast<std::int64_t>(at / static_cast<std::size_t>(width));
        sum[1] += static_cast<std::int64_t>(at % static_cast<std::size_t>(width));
        ++sum[2];
      }
      for (std::size_t i = 0; i < centres.size(); ++i) {
        if (sums[3 * i + 2] > 0) centres[i] = {static_cast<int>(sums[3 * i] / sums[3 * i + 2]), static_cast<int>(sums[3 * i + 1] / sums[3 * i + 2])};
      }
    }
    paint(image, labels, centres.size(), replaced, sums);
    return {};
  }

  static void paint(const Image& image, const int* labels, std::size_t segments, std::span<const double> replaced, std::vector<std::int64_t>& sums) {
    const std::size_t count = image.plane_size();
    // Segments are counted from the first that is not number 0, as Albumentations does, over those that have pixels.
    std::vector<int> place(segments, -1);
    std::vector<char> used(segments, false);
    for (std::size_t at = 0; at < count; ++at) {
      if (labels[at] >= 0) used[static_cast<std::size_t>(labels[at])] = true;
    }
    const bool uncovered = std::any_of(labels, labels + count, [](int l) { return l < 0; });
    int next = uncovered ? 1 : 0;  // pixels without a segment are one of their own
    for (std::size_t i = uncovered || segments == 0 || !used[0] ? 0 : 1; i < segments; ++i) {
      if (used[i]) place[i] = next++;
    }
    for (int c = 0; c < image.shape.channels; ++c) {
      std::uint8_t* plane = image.plane(c);
      std::fill(sums.begin(), sums.end(), 0);
      for (std::size_t at = 0; at < count; ++at) {
        if (labels[at] < 0) continue;
        sums[3 * static_cast<std::size_t>(labels[at])] += plane[at];
        ++sums[3 * static_cast<std::size_t>(labels[at]) + 2];
      }
      for (std::size_t at = 0; at < count; ++at) {
        if (labels[at] < 0) continue;
        const auto label = static_cast<std::size_t>(labels[at]);
        if (place[label] < 0 || replaced[static_cast<std::size_t>(place[label]) % replaced.size()] == 0) continue;
        plane[at] = static_cast<std::uint8_t>(std::nearbyint(double(sums[3 * label]) / double(sums[3 * label + 2])));
      }
    }
  }

  Range replace_, segments_;
  int largest_;
  Interpolation interpolation_;
};

class ISONoise final : public Transform {
 public:
  explicit ISONoise(const Options& o) : shift_(o.range("color_shift")), intensity_(o.range("intensity")) {}
  void draw(Draw& d) const override {
    d.put("color_shift", d.uniform(shift_));
    d.put("intensity", d.uniform(intensity_));
    d.put_seed();
  }
  core::Status apply(const Job& job) const override {
    const std::size_t count = job.in.plane_size();
    const double intensity = std::max(0.0, job.parameters.number("intensity"));
    const auto shift = static_cast<float>(job.parameters.number("color_shift") * intensity);
    const std::uint32_t seed = job.parameters.seed();
    STRIATE_TAKE(float, hls, job.scratch, 4 * count);
    float *h = hls, *l = hls + count, *s = hls + 2 * count, *noise = hls + 3 * count;
    job.kernels.rgb_to_hls(job.in.plane(0), job.in.plane(1), job.in.plane(2), h, l, s, count);
    // The spread of the lightness, summed in whole units so that the order does not matter.
    std::int64_t sum = 0, squares = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const auto level = static_cast<std::int64_t>(l[i] * 510.0f + 0.5f);
      sum += level;
      squares += level * level;
    }
    const double mean = double(sum) / double(count), variance = std::max(0.0, double(squares) / double(count) - mean * mean);
    const double expected = std::sqrt(variance) / 510 * intensity;
    // Cumulated probabilities of 0, 1, 2, … quanta.
    std::uint32_t cumulated[32];
    double probability = exact_exp(-expected), total = 0;
    for (int k = 0; k < 32; ++k) {
      total += probability;
      cumulated[k] = static_cast<std::uint32_t>(std::min(total, 1.0) * 4294967295.0);
      probability *= expected / (k + 1);
    }
    job.kernels.noise_normal(seed, 0, noise, count);
    const auto strength = static_cast<float>(intensity);
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint32_t word = kernels::image::noise_word(seed, static_cast<std::uint32_t>(i), 2);
      int quanta = 0;
      while (quanta < 32 && cumulated[quanta] < word) ++quanta;
      h[i] += noise[i] * shift;
      l[i] = std::min(l[i] + static_cast<float>(quanta) * strength * (1.0f - l[i]), 1.0f);
    }
    job.kernels.hls_to_rgb(h, l, s, job.out.plane(0), job.out.plane(1), job.out.plane(2), count);
    return {};
  }

 private:
  Range shift_, intensity_;
};

using namespace option;

constexpr OptionSpec downscale_options[] = {
    range("scale_range", {0.25, 0.25}, zero_to_one, Single::refused, "Factor."), value("interpolation_pair", "How it is shrunk and enlarged: {\"downscale\": 0, \"upscale\": 0} unless given."),
};
constexpr OptionSpec chromatic_options[] = {
    range("primary_distortion_limit", {-0.02, 0.02}, {-1, 1}, Single::symmetric, "Factor of r²."), range("secondary_distortion_limit", {-0.05, 0.05}, {-1, 1}, Single::symmetric, "Factor of r⁴."),
    choice("mode", "green_purple|red_blue|random", 0, "Colours of the fringes."), interpolation(),
};
constexpr OptionSpec superpixel_options[] = {
    range("p_replace", {0, 0.1}, zero_to_one, Single::from_low, "Probability of a segment."), integer_range("n_segments", {100, 100}, {1, 10000}, Single::from_low, "About how many segments.", 1),
    optional(integer("max_size", 128, 1, largest_side, "Segments are found in a picture of at most this side."), false), interpolation(),
};
constexpr OptionSpec iso_options[] = {
    range("color_shift", {0.01, 0.05}, zero_to_one, Single::refused, "Spread of the hue."), range("intensity", {0.1, 0.5}, {0, 100}, Single::refused, "Strength."),
};

constexpr TransformSpec degrade_specs[] = {
    {.name = "Downscale", .family = "degrade", .doc = "Fewer pixels, enlarged again.", .options = downscale_options, .make = make_transform<Downscale>},
    {.name = "ChromaticAberration", .family = "degrade", .doc = "Colour fringes of a lens.", .channels = Channels::rgb, .options = chromatic_options, .make = make_transform<ChromaticAberration>},
    {.name = "Superpixels", .family = "degrade", .doc = "Some patches of similar pixels become one colour.", .options = superpixel_options, .make = make_transform<Superpixels>},
    {.name = "ISONoise", .family = "noise", .doc = "Noise of a camera's sensor.", .channels = Channels::rgb, .options = iso_options, .make = make_transform<ISONoise>},
};

}  // namespace

std::span<const TransformSpec> degrade_transforms() { return degrade_specs; }

}  // namespace striate::augment

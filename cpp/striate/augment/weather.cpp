// Weather: RandomRain, RandomFog, RandomSnow, RandomGravel, RandomShadow; RandomSunFlare stands in flare.cpp.
//
//   Rain     lines of one colour, a box blur, added to the image, the sum times a brightness
//   Fog      disks of white blended in one after another with alpha · intensity, then a Gaussian blur
//   Snow     bleach: in HLS, lightness below snow_point · 127.5 + 85 times a factor; texture: in HSV, brighter by
//            1 + factor · snow_point, blurred noise that fades downwards added, a bluish veil, white sparkles
//   Gravel   in HLS, the lightness of small boxes replaced
//   Shadow   polygons of random corners, their inside times 1 − intensity
// Drawn: slant, length and "drops" (x, y each); intensity and a seed for the fog's disks; snow_point and a seed; "gravel"
// (top, bottom, left, right, lightness each); "corners" of all polygons and "intensities".
// Source: Albumentations 2.0.8, pixel/transforms (documentation), which follows U. Saxena, "Automold".
#include "striate/augment/colour_space.hpp"
#include "striate/augment/families.hpp"
#include "striate/augment/filter.hpp"
#include "striate/augment/raster.hpp"
#include "striate/kernels/image/noise_word.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace striate::augment {
namespace {

using kernels::image::noise_word;

// A rectangle of the image by shares of its sides: x_min, y_min, x_max, y_max.
core::Status check_region(const Options& o, std::string_view name, bool may_be_empty) {
  const auto r = o.numbers(name);
  const bool good = may_be_empty ? r[0] <= r[2] && r[1] <= r[3] : r[0] < r[2] && r[1] < r[3];
  if (good) return {};
  return option_error(o.owner(), name, "cannot be " + o.value(name).shown(), "It is [x_min, y_min, x_max, y_max], shares of the sides, the first two below the last two.");
}

class RandomRain final : public Transform {
 public:
  explicit RandomRain(const Options& o)
      : slant_(o.range("slant_range")), length_(o.has("drop_length") ? o.integer("drop_length") : 0), width_(o.integer("drop_width")), blur_(o.integer("blur_value")),
        brightness_(o.number("brightness_coefficient")), type_(o.choice("rain_type")) {
    const auto colour = o.numbers("drop_color");
    std::copy(colour.begin(), colour.end(), colour_);
  }
  void draw(Draw& d) const override {
    const int height = d.shape().height, width = d.shape().width;
    const int count = type_ == 0 ? height / 4 : type_ == 1 ? height : type_ == 2 ? height * 2 : height / 3;
    const int length = std::min(height, length_ > 0 ? length_ : std::max(1, height / 8));
    d.put("length", length);
    d.put("slant", d.uniform(slant_));
    auto& drops = d.list();
    for (int i = 0; i < count; ++i) {
      drops.push_back(d.integer(0, width - 1));
      drops.push_back(d.integer(0, std::max(0, height - length - 1)));
    }
    d.put("drops", drops);
  }
  core::Status apply(const Job& job) const override {
    const auto drops = job.parameters.list("drops");
    const std::size_t count = job.in.plane_size();
    if (drops.empty()) {
      std::memcpy(job.out.pixels, job.in.pixels, job.in.size());
      return {};
    }
    STRIATE_TAKE(std::uint8_t, layer, job.scratch, 2 * count);
    const core::Shape one{1, job.in.shape.height, job.in.shape.width};
    const Plane plane{layer, one.height, one.width};
    const double slant = job.parameters.number("slant"), length = job.parameters.number("length");
    constexpr int far = 1 << 15;
    for (int c = 0; c < 3; ++c) {
      const std::uint8_t value = fill_byte(std::span(colour_), c);
      if (c == 0 || value != fill_byte(std::span(colour_), c - 1)) {
        std::memset(layer, 0, count);
        for (std::size_t i = 0; i + 2 <= drops.size(); i += 2) {
          const Point from{bounded(drops[i], -far, far), bounded(drops[i + 1], -far, far)};
          const Point to{bounded(from.x + slant, -far, far), bounded(from.y + length, -far, far)};
          draw_thick_line(plane, from, to, width_, value);
        }
        if (blur_ > 1) {
          const auto taps = static_cast<std::size_t>(blur_);
          STRIATE_TAKE(float, weights, job.scratch, taps);
          std::fill(weights, weights + taps, 1.0f / static_cast<float>(taps));
          STRIATE_CHECK(convolve_separable({layer, one}, {layer + count, one}, {weights, taps}, {weights, taps}, Border::reflect_101, job.scratch, job.kernels));
          std::memcpy(layer, layer + count, count);
        }
      }
      const std::uint8_t* in = job.in.plane(c);
      std::uint8_t* out = job.out.plane(c);
      for (std::size_t i = 0; i < count; ++i) out[i] = static_cast<std::uint8_t>(std::min(in[i] + layer[i], 255));
      if (brightness_ != 1) job.kernels.blend(out, static_cast<float>(brightness_), out, 0.0f, 0.0f, out, count);
    }
    return {};
  }

 private:
  Range slant_;
  int length_, width_, blur_;
  double brightness_, colour_[3];
  int type_;
};

class RandomFog final : public Transform {
 public:
  explicit RandomFog(const Options& o) : coefficient_(o.range("fog_coef_range")), alpha_(o.number("alpha_coef")) {}
  void draw(Draw& d) const override {
    d.put("intensity", d.uniform(coefficient_));
    d.put_seed();
  }
  core::Status apply(const Job& job) const override {
    const int height = job.in.shape.height, width = job.in.shape.width;
    const double intensity = std::clamp(job.parameters.number("intensity"), 0.0, 1.0);
    const std::uint32_t seed = job.parameters.seed();
    STRIATE_TAKE(std::uint8_t, fogged, job.scratch, job.in.size());
    std::memcpy(fogged, job.in.pixels, job.in.size());
    const Image work{fogged, job.in.shape};
    Table veil;
    const double alpha = alpha_ * intensity;
    for (int i = 0; i < 256; ++i) veil[static_cast<std::size_t>(i)] = even_byte(255 * alpha + i * (1 - alpha));
    const int most = std::max(2, static_cast<int>(std::min(height, width) * 0.1 * intensity)), least = std::max(1, most / 2);
    std::vector<std::vector<int>> disks(static_cast<std::size_t>(most));
    for (int radius = least; radius < std::max(most, least + 1); ++radius) disk_rows(radius, disks[static_cast<std::size_t>(std::min(radius, most - 1))]);
    const int region = std::max(1, static_cast<int>(width / 3 * intensity));
    const int cx = static_cast<int>(width / 2.0 - 0.5), cy = static_cast<int>(height / 2.0 - 0.5);
    std::uint32_t place = 0;
    const auto between = [&](int low, int high) {
      const std::uint64_t span = static_cast<std::uint64_t>(high - low) + 1;
      return low + static_cast<int>(noise_word(seed, place++, 0) * span >> 32);
    };
    // Ten frames, each a tenth smaller, filled with as many disks as their area asks for.
    int w = width, h = height;
    for (int frame = 0; frame < 10 && w > region && h > region; ++frame) {
      const int particles = bounded(double(w) * h / (double(region) * region) * intensity * 10, 0, 1 << 20);
      for (int i = 0; i < particles; ++i) {
        const int x = between(cx - w / 2, cx + w / 2), y = between(cy - h / 2, cy + h / 2);
        const int radius = between(least, std::max(least, most - 1));
        for (int c = 0; c < job.in.shape.channels; ++c) {
          for_disk(disks[static_cast<std::size_t>(std::min(radius, most - 1))], x, y, height, width, [&](int row, int left, int right) {
            std::uint8_t* line = work.row(c, row);
            for (int column = left; column < right; ++column) line[column] = veil[line[column]];
          });
        }
      }
      w = static_cast<int>(w * 0.9);
      h = static_cast<int>(h * 0.9);
    }
    return gaussian_blur(work, job.out, 0, std::max(3, std::min(height, width) / 30) | 1, Border::reflect_101, job.scratch, job.kernels);
  }

 private:
  Range coefficient_;
  double alpha_;
};

class RandomSnow final : public Transform {
 public:
  explicit RandomSnow(const Options& o) : point_(o.range("snow_point_range")), factor_(o.number("brightness_coeff")), texture_(o.choice("method") == 1) {}
  void draw(Draw& d) const override {
    d.put("snow_point", d.uniform(point_));
    if (texture_) d.put_seed();
  }
  core::Status apply(const Job& job) const override {
    const double point = job.parameters.number("snow_point");
    if (!texture_) {
      Table lighter;
      for (int i = 0; i < 256; ++i) lighter[static_cast<std::size_t>(i)] = cut_byte(i < point * 127.5 + 85 ? i * factor_ : i);
      return through_lightness(job.in, job.out, [&](std::uint8_t* l, std::size_t, std::size_t count) { job.kernels.lookup(l, l, count, lighter.data()); },
                               job.scratch, job.kernels);
    }
    const int height = job.in.shape.height, width = job.in.shape.width;
    const std::size_t count = job.in.plane_size();
    const std::uint32_t seed = job.parameters.seed();
    STRIATE_TAKE(float, snow, job.scratch, count);
    STRIATE_TAKE(std::uint8_t, hsv, job.scratch, 3 * count);
    job.kernels.noise_normal(seed, 0, snow, count);
    const float spread = 0.3f;
    const float* rows[] = {snow};
    job.kernels.weigh(rows, &spread, 1, 0.5f, snow, count);
    const int size = gaussian_size(1, false);
    // Blurred when it is made and again when it is used: one blur of the summed width would not round the same.
    for (int turn = 0; turn < 2; ++turn) STRIATE_CHECK(gaussian_blur_field(snow, height, width, 1, size, Border::reflect_101, job.scratch, job.kernels));
    job.kernels.rgb_to_hsv(job.in.plane(0), job.in.plane(1), job.in.plane(2), hsv, hsv + count, hsv + 2 * count, count);
    const auto layer = static_cast<float>(255 * point), brighter = static_cast<float>(1 + factor_ * point);
    constexpr float tint[] = {0.6f, 0.75f, 1.0f};
    for (int y = 0; y < height; ++y) {
      const float fade = layer * static_cast<float>(height > 1 ? 1 - 0.8 * y / (height - 1) : 1);
      for (std::size_t i = static_cast<std::size_t>(y) * static_cast<std::size_t>(width); i < static_cast<std::size_t>(y + 1) * static_cast<std::size_t>(width); ++i) {
        const float white = snow[i] * fade;
        for (std::size_t c = 0; c < 3; ++c) {
          float value = static_cast<float>(hsv[c * count + i]);
          if (c == 2) value = std::min(value * brighter, 255.0f);
          value = 0.85f * (value + white) + tint[c] * static_cast<float>(0.15 * point);
          const int level = static_cast<int>(std::min(std::max(value, 0.0f), 255.0f));
          hsv[c * count + i] = static_cast<std::uint8_t>(c == 0 && level >= 180 ? level - 180 : level);
        }
      }
    }
    job.kernels.hsv_to_rgb(hsv, hsv + count, hsv + 2 * count, job.out.plane(0), job.out.plane(1), job.out.plane(2), count);
    for (std::size_t i = 0; i < count; ++i) {
      if (noise_word(seed, static_cast<std::uint32_t>(i), 2) <= 4252017623u) continue;  // one place in a hundred
      for (int c = 0; c < 3; ++c) job.out.plane(c)[i] = 255;
    }
    return {};
  }

 private:
  Range point_;
  double factor_;
  bool texture_;
};

class RandomGravel final : public Transform {
 public:
  explicit RandomGravel(const Options& o) : patches_(o.integer("number_of_patches")) {
    const auto region = o.numbers("gravel_roi");
    std::copy(region.begin(), region.end(), region_);
  }
  static core::Status check(const Options& o) { return check_region(o, "gravel_roi", false); }
  void draw(Draw& d) const override {
    const int height = d.shape().height, width = d.shape().width;
    const int left = static_cast<int>(region_[0] * width), top = static_cast<int>(region_[1] * height);
    const int wide = static_cast<int>(region_[2] * width) - left, tall = static_cast<int>(region_[3] * height) - top;
    auto& stones = d.list();
    for (int patch = 0; patch < patches_; ++patch) {
      const int patch_wide = d.integer(wide / 10, wide / 5), patch_tall = d.integer(tall / 10, tall / 5);
      const int x0 = d.integer(left, left + wide - patch_wide), y0 = d.integer(top, top + tall - patch_tall);
      for (int i = std::min(patch_wide * patch_tall / 100, 4096); i > 0; --i) {
        const int x = d.integer(x0, x0 + patch_wide), y = d.integer(y0, y0 + patch_tall), r = d.integer(1, 3), lightness = d.integer(0, 255);
        for (const int v : {std::max(y - r, 0), std::min(y + r, height - 1), std::max(x - r, 0), std::min(x + r, width - 1), lightness}) stones.push_back(v);
      }
    }
    d.put("gravel", stones);
  }
  core::Status apply(const Job& job) const override {
    const auto stones = job.parameters.list("gravel");
    const std::size_t count = job.in.plane_size();
    const int height = job.in.shape.height, width = job.in.shape.width;
    STRIATE_TAKE(std::int16_t, lightness, job.scratch, count);  // below 0: as it is
    std::fill(lightness, lightness + count, std::int16_t{-1});
    for (std::size_t i = 0; i + 5 <= stones.size(); i += 5) {
      const int top = bounded(stones[i], 0, height), bottom = bounded(stones[i + 1], top, height);
      const int left = bounded(stones[i + 2], 0, width), right = bounded(stones[i + 3], left, width);
      for (int y = top; y < bottom; ++y) std::fill(lightness + std::ptrdiff_t{y} * width + left, lightness + std::ptrdiff_t{y} * width + right, static_cast<std::int16_t>(bounded(stones[i + 4], 0, 255)));
    }
    return through_lightness(
        job.in, job.out,
        [&](std::uint8_t* l, std::size_t first, std::size_t some) {
          for (std::size_t i = 0; i < some; ++i) l[i] = lightness[first + i] >= 0 ? static_cast<std::uint8_t>(lightness[first + i]) : l[i];
        },
        job.scratch, job.kernels);
  }

 private:
  double region_[4];
  int patches_;
};

class RandomShadow final : public Transform {
 public:
  explicit RandomShadow(const Options& o) : count_(o.range("num_shadows_limit")), corners_(o.integer("shadow_dimension")), intensity_(o.range("shadow_intensity_range")) {
    const auto region = o.numbers("shadow_roi");
    std::copy(region.begin(), region.end(), region_);
  }
  static core::Status check(const Options& o) { return check_region(o, "shadow_roi", true); }
  void draw(Draw& d) const override {
    const int count = d.integer(count_);
    const int height = d.shape().height, width = d.shape().width;
    const int left = static_cast<int>(region_[0] * width), right = std::max(left, static_cast<int>(region_[2] * width) - 1);
    const int top = static_cast<int>(region_[1] * height), bottom = std::max(top, static_cast<int>(region_[3] * height) - 1);
    auto& list = d.list();
    for (int i = 0; i < count * corners_; ++i) {
      list.push_back(d.integer(left, right));
      list.push_back(d.integer(top, bottom));
    }
    d.put("corners", list);
    list.clear();
    for (int i = 0; i < count; ++i) list.push_back(d.uniform(intensity_));
    d.put("intensities", list);
  }
  core::Status apply(const Job& job) const override {
    const auto corners = job.parameters.list("corners"), intensities = job.parameters.list("intensities");
    const std::size_t count = job.in.plane_size();
    STRIATE_TAKE(std::uint8_t, mask, job.scratch, count);
    STRIATE_TAKE(Point, points, job.scratch, static_cast<std::size_t>(corners_));
    std::memcpy(job.out.pixels, job.in.pixels, job.in.size());
    constexpr int far = 1 << 15;
    for (std::size_t i = 0; i < intensities.size() && (i + 1) * 2 * static_cast<std::size_t>(corners_) <= corners.size(); ++i) {
      for (std::size_t k = 0; k < static_cast<std::size_t>(corners_); ++k) {
        const std::size_t place = (i * static_cast<std::size_t>(corners_) + k) * 2;
        points[k] = {bounded(corners[place], -far, far), bounded(corners[place + 1], -far, far)};
      }
      std::memset(mask, 0, count);
      fill_polygon({mask, job.in.shape.height, job.in.shape.width}, {points, static_cast<std::size_t>(corners_)}, 255);
      Table darker;
      for (int v = 0; v < 256; ++v) darker[static_cast<std::size_t>(v)] = cut_byte(v * (1 - intensities[i]));
      for (int c = 0; c < job.in.shape.channels; ++c) {
        std::uint8_t* plane = job.out.plane(c);
        for (std::size_t k = 0; k < count; ++k) plane[k] = mask[k] != 0 ? darker[plane[k]] : plane[k];
      }
    }
    return {};
  }

 private:
  Range count_;
  int corners_;
  Range intensity_;
  double region_[4];
};

using namespace option;

constexpr OptionSpec rain_options[] = {
    range("slant_range", {-10, 10}, {-20, 20}, Single::refused, "How far a drop's end lies beside its beginning, in pixels."),
    optional(integer("drop_length", 1, 1, largest_side, "Length of a drop; an eighth of the height unless given.")), integer("drop_width", 1, 1, 1000, "Width of a drop."),
    integers("drop_color", 3, {200, 200, 200}, {0, 255}, "Colour of the drops."), integer("blur_value", 7, 1, 255, "Size of the blur."),
    number("brightness_coefficient", 0.7, above_zero, 1, "Factor on the whole image."), choice("rain_type", "drizzle|heavy|torrential|default", 3, "How many drops: a fourth, all, twice, or a third of the height."),
};
constexpr OptionSpec fog_options[] = {
    range("fog_coef_range", {0.3, 1}, zero_to_one, Single::refused, "Density."), number("alpha_coef", 0.08, 0, 1, "How white a disk is."),
};
constexpr OptionSpec snow_options[] = {
    range("snow_point_range", {0.1, 0.3}, zero_to_one, Single::refused, "How much snow."), number("brightness_coeff", 2.5, above_zero, 100, "How bright it is."),
    choice("method", "bleach|texture", 0, "Bleach what is dark, or add flakes."),
};
constexpr OptionSpec gravel_options[] = {
    numbers("gravel_roi", 4, {0.1, 0.4, 0.9, 0.9}, zero_to_one, "Where: x_min, y_min, x_max, y_max as shares of the sides."), integer("number_of_patches", 2, 1, 100, "How many patches."),
};
constexpr OptionSpec random_shadow_options[] = {
    numbers("shadow_roi", 4, {0, 0.5, 1, 1}, zero_to_one, "Where: x_min, y_min, x_max, y_max as shares of the sides."), integer_range("num_shadows_limit", {1, 2}, {1, 100}, Single::refused, "How many polygons."),
    integer("shadow_dimension", 5, 3, 1000, "Corners of a polygon."), range("shadow_intensity_range", {0.5, 0.5}, zero_to_one, Single::refused, "Darkness."),
};

constexpr TransformSpec weather_specs[] = {
    {.name = "RandomRain", .family = "weather", .doc = "Rain.", .channels = Channels::rgb, .options = rain_options, .make = make_transform<RandomRain>},
    {.name = "RandomFog", .family = "weather", .doc = "Fog.", .channels = Channels::rgb, .options = fog_options, .make = make_transform<RandomFog>},
    {.name = "RandomSnow", .family = "weather", .doc = "Snow.", .channels = Channels::rgb, .options = snow_options, .make = make_transform<RandomSnow>},
    {.name = "RandomGravel", .family = "weather", .doc = "Gravel on the road.", .channels = Channels::rgb, .options = gravel_options, .make = make_transform<RandomGravel>},
    {.name = "RandomShadow", .family = "weather", .doc = "Shadows of random shape.", .options = random_shadow_options, .make = make_transform<RandomShadow>},
};

}  // namespace

std::span<const TransformSpec> weather_transforms() { return weather_specs; }

}  // namespace striate::augment

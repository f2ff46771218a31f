// Colour: HueSaturationValue, ColorJitter, RGBShift, PlanckianJitter.
//
//   HueSaturationValue   in HSV (hue in half degrees): h + dh mod 180, s + ds where s > 0, v + dv, whole parts, cut
//   ColorJitter          in a drawn order: brightness b·x; contrast c·x + (1 − c)·mean of gray; saturation s·x + (1 − s)·gray;
//                        hue h + 180·hue mod 180
//   RGBShift             x + shift of the channel, its whole part
//   PlanckianJitter      red and blue by the ratio that a black body (or CIE daylight) of the temperature has to green
// One-channel images: HueSaturationValue shifts the value alone; ColorJitter leaves saturation and hue; the others need RGB.
// Source: Albumentations 2.0.8, pixel/transforms (documentation); the table of Planckian coefficients is that of Zini et
// al., "Planckian jitter: countering the color-crippling effects of color jitter", 2023, as Albumentations lists it.
#include "striate/augment/colour_space.hpp"
#include "striate/augment/families.hpp"
#include "striate/augment/statistics.hpp"
#include "striate/augment/tables.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace striate::augment {
namespace {

class HueSaturationValue final : public Transform {
 public:
  explicit HueSaturationValue(const Options& o)
      : hue_(o.range("hue_shift_limit")), saturation_(o.range("sat_shift_limit")), value_(o.range("val_shift_limit")) {}

  void draw(Draw& d) const override {
    d.put("hue_shift", d.uniform(hue_));
    d.put("sat_shift", d.uniform(saturation_));
    d.put("val_shift", d.uniform(value_));
  }

  core::Status apply(const Job& job) const override {
    Table hue, saturation, value;
    shift_table(job.parameters.number("val_shift"), value);
    if (job.in.shape.channels == 1) {
      job.kernels.lookup(job.in.pixels, job.out.pixels, job.in.size(), value.data());
      return {};
    }
    hue_table(job.parameters.number("hue_shift"), hue);
    shift_table(job.parameters.number("sat_shift"), saturation);
    saturation[0] = 0;
    return through_hsv(job.in, job.out, hue, saturation, value, job.scratch, job.kernels);
  }

 private:
  Range hue_, saturation_, value_;
};

class ColorJitter final : public Transform {
 public:
  explicit ColorJitter(const Options& o)
      : brightness_(o.range("brightness")), contrast_(o.range("contrast")), saturation_(o.range("saturation")), hue_(o.range("hue")) {}

  void draw(Draw& d) const override {
    d.put("brightness", d.uniform(brightness_));
    d.put("contrast", d.uniform(contrast_));
    d.put("saturation", d.uniform(saturation_));
    d.put("hue", d.uniform(hue_));
    d.put("order", d.permutation(4));
  }

  core::Status apply(const Job& job) const override {
    ConstImage now = job.in;
    const bool colour = now.shape.channels == 3;
    for (const double step : job.parameters.list("order")) {
      switch (bounded(step, 0, 3)) {
        case 0: job.kernels.scale(now.pixels, job.out.pixels, now.size(), static_cast<float>(job.parameters.number("brightness")), 0.0f); break;
        case 1: {
          const auto factor = job.parameters.number("contrast");
          STRIATE_TRY(mean, gray_mean(now, job));
          job.kernels.scale(now.pixels, job.out.pixels, now.size(), static_cast<float>(factor), static_cast<float>(mean * (1 - factor)));
          break;
        }
        case 2: {
          const auto factor = static_cast<float>(job.parameters.number("saturation"));
          if (!colour || factor == 1.0f) continue;
          const Scratch::Mark mark = job.scratch.mark();
          STRIATE_TAKE(std::uint8_t, gray, job.scratch, now.plane_size());
          job.kernels.gray(now.plane(0), now.plane(1), now.plane(2), gray, now.plane_size());
          for (int c = 0; c < 3; ++c) {
            job.kernels.blend(now.plane(c), factor, gray, 1.0f - factor, 0.0f, job.out.plane(c), now.plane_size());
          }
          job.scratch.release(mark);
          break;
        }
        default: {
          const double hue = job.parameters.number("hue");
          if (!colour || hue == 0) continue;
          Table table;
          hue_table(180 * hue, table);
          STRIATE_CHECK(turn_hue(now, job.out, table, job.scratch, job.kernels));
        }
      }
      now = job.out;
    }
    if (now.pixels == job.in.pixels) std::memcpy(job.out.pixels, job.in.pixels, job.in.size());
    return {};
  }

 private:
  static core::Result<double> gray_mean(const ConstImage& image, const Job& job) {
    if (image.shape.channels != 3) return mean_byte(image.pixels, image.size());
    const Scratch::Mark mark = job.scratch.mark();
    STRIATE_TAKE(std::uint8_t, gray, job.scratch, image.plane_size());
    job.kernels.gray(image.plane(0), image.plane(1), image.plane(2), gray, image.plane_size());
    const double mean = mean_byte(gray, image.plane_size());
    job.scratch.release(mark);
    return mean;
  }

  Range brightness_, contrast_, saturation_, hue_;
};

class RGBShift final : public TableTransform {
 public:
  explicit RGBShift(const Options& o) : limits_{o.range("r_shift_limit"), o.range("g_shift_limit"), o.range("b_shift_limit")} {
    for (Range& limit : limits_) {
      // Numbers up to 1 are shares of 255, larger ones levels.
      const bool levels = std::abs(limit.low) > 1 || std::abs(limit.high) > 1;
      if (!levels) limit = {limit.low * 255, limit.high * 255};
    }
  }
  void draw(Draw& d) const override {
    auto& shifts = d.list();
    for (int c = 0; c < std::min(3, d.shape().channels); ++c) shifts.push_back(d.uniform(limits_[c]));
    d.put("shift", shifts);
  }

 protected:
  bool one_table(const Parameters&) const override { return false; }
  void fill(const Parameters& p, int channel, Table& table) const override {
    const auto shifts = p.list("shift");
    shift_table(static_cast<std::size_t>(channel) < shifts.size() ? shifts[static_cast<std::size_t>(channel)] : 0, table);
  }

 private:
  Range limits_[3];
};

// Red, green, blue by temperature in steps of 500 K, from 3000 K (black body) and 4000 K (daylight) to 15000 K.
constexpr float black_body[][3] = {
    {0.6743f, 0.4029f, 0.0013f}, {0.6281f, 0.4241f, 0.1665f}, {0.5919f, 0.4372f, 0.2513f}, {0.5623f, 0.4457f, 0.3154f},
    {0.5376f, 0.4515f, 0.3672f}, {0.5163f, 0.4555f, 0.4103f}, {0.4979f, 0.4584f, 0.4468f}, {0.4816f, 0.4604f, 0.4782f},
    {0.4672f, 0.4619f, 0.5053f}, {0.4542f, 0.4630f, 0.5289f}, {0.4426f, 0.4638f, 0.5497f}, {0.4320f, 0.4644f, 0.5681f},
    {0.4223f, 0.4648f, 0.5844f}, {0.4135f, 0.4651f, 0.5990f}, {0.4054f, 0.4653f, 0.6121f}, {0.3980f, 0.4654f, 0.6239f},
    {0.3911f, 0.4655f, 0.6346f}, {0.3847f, 0.4656f, 0.6444f}, {0.3787f, 0.4656f, 0.6532f}, {0.3732f, 0.4656f, 0.6613f},
    {0.3680f, 0.4655f, 0.6688f}, {0.3632f, 0.4655f, 0.6756f}, {0.3586f, 0.4655f, 0.6820f}, {0.3544f, 0.4654f, 0.6878f},
    {0.3503f, 0.4653f, 0.6933f}};
constexpr float daylight[][3] = {
    {0.5829f, 0.4421f, 0.2288f}, {0.5510f, 0.4514f, 0.2948f}, {0.5246f, 0.4576f, 0.3488f}, {0.5021f, 0.4618f, 0.3941f},
    {0.4826f, 0.4646f, 0.4325f}, {0.4654f, 0.4667f, 0.4654f}, {0.4502f, 0.4681f, 0.4938f}, {0.4364f, 0.4692f, 0.5186f},
    {0.4240f, 0.4700f, 0.5403f}, {0.4127f, 0.4705f, 0.5594f}, {0.4023f, 0.4709f, 0.5763f}, {0.3928f, 0.4713f, 0.5914f},
    {0.3839f, 0.4715f, 0.6049f}, {0.3757f, 0.4716f, 0.6171f}, {0.3681f, 0.4717f, 0.6281f}, {0.3609f, 0.4718f, 0.6380f},
    {0.3543f, 0.4719f, 0.6472f}, {0.3480f, 0.4719f, 0.6555f}, {0.3421f, 0.4719f, 0.6631f}, {0.3365f, 0.4719f, 0.6702f},
    {0.3313f, 0.4719f, 0.6766f}, {0.3263f, 0.4719f, 0.6826f}, {0.3217f, 0.4719f, 0.6882f}};

class PlanckianJitter final : public Transform {
 public:
  explicit PlanckianJitter(const Options& o)
      : daylight_(o.choice("mode") == 1), normal_(o.choice("sampling_method") == 1),
        limit_(o.has("temperature_limit") ? o.range("temperature_limit") : Range{daylight_ ? 4000.0 : 3000.0, 15000}) {}

  static core::Status check(const Options& o) {
    if (!o.has("temperature_limit")) return {};
    const Range limit = o.range("temperature_limit");
    const double least = o.choice("mode") == 1 ? 4000 : 3000;
    if (limit.low < least || limit.high > 15000 || limit.low > white || limit.high < white) {
      return option_error(o.owner(), "temperature_limit", "cannot be " + o.value("temperature_limit").shown(),
                          "It is a range within 3000 (cied: 4000) to 15000 kelvin that holds 6000, the white light.");
    }
    return {};
  }

  void draw(Draw& d) const override {
    const bool warm = d.chance(0.4);
    double temperature;
    if (!normal_) {
      temperature = d.uniform(warm ? Range{limit_.low, white} : Range{white, limit_.high});
    } else {
      const double spread = std::abs(d.normal()) * (warm ? white - limit_.low : limit_.high - white) / 3;
      temperature = warm ? white - spread : white + spread;
    }
    d.put("temperature", std::floor(std::clamp(temperature, limit_.low, limit_.high)));
  }

  core::Status apply(const Job& job) const override {
    const double least = daylight_ ? 4000 : 3000;
    const double temperature = std::clamp(job.parameters.number("temperature"), least, 15000.0);
    const double place = (temperature - least) / 500;
    const int last = daylight_ ? 22 : 24;
    const int left = bounded(place, 0, last), right = std::min(left + 1, last);
    const float(*table)[3] = daylight_ ? daylight : black_body;
    const double share = place - left;
    const auto coefficient = [&](int c) { return (1 - share) * static_cast<double>(table[left][c]) + share * static_cast<double>(table[right][c]); };
    for (int c = 0; c < 3; ++c) {
      const double factor = c == 1 ? 1.0 : coefficient(c) / coefficient(1);
      job.kernels.scale(job.in.plane(c), job.out.plane(c), job.in.plane_size(), static_cast<float>(factor), 0.0f);
    }
    return {};
  }

 private:
  static constexpr double white = 6000;
  bool daylight_, normal_;
  Range limit_;
};

using namespace option;

constexpr OptionSpec hsv_options[] = {
    range("hue_shift_limit", {-20, 20}, {-180, 180}, Single::symmetric, "Half degrees."),
    range("sat_shift_limit", {-30, 30}, {-255, 255}, Single::symmetric, "Levels."),
    range("val_shift_limit", {-20, 20}, {-255, 255}, Single::symmetric, "Levels."),
};
constexpr OptionSpec jitter_options[] = {
    range("brightness", {0.8, 1.2}, {0, 100}, Single::around_one, "Factor."),
    range("contrast", {0.8, 1.2}, {0, 100}, Single::around_one, "Factor."),
    range("saturation", {0.8, 1.2}, {0, 100}, Single::around_one, "Factor."),
    range("hue", {-0.5, 0.5}, {-0.5, 0.5}, Single::symmetric, "Turns of the colour circle."),
};
constexpr OptionSpec rgb_shift_options[] = {
    range("r_shift_limit", {-20, 20}, {-255, 255}, Single::symmetric, "Levels of red; up to 1, a share of 255."),
    range("g_shift_limit", {-20, 20}, {-255, 255}, Single::symmetric, "Levels of green."),
    range("b_shift_limit", {-20, 20}, {-255, 255}, Single::symmetric, "Levels of blue."),
    unused("approximation"), unused("noise_params"), unused("noise_type"), unused("spatial_mode"),
};
constexpr OptionSpec planckian_options[] = {
    choice("mode", "blackbody|cied", 0, "Light of a black body, or CIE daylight."),
    optional(range("temperature_limit", {3000, 15000}, {3000, 15000}, Single::refused, "Kelvin; must hold 6000.")),
    choice("sampling_method", "uniform|gaussian", 0, "How the temperature is drawn."),
};

constexpr TransformSpec colour_specs[] = {
    {.name = "HueSaturationValue", .family = "colour", .doc = "Shifts hue, saturation and value.", .channels = Channels::rgb_or_gray, .options = hsv_options, .make = make_transform<HueSaturationValue>},
    {.name = "ColorJitter", .family = "colour", .doc = "Brightness, contrast, saturation and hue in a random order.", .channels = Channels::rgb_or_gray, .options = jitter_options, .make = make_transform<ColorJitter>},
    {.name = "RGBShift", .family = "colour", .doc = "Shifts each channel.", .channels = Channels::rgb_or_gray, .options = rgb_shift_options, .make = make_transform<RGBShift>},
    {.name = "PlanckianJitter", .family = "colour", .doc = "Warmer or colder light.", .channels = Channels::rgb, .options = planckian_options, .make = make_transform<PlanckianJitter>},
};

}  // namespace

std::span<const TransformSpec> colour_transforms() { return colour_specs; }

}  // namespace striate::augment

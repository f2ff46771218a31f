// Noise: GaussNoise, AdditiveNoise, MultiplicativeNoise, SaltAndPepper, ShotNoise.
//
//   GaussNoise    in + the whole part of 255 · (mean + σ · N); every value by itself, or one field for all channels
//   AdditiveNoise the same with uniform, Gaussian, Laplace (scale · L + location) or beta ((2B − 1) · scale) noise; "constant":
//                 one value a channel
//   MultiplicativeNoise   in · factor, the factor for the image, a channel, a place, or each value
//   SaltAndPepper  a drawn share of the places becomes 255 or 0
//   ShotNoise     (Poisson(light / scale) · scale)^(1/2.2), light = (in / 255)^2.2
// Drawn: the numbers and a seed; fields grow from the seed (kernels/image/noise_word.hpp). An approximation below 1 makes a
// smaller field and enlarges it.
// Laplace values are N₁N₂ + N₃N₄; beta values go through a table of 2048 steps of the distribution function; Poisson ones
// through tables of cumulated probabilities, one a level.
// Source: Albumentations 2.0.8, pixel/transforms (documentation).
#include "striate/augment/exact_math.hpp"
#include "striate/augment/families.hpp"
#include "striate/augment/noise_map.hpp"
#include "striate/augment/tables.hpp"
#include "striate/kernels/image/noise_word.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace striate::augment {
namespace {

class GaussNoise final : public Transform {
 public:
  explicit GaussNoise(const Options& o)
      : std_(o.range("std_range")), mean_(o.range("mean_range")), apart_(o.boolean("per_channel")), approximation_(o.number("noise_scale_factor")) {}
  void draw(Draw& d) const override {
    d.put("std", d.uniform(std_));
    d.put("mean", d.uniform(mean_));
    d.put_seed();
  }
  core::Status apply(const Job& job) const override {
    const NoiseMap map{.kind = NoiseMap::Kind::gaussian, .seed = job.parameters.seed(), .apart = apart_, .approximation = approximation_};
    return add_noise(map, job, 255 * job.parameters.number("std"), 255 * job.parameters.number("mean"));
  }

 private:
  Range std_, mean_;
  bool apart_;
  double approximation_;
};

class AdditiveNoise final : public Transform {
 public:
  explicit AdditiveNoise(const Options& o) : kind_(o.choice("noise_type")), mode_(o.choice("spatial_mode")), approximation_(o.number("approximation")) {
    if (!read(o, ranges_)) ranges_.clear();  // check() has refused it before
  }
  static core::Status check(const Options& o) {
    std::vector<Range> ranges;
    return read(o, ranges);
  }
  core::Result<SizeRange> sizes(const SizeRange& in) const override {
    if (kind_ == 0 && mode_ == 0 && ranges_.size() > 1 && ranges_.size() < static_cast<std::size_t>(in.channels)) {
      return option_error(name(), "noise_params", "has " + std::to_string(ranges_.size()) + " ranges for " + std::to_string(in.channels) + " channels",
                          "Give one range, or one for each channel.");
    }
    return in;
  }

  void draw(Draw& d) const override {
    // What the field is scaled with, or the values themselves.
    double a = 0, b = 0, scale = 0;
    if (kind_ == 1 || kind_ == 2) {
      a = d.uniform(ranges_[0]);
      scale = d.uniform(ranges_[1]);
    } else if (kind_ == 3) {
      a = d.uniform(ranges_[0]);
      b = d.uniform(ranges_[1]);
      scale = d.uniform(ranges_[2]);
    }
    if (mode_ == 0) {
      auto& values = d.list();
      for (int c = 0; c < d.shape().channels; ++c) {
        double value = 0;
        switch (kind_) {
          case 0: value = d.uniform(ranges_[std::min(static_cast<std::size_t>(c), ranges_.size() - 1)]); break;
          case 1: value = a + scale * d.normal(); break;
          case 2: value = a + scale * (d.normal() * d.normal() + d.normal() * d.normal()); break;
          default: value = (2 * d.beta(std::max(a, 1e-3), std::max(b, 1e-3)) - 1) * scale;
        }
        values.push_back(value);
      }
      d.put("noise", values);
      return;
    }
    if (kind_ == 0) {
      a = ranges_[0].low;
      scale = ranges_[0].high - ranges_[0].low;
    }
    d.put(kind_ == 3 ? "alpha" : "location", a);
    if (kind_ == 3) d.put("beta", b);
    d.put("scale", scale);
    d.put_seed();
  }

  core::Status apply(const Job& job) const override {
    const Parameters& p = job.parameters;
    if (mode_ == 0) {
      const auto values = p.list("noise");
      for (int c = 0; c < job.in.shape.channels; ++c) {
        Table table;
        shift_table(static_cast<std::size_t>(c) < values.size() ? 255 * values[static_cast<std::size_t>(c)] : 0, table);
        job.kernels.lookup(job.in.plane(c), job.out.plane(c), job.in.plane_size(), table.data());
      }
      return {};
    }
    NoiseMap map{.seed = p.seed(), .apart = mode_ == 1, .approximation = approximation_};
    const double scale = 255 * p.number("scale");
    const double offset = kind_ == 3 ? 0 : 255 * p.number("location");
    switch (kind_) {
      case 0: map.kind = NoiseMap::Kind::uniform; break;
      case 1: map.kind = NoiseMap::Kind::gaussian; break;
      case 2: map.kind = NoiseMap::Kind::laplace; break;
      default:
        map.kind = NoiseMap::Kind::beta;
        map.alpha = std::clamp(p.number("alpha"), 1e-3, 1e3);
        map.beta = std::clamp(p.number("beta"), 1e-3, 1e3);
    }
    return add_noise(map, job, scale, offset);
  }

 private:
  // The ranges that the noise's kind needs, from noise_params or the defaults.
  static core::Status read(const Options& o, std::vector<Range>& ranges) {
    const int kind = o.choice("noise_type");
    const Value& given = o.value("noise_params");
    struct Need {
      std::string_view name;
      Range fallback, bounds;
    };
    static constexpr Need needs[4][3] = {{{"ranges", {-0.1, 0.1}, {-1, 1}}, {}, {}},
                                         {{"mean_range", {0, 0}, {-1, 1}}, {"std_range", {0.05, 0.15}, {0, 1}}, {}},
                                         {{"mean_range", {0, 0}, {-1, 1}}, {"scale_range", {0.05, 0.15}, {0, 1}}, {}},
                                         {{"alpha_range", {0.5, 1.5}, {0, 100}}, {"beta_range", {0.5, 1.5}, {0, 100}}, {"scale_range", {0.1, 0.3}, {0, 1}}}};
    const auto refuse = [&](const std::string& what) {
      std::string hint = "It is a map with";
      for (const Need& need : needs[kind]) {
        if (need.name.empty()) continue;
        hint += " '" + std::string(need.name) + "': " + (kind == 0 ? "a list of ranges" : "a range") + " within [" +
                std::to_string(static_cast<int>(need.bounds.low)) + ", " + std::to_string(static_cast<int>(need.bounds.high)) + "],";
      }
      hint.back() = '.';
      return option_error(o.owner(), "noise_params", what, hint);
    };
    const auto read_one = [](const Value& value, const Need& need, std::vector<Range>& to) {
      const auto& items = value.items();
      if (items.size() != 2 || !items[0].is(Value::Kind::number) || !items[1].is(Value::Kind::number)) return false;
      const Range range{items[0].number(), items[1].number()};
      to.push_back(range);
      return range.low <= range.high && range.low >= need.bounds.low && range.high <= need.bounds.high;
    };
    if (given.is(Value::Kind::null)) {
      for (const Need& need : needs[kind]) {
        if (!need.name.empty()) ranges.push_back(need.fallback);
      }
      return {};
    }
    if (!given.is(Value::Kind::map)) return refuse("cannot be " + given.shown());
    for (const auto& [key, value] : given.members()) {
      const bool known = key == "noise_type" || std::any_of(std::begin(needs[kind]), std::end(needs[kind]), [&](const Need& n) { return n.name == key; });
      if (!known) return refuse("has no '" + key + "'");
    }
    for (const Need& need : needs[kind]) {
      if (need.name.empty()) continue;
      const Value* value = given.find(need.name);
      if (value == nullptr) return refuse("lacks '" + std::string(need.name) + "'");
      if (kind == 0) {
        if (value->items().empty()) return refuse("cannot have ranges " + value->shown());
        for (const Value& item : value->items()) {
          if (!read_one(item, need, ranges)) return refuse("cannot have ranges " + value->shown());
        }
      } else if (!read_one(*value, need, ranges)) {
        return refuse("cannot have " + std::string(need.name) + " " + value->shown());
      }
    }
    return {};
  }

  int kind_, mode_;
  double approximation_;
  std::vector<Range> ranges_;
};

class MultiplicativeNoise final : public Transform {
 public:
  explicit MultiplicativeNoise(const Options& o) : factor_(o.range("multiplier")), apart_(o.boolean("per_channel")), each_(o.boolean("elementwise")) {}
  void draw(Draw& d) const override {
    if (each_) return d.put_seed();
    auto& factors = d.list();
    for (int c = 0; c < (apart_ ? d.shape().channels : 1); ++c) factors.push_back(d.uniform(factor_));
    d.put("multiplier", factors);
  }
  core::Status apply(const Job& job) const override {
    const std::size_t count = job.in.plane_size();
    if (!each_) {
      const auto factors = job.parameters.list("multiplier");
      for (int c = 0; c < job.in.shape.channels; ++c) {
        const double factor = factors.empty() ? 1 : factors[std::min(static_cast<std::size_t>(c), factors.size() - 1)];
        job.kernels.scale(job.in.plane(c), job.out.plane(c), count, static_cast<float>(factor), 0.0f);
      }
      return {};
    }
    STRIATE_TAKE(float, field, job.scratch, count);
    const auto low = static_cast<float>(factor_.low), width = static_cast<float>(factor_.high - factor_.low);
    for (int c = 0; c < job.in.shape.channels; ++c) {
      if (c == 0 || apart_) {
        job.kernels.noise_uniform(job.parameters.seed(), static_cast<std::uint32_t>(c), field, count);
        const float* rows[] = {field};
        job.kernels.weigh(rows, &width, 1, low, field, count);
      }
      job.kernels.multiply_field(job.in.plane(c), field, job.out.plane(c), count);
    }
    return {};
  }

 private:
  Range factor_;
  bool apart_, each_;
};

class SaltAndPepper final : public Transform {
 public:
  explicit SaltAndPepper(const Options& o) : amount_(o.range("amount")), salt_(o.range("salt_vs_pepper")) {}
  void draw(Draw& d) const override {
    d.put("amount", d.uniform(amount_));
    d.put("salt", d.uniform(salt_));
    d.put_seed();
  }
  core::Status apply(const Job& job) const override {
    const std::size_t area = job.in.plane_size();
    const auto wanted = static_cast<std::size_t>(std::clamp(job.parameters.number("amount"), 0.0, 1.0) * static_cast<double>(area));
    const auto salted = static_cast<std::size_t>(std::clamp(job.parameters.number("salt"), 0.0, 1.0) * static_cast<double>(wanted));
    std::memcpy(job.out.pixels, job.in.pixels, job.in.size());
    STRIATE_TAKE(std::uint8_t, taken, job.scratch, area);
    std::memset(taken, 0, area);
    const std::uint32_t seed = job.parameters.seed();
    // Places at random until there are enough; past one half, the places that stay are drawn instead.
    const bool inverse = wanted > area / 2;
    const std::size_t marks = inverse ? area - wanted : wanted;
    std::uint32_t turn = 0;
    const auto next = [&](std::uint32_t stream) {
      while (true) {
        const std::uint64_t word = kernels::image::noise_word(seed, turn++, stream);
        const auto place = static_cast<std::size_t>(word * area >> 32);
        if (taken[place] == 0) return place;
      }
    };
    const auto set = [&](std::size_t place, std::uint8_t value) {
      for (int c = 0; c < job.in.shape.channels; ++c) job.out.plane(c)[place] = value;
    };
    if (!inverse) {
      for (std::size_t i = 0; i < marks; ++i) {
        const std::size_t place = next(0);
        taken[place] = 1;
        set(place, i < salted ? 255 : 0);
      }
      return {};
    }
    for (std::size_t i = 0; i < marks; ++i) taken[next(0)] = 1;
    for (std::size_t place = 0; place < area; ++place) {
      if (taken[place] != 0) continue;
      const double unit = kernels::image::noise_word(seed, static_cast<std::uint32_t>(place), 1) * 0x1p-32;
      set(place, unit * static_cast<double>(wanted) < static_cast<double>(salted) ? 255 : 0);
    }
    return {};
  }

 private:
  Range amount_, salt_;
};

class ShotNoise final : public Transform {
 public:
  explicit ShotNoise(const Options& o) : scale_(o.range("scale_range")) {}
  void draw(Draw& d) const override {
    d.put("scale", d.uniform(scale_));
    d.put_seed();
  }
  core::Status apply(const Job& job) const override {
    const double scale = std::clamp(job.parameters.number("scale"), 1e-6, 1e6);
    // From this many quanta on the result is white.
    const int most = bounded(std::ceil(1 / scale), 1, 1 << 20);
    const std::size_t count = job.in.size();
    const std::uint32_t seed = job.parameters.seed();
    const auto light = [](int level) { return exact_pow(level / 255.0, 2.2); };
    if (most > 512) {
      // So many quanta that their number is normal.
      STRIATE_TAKE(float, field, job.scratch, count);
      job.kernels.noise_normal(seed, 0, field, count);
      constexpr int steps = 4096;
      STRIATE_TAKE(std::uint8_t, level_of, job.scratch, steps + 1);
      for (int i = 0; i <= steps; ++i) level_of[i] = round_byte(255 * exact_pow(i / double(steps), 1 / 2.2));
      float mean[256], spread[256];
      for (int v = 0; v < 256; ++v) {
        mean[v] = static_cast<float>(light(v) * steps + 0.5);
        spread[v] = static_cast<float>(std::sqrt(light(v) * scale) * steps);
      }
      for (std::size_t i = 0; i < count; ++i) {
        const float value = mean[job.in.pixels[i]] + spread[job.in.pixels[i]] * field[i];
        job.out.pixels[i] = level_of[bounded(static_cast<double>(value), 0, steps)];
      }
      return {};
    }
    // cumulated[v][k]: 2^32 times the probability of at most k quanta from level v.
    const auto row = static_cast<std::size_t>(most);
    STRIATE_TAKE(std::uint32_t, cumulated, job.scratch, 256 * row);
    STRIATE_TAKE(std::uint8_t, level_of, job.scratch, row + 1);
    for (int k = 0; k <= most; ++k) level_of[k] = round_byte(255 * exact_pow(std::min(1.0, k * scale), 1 / 2.2));
    for (int v = 0; v < 256; ++v) {
      const double mean = (light(v) + scale * 1e-6) / scale;
      double probability = exact_exp(-mean), sum = 0;
      for (int k = 0; k < most; ++k) {
        sum += probability;
        cumulated[static_cast<std::size_t>(v) * row + static_cast<std::size_t>(k)] = static_cast<std::uint32_t>(std::min(sum, 1.0) * 4294967295.0);
        probability *= mean / (k + 1);
      }
    }
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint32_t word = kernels::image::noise_word(seed, static_cast<std::uint32_t>(i), 0);
      const std::uint32_t* from = cumulated + job.in.pixels[i] * row;
      // Halving from above, then step by step: the first k whose probability reaches the word.
      std::size_t k = 0;
      for (std::size_t step = row / 2; step > 4; step /= 2) k += from[k + step - 1] < word ? step : 0;
      while (k < row && from[k] < word) ++k;
      job.out.pixels[i] = level_of[k];
    }
    return {};
  }

 private:
  Range scale_;
};

using namespace option;

constexpr OptionSpec gauss_options[] = {
    range("std_range", {0.2, 0.44}, zero_to_one, Single::refused, "Spread, as a share of 255."), range("mean_range", {0, 0}, {-1, 1}, Single::refused, "Mean, as a share of 255."),
    boolean("per_channel", true, "Each channel has noise of its own."), number("noise_scale_factor", 1, above_zero, 1, "Size of the field that is made and enlarged."),
};
constexpr OptionSpec additive_options[] = {
    choice("noise_type", "uniform|gaussian|laplace|beta", 0, "The noise's distribution."),
    choice("spatial_mode", "constant|per_pixel|shared", 0, "One value a channel; each value by itself; one field for all channels."),
    value("noise_params", "Ranges of the distribution's numbers, as shares of 255; the usual ones unless given."),
    number("approximation", 1, 0, 1, "Size of the field that is made and enlarged."),
};
constexpr OptionSpec multiplicative_options[] = {
    range("multiplier", {0.9, 1.1}, {0, 100}, Single::fixed, "Factor."), boolean("per_channel", false, "Each channel has factors of its own."),
    boolean("elementwise", false, "Each place has a factor of its own."),
};
constexpr OptionSpec salt_options[] = {
    range("amount", {0.01, 0.06}, zero_to_one, Single::refused, "Share of the places."), range("salt_vs_pepper", {0.4, 0.6}, zero_to_one, Single::refused, "Share of white among them."),
};
constexpr OptionSpec shot_options[] = {
    range("scale_range", {0.1, 0.3}, {0, 1000}, Single::refused, "Light of one quantum: more is noisier."),
};

constexpr TransformSpec noise_specs[] = {
    {.name = "GaussNoise", .family = "noise", .doc = "Gaussian noise.", .options = gauss_options, .make = make_transform<GaussNoise>},
    {.name = "AdditiveNoise", .family = "noise", .doc = "Adds noise of a chosen distribution.", .options = additive_options, .make = make_transform<AdditiveNoise>},
    {.name = "MultiplicativeNoise", .family = "noise", .doc = "Multiplies by random factors.", .options = multiplicative_options, .make = make_transform<MultiplicativeNoise>},
    {.name = "SaltAndPepper", .family = "noise", .doc = "White and black specks.", .options = salt_options, .make = make_transform<SaltAndPepper>},
    {.name = "ShotNoise", .family = "noise", .doc = "Noise of counted light.", .options = shot_options, .make = make_transform<ShotNoise>},
};

}  // namespace

std::span<const TransformSpec> noise_transforms() { return noise_specs; }

}  // namespace striate::augment

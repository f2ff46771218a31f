// What is drawn is distributed as it should be: 10,000 draws of each family's parameters against their distributions, by
// Kolmogorov and Smirnov's test for numbers and the chi-square test for classes, each with p > 1e-4. Seeds are fixed.
#include "support.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <set>

using namespace striate;
using namespace striate::tests;

namespace {

constexpr int draws = 10000;
constexpr double least_p = 1e-4;
using Cdf = std::function<double(double)>;

double ks_p(std::vector<double> values, const Cdf& cdf) {
  std::sort(values.begin(), values.end());
  const double n = static_cast<double>(values.size());
  double distance = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double wanted = cdf(values[i]);
    distance = std::max({distance, wanted - static_cast<double>(i) / n, static_cast<double>(i + 1) / n - wanted});
  }
  const double lambda = (std::sqrt(n) + 0.12 + 0.11 / std::sqrt(n)) * distance;
  if (lambda < 0.3) return 1;
  double p = 0;
  for (int k = 1; k < 100; ++k) p += (k % 2 == 1 ? 2 : -2) * std::exp(-2 * k * k * lambda * lambda);
  return std::clamp(p, 0.0, 1.0);
}

// Upper tail of chi-square, Wilson and Hilferty's cube root: near enough far out for 1 and more degrees of freedom.
double chi_square_p(const std::vector<double>& observed, const std::vector<double>& expected) {
  double statistic = 0, sum_observed = 0, sum_expected = 0;
  int classes = 0;
  // Classes that expect less than five are joined with the next.
  for (std::size_t i = 0; i < expected.size(); ++i) {
    sum_observed += observed[i];
    sum_expected += expected[i];
    if (sum_expected < 5 && i + 1 < expected.size()) continue;
    if (sum_expected <= 0) {
      if (sum_observed > 0) return 0;
      continue;
    }
    statistic += (sum_observed - sum_expected) * (sum_observed - sum_expected) / std::max(sum_expected, 0.5);
    ++classes;
    sum_observed = sum_expected = 0;
  }
  const double k = std::max(classes - 1, 1);
  if (classes == 1) return statistic < 1e-6 ? 1 : 0;
  if (k == 1) return std::erfc(std::sqrt(statistic / 2));
  if (k == 2) return std::exp(-statistic / 2);
  const double z = (std::cbrt(statistic / k) - (1 - 2 / (9 * k))) / std::sqrt(2 / (9 * k));
  return std::erfc(z / std::sqrt(2.0)) / 2;
}

// The drawn parameter `name`, its number `place` when it is a list, over many samples. Images of 40 × 60 with 3 channels.
std::vector<double> collect(std::string_view policy, std::string_view name, std::size_t place) {
  static std::uint64_t seed = 1000;
  const std::vector<std::uint8_t> pixels(40 * 60 * 3);
  struct Pool final : augment::ImagePool {
    std::size_t count() const override { return 50; }
    augment::ConstImage image(std::size_t) const override { return {nullptr, {3, 40, 60}}; }
  } pool;
  augment::Augmenter augmenter(policy_of(policy), &pool);
  std::vector<double> values;
  ++seed;
  for (std::uint32_t i = 0; i < draws; ++i) {
    augmenter.draw({3, 40, 60}, {seed, i % 7, i});
    const auto steps = augmenter.plan().steps();
    if (steps.empty()) continue;
    const augment::Parameters parameters = augmenter.plan().parameters(steps.back());
    if (name.empty()) {
      values.push_back(steps.back().node);
      continue;
    }
    const auto list = parameters.list(name);
    REQUIRE(parameters.missing().empty());
    REQUIRE(place < list.size());
    values.push_back(list[place]);
  }
  return values;
}

void check_uniform(std::string_view policy, std::string_view name, double low, double high, std::size_t place = 0) {
  CAPTURE(policy);
  CAPTURE(name);
  const auto values = collect(policy, name, place);
  CHECK(*std::min_element(values.begin(), values.end()) >= low);
  CHECK(*std::max_element(values.begin(), values.end()) <= high);
  CHECK(ks_p(values, [&](double v) { return (v - low) / (high - low); }) > least_p);
}

void check_distribution(std::string_view policy, std::string_view name, const Cdf& cdf, std::size_t place = 0) {
  CAPTURE(policy);
  CAPTURE(name);
  CHECK(ks_p(collect(policy, name, place), cdf) > least_p);
}

// Classes by value, with their shares.
void check_classes(std::string_view policy, std::string_view name, const std::map<double, double>& shares, std::size_t place = 0) {
  CAPTURE(policy);
  CAPTURE(name);
  const auto values = collect(policy, name, place);
  std::map<double, double> found;
  for (const double v : values) ++found[v];
  std::vector<double> observed, expected;
  for (const auto& [value, share] : shares) {
    observed.push_back(found[value]);
    expected.push_back(share * static_cast<double>(values.size()));
  }
  double known = 0;
  for (const double n : observed) known += n;
  CHECK(known == static_cast<double>(values.size()));
  CHECK(chi_square_p(observed, expected) > least_p);
}

std::map<double, double> integers(int low, int high, int step = 1) {
  std::map<double, double> shares;
  const double share = 1.0 / ((high - low) / step + 1);
  for (int v = low; v <= high; v += step) shares[v] = share;
  return shares;
}

double normal_cdf(double v) { return std::erfc(-v / std::sqrt(2.0)) / 2; }

}  // namespace

TEST_CASE("uniform parameters") {
  struct Case {
    const char *policy, *name;
    double low, high;
    std::size_t place = 0;
  };
  const Case cases[] = {
      {R"([{"type": "Rotate", "limit": [-20, 70], "p": 1}])", "angle", -20, 70},
      {R"([{"type": "SafeRotate", "limit": 15, "p": 1}])", "angle", -15, 15},
      {R"([{"type": "Affine", "rotate": [-9, 31], "p": 1}])", "rotate", -9, 31},
      {R"([{"type": "Affine", "shear": {"x": [-10, 20], "y": 0}, "p": 1}])", "shear_x", -20, 10},
      {R"([{"type": "Affine", "scale": [0.5, 1.25], "keep_ratio": true, "p": 1}])", "scale_x", 0.5, 1.25},
      {R"([{"type": "ShiftScaleRotate", "p": 1}])", "rotate", -45, 45},
      {R"([{"type": "OpticalDistortion", "p": 1}])", "k", -0.05, 0.05},
      {R"([{"type": "GridDistortion", "p": 1}])", "steps_x", 0.7, 1.3, 4},
      {R"([{"type": "RandomScale", "p": 1}])", "scale", 0.9, 1.1},
      {R"([{"type": "RandomBrightnessContrast", "p": 1}])", "alpha", 0.8, 1.2},
      {R"([{"type": "RandomBrightnessContrast", "p": 1}])", "brightness", -0.2, 0.2},
      {R"([{"type": "RandomGamma", "gamma_limit": [50, 150], "p": 1}])", "gamma", 0.5, 1.5},
      {R"([{"type": "Solarize", "threshold_range": [0.2, 0.9], "p": 1}])", "threshold", 0.2, 0.9},
      {R"([{"type": "CLAHE", "p": 1}])", "clip_limit", 1, 4},
      {R"([{"type": "Illumination", "p": 1}])", "angle", 0, 360},
      {R"([{"type": "PlasmaShadow", "p": 1}])", "intensity", 0.3, 0.7},
      {R"([{"type": "HueSaturationValue", "p": 1}])", "sat_shift", -30, 30},
      {R"([{"type": "ColorJitter", "p": 1}])", "hue", -0.5, 0.5},
      {R"([{"type": "ColorJitter", "p": 1}])", "saturation", 0.8, 1.2},
      {R"([{"type": "RGBShift", "p": 1}])", "shift", -20, 20, 2},
      {R"([{"type": "GaussianBlur", "p": 1}])", "sigma", 0.5, 3},
      {R"([{"type": "MotionBlur", "p": 1}])", "angle", 0, 360},
      {R"([{"type": "Defocus", "p": 1}])", "alias_blur", 0.1, 0.5},
      {R"([{"type": "Sharpen", "p": 1}])", "lightness", 0.5, 1},
      {R"([{"type": "Emboss", "p": 1}])", "alpha", 0.2, 0.5},
      {R"([{"type": "UnsharpMask", "p": 1}])", "alpha", 0.2, 0.5},
      {R"([{"type": "GaussNoise", "p": 1}])", "std", 0.2, 0.44},
      {R"([{"type": "MultiplicativeNoise", "p": 1}])", "multiplier", 0.9, 1.1},
      {R"([{"type": "SaltAndPepper", "p": 1}])", "amount", 0.01, 0.06},
      {R"([{"type": "ShotNoise", "p": 1}])", "scale", 0.1, 0.3},
      {R"([{"type": "Downscale", "scale_range": [0.25, 0.75], "p": 1}])", "scale", 0.25, 0.75},
      {R"([{"type": "ChromaticAberration", "p": 1}])", "primary_red", -0.02, 0.02},
      {R"([{"type": "ISONoise", "p": 1}])", "intensity", 0.1, 0.5},
      {R"([{"type": "RandomFog", "p": 1}])", "intensity", 0.3, 1},
      {R"([{"type": "RandomRain", "p": 1}])", "slant", -10, 10},
      {R"([{"type": "RandomSnow", "p": 1}])", "snow_point", 0.1, 0.3},
      {R"([{"type": "FDA", "p": 1}])", "beta", 0, 0.1},
      {R"([{"type": "HistogramMatching", "p": 1}])", "blend_ratio", 0.5, 1},
      {R"([{"type": "PixelDistributionAdaptation", "p": 1}])", "blend_ratio", 0.25, 1},
      {R"([{"type": "MixUp", "alpha": 1, "p": 1}])", "weight", 0, 1},
  };
  for (const Case& c : cases) check_uniform(c.policy, c.name, c.low, c.high, c.place);
}

TEST_CASE("whole numbers, choices and orders") {
  check_classes(R"([{"type": "RandomRotate90", "p": 1}])", "factor", integers(0, 3));
  check_classes(R"([{"type": "D4", "p": 1}])", "element", integers(0, 7));
  check_classes(R"([{"type": "Posterize", "num_bits": [2, 6], "p": 1}])", "num_bits", integers(2, 6));
  check_classes(R"([{"type": "Blur", "blur_limit": [3, 11], "p": 1}])", "kernel_size", integers(3, 11, 2));
  check_classes(R"([{"type": "MedianBlur", "blur_limit": 7, "p": 1}])", "kernel_size", integers(3, 7, 2));
  check_classes(R"([{"type": "Defocus", "p": 1}])", "radius", integers(3, 10));
  check_classes(R"([{"type": "ImageCompression", "quality_range": [40, 60], "p": 1}])", "quality", integers(40, 60));
  check_classes(R"([{"type": "PiecewiseAffine", "nb_rows": [2, 5], "p": 1}])", "rows", integers(2, 5));
  check_classes(R"([{"type": "GridElasticDeform", "num_grid_xy": [3, 3], "magnitude": 4, "p": 1}])", "moves", integers(-4, 4), 5);
  check_classes(R"([{"type": "RandomCrop", "height": 20, "width": 40, "p": 1}])", "box", integers(0, 20), 0);
  check_classes(R"([{"type": "RandomCrop", "height": 20, "width": 40, "p": 1}])", "box", integers(0, 20), 1);
  check_classes(R"([{"type": "CoarseDropout", "hole_height_range": [5, 5], "hole_width_range": [8, 8], "p": 1}])", "holes", integers(0, 52), 0);
  check_classes(R"([{"type": "ChannelDropout", "p": 1}])", "channels", integers(0, 2));
  check_classes(R"([{"type": "ChannelShuffle", "p": 1}])", "channels", integers(0, 2), 1);
  check_classes(R"([{"type": "ColorJitter", "p": 1}])", "order", integers(0, 3), 2);
  check_classes(R"([{"type": "RandomGridShuffle", "grid": [2, 3], "p": 1}])", "mapping", integers(0, 5), 4);
  check_classes(R"([{"type": "Superpixels", "p_replace": [0.3, 0.3], "p": 1}])", "replaced", {{0, 0.7}, {1, 0.3}}, 9);
  check_classes(R"([{"type": "MixUp", "p": 1}])", "partner", integers(0, 49));
  check_classes(R"([{"type": "FDA", "p": 1}])", "reference", integers(0, 49));
  check_classes(R"([{"type": "RandAugment", "p": 1}])", "operations", integers(0, 13), 1);
  check_classes(R"([{"type": "TrivialAugment", "p": 1}])", "operations", integers(0, 13));
  check_classes(R"([{"type": "AugMix", "p": 1}])", "operations", integers(1, 13));
  check_classes(R"([{"type": "AugMix", "p": 1}])", "depths", integers(1, 3), 2);
}

TEST_CASE("other distributions") {
  const auto normal = [](double spread) { return [spread](double v) { return normal_cdf(v / spread); }; };
  check_distribution(R"([{"type": "FancyPCA", "alpha": 0.1, "p": 1}])", "alpha", normal(0.1), 1);
  check_distribution(R"([{"type": "PiecewiseAffine", "scale": [0.06, 0.06], "p": 1}])", "moves", normal(0.06 * 40 / 3), 7);
  check_distribution(R"([{"type": "ThinPlateSpline", "scale_range": [0.3, 0.3], "p": 1}])", "moves", normal(0.03), 3);
  check_distribution(R"([{"type": "MixUp", "alpha": 0.5, "p": 1}])", "weight", [](double v) { return 2 / 3.14159265358979 * std::asin(std::sqrt(v)); });
  check_distribution(R"([{"type": "MixUp", "alpha": 2, "p": 1}])", "weight", [](double v) { return v * v * (3 - 2 * v); });
  check_distribution(R"([{"type": "AugMix", "p": 1}])", "weights", [](double v) { return 1 - (1 - v) * (1 - v); }, 1);
  check_uniform(R"([{"type": "AugMix", "p": 1}])", "own", 0, 1);
  // The area of a resized crop is uniform before it is made whole pixels: here within a pixel's share.
  const auto box = [](std::size_t place) { return collect(R"([{"type": "RandomResizedCrop", "size": [8, 8], "scale": [0.2, 0.8], "ratio": [1, 1], "p": 1}])", "box", place); };
  const auto left = box(0), right = box(2);
  for (std::size_t i = 0; i < 100; ++i) CHECK(left[i] >= 0);
  CHECK(*std::max_element(right.begin(), right.end()) == 60);
}

TEST_CASE("compositions choose by their shares") {
  check_classes(R"([{"type": "OneOf", "p": 1, "transforms": [{"type": "HorizontalFlip", "p": 0.2}, {"type": "VerticalFlip", "p": 0.5}, {"type": "Transpose", "p": 0.3}]}])", "",
                {{2, 0.2}, {3, 0.5}, {4, 0.3}});
  check_classes(R"([{"type": "OneOrOther", "p": 0.25, "transforms": [{"type": "HorizontalFlip"}, {"type": "VerticalFlip"}]}])", "", {{2, 0.25}, {3, 0.75}});
  // The last of two out of four, in the policy's order: places 2, 3, 4 of 1 … 4 in one, two and three of six pairs.
  const char* four = R"({"type": "HorizontalFlip", "p": 1}, {"type": "VerticalFlip", "p": 1}, {"type": "Transpose", "p": 1}, {"type": "InvertImg", "p": 1})";
  check_classes(R"([{"type": "SomeOf", "n": 2, "transforms": [)" + std::string(four) + "]}]", "", {{3, 1.0 / 6}, {4, 2.0 / 6}, {5, 3.0 / 6}});
  check_classes(R"([{"type": "RandomOrder", "n": 3, "transforms": [)" + std::string(four) + "]}]", "", {{2, 0.25}, {3, 0.25}, {4, 0.25}, {5, 0.25}});
  for (const double p : {0.1, 0.5, 0.93}) {
    CAPTURE(p);
    const auto applied = collect(R"([{"type": "HorizontalFlip", "p": )" + std::to_string(p) + "}]", "", 0).size();
    CHECK(chi_square_p({double(applied), double(draws) - double(applied)}, {draws * p, draws * (1 - p)}) > least_p);
  }
}

TEST_CASE("fields of noise have their distributions") {
  const core::Shape shape{1, 100, 100};
  const std::vector<std::uint8_t> gray(static_cast<std::size_t>(shape.elements()), 128);
  const auto histogram = [&](const char* policy, std::uint32_t sample) {
    augment::Augmenter augmenter(policy_of(policy));
    const auto made = augmented(augmenter, {gray.data(), shape}, {42, 0, sample});
    std::vector<double> counts(256, 0.0);
    for (const std::uint8_t v : made.pixels) ++counts[v];
    return counts;
  };
  // A change of whole levels: the noise's fraction is dropped, so that 0 takes both sides; the ends take what lies beyond.
  const auto check = [&](const char* policy, const Cdf& cdf) {
    CAPTURE(policy);
    std::vector<double> expected;
    for (int level = 0; level < 256; ++level) {
      const int change = level - 128;
      const double low = level == 0 ? 0 : cdf(change <= 0 ? change - 1 : change), high = level == 255 ? 1 : cdf(change < 0 ? change : change + 1);
      expected.push_back((high - low) * double(gray.size()));
    }
    CHECK(chi_square_p(histogram(policy, 1), expected) > least_p);
    CHECK(chi_square_p(histogram(policy, 2), expected) > least_p);
  };
  check(R"([{"type": "GaussNoise", "std_range": [0.1, 0.1], "p": 1}])", [](double v) { return normal_cdf(v / 25.5); });
  check(R"([{"type": "AdditiveNoise", "spatial_mode": "per_pixel", "noise_params": {"ranges": [[-0.2, 0.1]]}, "p": 1}])",
        [](double v) { return std::clamp((v / 255 + 0.2) / 0.3, 0.0, 1.0); });
  check(R"([{"type": "AdditiveNoise", "noise_type": "laplace", "spatial_mode": "per_pixel", "noise_params": {"mean_range": [0, 0], "scale_range": [0.05, 0.05]}, "p": 1}])",
        [](double v) { return v < 0 ? std::exp(v / 12.75) / 2 : 1 - std::exp(-v / 12.75) / 2; });
  const auto shares = [&](const char* policy, std::map<std::size_t, double> wanted) {
    CAPTURE(policy);
    const auto counts = histogram(policy, 3);
    std::vector<double> observed, expected;
    double rest = 1e4, rest_share = 1;
    for (const auto& [level, share] : wanted) {
      observed.push_back(counts[level]);
      expected.push_back(1e4 * share);
      rest -= counts[level];
      rest_share -= share;
    }
    observed.push_back(rest);
    expected.push_back(std::max(0.0, 1e4 * rest_share));
    CHECK(chi_square_p(observed, expected) > least_p);
  };
  shares(R"([{"type": "SaltAndPepper", "amount": [0.2, 0.2], "salt_vs_pepper": [0.7, 0.7], "p": 1}])", {{0, 0.06}, {255, 0.14}});
  shares(R"([{"type": "PixelDropout", "dropout_prob": 0.15, "drop_value": 9, "p": 1}])", {{9, 0.15}});
  // Quanta of light are Poisson's: mean and variance of the light are scale apart.
  const auto shot = histogram(R"([{"type": "ShotNoise", "scale_range": [0.02, 0.02], "p": 1}])", 4);
  const double light = std::pow(128 / 255.0, 2.2);
  double mean = 0, square = 0;
  for (std::size_t v = 0; v < 256; ++v) {
    const double one = std::pow(double(v) / 255, 2.2);
    mean += shot[v] * one / 1e4;
    square += shot[v] * one * one / 1e4;
  }
  CHECK(mean == doctest::Approx(light).epsilon(0.02));
  CHECK(square - mean * mean == doctest::Approx(light * 0.02).epsilon(0.08));
}

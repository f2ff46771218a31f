// Spatter: rain or mud on the lens.
//
//   liquid = noise (mean, std) blurred by gauss_sigma, 0 below the threshold
//   rain   in + liquid · relief · colour · 0.9 intensity / its maximum: relief from the distances to the liquid's edges (Canny, 5×5
//          chamfer, at most 20), blurred, equalized, embossed, blurred
//   mud    in · (1 − m) + m · colour, m = the liquid's mask blurred, its largest value 1, times intensity
// Drawn: mean, std, threshold, sigma, intensity and a seed.
// Source: Albumentations 2.0.8, pixel/transforms (documentation), after Hendrycks and Dietterich, "Benchmarking neural network
// robustness", 2019; Canny 1986; Borgefors, "Distance transformations in digital images", 1986 (5×5: 1, 1.4, 2.1969).
#include "striate/augment/families.hpp"
#include "striate/augment/filter.hpp"
#include "striate/augment/statistics.hpp"
#include "striate/augment/tables.hpp"
#include "striate/kernels/image/noise_word.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>

namespace striate::augment {
namespace {

// Edges where the gradient is a maximum along its direction, followed from strong (150) through weak (50) ones. edges: 255 or 0.
core::Status canny(const std::uint8_t* in, int height, int width, std::uint8_t* edges, Scratch& scratch) {
  const auto count = static_cast<std::size_t>(height) * static_cast<std::size_t>(width);
  STRIATE_TAKE(std::int16_t, gx, scratch, count);
  STRIATE_TAKE(std::int16_t, gy, scratch, count);
  STRIATE_TAKE(int, stack, scratch, count);
  const auto at = [&](int y, int x) { return int{in[std::ptrdiff_t{std::clamp(y, 0, height - 1)} * width + std::clamp(x, 0, width - 1)]}; };
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const std::ptrdiff_t i = std::ptrdiff_t{y} * width + x;
      gx[i] = static_cast<std::int16_t>(at(y - 1, x + 1) + 2 * at(y, x + 1) + at(y + 1, x + 1) - at(y - 1, x - 1) - 2 * at(y, x - 1) - at(y + 1, x - 1));
      gy[i] = static_cast<std::int16_t>(at(y + 1, x - 1) + 2 * at(y + 1, x) + at(y + 1, x + 1) - at(y - 1, x - 1) - 2 * at(y - 1, x) - at(y - 1, x + 1));
    }
  }
  const auto strength = [&](int y, int x) {
    if (y < 0 || y >= height || x < 0 || x >= width) return 0;
    const std::ptrdiff_t i = std::ptrdiff_t{y} * width + x;
    return std::abs(int{gx[i]}) + std::abs(int{gy[i]});
  };
  int held = 0;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const std::ptrdiff_t i = std::ptrdiff_t{y} * width + x;
      const int m = strength(y, x);
      edges[i] = 0;
      if (m <= 50) continue;
      // Below 22.5° the neighbours left and right, above 67.5° those above and below, else along the diagonal.
      const int ax = std::abs(int{gx[i]}), ay = std::abs(int{gy[i]}) << 15, low = ax * 13573, high = low + (ax << 16);
      int dy = 1, dx = (gx[i] ^ gy[i]) < 0 ? -1 : 1;
      if (ay < low) {
        dy = 0;
        dx = 1;
      } else if (ay > high) {
        dx = 0;
      }
      const bool diagonal = dx != 0 && dy != 0;
      if (!(m > strength(y - dy, x - dx) && (diagonal ? m > strength(y + dy, x + dx) : m >= strength(y + dy, x + dx)))) continue;
      edges[i] = 1;  // weak, until a strong one reaches it
      if (m > 150) {
        edges[i] = 255;
        stack[held++] = static_cast<int>(i);
      }
    }
  }
  while (held > 0) {
    const int i = stack[--held], y = i / width, x = i % width;
    for (int v = std::max(y - 1, 0); v <= std::min(y + 1, height - 1); ++v) {
      for (int u = std::max(x - 1, 0); u <= std::min(x + 1, width - 1); ++u) {
        std::uint8_t& edge = edges[std::ptrdiff_t{v} * width + u];
        if (edge != 1) continue;
        edge = 255;
        stack[held++] = v * width + u;
      }
    }
  }
  for (std::size_t i = 0; i < count; ++i) edges[i] = edges[i] == 255 ? 255 : 0;
  return {};
}

// Distance to the nearest edge, by two passes over a 5×5 neighbourhood in 1/65536.
core::Status distances(const std::uint8_t* edges, int height, int width, float* out, Scratch& scratch) {
  constexpr std::uint32_t straight = 65536, diagonal = 91750, knight = 143976, none = 1u << 30;
  const int wide = width + 4;
  STRIATE_TAKE(std::uint32_t, field, scratch, static_cast<std::size_t>(height + 4) * static_cast<std::size_t>(wide));
  std::fill(field, field + static_cast<std::ptrdiff_t>(height + 4) * wide, none);
  const auto at = [&](int y, int x) { return field + std::ptrdiff_t{y + 2} * wide + x + 2; };
  const auto pass = [&](int y, int x, int d) {
    std::uint32_t* p = at(y, x);
    std::uint32_t best = *p;
    const auto look = [&](int dy, int dx, std::uint32_t cost) { best = std::min(best, p[std::ptrdiff_t{dy} * d * wide + dx * d] + cost); };
    look(-2, -1, knight), look(-2, 1, knight), look(-1, -2, knight), look(-1, 2, knight);
    look(-1, -1, diagonal), look(-1, 0, straight), look(-1, 1, diagonal), look(0, -1, straight);
    *p = best;
  };
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      if (edges[std::ptrdiff_t{y} * width + x] != 0) *at(y, x) = 0;
      pass(y, x, 1);
    }
  }
  for (int y = height - 1; y >= 0; --y) {
    for (int x = width - 1; x >= 0; --x) {
      pass(y, x, -1);
      out[std::ptrdiff_t{y} * width + x] = static_cast<float>(*at(y, x)) * (1.0f / 65536.0f);
    }
  }
  return {};
}

class Spatter final : public Transform {
 public:
  explicit Spatter(const Options& o)
      : mean_(o.range("mean")), std_(o.range("std")), sigma_(o.range("gauss_sigma")), threshold_(o.range("cutout_threshold")), intensity_(o.range("intensity")), mud_(o.choice("mode") == 1) {
    constexpr double defaults[2][3] = {{238, 238, 175}, {20, 42, 63}};
    std::copy_n(o.has("color") ? o.numbers("color").data() : defaults[mud_ ? 1 : 0], 3, colour_);
  }
  void draw(Draw& d) const override {
    d.put("mean", d.uniform(mean_));
    d.put("std", d.uniform(std_));
    d.put("threshold", d.uniform(threshold_));
    d.put("sigma", d.uniform(sigma_));
    d.put("intensity", d.uniform(intensity_));
    d.put_seed();
  }
  core::Status apply(const Job& job) const override {
    const Parameters& p = job.parameters;
    const int height = job.in.shape.height, width = job.in.shape.width;
    const std::size_t count = job.in.plane_size();
    const double sigma = std::clamp(p.number("sigma"), 0.0, 50.0);
    STRIATE_TAKE(float, liquid, job.scratch, count);
    job.kernels.noise_normal(p.seed(), 0, liquid, count);
    const auto spread = static_cast<float>(p.number("std"));
    const float* rows[] = {liquid};
    job.kernels.weigh(rows, &spread, 1, static_cast<float>(p.number("mean")), liquid, count);
    // Python rounds halves to even.
    const int size = 2 * static_cast<int>(std::nearbyint(3 * sigma)) + 1;
    STRIATE_CHECK(gaussian_blur_field(liquid, height, width, std::max(sigma, 1e-3), size, Border::replicate, job.scratch, job.kernels));
    const auto threshold = static_cast<float>(p.number("threshold"));
    for (std::size_t i = 0; i < count; ++i) liquid[i] = liquid[i] < threshold ? 0.0f : liquid[i];
    const double intensity = std::clamp(p.number("intensity"), 0.0, 1.0);
    return mud_ ? mud(job, liquid, threshold, sigma, intensity) : rain(job, liquid, intensity);
  }

 private:
  core::Status rain(const Job& job, float* liquid, double intensity) const {
    const int height = job.in.shape.height, width = job.in.shape.width;
    const std::size_t count = job.in.plane_size();
    STRIATE_TAKE(std::uint8_t, level, job.scratch, count);
    STRIATE_TAKE(std::uint8_t, a, job.scratch, count);
    STRIATE_TAKE(float, raised, job.scratch, count);
    STRIATE_TAKE(float, distance, job.scratch, count);
    for (std::size_t i = 0; i < count; ++i) level[i] = static_cast<std::uint8_t>(static_cast<int>(std::min(std::max(liquid[i] * 255.0f, 0.0f), 255.0f)));
    STRIATE_CHECK(canny(level, height, width, a, job.scratch));
    STRIATE_CHECK(distances(a, height, width, distance, job.scratch));
    for (std::size_t i = 0; i < count; ++i) distance[i] = std::min(distance[i], 20.0f);
    STRIATE_CHECK(gaussian_blur_field(distance, height, width, 1, 3, Border::replicate, job.scratch, job.kernels));
    // Equalized as if distances of 1 and more were white.
    for (std::size_t i = 0; i < count; ++i) a[i] = round_byte(255.0 * static_cast<double>(distance[i]));
    Histogram histogram;
    count_bytes(a, count, histogram);
    Table table;
    equalize_table(histogram, false, table);
    for (std::size_t i = 0; i < count; ++i) distance[i] = static_cast<float>(table[a[i]]) * (1.0f / 255.0f);
    constexpr float relief[3][3] = {{-2, -1, 0}, {-1, 1, 1}, {0, 1, 2}};
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        float sum = 0;
        for (int j = 0; j < 3; ++j) {
          const std::ptrdiff_t row = std::ptrdiff_t{kernels::image::border_index(y + j - 1, height, Border::reflect_101)} * width;
          for (int i = 0; i < 3; ++i) sum += relief[j][i] * distance[row + kernels::image::border_index(x + i - 1, width, Border::reflect_101)];
        }
        raised[std::ptrdiff_t{y} * width + x] = std::min(std::max(sum, 0.0f), 1.0f);
      }
    }
    STRIATE_CHECK(gaussian_blur_field(raised, height, width, 1.5, 5, Border::replicate, job.scratch, job.kernels));
    float most = 0;
    for (std::size_t i = 0; i < count; ++i) {
      distance[i] = static_cast<float>(level[i]) * raised[i];
      most = std::max(most, distance[i]);
    }
    const float scale = most > 0 ? 1.0f / most : 0.0f;
    std::fill(liquid, liquid + count, 1.0f);
    STRIATE_TAKE(float, drops, job.scratch, count);
    for (int c = 0; c < 3; ++c) {
      const float strength = static_cast<float>(colour_[c] * intensity * 0.9) * scale;
      const float* rows[] = {distance};
      job.kernels.weigh(rows, &strength, 1, 0.0f, drops, count);
      job.kernels.shade(job.in.plane(c), liquid, drops, job.out.plane(c), count);
    }
    return {};
  }

  core::Status mud(const Job& job, float* liquid, float threshold, double sigma, double intensity) const {
    const int height = job.in.shape.height, width = job.in.shape.width;
    const std::size_t count = job.in.plane_size();
    bool any = false;
    for (std::size_t i = 0; i < count; ++i) {
      liquid[i] = liquid[i] > threshold ? 1.0f : 0.0f;
      any = any || liquid[i] > 0;
    }
    // Never nothing: a tenth of the places, spread at random.
    for (std::size_t i = 0; i < count && !any; ++i) {
      liquid[i] = kernels::image::noise_word(job.parameters.seed(), static_cast<std::uint32_t>(i), 7) < 429496730u ? 1.0f : 0.0f;
    }
    if (sigma > 0) STRIATE_CHECK(gaussian_blur_field(liquid, height, width, sigma, gaussian_size(sigma, false), Border::replicate, job.scratch, job.kernels));
    const float most = *std::max_element(liquid, liquid + count);
    const float scale = most > 0 ? static_cast<float>(intensity) / most : 0.0f;
    STRIATE_TAKE(float, factors, job.scratch, count);
    STRIATE_TAKE(float, addends, job.scratch, count);
    for (std::size_t i = 0; i < count; ++i) factors[i] = 1.0f - liquid[i] * scale;
    for (int c = 0; c < 3; ++c) {
      const float strength = scale * static_cast<float>(colour_[c]);
      const float* rows[] = {liquid};
      job.kernels.weigh(rows, &strength, 1, 0.0f, addends, count);
      job.kernels.shade(job.in.plane(c), factors, addends, job.out.plane(c), count);
    }
    return {};
  }

  Range mean_, std_, sigma_, threshold_, intensity_;
  bool mud_;
  double colour_[3];
};

using namespace option;

constexpr OptionSpec spatter_options[] = {
    range("mean", {0.65, 0.65}, zero_to_one, Single::from_low, "Mean of the liquid's noise."), range("std", {0.3, 0.3}, zero_to_one, Single::from_low, "Its spread."),
    range("gauss_sigma", {2, 2}, {0, 50}, Single::from_low, "Its blur."), range("cutout_threshold", {0.68, 0.68}, zero_to_one, Single::from_low, "Where liquid begins."),
    range("intensity", {0.6, 0.6}, zero_to_one, Single::from_low, "Strength."), choice("mode", "rain|mud", 0, "What hit the lens."),
    optional(integers("color", 3, {0, 0, 0}, {0, 255}, "Its colour; water or earth unless given.")),
};

constexpr TransformSpec spatter_specs[] = {
    {.name = "Spatter", .family = "weather", .doc = "Rain or mud on the lens.", .channels = Channels::rgb, .options = spatter_options, .make = make_transform<Spatter>},
};

}  // namespace

std::span<const TransformSpec> spatter_transforms() { return spatter_specs; }

}  // namespace striate::augment

// Blurs: Blur, MedianBlur, GaussianBlur, MotionBlur, AdvancedBlur, Defocus, GlassBlur, ZoomBlur.
//
//   Blur          mean of k × k                      MedianBlur   median of k × k
//   GaussianBlur  e^(−x² / 2σ²), 3.5 σ to each side unless blur_limit says otherwise
//   MotionBlur    k points along a line through the middle, at an angle, begun or ended early by the direction, shifted
//   AdvancedBlur  e^(−½ (xᵀ Σ⁻¹ x)^β), Σ = R diag(σx², σy²) Rᵀ, each weight times its own noise
//   Defocus       a disk, itself blurred a little        ZoomBlur     mean of the image and its enlargements about the middle
//   GlassBlur     Gaussian blur, pixels swapped with near ones at random, Gaussian blur
// All kernels sum to 1 (a disk that its own blur would leave, to a little more). Borders mirror without the edge (median: the edge repeats).
// Source: Albumentations 2.0.8, blur/transforms (documentation).
#include "striate/augment/exact_math.hpp"
#include "striate/augment/families.hpp"
#include "striate/augment/filter.hpp"
#include "striate/augment/resize.hpp"
#include "striate/kernels/image/noise_word.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

namespace striate::augment {
namespace {

constexpr int largest_kernel = 255;

int odd(int size) { return size | 1; }

// An odd number of the range, each as likely.
int draw_odd(Draw& d, Range range) {
  const int low = std::max(3, odd(static_cast<int>(range.low))), high = std::max(low, odd(static_cast<int>(range.high)));
  return low + 2 * d.integer(0, (high - low) / 2);
}

int size_of(const Parameters& p, const char* name = "kernel_size") { return odd(p.integer(name, 1, largest_kernel)); }

class Blur final : public Transform {
 public:
  explicit Blur(const Options& o) : limit_(o.range("blur_limit")) {}
  void draw(Draw& d) const override { d.put("kernel_size", draw_odd(d, limit_)); }
  core::Status apply(const Job& job) const override {
    return box_blur(job.in, job.out, size_of(job.parameters), Border::reflect_101, job.scratch, job.kernels);
  }

 private:
  Range limit_;
};

class MedianBlur final : public Transform {
 public:
  explicit MedianBlur(const Options& o) : limit_(o.range("blur_limit")) {}
  void draw(Draw& d) const override { d.put("kernel_size", draw_odd(d, limit_)); }
  core::Status apply(const Job& job) const override {
    return median(job.in, job.out, std::max(3, size_of(job.parameters)), job.scratch, job.kernels);
  }

 private:
  Range limit_;
};

class GaussianBlur final : public Transform {
 public:
  explicit GaussianBlur(const Options& o) : limit_(o.range("blur_limit")), sigma_(o.range("sigma_limit")) {}
  void draw(Draw& d) const override {
    const double sigma = d.uniform(sigma_);
    const int size = d.integer(limit_);
    d.put("sigma", sigma);
    d.put("kernel_size", odd(size == 0 ? static_cast<int>(sigma * 3.5) * 2 : size));
  }
  core::Status apply(const Job& job) const override {
    const double sigma = job.parameters.number("sigma");
    return gaussian_blur(job.in, job.out, sigma > 1e-3 ? sigma : 1e-3, size_of(job.parameters), Border::reflect_101, job.scratch, job.kernels);
  }

 private:
  Range limit_, sigma_;
};

// Transforms that correlate the image with a square kernel made from their parameters.
class KernelTransform : public Transform {
 public:
  core::Status apply(const Job& job) const override {
    const int size = kernel_size(job.parameters);
    const auto count = static_cast<std::size_t>(size) * static_cast<std::size_t>(size);
    STRIATE_TAKE(float, weights, job.scratch, count);
    STRIATE_TAKE(double, values, job.scratch, count);
    fill(job.parameters, size, values);
    double sum = 0;
    for (std::size_t i = 0; i < count; ++i) sum += values[i];
    if (sums_by_itself()) sum = 1;
    if (!(std::abs(sum) > 1e-300)) {
      std::fill(values, values + count, 0.0);
      values[count / 2] = sum = 1;
    }
    for (std::size_t i = 0; i < count; ++i) weights[i] = static_cast<float>(values[i] / sum);
    return convolve(job.in, job.out, {{weights, count}, size, size}, Border::reflect_101, job.scratch, job.kernels);
  }

 protected:
  virtual int kernel_size(const Parameters& p) const { return size_of(p); }
  virtual bool sums_by_itself() const { return false; }  // fill() gives the weights as they are used
  virtual void fill(const Parameters& p, int size, double* values) const = 0;
};

class MotionBlur final : public KernelTransform {
 public:
  explicit MotionBlur(const Options& o)
      : limit_(o.range("blur_limit")), angle_(o.range("angle_range")), direction_(o.range("direction_range")), shifted_(o.boolean("allow_shifted")) {}
  void draw(Draw& d) const override {
    const int size = draw_odd(d, limit_);
    d.put("kernel_size", size);
    d.put("angle", d.uniform(angle_));
    d.put("direction", d.uniform(direction_));
    const double most = shifted_ ? (size / 2) / 2.0 : 0;
    d.put("shift_x", d.uniform({-most, most}));
    d.put("shift_y", d.uniform({-most, most}));
  }

 protected:
  void fill(const Parameters& p, int size, double* values) const override {
    std::fill(values, values + size * size, 0.0);
    const int half = size / 2;
    const double angle = radians(std::fmod(p.number("angle"), 360.0)), direction = std::clamp(p.number("direction"), -1.0, 1.0);
    const double start = -half * (1 - std::max(direction, 0.0)), end = half * (1 + std::min(direction, 0.0));
    for (int i = 0; i < size; ++i) {
      const double t = start + (end - start) * i / std::max(1, size - 1);
      const int x = bounded(std::nearbyint(half + exact_cos(angle) * t + p.number("shift_x")), 0, size - 1);
      const int y = bounded(std::nearbyint(half + exact_sin(angle) * t + p.number("shift_y")), 0, size - 1);
      values[y * size + x] = 1;
    }
  }

 private:
  Range limit_, angle_, direction_;
  bool shifted_;
};

class AdvancedBlur final : public KernelTransform {
 public:
  explicit AdvancedBlur(const Options& o)
      : limit_(o.range("blur_limit")), sigma_x_(o.range("sigma_x_limit")), sigma_y_(o.range("sigma_y_limit")), rotate_(o.range("rotate_limit")),
        beta_(o.range("beta_limit")), noise_(o.range("noise_limit")) {}
  static core::Status check(const Options& o) {
    const Range beta = o.range("beta_limit");
    if (!(beta.low < 1 && beta.high > 1)) return option_error(o.owner(), "beta_limit", "does not hold 1", "It is a range with low < 1 < high.");
    if (o.range("sigma_x_limit").low == 0 && o.range("sigma_y_limit").low == 0) {
      return option_error(o.owner(), "sigma_x_limit", "and 'sigma_y_limit' both begin at 0", "One of them begins above 0.");
    }
    return {};
  }
  void draw(Draw& d) const override {
    const int size = draw_odd(d, limit_);
    d.put("kernel_size", size);
    d.put("sigma_x", d.uniform(sigma_x_));
    d.put("sigma_y", d.uniform(sigma_y_));
    d.put("angle", d.uniform(rotate_));
    d.put("beta", d.chance(0.5) ? d.uniform({beta_.low, 1}) : d.uniform({1, beta_.high}));
    auto& noise = d.list();
    for (int i = 0; i < size * size; ++i) noise.push_back(d.uniform(noise_));
    d.put("noise", noise);
  }

 protected:
  void fill(const Parameters& p, int size, double* values) const override {
    const double angle = radians(std::fmod(p.number("angle"), 360.0)), c = exact_cos(angle), s = exact_sin(angle);
    const double sx = std::max(1e-3, p.number("sigma_x")), sy = std::max(1e-3, p.number("sigma_y")), beta = p.number("beta");
    const auto noise = p.list("noise");
    for (int j = 0; j < size; ++j) {
      for (int i = 0; i < size; ++i) {
        const double x = i - size / 2, y = j - size / 2;
        const double u = (c * x + s * y) / sx, v = (-s * x + c * y) / sy;
        const auto place = static_cast<std::size_t>(j * size + i);
        values[place] = exact_exp(-0.5 * exact_pow(u * u + v * v, beta)) * (place < noise.size() ? noise[place] : 1.0);
      }
    }
  }

 private:
  Range limit_, sigma_x_, sigma_y_, rotate_, beta_, noise_;
};

class Defocus final : public KernelTransform {
 public:
  explicit Defocus(const Options& o) : radius_(o.range("radius")), alias_(o.range("alias_blur")) {}
  void draw(Draw& d) const override {
    d.put("radius", d.integer(radius_));
    d.put("alias_blur", d.uniform(alias_));
  }

 protected:
  int kernel_size(const Parameters& p) const override { return 2 * std::max(8, p.integer("radius", 1, 100)) + 1; }
  bool sums_by_itself() const override { return true; }
  void fill(const Parameters& p, int size, double* values) const override {
    const int radius = p.integer("radius", 1, 100), taps = radius <= 8 ? 3 : 5, half = size / 2;
    float weights[5];
    gaussian_weights(std::max(p.number("alias_blur"), 0.0), {weights, static_cast<std::size_t>(taps)});
    const auto inside = [&](int x, int y) {
      // The kernel's own border mirrors, as OpenCV blurs it.
      x = kernels::image::border_index(std::ptrdiff_t{x}, size, Border::reflect_101) - half;
      y = kernels::image::border_index(std::ptrdiff_t{y}, size, Border::reflect_101) - half;
      return x * x + y * y <= radius * radius;
    };
    int pixels = 0;
    for (int i = 0; i < size * size; ++i) pixels += inside(i % size, i / size) ? 1 : 0;
    for (int y = 0; y < size; ++y) {
      for (int x = 0; x < size; ++x) {
        double sum = 0;
        for (int j = 0; j < taps; ++j) {
          for (int i = 0; i < taps; ++i) {
            if (inside(x + i - taps / 2, y + j - taps / 2)) sum += static_cast<double>(weights[i]) * static_cast<double>(weights[j]);
          }
        }
        values[y * size + x] = sum / pixels;
      }
    }
  }

 private:
  Range radius_, alias_;
};

class GlassBlur final : public Transform {
 public:
  explicit GlassBlur(const Options& o)
      : sigma_(o.number("sigma")), delta_(o.integer("max_delta")), turns_(o.integer("iterations")), exact_(o.choice("mode") == 1) {}
  void draw(Draw& d) const override { d.put_seed(); }
  core::Status apply(const Job& job) const override {
    const int height = job.in.shape.height, width = job.in.shape.width;
    const auto size = static_cast<std::size_t>(job.in.size());
    STRIATE_TAKE(std::uint8_t, blurred, job.scratch, size);
    STRIATE_TAKE(std::uint8_t, before, job.scratch, size);
    const Image work{blurred, job.in.shape}, old{before, job.in.shape};
    const int taps = gaussian_size(sigma_, true);
    const double sigma = std::max(sigma_, 1e-3);
    STRIATE_CHECK(gaussian_blur(job.in, work, sigma, taps, Border::reflect_101, job.scratch, job.kernels));
    const std::uint32_t seed = job.parameters.seed();
    const int rows = height - 2 * delta_, columns = width - 2 * delta_;
    for (int turn = 0; turn < turns_ && rows > 0 && columns > 0; ++turn) {
      // Each pixel of the inside, from the last to the first, and the near one it is swapped with.
      const auto each = [&](auto&& swap) {
        for (int i = 0; i < rows * columns; ++i) {
          const int y = height - delta_ - (exact_ ? i / columns : i % rows), x = width - delta_ - (exact_ ? i % columns : i / rows);
          const std::uint32_t bits = kernels::image::noise_word(seed, static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(turn));
          const auto span = static_cast<std::uint32_t>(2 * delta_);
          const int dy = static_cast<int>((bits >> 16) * span >> 16) - delta_, dx = static_cast<int>((bits & 0xFFFF) * span >> 16) - delta_;
          swap(std::ptrdiff_t{y} * width + x, std::ptrdiff_t{y + dy} * width + x + dx);
        }
      };
      for (int c = 0; c < job.in.shape.channels; ++c) {
        std::uint8_t* to = work.plane(c);
        if (exact_) {
          each([&](std::ptrdiff_t a, std::ptrdiff_t b) { std::swap(to[a], to[b]); });
          continue;
        }
        // All at once: every pixel takes the old value of its partner, then the partners take theirs.
        std::uint8_t* from = old.plane(c);
        std::memcpy(from, to, job.in.plane_size());
        each([&](std::ptrdiff_t a, std::ptrdiff_t b) { to[a] = from[b]; });
        each([&](std::ptrdiff_t a, std::ptrdiff_t b) { to[b] = from[a]; });
      }
    }
    return gaussian_blur(work, job.out, sigma, taps, Border::reflect_101, job.scratch, job.kernels);
  }

 private:
  double sigma_;
  int delta_, turns_;
  bool exact_;
};

class ZoomBlur final : public Transform {
 public:
  explicit ZoomBlur(const Options& o) : factor_(o.range("max_factor")), step_(o.range("step_factor")) {}
  void draw(Draw& d) const override {
    const double step = std::max(d.uniform(step_), 1e-3);
    d.put("step", step);
    d.put("max_factor", std::max(1 + step, d.uniform(factor_)));
  }
  core::Status apply(const Job& job) const override {
    const int height = job.in.shape.height, width = job.in.shape.width;
    const std::size_t count = job.in.plane_size();
    const double step = std::max(1e-3, job.parameters.number("step")), most = std::clamp(job.parameters.number("max_factor"), 1.0, 10.0);
    const int turns = std::max(1, bounded(std::ceil((most - 1) / step - 1e-9), 1, 10000));
    STRIATE_TAKE(float, sum, job.scratch, count);
    const float share = 1.0f / static_cast<float>(turns + 1);
    for (int c = 0; c < job.in.shape.channels; ++c) {
      job.kernels.to_floats(job.in.plane(c), sum, count);
      for (int turn = 0; turn < turns; ++turn) {
        const Scratch::Mark mark = job.scratch.mark();
        const double zoom = 1 + turn * step;
        const int h = std::min(height, static_cast<int>(std::ceil(height / zoom))), w = std::min(width, static_cast<int>(std::ceil(width / zoom)));
        const int to_h = std::max(1, static_cast<int>(h * zoom)), to_w = std::max(1, static_cast<int>(w * zoom));
        STRIATE_TAKE(float, zoomed, job.scratch, static_cast<std::size_t>(to_h) * static_cast<std::size_t>(to_w));
        const std::uint8_t* from = job.in.row(c, (height - h) / 2) + (width - w) / 2;
        STRIATE_CHECK(resize_to_floats(from, width, h, w, zoomed, to_h, to_w, job.scratch, job.kernels));
        const int top = std::max(0, (to_h - height) / 2), left = std::max(0, (to_w - width) / 2);
        const auto columns = static_cast<std::size_t>(std::min(width, to_w - left));
        for (int y = 0; y < std::min(height, to_h - top); ++y) {
          float* line = sum + std::ptrdiff_t{y} * width;
          const float* rows[2] = {line, zoomed + std::ptrdiff_t{y + top} * to_w + left};
          const float weights[2] = {1, 1};
          job.kernels.weigh(rows, weights, 2, 0.0f, line, columns);
        }
        job.scratch.release(mark);
      }
      const float* rows[1] = {sum};
      job.kernels.weigh(rows, &share, 1, 0.0f, sum, count);
      job.kernels.to_bytes(sum, job.out.plane(c), count);
    }
    return {};
  }

 private:
  Range factor_, step_;
};

using namespace option;

constexpr OptionSpec blur_limit = integer_range("blur_limit", {3, 7}, {0, largest_kernel}, Single::from_low, "Size of the kernel; odd, at least 3.", 3);
constexpr OptionSpec blur_options[] = {blur_limit};
constexpr OptionSpec gaussian_options[] = {
    integer_range("blur_limit", {0, 0}, {0, largest_kernel}, Single::from_low, "Size of the kernel; 0: as sigma needs."),
    range("sigma_limit", {0.5, 3}, {0, 50}, Single::from_low, "Width of the bell, in pixels."),
};
constexpr OptionSpec motion_options[] = {
    blur_limit, boolean("allow_shifted", true, "The line need not go through the middle."),
    range("angle_range", {0, 360}, {0, 360}, Single::refused, "Degrees."),
    range("direction_range", {-1, 1}, {-1, 1}, Single::refused, "-1: only backward, 0: both ways, 1: only forward."),
};
constexpr OptionSpec advanced_options[] = {
    blur_limit, range("sigma_x_limit", {0.2, 1}, {0, 50}, Single::from_low, "Width along x, in pixels."),
    range("sigma_y_limit", {0.2, 1}, {0, 50}, Single::from_low, "Width along y."), range("rotate_limit", {-90, 90}, {-360, 360}, Single::symmetric, "Degrees."),
    range("beta_limit", {0.5, 8}, {0, 100}, Single::from_low, "Shape: 1 is a bell, more is flatter; holds 1."),
    range("noise_limit", {0.9, 1.1}, {0, 100}, Single::from_low, "Factors on the weights."),
};
constexpr OptionSpec defocus_options[] = {
    integer_range("radius", {3, 10}, {1, 100}, Single::from_low, "Radius of the disk.", 1), range("alias_blur", {0.1, 0.5}, {0, 10}, Single::from_low, "Blur of the disk itself."),
};
constexpr OptionSpec glass_options[] = {
    number("sigma", 0.7, 0, 50, "Width of the blur."), integer("max_delta", 4, 1, 100, "How far pixels are swapped."),
    integer("iterations", 2, 1, 20, "How often."), choice("mode", "fast|exact", 0, "fast: all swaps at once; exact: one after another."),
};
constexpr OptionSpec zoom_options[] = {
    range("max_factor", {1, 1.31}, {1, 10}, Single::from_low, "The largest enlargement.", 1),
    range("step_factor", {0.01, 0.03}, {0, 1}, Single::from_low, "Step from one enlargement to the next."),
};

constexpr TransformSpec blur_specs[] = {
    {.name = "Blur", .family = "blur", .doc = "Mean of the neighbours.", .options = blur_options, .make = make_transform<Blur>},
    {.name = "MedianBlur", .family = "blur", .doc = "Median of the neighbours.", .options = blur_options, .make = make_transform<MedianBlur>},
    {.name = "GaussianBlur", .family = "blur", .doc = "Blurs with a bell.", .options = gaussian_options, .make = make_transform<GaussianBlur>},
    {.name = "MotionBlur", .family = "blur", .doc = "Blurs along a line.", .options = motion_options, .make = make_transform<MotionBlur>},
    {.name = "AdvancedBlur", .family = "blur", .doc = "Blurs with a turned, stretched and noisy bell.", .options = advanced_options, .make = make_transform<AdvancedBlur>},
    {.name = "Defocus", .family = "blur", .doc = "Out of focus: blurs with a disk.", .options = defocus_options, .make = make_transform<Defocus>},
    {.name = "GlassBlur", .family = "blur", .doc = "As through frosted glass.", .options = glass_options, .make = make_transform<GlassBlur>},
    {.name = "ZoomBlur", .family = "blur", .doc = "As if the lens moved in.", .options = zoom_options, .make = make_transform<ZoomBlur>},
};

}  // namespace

std::span<const TransformSpec> blur_transforms() { return blur_specs; }

}  // namespace striate::augment

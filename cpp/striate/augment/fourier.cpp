// FDA, Fourier domain adaptation: the low frequencies of the image take their strength from another image of the pool.
//
// With S and T the spectra, S's frequencies in a square around 0 become |T| · S / |S|; the others stay. The square has
// b = ⌊beta · shorter side⌋ to each side, from −b − ½ to b − ½, the fraction dropped, as Albumentations cuts it. Only the
// square is ever computed: out = in + real part of Σ (|T| − |S|) · S / |S| · e^(2πi(ux/W + vy/H)) / WH.
// Drawn: "reference", "beta".
// Source: Yang and Soatto, "FDA: Fourier domain adaptation", 2020; Albumentations 2.0.8, mixing/domain_adaptation (documentation).
#include "striate/augment/exact_math.hpp"
#include "striate/augment/families.hpp"
#include "striate/augment/reference.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace striate::augment {
namespace {

// cos and sin of 2πk/n.
struct UnitCircle {
  const double* cosine;
  const double* sine;
  int n;
  // e^(2πi · a · b / n)
  std::size_t place(int a, int b) const {
    const long long at = static_cast<long long>(a) * b % n;
    return static_cast<std::size_t>(at < 0 ? at + n : at);
  }
};

core::Status circle(int n, Scratch& scratch, UnitCircle& made) {
  STRIATE_TAKE(double, values, scratch, 2 * static_cast<std::size_t>(n));
  for (int k = 0; k < n; ++k) {
    values[k] = exact_cos(2 * pi * k / n);
    values[n + k] = exact_sin(2 * pi * k / n);
  }
  made = {values, values + n, n};
  return {};
}

// Frequencies first … first + count − 1 of an axis.
struct Band {
  int first = 0, count = 0;
  Band(int side, int border) {
    const double centre = side / 2.0 - 0.5;
    const int low = std::max(0, static_cast<int>(centre - border)), high = std::min(static_cast<int>(centre + border), side);
    first = low - side / 2;
    count = std::max(0, high - low);
  }
};

class Fda final : public Transform {
 public:
  explicit Fda(const Options& o) : beta_(o.range("beta_limit")) {}
  static core::Status check(const Options& o) {
    if (!o.has("reference_images")) return {};
    return option_error(o.owner(), "reference_images", "is not supported", "References are taken from the batch or the data set: leave it out or null.");
  }
  void draw(Draw& d) const override {
    draw_reference(d);
    d.put("beta", d.uniform(beta_));
  }

  core::Status apply(const Job& job) const override {
    STRIATE_TRY(reference, reference_image(job, name(), Interpolation::linear));
    const int height = job.in.shape.height, width = job.in.shape.width;
    const int border = bounded(std::min(height, width) * std::clamp(job.parameters.number("beta"), 0.0, 0.5), 0, std::min(height, width));
    const Band across(width, border), down(height, border);
    std::memcpy(job.out.pixels, job.in.pixels, job.in.size());
    if (across.count == 0 || down.count == 0) return {};
    UnitCircle x_circle, y_circle;
    STRIATE_CHECK(circle(width, job.scratch, x_circle));
    STRIATE_CHECK(circle(height, job.scratch, y_circle));
    const std::size_t bins = static_cast<std::size_t>(across.count) * static_cast<std::size_t>(down.count);
    STRIATE_TAKE(double, own, job.scratch, 2 * bins);
    STRIATE_TAKE(double, other, job.scratch, 2 * bins);
    for (int c = 0; c < job.in.shape.channels; ++c) {
      const Scratch::Mark mark = job.scratch.mark();
      STRIATE_CHECK(spectrum(job, job.in.plane(c), across, down, x_circle, y_circle, own));
      STRIATE_CHECK(spectrum(job, reference.plane(c), across, down, x_circle, y_circle, other));
      for (std::size_t i = 0; i < bins; ++i) {
        const double mine = std::sqrt(own[2 * i] * own[2 * i] + own[2 * i + 1] * own[2 * i + 1]);
        const double theirs = std::sqrt(other[2 * i] * other[2 * i] + other[2 * i + 1] * other[2 * i + 1]);
        const double change = (theirs - mine) / (double(width) * height);
        own[2 * i] = mine > 0 ? change * own[2 * i] / mine : change;
        own[2 * i + 1] = mine > 0 ? change * own[2 * i + 1] / mine : 0;
      }
      STRIATE_CHECK(add(job, job.in.plane(c), own, across, down, x_circle, y_circle, job.out.plane(c)));
      job.scratch.release(mark);
    }
    return {};
  }

 private:
  // Σ v(x, y) · e^(−2πi(ux/W + vy/H)) for the band, rows of v; real and imaginary parts side by side.
  static core::Status spectrum(const Job& job, const std::uint8_t* plane, const Band& across, const Band& down, const UnitCircle& x_circle, const UnitCircle& y_circle, double* out) {
    const int height = y_circle.n, width = x_circle.n;
    const auto columns = static_cast<std::size_t>(width), rows_count = static_cast<std::size_t>(height);
    STRIATE_TAKE(float, image, job.scratch, columns * rows_count);
    STRIATE_TAKE(const float*, rows, job.scratch, rows_count);
    STRIATE_TAKE(float, weights, job.scratch, rows_count);
    STRIATE_TAKE(float, line, job.scratch, 2 * columns);
    job.kernels.to_floats(plane, image, columns * rows_count);
    for (std::size_t y = 0; y < rows_count; ++y) rows[y] = image + y * columns;
    for (int v = 0; v < down.count; ++v) {
      for (int part = 0; part < 2; ++part) {
        for (int y = 0; y < height; ++y) {
          const std::size_t at = y_circle.place(down.first + v, y);
          weights[y] = static_cast<float>(part == 0 ? y_circle.cosine[at] : -y_circle.sine[at]);
        }
        job.kernels.weigh(rows, weights, height, 0.0f, line + static_cast<std::size_t>(part) * columns, columns);
      }
      for (int u = 0; u < across.count; ++u) {
        double real = 0, imaginary = 0;
        for (int x = 0; x < width; ++x) {
          const std::size_t at = x_circle.place(across.first + u, x);
          const double cosine = x_circle.cosine[at], sine = x_circle.sine[at];
          real += line[x] * cosine + line[width + x] * sine;
          imaginary += line[width + x] * cosine - line[x] * sine;
        }
        const std::size_t bin = static_cast<std::size_t>(v) * static_cast<std::size_t>(across.count) + static_cast<std::size_t>(u);
        out[2 * bin] = real;
        out[2 * bin + 1] = imaginary;
      }
    }
    return {};
  }

  // out = in + the real part of the band's waves.
  static core::Status add(const Job& job, const std::uint8_t* in, const double* bins, const Band& across, const Band& down, const UnitCircle& x_circle, const UnitCircle& y_circle,
                          std::uint8_t* out) {
    const int height = y_circle.n, width = x_circle.n;
    const auto columns = static_cast<std::size_t>(width), waves = 2 * static_cast<std::size_t>(down.count);
    STRIATE_TAKE(float, lines, job.scratch, (waves + 2) * columns);
    STRIATE_TAKE(const float*, rows, job.scratch, waves + 1);
    STRIATE_TAKE(float, weights, job.scratch, waves + 1);
    for (int v = 0; v < down.count; ++v) {
      float *real = lines + 2 * static_cast<std::size_t>(v) * columns, *imaginary = real + columns;
      rows[2 * v] = real;
      rows[2 * v + 1] = imaginary;
      for (int x = 0; x < width; ++x) {
        double a = 0, b = 0;
        for (int u = 0; u < across.count; ++u) {
          const double* bin = bins + 2 * (static_cast<std::ptrdiff_t>(v) * across.count + u);
          const std::size_t at = x_circle.place(across.first + u, x);
          a += bin[0] * x_circle.cosine[at] - bin[1] * x_circle.sine[at];
          b += bin[0] * x_circle.sine[at] + bin[1] * x_circle.cosine[at];
        }
        real[x] = static_cast<float>(a);
        imaginary[x] = static_cast<float>(b);
      }
    }
    float *now = lines + waves * columns, *made = now + columns;
    rows[waves] = now;
    weights[waves] = 1;
    for (int y = 0; y < height; ++y) {
      for (int v = 0; v < down.count; ++v) {
        const std::size_t at = y_circle.place(down.first + v, y);
        weights[2 * v] = static_cast<float>(y_circle.cosine[at]);
        weights[2 * v + 1] = static_cast<float>(-y_circle.sine[at]);
      }
      job.kernels.to_floats(in + std::ptrdiff_t{y} * width, now, columns);
      job.kernels.weigh(rows, weights, static_cast<int>(waves + 1), 0.0f, made, columns);
      job.kernels.to_bytes(made, out + std::ptrdiff_t{y} * width, columns);
    }
    return {};
  }

  Range beta_;
};

using namespace option;

constexpr OptionSpec fourier_options[] = {
    range("beta_limit", {0, 0.1}, {0, 0.5}, Single::from_low, "How far the exchanged frequencies reach, as a share of the shorter side."),
    value("reference_images", "Null: references come from the batch or the data set."), unused("read_fn"), unused("metadata_key"),
};

constexpr TransformSpec fourier_specs[] = {
    {.name = "FDA", .family = "mixing", .doc = "The low frequencies of another image.", .options = fourier_options, .make = make_transform<Fda>},
};

}  // namespace

std::span<const TransformSpec> fourier_transforms() { return fourier_specs; }

}  // namespace striate::augment

// Domain adaptation: the image takes on colours of another one of the pool. HistogramMatching, PixelDistributionAdaptation;
// FDA stands in fourier.cpp.
//
//   Histogram   level v → the reference's level where its cumulated histogram is the image's at v, linear between levels
//   standard    (v − m) / σ · σ' + m'; minmax: the range onto the reference's
//   pca         v in its principal axes, those numbers read in the reference's axes; each axis is turned to the side on which
//               it agrees with the image's own
// The result is blended with the image: blend_ratio of it.
// Drawn: "reference", "blend_ratio".
// Source: Albumentations 2.0.8, mixing/domain_adaptation (documentation). Its adapted pixels come out as 0…1 where bytes are
// meant, and its axes' signs are by chance; here both are as meant.
#include "striate/augment/families.hpp"
#include "striate/augment/reference.hpp"
#include "striate/augment/resize.hpp"
#include "striate/augment/statistics.hpp"
#include "striate/augment/tables.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <utility>

namespace striate::augment {

void draw_reference(Draw& d) { d.put("reference", d.integer(0, std::max(0, static_cast<int>(std::min<std::size_t>(d.pool(), 1u << 30)) - 1))); }

core::Result<ConstImage> reference_image(const Job& job, std::string_view owner, Interpolation interpolation) {
  const std::size_t count = job.pool == nullptr ? 0 : job.pool->count();
  if (count == 0) {
    return core::Error{core::ErrorCode::invalid_state, std::string(owner) + " has no reference images", "Give a batch or a data set to take them from."};
  }
  const int last = static_cast<int>(std::min<std::size_t>(count, 1u << 30)) - 1;
  const ConstImage found = job.pool->image(static_cast<std::size_t>(job.parameters.integer("reference", 0, last)));
  if (found.shape == job.in.shape) return found;
  if (found.shape.channels != job.in.shape.channels) {
    return core::Error{core::ErrorCode::invalid_shape, std::string(owner) + ": the reference image is " + core::to_string(found.shape) + " and the image " + core::to_string(job.in.shape),
                       "Use it before the number of channels is changed."};
  }
  STRIATE_TAKE(std::uint8_t, pixels, job.scratch, job.in.size());
  const Image resized{pixels, job.in.shape};
  STRIATE_CHECK(resize(found, resized, interpolation, job.scratch, job.kernels));
  return ConstImage(resized);
}

namespace {

class Adaptation : public Transform {
 public:
  explicit Adaptation(const Options& o) : ratio_(o.range("blend_ratio")) {}
  static core::Status check(const Options& o) {
    if (!o.has("reference_images")) return {};
    return option_error(o.owner(), "reference_images", "is not supported", "References are taken from the batch or the data set: leave it out or null.");
  }
  void draw(Draw& d) const override {
    draw_reference(d);
    d.put("blend_ratio", d.uniform(ratio_));
  }

 private:
  Range ratio_;
};

class HistogramMatching final : public Adaptation {
 public:
  using Adaptation::Adaptation;
  core::Status apply(const Job& job) const override {
    STRIATE_TRY(reference, reference_image(job, name(), Interpolation::linear));
    const double ratio = std::clamp(job.parameters.number("blend_ratio"), 0.0, 1.0);
    const std::size_t count = job.in.plane_size();
    Histogram own, other;
    for (int c = 0; c < job.in.shape.channels; ++c) {
      count_bytes(job.in.plane(c), count, own);
      count_bytes(reference.plane(c), count, other);
      Table table;
      match(own, other, double(count), table);
      for (std::size_t v = 0; v < 256; ++v) table[v] = even_byte(table[v] * ratio + double(v) * (1 - ratio));
      job.kernels.lookup(job.in.plane(c), job.out.plane(c), count, table.data());
    }
    return {};
  }

 private:
  static void match(const Histogram& own, const Histogram& other, double count, Table& table) {
    // The reference's levels that occur, and the share up to each.
    double shares[256], levels[256];
    int known = 0;
    double sum = 0;
    for (std::size_t v = 0; v < 256; ++v) {
      if (other[v] == 0) continue;
      sum += other[v];
      shares[known] = sum / count;
      levels[known++] = double(v);
    }
    sum = 0;
    for (std::size_t v = 0; v < 256; ++v) {
      sum += own[v];
      const double wanted = sum / count;
      const int above = static_cast<int>(std::upper_bound(shares, shares + known, wanted) - shares);
      if (above == 0 || above == known) {
        table[v] = static_cast<std::uint8_t>(levels[above == 0 ? 0 : known - 1]);
        continue;
      }
      const double slope = (levels[above] - levels[above - 1]) / (shares[above] - shares[above - 1]);
      table[v] = cut_byte(slope * (wanted - shares[above - 1]) + levels[above - 1]);
    }
  }
};

class PixelDistributionAdaptation final : public Adaptation {
 public:
  explicit PixelDistributionAdaptation(const Options& o) : Adaptation(o), kind_(o.choice("transform_type")) {}
  core::Status apply(const Job& job) const override {
    STRIATE_TRY(reference, reference_image(job, name(), Interpolation::area));
    const double ratio = std::clamp(job.parameters.number("blend_ratio"), 0.0, 1.0);
    const std::size_t count = job.in.plane_size(), n = static_cast<std::size_t>(job.in.shape.channels);
    // out = ratio · (matrix · v + offset) + (1 − ratio) · v
    std::vector<double> matrix(n * n, 0.0), offset(n, 0.0);
    if (kind_ == 2) {
      Histogram own, other;
      for (std::size_t c = 0; c < n; ++c) {
        count_bytes(job.in.plane(static_cast<int>(c)), count, own);
        count_bytes(reference.plane(static_cast<int>(c)), count, other);
        const auto [low, high] = ends(own);
        const auto [to_low, to_high] = ends(other);
        const auto range = [](int from, int to) { return to > from ? to - from : 255.0; };  // of one colour alone: all levels
        matrix[c * n + c] = range(to_low, to_high) / range(low, high);
        offset[c] = to_low - low * matrix[c * n + c];
      }
    } else {
      const ColourStatistics own = colour_statistics(job.in, false), other = colour_statistics(reference, false);
      if (kind_ == 1) {
        for (std::size_t c = 0; c < n; ++c) {
          const auto spread = [&](const ColourStatistics& s) { return s.covariance[c * n + c] > 1e-9 ? std::sqrt(s.covariance[c * n + c]) : 255.0; };
          matrix[c * n + c] = spread(other) / spread(own);
        }
      } else {
        axes(own, other, n, matrix);
      }
      for (std::size_t i = 0; i < n; ++i) {
        offset[i] = other.mean[i];
        for (std::size_t j = 0; j < n; ++j) offset[i] -= matrix[i * n + j] * own.mean[j];
      }
    }
    STRIATE_TAKE(float, planes, job.scratch, count * n);
    STRIATE_TAKE(float, line, job.scratch, count);
    STRIATE_TAKE(const float*, rows, job.scratch, n);
    STRIATE_TAKE(float, weights, job.scratch, n);
    for (std::size_t c = 0; c < n; ++c) {
      job.kernels.to_floats(job.in.plane(static_cast<int>(c)), planes + c * count, count);
      rows[c] = planes + c * count;
    }
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) weights[j] = static_cast<float>(ratio * matrix[i * n + j] + (i == j ? 1 - ratio : 0));
      job.kernels.weigh(rows, weights, static_cast<int>(n), static_cast<float>(ratio * offset[i]), line, count);
      job.kernels.to_bytes(line, job.out.plane(static_cast<int>(i)), count);
    }
    return {};
  }

 private:
  static std::pair<int, int> ends(const Histogram& histogram) {
    int low = 0, high = 255;
    while (low < 255 && histogram[static_cast<std::size_t>(low)] == 0) ++low;
    while (high > 0 && histogram[static_cast<std::size_t>(high)] == 0) --high;
    return {low, high};
  }
  static void axes(const ColourStatistics& own, const ColourStatistics& other, std::size_t n, std::vector<double>& matrix) {
    std::vector<double> values, from, to;
    symmetric_eigen(static_cast<int>(n), own.covariance, values, from);
    symmetric_eigen(static_cast<int>(n), other.covariance, values, to);
    for (std::size_t k = 0; k < n; ++k) {
      double agreement = 0;
      for (std::size_t i = 0; i < n; ++i) agreement += from[i * n + k] * to[i * n + k];
      const double side = agreement < 0 ? -1 : 1;
      for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t j = 0; j < n; ++j) matrix[i * n + j] += side * to[i * n + k] * from[j * n + k];
      }
    }
  }

  int kind_;
};

using namespace option;

constexpr OptionSpec histogram_options[] = {
    range("blend_ratio", {0.5, 1}, zero_to_one, Single::refused, "How much of the result is taken."), value("reference_images", "Null: references come from the batch or the data set."),
    unused("read_fn"), unused("metadata_key"),
};
constexpr OptionSpec pixel_options[] = {
    range("blend_ratio", {0.25, 1}, zero_to_one, Single::refused, "How much of the result is taken."), choice("transform_type", "pca|standard|minmax", 0, "What is carried over."),
    value("reference_images", "Null: references come from the batch or the data set."), unused("read_fn"), unused("metadata_key"),
};

constexpr TransformSpec domain_specs[] = {
    {.name = "HistogramMatching", .family = "mixing", .doc = "The histogram of another image.", .options = histogram_options, .make = make_transform<HistogramMatching>},
    {.name = "PixelDistributionAdaptation", .family = "mixing", .doc = "The spread of colours of another image.", .options = pixel_options, .make = make_transform<PixelDistributionAdaptation>},
};

}  // namespace

std::span<const TransformSpec> domain_transforms() { return domain_specs; }

}  // namespace striate::augment

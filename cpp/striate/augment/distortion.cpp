// Distortions: ElasticTransform, PiecewiseAffine, OpticalDistortion, GridDistortion, ThinPlateSpline; GridElasticDeform stands in
// grid_elastic.cpp.
//
// Each makes a map of places, out(x, y) = in(map(x, y)), and resamples once.
//   Elastic    (x, y) + α · fields of noise, the largest value ±1, blurred with σ
//   Piecewise  the mean of a grid's moved points, weighted by 1 / distance² to the points
//   Optical    camera: radius times 1 + k r² + k r⁴, r in units of the sides; fisheye: 1 + k (r / corner)²
//   Grid       columns and rows stretched by a factor a cell, linear inside a cell
//   Spline     an affine part and Σ w r² ln r² over a grid of points that are moved
// Drawn: a seed; "rows", "columns" and "moves" (x, y each); k; "steps_x", "steps_y".
// Source: Albumentations 2.0.8, geometric/distortion and geometric/transforms (documentation); Simard 2003; Bookstein 1989. Its
// elastic fields are blurred stacked upon one another, so that their touching rows mix; here each is blurred by itself.
#include "striate/augment/exact_math.hpp"
#include "striate/augment/families.hpp"
#include "striate/augment/filter.hpp"
#include "striate/augment/linear_solve.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace striate::augment {
namespace {

struct Maps {
  float* x;
  float* y;
  int height, width;
  std::size_t count() const { return static_cast<std::size_t>(height) * static_cast<std::size_t>(width); }
  std::ptrdiff_t row(int y_place) const { return std::ptrdiff_t{y_place} * width; }
};

// Transforms that fill a map and remap the image.
class MapTransform : public Transform {
 public:
  explicit MapTransform(const Options& o) : sampling_(o) {}
  core::Status apply(const Job& job) const override {
    STRIATE_TAKE(float, x, job.scratch, job.in.plane_size());
    STRIATE_TAKE(float, y, job.scratch, job.in.plane_size());
    const Maps maps{x, y, job.in.shape.height, job.in.shape.width};
    STRIATE_CHECK(fill(job, maps));
    return remap(sampling_, x, y, job.in, job.out, job.scratch, job.kernels);
  }

 protected:
  virtual core::Status fill(const Job& job, const Maps& maps) const = 0;

 private:
  Sampling sampling_;
};

class ElasticTransform final : public MapTransform {
 public:
  explicit ElasticTransform(const Options& o)
      : MapTransform(o), alpha_(o.number("alpha")), sigma_(o.number("sigma")), approximate_(o.boolean("approximate")), same_(o.boolean("same_dxdy")),
        uniform_(o.choice("noise_distribution") == 1) {}
  void draw(Draw& d) const override { d.put_seed(); }

 protected:
  core::Status fill(const Job& job, const Maps& maps) const override {
    const std::uint32_t seed = job.parameters.seed();
    const std::size_t count = maps.count();
    float* fields[] = {maps.x, maps.y};
    float largest = 1e-6f;
    for (std::uint32_t i = 0; i < (same_ ? 1u : 2u); ++i) {
      if (uniform_) {
        job.kernels.noise_uniform(seed, i, fields[i], count);
        const float two = 2;
        const float* rows[] = {fields[i]};
        job.kernels.weigh(rows, &two, 1, -1.0f, fields[i], count);
      } else {
        job.kernels.noise_normal(seed, i, fields[i], count);
        for (std::size_t k = 0; k < count; ++k) largest = std::max(largest, std::abs(fields[i][k]));
      }
    }
    const auto scale = static_cast<float>(alpha_) / (uniform_ ? 1.0f : largest);
    for (int i = 0; i < (same_ ? 1 : 2); ++i) {
      STRIATE_CHECK(gaussian_blur_field(fields[i], maps.height, maps.width, sigma_, approximate_ ? 17 : gaussian_size(sigma_, false), Border::replicate, job.scratch, job.kernels));
    }
    for (int y = 0; y < maps.height; ++y) {
      float *mx = maps.x + maps.row(y), *my = maps.y + maps.row(y);
      for (int x = 0; x < maps.width; ++x) {
        const float dx = mx[x] * scale, dy = (same_ ? mx[x] : my[x]) * scale;
        mx[x] = static_cast<float>(x) + dx;
        my[x] = static_cast<float>(y) + dy;
      }
    }
    return {};
  }

 private:
  double alpha_, sigma_;
  bool approximate_, same_, uniform_;
};

class PiecewiseAffine final : public MapTransform {
 public:
  // Along a side. Each pixel asks each point: the time grows with the product of their numbers.
  static constexpr int most_points = 64;

  explicit PiecewiseAffine(const Options& o)
      : MapTransform(o), scale_(o.range("scale")), rows_(o.range("nb_rows")), columns_(o.range("nb_cols")), absolute_(o.boolean("absolute_scale")) {}
  void draw(Draw& d) const override {
    const int rows = d.integer(rows_), columns = d.integer(columns_);
    d.put("rows", rows);
    d.put("columns", columns);
    const double spread = d.uniform(scale_) * (absolute_ ? 1 : std::min(d.shape().height, d.shape().width)) / 3;
    auto& moves = d.list();
    for (int i = 0; i < 2 * rows * columns; ++i) moves.push_back(spread * d.normal());
    d.put("moves", moves);
  }

 protected:
  core::Status fill(const Job& job, const Maps& maps) const override {
    const int rows = job.parameters.integer("rows", 2, most_points), columns = job.parameters.integer("columns", 2, most_points);
    const auto moves = job.parameters.list("moves");
    const auto points = static_cast<std::size_t>(rows * columns);
    STRIATE_TAKE(float, from, job.scratch, 2 * points);
    STRIATE_TAKE(float, to, job.scratch, 2 * points);
    STRIATE_TAKE(float, sums, job.scratch, static_cast<std::size_t>(maps.width));
    for (std::size_t i = 0; i < points; ++i) {
      const double last[2] = {maps.width - 1.0, maps.height - 1.0};
      const double place[2] = {last[0] * double(i % static_cast<std::size_t>(columns)) / (columns - 1), last[1] * double(i / static_cast<std::size_t>(columns)) / (rows - 1)};
      for (std::size_t axis = 0; axis < 2; ++axis) {
        const double move = 2 * i + axis < moves.size() ? moves[2 * i + axis] : 0;
        from[2 * i + axis] = static_cast<float>(place[axis]);
        to[2 * i + axis] = static_cast<float>(std::min(std::max(place[axis] + move, 0.0), last[axis]));
      }
    }
    for (int y = 0; y < maps.height; ++y) {
      job.kernels.inverse_distance_row(from, to, static_cast<int>(points), static_cast<float>(y), maps.x + maps.row(y), maps.y + maps.row(y), sums, maps.width);
    }
    return {};
  }

 private:
  Range scale_, rows_, columns_;
  bool absolute_;
};

class OpticalDistortion final : public MapTransform {
 public:
  explicit OpticalDistortion(const Options& o) : MapTransform(o), limit_(o.range("distort_limit")), fisheye_(o.choice("mode") == 1) {}
  void draw(Draw& d) const override { d.put("k", d.uniform(limit_)); }

 protected:
  core::Status fill(const Job& job, const Maps& maps) const override {
    const double k = job.parameters.number("k"), w = maps.width, h = maps.height;
    const double corner = (w * w + h * h) / 4;
    for (int y = 0; y < maps.height; ++y) {
      float *mx = maps.x + maps.row(y), *my = maps.y + maps.row(y);
      for (int x = 0; x < maps.width; ++x) {
        // A camera's own middle lies half a pixel before the one that OpenCV's undistortion takes for the output.
        const double u = fisheye_ ? x - w / 2 : x - (w - 1) / 2, v = fisheye_ ? y - h / 2 : y - (h - 1) / 2;
        const double square = fisheye_ ? (u * u + v * v) / corner : (u / w) * (u / w) + (v / h) * (v / h);
        const double factor = fisheye_ ? 1 + k * square : 1 + k * square + k * square * square;
        mx[x] = static_cast<float>(u * factor + w / 2);
        my[x] = static_cast<float>(v * factor + h / 2);
      }
    }
    return {};
  }

 private:
  Range limit_;
  bool fisheye_;
};

class GridDistortion final : public MapTransform {
 public:
  explicit GridDistortion(const Options& o) : MapTransform(o), steps_(o.integer("num_steps")), limit_(o.range("distort_limit")), normalized_(o.boolean("normalized")) {}
  void draw(Draw& d) const override {
    for (const char* name : {"steps_x", "steps_y"}) {
      auto& factors = d.list();
      for (int i = 0; i <= steps_; ++i) factors.push_back(1 + d.uniform(limit_));
      d.put(name, factors);
    }
  }

 protected:
  core::Status fill(const Job& job, const Maps& maps) const override {
    STRIATE_TAKE(float, across, job.scratch, static_cast<std::size_t>(maps.width));
    STRIATE_TAKE(float, down, job.scratch, static_cast<std::size_t>(maps.height));
    stretch(job.parameters.list("steps_x"), maps.width, across);
    stretch(job.parameters.list("steps_y"), maps.height, down);
    for (int y = 0; y < maps.height; ++y) {
      std::memcpy(maps.x + maps.row(y), across, static_cast<std::size_t>(maps.width) * sizeof(float));
      std::fill(maps.y + maps.row(y), maps.y + maps.row(y) + maps.width, down[y]);
    }
    return {};
  }

 private:
  void stretch(std::span<const double> drawn, int size, float* places) const {
    const int cells = std::clamp(static_cast<int>(drawn.size()) - 1, 1, size), cell = size / cells;
    std::vector<double> factors(drawn.begin(), drawn.end());
    factors.resize(static_cast<std::size_t>(cells) + 1, 1.0);
    if (normalized_) {
      // The last, shorter cell counts less; then all cells together span the image.
      factors.back() *= double(std::min(size, (cells + 1) * cell) - cells * cell) / cell;
      double sum = 0;
      for (const double f : factors) sum += f;
      for (double& f : factors) f *= double(size) / cell / (std::abs(sum) > 1e-9 ? sum : 1);
    }
    std::fill(places, places + size, 0.0f);
    double before = 0;
    for (int i = 0; i <= cells; ++i) {
      const int start = std::min(i * cell, size), end = std::min(start + cell, size);
      const double after = before + cell * factors[static_cast<std::size_t>(i)];
      for (int x = start; x < end; ++x) places[x] = static_cast<float>(before + (end - start > 1 ? (after - before) * (x - start) / (end - start - 1) : 0));
      before = after;
    }
  }
  int steps_;
  Range limit_;
  bool normalized_;
};

class ThinPlateSpline final : public MapTransform {
 public:
  explicit ThinPlateSpline(const Options& o) : MapTransform(o), scale_(o.range("scale_range")), side_(o.integer("num_control_points")) {}
  void draw(Draw& d) const override {
    const double spread = d.uniform(scale_) / 10;
    const auto count = static_cast<std::size_t>(side_ == 2 ? 5 : side_ * side_);
    auto& moves = d.list();
    for (std::size_t i = 0; i < 2 * count; ++i) moves.push_back(spread * d.normal());
    d.put("moves", moves);
  }

 protected:
  core::Status fill(const Job& job, const Maps& maps) const override {
    const auto moves = job.parameters.list("moves");
    std::vector<double> points;
    if (side_ == 2) {
      points = {0, 0, 0, 1, 1, 0, 1, 1, 0.5, 0.5};
    } else {
      for (int i = 0; i < side_ * side_; ++i) {
        points.push_back(double(i % side_) / (side_ - 1));
        points.push_back(double(i / side_) / (side_ - 1));
      }
    }
    const std::size_t n = points.size() / 2, all = n + 3;
    // Albumentations fits with r⁴ ln r² and draws with r² ln r²; so does this.
    std::vector<double> matrix(all * all, 0.0), right(all * 2, 0.0);
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) {
        const double dx = points[2 * i] - points[2 * j], dy = points[2 * i + 1] - points[2 * j + 1], square = dx * dx + dy * dy;
        matrix[i * all + j] = square > 0 ? square * square * exact_log(square + 1e-6) : 0;
      }
      const double row[3] = {1, points[2 * i], points[2 * i + 1]};
      for (std::size_t k = 0; k < 3; ++k) matrix[i * all + n + k] = matrix[(n + k) * all + i] = row[k];
      for (std::size_t axis = 0; axis < 2; ++axis) right[2 * i + axis] = points[2 * i + axis] + (2 * i + axis < moves.size() ? moves[2 * i + axis] : 0);
    }
    if (!solve_linear(static_cast<int>(all), 2, matrix, right)) {
      std::fill(right.begin(), right.end(), 0.0);
      right[2 * (n + 1)] = right[2 * (n + 2) + 1] = 1;
    }
    STRIATE_TAKE(float, places, job.scratch, 2 * n);
    STRIATE_TAKE(float, weights, job.scratch, 2 * n);
    const double sides[2] = {double(maps.width), double(maps.height)};
    for (std::size_t i = 0; i < 2 * n; ++i) {
      places[i] = static_cast<float>(points[i]);
      weights[i] = static_cast<float>(right[i] * sides[i % 2]);
    }
    const double* affine = right.data() + 2 * n;  // constant, x, y; each for both axes
    for (int y = 0; y < maps.height; ++y) {
      float *mx = maps.x + maps.row(y), *my = maps.y + maps.row(y);
      const double v = y / sides[1];
      for (int x = 0; x < maps.width; ++x) {
        const double u = x / sides[0];
        mx[x] = static_cast<float>(sides[0] * (affine[0] + affine[2] * u + affine[4] * v));
        my[x] = static_cast<float>(sides[1] * (affine[1] + affine[3] * u + affine[5] * v));
      }
      job.kernels.thin_plate_row(places, weights, static_cast<int>(n), static_cast<float>(v), static_cast<float>(1 / sides[0]), mx, my, maps.width);
    }
    return {};
  }

 private:
  Range scale_;
  int side_;
};

using namespace option;

constexpr OptionSpec elastic_options[] = {
    number("alpha", 1, 0, 1e5, "Largest shift in pixels, before the blur."), number("sigma", 50, 1, 500, "Width of the blur."), interpolation(), boolean("approximate", false, "Blur with 17 taps only."),
    boolean("same_dxdy", false, "The same shift along both axes."), choice("noise_distribution", "gaussian|uniform", 0, "Noise before the blur."), border(), fill(),
    unused("mask_interpolation"), unused("keypoint_remapping_method"), unused("fill_mask"),
};
constexpr OptionSpec piecewise_options[] = {
    range("scale", {0.03, 0.05}, {0, 1e4}, Single::from_low, "Three times the spread of the moves, as a share of the shorter side."), integer_range("nb_rows", {4, 4}, {2, PiecewiseAffine::most_points}, Single::fixed, "Rows of points."),
    integer_range("nb_cols", {4, 4}, {2, PiecewiseAffine::most_points}, Single::fixed, "Columns of points."), interpolation(), boolean("absolute_scale", false, "The scale is in pixels."), border(), fill(),
    unused("mask_interpolation"), unused("keypoint_remapping_method"), unused("fill_mask"),
};
constexpr OptionSpec optical_options[] = {
    range("distort_limit", {-0.05, 0.05}, {-10, 10}, Single::symmetric, "Strength; below 0 a pincushion, above a barrel."), interpolation(), choice("mode", "camera|fisheye", 0, "The lens."), border(), fill(),
    unused("mask_interpolation"), unused("keypoint_remapping_method"), unused("fill_mask"),
};
constexpr OptionSpec grid_options[] = {
    integer("num_steps", 5, 1, 256, "Cells along a side."), range("distort_limit", {-0.3, 0.3}, {-1, 1}, Single::symmetric, "Stretch of a cell beyond 1."), interpolation(),
    boolean("normalized", true, "The cells span the image exactly."), border(), fill(), unused("mask_interpolation"), unused("keypoint_remapping_method"), unused("fill_mask"),
};
constexpr OptionSpec spline_options[] = {
    range("scale_range", {0.2, 0.4}, zero_to_one, Single::refused, "Ten times the spread of the moves, as a share of the sides."), integer("num_control_points", 4, 2, 16, "Points along a side."), interpolation(), border(), fill(),
    unused("mask_interpolation"), unused("keypoint_remapping_method"), unused("fill_mask"),
};
constexpr TransformSpec distortion_specs[] = {
    {.name = "ElasticTransform", .family = "distortion", .doc = "Shifts places by smooth noise.", .options = elastic_options, .make = make_transform<ElasticTransform>},
    {.name = "PiecewiseAffine", .family = "distortion", .doc = "Moves the points of a grid, and what is near with them.", .options = piecewise_options, .make = make_transform<PiecewiseAffine>},
    {.name = "OpticalDistortion", .family = "distortion", .doc = "A lens that bends straight lines.", .options = optical_options, .make = make_transform<OpticalDistortion>},
    {.name = "GridDistortion", .family = "distortion", .doc = "Stretches columns and rows.", .options = grid_options, .make = make_transform<GridDistortion>},
    {.name = "ThinPlateSpline", .family = "distortion", .doc = "Bends as a thin plate does.", .options = spline_options, .make = make_transform<ThinPlateSpline>},
};

}  // namespace

std::span<const TransformSpec> distortion_transforms() { return distortion_specs; }

}  // namespace striate::augment

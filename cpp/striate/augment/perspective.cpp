// Perspective: four points near the corners become the corners.
//
// Each point lies |N · scale| mod 0.32 of a side inside its corner. M takes the points to the image's corners; with fit_output,
// M takes the whole image into a frame without loss. keep_size scales the frame, as large as the points' quadrilateral is, to
// the image's size; else the frame comes out.
// Drawn: "points": x, y of the top left, top right, bottom right and bottom left one.
// Source: Albumentations 2.0.8, geometric/transforms (documentation).
#include "striate/augment/families.hpp"
#include "striate/augment/linear_solve.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace striate::augment {
namespace {

class Perspective final : public WarpTransform {
 public:
  explicit Perspective(const Options& o) : sampling_(o), scale_(o.range("scale")), keep_size_(o.boolean("keep_size")), fit_(o.boolean("fit_output")) {}

  core::Result<SizeRange> sizes(const SizeRange& in) const override {
    if (keep_size_) return in;
    // The quadrilateral is never wider than the diagonal; a fitted frame may be far larger, and is held to the limit.
    const int most = fit_ ? 1 << 14 : bounded(std::sqrt(double(in.most_height) * in.most_height + double(in.most_width) * in.most_width) + 2, 1, 1 << 14);
    return SizeRange{in.channels, 1, most, 1, most};
  }

  void draw(Draw& d) const override {
    const double scale = d.uniform(scale_), width = d.shape().width, height = d.shape().height;
    std::pair<double, double> points[4];
    for (int i = 0; i < 4; ++i) {
      const double x = std::fmod(std::abs(scale * d.normal()), 0.32), y = std::fmod(std::abs(scale * d.normal()), 0.32);
      points[i] = {(i == 1 || i == 2 ? 1 - x : x) * width, (i >= 2 ? 1 - y : y) * height};
    }
    // Left pair and right pair, each from top to bottom, as Albumentations orders them.
    std::stable_sort(points, points + 4, [](const auto& a, const auto& b) { return a.first < b.first; });
    if (!(points[0].second < points[1].second)) std::swap(points[0], points[1]);
    if (!(points[2].second < points[3].second)) std::swap(points[2], points[3]);
    auto& list = d.list();
    for (const int i : {0, 2, 3, 1}) {
      list.push_back(points[i].first);
      list.push_back(points[i].second);
    }
    d.put("points", list);
  }

  core::Shape output(const Parameters& p, const core::Shape& in) const override {
    if (keep_size_) return in;
    const Frame frame = frame_of(p, in);
    return {in.channels, frame.height, frame.width};
  }

  bool warp(const Parameters& p, const core::Shape& in, Warp& warp) const override {
    Frame frame = frame_of(p, in);
    if (keep_size_) frame.matrix = multiply({double(in.width) / frame.width, 0, 0, 0, double(in.height) / frame.height, 0, 0, 0, 1}, frame.matrix);
    if (!invert(frame.matrix, warp.matrix)) warp.matrix = {1, 0, 0, 0, 1, 0, 0, 0, 1};
    if (warp.matrix[8] != 0) {
      const double last = warp.matrix[8];
      for (double& value : warp.matrix) value /= last;
    }
    warp.interpolation = sampling_.interpolation;
    warp.border = sampling_.border;
    warp.fill = sampling_.fill;
    return keep_size_;
  }

 private:
  struct Frame {
    Matrix3 matrix{1, 0, 0, 0, 1, 0, 0, 0, 1};
    int height = 1, width = 1;
  };

  Frame frame_of(const Parameters& p, const core::Shape& in) const {
    Frame frame;
    frame.height = in.height;
    frame.width = in.width;
    const auto points = p.list("points");
    const double w = in.width, h = in.height;
    const double corners[8] = {0, 0, w, 0, w, h, 0, h};
    if (points.size() != 8 || !quad_to_quad(points, corners, frame.matrix)) return frame;
    const auto side = [&](std::size_t a, std::size_t b) {
      const double dx = points[2 * a] - points[2 * b], dy = points[2 * a + 1] - points[2 * b + 1];
      return std::max(2.0, std::sqrt(dx * dx + dy * dy));
    };
    frame.width = clamp_side(std::max(side(0, 1), side(2, 3)));
    frame.height = clamp_side(std::max(side(1, 2), side(0, 3)));
    if (!fit_) return frame;
    // Where the image's own corners come to, moved to begin at 0 and rounded.
    double moved[8], least[2] = {1e9, 1e9}, most[2] = {0, 0};
    const Matrix3& m = frame.matrix;
    for (std::size_t i = 0; i < 4; ++i) {
      const double x = corners[2 * i], y = corners[2 * i + 1], depth = m[6] * x + m[7] * y + m[8];
      const double scale = std::abs(depth) > 1e-9 ? 1 / depth : 0;
      moved[2 * i] = (m[0] * x + m[1] * y + m[2]) * scale;
      moved[2 * i + 1] = (m[3] * x + m[4] * y + m[5]) * scale;
      for (std::size_t axis = 0; axis < 2; ++axis) least[axis] = std::min(least[axis], moved[2 * i + axis]);
    }
    for (std::size_t i = 0; i < 8; ++i) {
      moved[i] = std::nearbyint(moved[i] - least[i % 2]);
      most[i % 2] = std::max(most[i % 2], moved[i]);
    }
    Matrix3 fitted;
    if (!quad_to_quad(corners, moved, fitted)) return frame;
    frame.matrix = fitted;
    frame.width = clamp_side(most[0]);
    frame.height = clamp_side(most[1]);
    return frame;
  }

  Sampling sampling_;
  Range scale_;
  bool keep_size_, fit_;
};

using namespace option;

constexpr OptionSpec perspective_options[] = {
    range("scale", {0.05, 0.1}, {0, 10}, Single::from_low, "How far the points lie from the corners, as a share of the sides."), boolean("keep_size", true, "Scale to the input's size."),
    boolean("fit_output", false, "Keep the whole image in the frame."), interpolation(), border(), fill(), unused("mask_interpolation"), unused("fill_mask"),
};

constexpr TransformSpec perspective_specs[] = {
    {.name = "Perspective", .family = "geometry", .doc = "As seen from aside.", .options = perspective_options, .make = make_transform<Perspective>},
};

}  // namespace

std::span<const TransformSpec> perspective_transforms() { return perspective_specs; }

}  // namespace striate::augment

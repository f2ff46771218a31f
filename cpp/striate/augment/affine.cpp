// Affine transforms: Affine, ShiftScaleRotate, Rotate, SafeRotate.
//
//   M = C · T · H · R · S · C⁻¹      C: the centre ((W − 1) / 2, (H − 1) / 2) to the origin and back, T: translation,
//   H = [1 tan hx; tan hy 1]         R = [cos a, sin a; −sin a, cos a] (against the clock for positive a), S: scale
// M takes input pixels to output pixels; the image is resampled through its inverse.
// Shapes: the size stays, but with Affine's fit_output (all corners are kept) and Rotate's crop_border (the largest
// upright rectangle without border, of the input's orientation).
// Drawn: rotate, scale_x, scale_y, shear_x, shear_y (degrees, as applied), translate_x, translate_y (pixels); angle.
// Source: Albumentations 2.0.8, geometric/transforms and geometric/rotate (documentation); OpenCV getRotationMatrix2D.
#include "striate/augment/exact_math.hpp"
#include "striate/augment/families.hpp"
#include "striate/augment/resample.hpp"

#include <algorithm>
#include <cmath>
#include <initializer_list>

namespace striate::augment {
namespace {

struct AffineNumbers {
  double rotate = 0, scale_x = 1, scale_y = 1, shear_x = 0, shear_y = 0, translate_x = 0, translate_y = 0;
};

double tangent(double degrees) {
  if (degrees == 0) return 0;
  const double cosine = exact_cos(radians(degrees));
  return std::abs(cosine) < 1e-9 ? 1e9 : exact_sin(radians(degrees)) / cosine;
}

Matrix3 forward_matrix(const AffineNumbers& a, double cx, double cy) {
  const double angle = radians(std::fmod(a.rotate, 360.0));
  const double c = exact_cos(angle), s = exact_sin(angle);
  const Matrix3 to_origin{1, 0, -cx, 0, 1, -cy, 0, 0, 1}, scale{a.scale_x, 0, 0, 0, a.scale_y, 0, 0, 0, 1},
      rotate{c, s, 0, -s, c, 0, 0, 0, 1}, shear{1, tangent(a.shear_x), 0, tangent(a.shear_y), 1, 0, 0, 0, 1},
      back{1, 0, cx + a.translate_x, 0, 1, cy + a.translate_y, 0, 0, 1};
  return multiply(back, multiply(shear, multiply(rotate, multiply(scale, to_origin))));
}

void set_inverse(const Matrix3& forward, Warp& warp) {
  Matrix3 inverse;
  // What cannot be inverted shows nothing: every place lies far outside.
  warp.matrix = invert(forward, inverse) ? inverse : Matrix3{0, 0, -1e6, 0, 0, -1e6, 0, 0, 1};
  warp.matrix[6] = warp.matrix[7] = 0;
  warp.matrix[8] = 1;
}

double centre(int side) { return side / 2.0 - 0.5; }

void set_sampling(const Sampling& sampling, Warp& warp) {
  warp.interpolation = sampling.interpolation;
  warp.border = sampling.border;
  warp.fill = sampling.fill;
}

class Affine final : public WarpTransform {
 public:
  explicit Affine(const Options& o)
      : sampling_(o), rotate_(o.range("rotate")), fit_output_(o.boolean("fit_output")), keep_ratio_(o.boolean("keep_ratio")),
        balanced_(o.boolean("balanced_scale")), percent_(o.has("translate_percent")) {
    set(o.numbers("scale"), scale_);
    set(o.numbers("shear"), shear_);
    if (percent_) {
      set(o.numbers("translate_percent"), translate_);
    } else if (o.has("translate_px")) {
      set(o.numbers("translate_px"), translate_);
    }
  }

  static core::Status check(const Options& o) {
    if (o.has("translate_percent") && o.has("translate_px")) {
      return option_error(o.owner(), "translate_percent", "and 'translate_px' are both given", "Give one of them.");
    }
    const auto scale = o.numbers("scale");
    if (o.boolean("keep_ratio") && (scale[0] != scale[2] || scale[1] != scale[3])) {
      return option_error(o.owner(), "keep_ratio", "needs the same scale for x and y", "Give scale as one range.");
    }
    return {};
  }

  core::Result<SizeRange> sizes(const SizeRange& in) const override {
    if (!fit_output_) return in;
    // A box of w × h, scaled, turned and sheared, fits into a square of this side.
    const double shear = 1 + std::max({tangent(largest(shear_[0])), tangent(largest(shear_[1]))});
    const double side = std::max(scale_[0].high, scale_[1].high) * (in.most_width + in.most_height) * shear + 3;
    return SizeRange{in.channels, 1, bounded(side, 1, 1 << 30), 1, bounded(side, 1, 1 << 30)};
  }

  void draw(Draw& d) const override {
    for (int axis = 0; axis < 2; ++axis) {
      const double size = axis == 0 ? d.shape().width : d.shape().height;
      const char* name = axis == 0 ? "translate_x" : "translate_y";
      d.put(name, percent_ ? std::trunc(d.uniform(translate_[axis]) * size) : d.integer(translate_[axis]));
    }
    d.put("shear_x", -d.uniform(shear_[0]));
    d.put("shear_y", -d.uniform(shear_[1]));
    const double scale_x = draw_scale(d, scale_[0]);
    d.put("scale_x", scale_x);
    d.put("scale_y", keep_ratio_ ? scale_x : draw_scale(d, scale_[1]));
    d.put("rotate", d.uniform(rotate_));
  }

  core::Shape output(const Parameters& p, const core::Shape& in) const override {
    if (!fit_output_) return in;
    const Box box = bounds(forward(p, in), in);
    return {in.channels, clamp_side(box.bottom - box.top + 1), clamp_side(box.right - box.left + 1)};
  }

  bool warp(const Parameters& p, const core::Shape& in, Warp& warp) const override {
    Matrix3 matrix = forward(p, in);
    if (fit_output_) {
      const Box box = bounds(matrix, in);
      matrix = multiply({1, 0, -box.left, 0, 1, -box.top, 0, 0, 1}, matrix);
    }
    set_inverse(matrix, warp);
    set_sampling(sampling_, warp);
    return !fit_output_;
  }

 private:
  struct Box {
    double left, top, right, bottom;
  };

  static void set(std::span<const double> numbers, Range* ranges) {
    ranges[0] = {numbers[0], numbers[1]};
    ranges[1] = {numbers[2], numbers[3]};
  }
  static double largest(Range range) { return std::min(std::max(std::abs(range.low), std::abs(range.high)), 89.0); }

  double draw_scale(Draw& d, Range range) const {
    if (!balanced_) return d.uniform(range);
    // Enlarging and shrinking come equally often, however far either may go.
    const bool shrinks = range.low < 1, grows = range.high > 1;
    if (!shrinks && !grows) return 1;
    const bool shrink = shrinks && (!grows || d.chance(0.5));
    return d.uniform(shrink ? Range{range.low, std::min(range.high, 1.0)} : Range{std::max(range.low, 1.0), range.high});
  }

  static Matrix3 forward(const Parameters& p, const core::Shape& in) {
    const AffineNumbers numbers{p.number("rotate"), p.number("scale_x"), p.number("scale_y"), p.number("shear_x"),
                                p.number("shear_y"), p.number("translate_x"), p.number("translate_y")};
    return forward_matrix(numbers, centre(in.width), centre(in.height));
  }

  static Box bounds(const Matrix3& m, const core::Shape& in) {
    Box box{1e9, 1e9, -1e9, -1e9};
    for (const double x : {0.0, double(in.width)}) {
      for (const double y : {0.0, double(in.height)}) {
        const double px = m[0] * x + m[1] * y + m[2], py = m[3] * x + m[4] * y + m[5];
        box.left = std::min(box.left, px);
        box.right = std::max(box.right, px);
        box.top = std::min(box.top, py);
        box.bottom = std::max(box.bottom, py);
      }
    }
    return {std::floor(box.left), std::floor(box.top), std::ceil(box.right), std::ceil(box.bottom)};
  }

  Sampling sampling_;
  Range scale_[2], shear_[2], translate_[2], rotate_;
  bool fit_output_, keep_ratio_, balanced_, percent_;
};

class ShiftScaleRotate final : public WarpTransform {
 public:
  explicit ShiftScaleRotate(const Options& o)
      : sampling_(o), shift_x_(o.range(o.has("shift_limit_x") ? "shift_limit_x" : "shift_limit")),
        shift_y_(o.range(o.has("shift_limit_y") ? "shift_limit_y" : "shift_limit")), scale_(o.range("scale_limit")),
        rotate_(o.range("rotate_limit")) {}

  void draw(Draw& d) const override {
    d.put("translate_x", std::trunc(d.uniform(shift_x_) * d.shape().width));
    d.put("translate_y", std::trunc(d.uniform(shift_y_) * d.shape().height));
    // Each axis by itself, as Albumentations draws it.
    d.put("scale_x", 1 + d.uniform(scale_));
    d.put("scale_y", 1 + d.uniform(scale_));
    d.put("rotate", d.uniform(rotate_));
  }

  bool warp(const Parameters& p, const core::Shape& in, Warp& warp) const override {
    const AffineNumbers numbers{.rotate = p.number("rotate"), .scale_x = p.number("scale_x"), .scale_y = p.number("scale_y"),
                                .translate_x = p.number("translate_x"), .translate_y = p.number("translate_y")};
    set_inverse(forward_matrix(numbers, centre(in.width), centre(in.height)), warp);
    set_sampling(sampling_, warp);
    return true;
  }

 private:
  Sampling sampling_;
  Range shift_x_, shift_y_, scale_, rotate_;
};

class Rotate final : public WarpTransform {
 public:
  explicit Rotate(const Options& o) : sampling_(o), limit_(o.range("limit")), crop_(o.boolean("crop_border")) {}

  core::Result<SizeRange> sizes(const SizeRange& in) const override {
    return crop_ ? SizeRange{in.channels, 1, in.most_height, 1, in.most_width} : in;
  }
  void draw(Draw& d) const override { d.put("angle", d.uniform(limit_)); }
  core::Shape output(const Parameters& p, const core::Shape& in) const override {
    if (!crop_) return in;
    const Box box = inner_box(p.number("angle"), in);
    return {in.channels, std::max(1, box.bottom - box.top), std::max(1, box.right - box.left)};
  }
  bool warp(const Parameters& p, const core::Shape& in, Warp& warp) const override {
    Matrix3 matrix = forward_matrix({.rotate = p.number("angle")}, centre(in.width), centre(in.height));
    if (crop_) {
      const Box box = inner_box(p.number("angle"), in);
      matrix = multiply({1, 0, -double(box.left), 0, 1, -double(box.top), 0, 0, 1}, matrix);
    }
    set_inverse(matrix, warp);
    set_sampling(sampling_, warp);
    return !crop_;
  }

 private:
  struct Box {
    int left, top, right, bottom;
  };

  // The largest upright rectangle inside a w × h one turned by the angle.
  // Source: the well-known solution on stackoverflow.com/q/16702966, which Albumentations uses.
  static Box inner_box(double angle, const core::Shape& in) {
    const double w = in.width, h = in.height;
    const double s = std::abs(exact_sin(radians(std::fmod(angle, 360.0)))), c = std::abs(exact_cos(radians(std::fmod(angle, 360.0))));
    const double longer = std::max(w, h), shorter = std::min(w, h);
    double width, height;
    if (shorter <= 2 * s * c * longer || std::abs(s - c) < 1e-10) {
      // Two corners touch the long sides, the other two lie on the middle line between them.
      const double half = 0.5 * shorter;
      width = w >= h ? half / s : half / c;
      height = w >= h ? half / c : half / s;
    } else {
      const double cos2 = c * c - s * s;
      width = (w * c - h * s) / cos2;
      height = (h * c - w * s) / cos2;
    }
    return {bounded(w / 2 - width / 2, 0, in.width - 1), bounded(h / 2 - height / 2, 0, in.height - 1),
            bounded(w / 2 + width / 2, 1, in.width), bounded(h / 2 + height / 2, 1, in.height)};
  }

  Sampling sampling_;
  Range limit_;
  bool crop_;
};

class SafeRotate final : public WarpTransform {
 public:
  explicit SafeRotate(const Options& o) : sampling_(o), limit_(o.range("limit")) {}
  void draw(Draw& d) const override { d.put("angle", d.uniform(limit_)); }
  bool warp(const Parameters& p, const core::Shape& in, Warp& warp) const override {
    const double w = in.width, h = in.height, cx = centre(in.width), cy = centre(in.height);
    const double angle = radians(std::fmod(p.number("angle"), 360.0));
    const double c = exact_cos(angle), s = exact_sin(angle);
    const double width = std::max(1.0, std::floor(h * std::abs(s) + w * std::abs(c)));
    const double height = std::max(1.0, std::floor(h * std::abs(c) + w * std::abs(s)));
    const Matrix3 turn{c, s, (1 - c) * cx - s * cy + width / 2 - cx, -s, c, s * cx + (1 - c) * cy + height / 2 - cy, 0, 0, 1};
    set_inverse(multiply({w / width, 0, 0, 0, h / height, 0, 0, 0, 1}, turn), warp);
    set_sampling(sampling_, warp);
    return true;
  }

 private:
  Sampling sampling_;
  Range limit_;
};

using namespace option;

constexpr OptionSpec affine_options[] = {
    axes("scale", {1, 1}, {above_zero, 100}, "Factor of enlargement."),
    optional(axes("translate_percent", {0, 0}, {-10, 10}, "Shift as a share of the side.")),
    optional(axes("translate_px", {0, 0}, {-largest_side, largest_side}, "Shift in whole pixels.")),
    range("rotate", {0, 0}, {-3600, 3600}, Single::fixed, "Degrees against the clock."),
    axes("shear", {0, 0}, {-89, 89}, "Degrees."),
    interpolation(),
    boolean("fit_output", false, "Enlarge the image so that all corners stay inside."),
    boolean("keep_ratio", false, "One scale for both axes."),
    boolean("balanced_scale", false, "Shrink and enlarge equally often."),
    border(),
    fill(),
    unused("mask_interpolation"), unused("rotate_method"), unused("fill_mask"),
};

constexpr OptionSpec shift_scale_rotate_options[] = {
    range("shift_limit", {-0.0625, 0.0625}, {-1, 1}, Single::symmetric, "Shift as a share of the side."),
    range("scale_limit", {-0.1, 0.1}, {-0.999, 100}, Single::symmetric, "Enlargement beyond 1."),
    range("rotate_limit", {-45, 45}, {-3600, 3600}, Single::symmetric, "Degrees against the clock."),
    optional(range("shift_limit_x", {0, 0}, {-1, 1}, Single::symmetric, "shift_limit for x alone.")),
    optional(range("shift_limit_y", {0, 0}, {-1, 1}, Single::symmetric, "shift_limit for y alone.")),
    interpolation(), border(), fill(),
    unused("rotate_method"), unused("mask_interpolation"), unused("fill_mask"),
};

constexpr OptionSpec rotate_options[] = {
    range("limit", {-90, 90}, {-3600, 3600}, Single::symmetric, "Degrees against the clock."),
    interpolation(), border(),
    boolean("crop_border", false, "Cut out the largest upright rectangle without border; the size then varies."),
    fill(),
    unused("rotate_method"), unused("mask_interpolation"), unused("fill_mask"),
};

constexpr OptionSpec safe_rotate_options[] = {
    range("limit", {-90, 90}, {-3600, 3600}, Single::symmetric, "Degrees against the clock."),
    interpolation(), border(), fill(),
    unused("rotate_method"), unused("mask_interpolation"), unused("fill_mask"),
    // A saved file also shows what it inherits from Affine.
    unused("rotate"), unused("scale"), unused("shear"), unused("translate_percent"), unused("translate_px"),
    unused("fit_output"), unused("keep_ratio"), unused("balanced_scale"),
};

constexpr TransformSpec affine_specs[] = {
    {.name = "Affine", .family = "geometry", .doc = "Scales, turns, shears and shifts, in this order.", .options = affine_options, .make = make_transform<Affine>},
    {.name = "ShiftScaleRotate", .family = "geometry", .doc = "Shifts, scales and turns.", .options = shift_scale_rotate_options, .make = make_transform<ShiftScaleRotate>},
    {.name = "Rotate", .family = "geometry", .doc = "Turns about the centre.", .options = rotate_options, .make = make_transform<Rotate>},
    {.name = "SafeRotate", .family = "geometry", .doc = "Turns, and shrinks so that all corners stay inside.", .options = safe_rotate_options, .make = make_transform<SafeRotate>},
};

}  // namespace

std::span<const TransformSpec> affine_transforms() { return affine_specs; }

}  // namespace striate::augment

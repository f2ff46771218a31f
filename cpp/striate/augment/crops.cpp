// Crops: Crop, CenterCrop, RandomCrop, RandomCropFromBorders, RandomSizedCrop, RandomResizedCrop.
//
// A crop is a box {left, top, right, bottom} of the input, drawn as "box"; it may reach outside where padding is asked
// for. RandomSizedCrop and RandomResizedCrop bring it to `size`.
//   RandomResizedCrop: area = scale · H · W, ratio = e^u, u uniform between the logarithms; ten tries, then the centre
// Source: Albumentations 2.0.8, crops/transforms (documentation).
#include "striate/augment/exact_math.hpp"
#include "striate/augment/families.hpp"
#include "striate/augment/place.hpp"
#include "striate/augment/resample.hpp"
#include "striate/augment/resize.hpp"

#include <algorithm>
#include <cmath>
#include <string>

namespace striate::augment {
namespace {

core::Error too_small(std::string_view name, const SizeRange& in, int height, int width) {
  return {core::ErrorCode::invalid_shape,
          std::string(name) + ": a crop of " + std::to_string(height) + "×" + std::to_string(width) + " does not fit into images of " +
              std::to_string(in.least_height) + "×" + std::to_string(in.least_width),
          "Crop less, set pad_if_needed, or enlarge the images before it."};
}

// Crops whose options say how to pad what is too small.
class PaddedCrop : public BoxTransform {
 public:
  explicit PaddedCrop(const Options& o) : BoxTransform(o), pads_(o.boolean("pad_if_needed")), position_(o.choice("pad_position")) {}

 protected:
  int before(Draw& d, int padding, bool vertical) const { return padding_before(d, position_, padding, vertical); }
  bool pads() const { return pads_; }

 private:
  bool pads_;
  int position_;
};

class SizedCrop : public PaddedCrop {
 public:
  explicit SizedCrop(const Options& o) : PaddedCrop(o), height_(o.integer("height")), width_(o.integer("width")) {}
  core::Result<SizeRange> sizes(const SizeRange& in) const override {
    if (!pads() && (in.least_height < height_ || in.least_width < width_)) return too_small(name(), in, height_, width_);
    return SizeRange{in.channels, height_, height_, width_, width_};
  }

 protected:
  // Where the crop begins on one axis: padding in front, then `share` of what is left over.
  int start(Draw& d, int size, int wanted, bool vertical, double share) const {
    const int padding = std::max(0, wanted - size);
    const int front = before(d, padding, vertical);
    return static_cast<int>((std::max(size, wanted) - wanted + 1) * share) - front;
  }
  int height_, width_;
};

class RandomCrop final : public SizedCrop {
 public:
  using SizedCrop::SizedCrop;
  void draw(Draw& d) const override {
    const double y = d.unit(), x = d.unit();
    const int top = start(d, d.shape().height, height_, true, y), left = start(d, d.shape().width, width_, false, x);
    put_box(d, {left, top, left + width_, top + height_});
  }
};

class CenterCrop final : public SizedCrop {
 public:
  using SizedCrop::SizedCrop;
  void draw(Draw& d) const override {
    const auto centre = [&](int size, int wanted, bool vertical) {
      return wanted > size ? -before(d, wanted - size, vertical) : (size - wanted) / 2;
    };
    const int top = centre(d.shape().height, height_, true), left = centre(d.shape().width, width_, false);
    put_box(d, {left, top, left + width_, top + height_});
  }
};

class Crop final : public PaddedCrop {
 public:
  explicit Crop(const Options& o) : PaddedCrop(o), box_{o.integer("x_min"), o.integer("y_min"), o.integer("x_max"), o.integer("y_max")} {}
  static core::Status check(const Options& o) {
    if (o.integer("x_max") <= o.integer("x_min")) return option_error(o.owner(), "x_max", "is not above 'x_min'", "A crop is at least one pixel wide.");
    if (o.integer("y_max") <= o.integer("y_min")) return option_error(o.owner(), "y_max", "is not above 'y_min'", "A crop is at least one pixel high.");
    return {};
  }
  core::Result<SizeRange> sizes(const SizeRange& in) const override {
    if (!pads() && (in.least_height < box_.bottom || in.least_width < box_.right)) return too_small(name(), in, box_.bottom, box_.right);
    return SizeRange{in.channels, box_.height(), box_.height(), box_.width(), box_.width()};
  }
  void draw(Draw& d) const override {
    // What is missing is added at the far sides, unless the position wants (a part of) it in front.
    const int down = std::max(0, box_.bottom - d.shape().height), right = std::max(0, box_.right - d.shape().width);
    const int y = pads() ? before(d, down, true) : 0, x = pads() ? before(d, right, false) : 0;
    put_box(d, {box_.left - x, box_.top - y, box_.right - x, box_.bottom - y});
  }

 private:
  Box box_;
};

class RandomCropFromBorders final : public BoxTransform {
 public:
  explicit RandomCropFromBorders(const Options& o)
      : left_(o.number("crop_left")), right_(o.number("crop_right")), top_(o.number("crop_top")), bottom_(o.number("crop_bottom")) {}
  static core::Status check(const Options& o) {
    if (o.number("crop_left") + o.number("crop_right") > 1) return option_error(o.owner(), "crop_left", "and 'crop_right' are more than 1 together", "Something must be left.");
    if (o.number("crop_top") + o.number("crop_bottom") > 1) return option_error(o.owner(), "crop_top", "and 'crop_bottom' are more than 1 together", "Something must be left.");
    return {};
  }
  core::Result<SizeRange> sizes(const SizeRange& in) const override {
    return SizeRange{in.channels, 1, in.most_height, 1, in.most_width};
  }
  void draw(Draw& d) const override {
    Box box;
    const int width = d.shape().width, height = d.shape().height;
    box.left = std::min(d.integer(0, static_cast<int>(left_ * width)), width - 1);
    box.right = d.integer(std::max(box.left + 1, static_cast<int>((1 - right_) * width)), width);
    box.top = std::min(d.integer(0, static_cast<int>(top_ * height)), height - 1);
    box.bottom = d.integer(std::max(box.top + 1, static_cast<int>((1 - bottom_) * height)), height);
    put_box(d, box);
  }

 private:
  double left_, right_, top_, bottom_;
};

// A box inside the image, resized to `size`.
class ResizedCrop : public Transform {
 public:
  explicit ResizedCrop(const Options& o)
      : height_(static_cast<int>(o.numbers("size")[0])), width_(static_cast<int>(o.numbers("size")[1])),
        interpolation_(static_cast<Interpolation>(o.choice("interpolation"))), area_(o.has("area_for_downscale")) {}
  core::Result<SizeRange> sizes(const SizeRange& in) const override { return SizeRange{in.channels, height_, height_, width_, width_}; }
  core::Shape output(const Parameters&, const core::Shape& in) const override { return {in.channels, height_, width_}; }
  core::Status apply(const Job& job) const override {
    const Box box = box_of(job.parameters);
    const core::Shape shape{job.in.shape.channels, box.height(), box.width()};
    const bool shrinks = box.height() > height_ || box.width() > width_;
    const Interpolation interpolation = area_ && shrinks ? Interpolation::area : interpolation_;
    STRIATE_TAKE(std::uint8_t, pixels, job.scratch, static_cast<std::size_t>(shape.elements()));
    const Image cut{pixels, shape};
    place(job.in, box.left, box.top, Border::constant, {}, cut);
    return resize(cut, job.out, interpolation, job.scratch, job.kernels);
  }

 protected:
  static void put_random(Draw& d, int height, int width) {
    height = std::clamp(height, 1, d.shape().height);
    width = std::clamp(width, 1, d.shape().width);
    const int top = static_cast<int>((d.shape().height - height + 1) * d.unit());
    const int left = static_cast<int>((d.shape().width - width + 1) * d.unit());
    put_box(d, {left, top, left + width, top + height});
  }

 private:
  int height_, width_;
  Interpolation interpolation_;
  bool area_;
};

class RandomSizedCrop final : public ResizedCrop {
 public:
  explicit RandomSizedCrop(const Options& o) : ResizedCrop(o), heights_(o.range("min_max_height")), ratio_(o.number("w2h_ratio")) {}
  void draw(Draw& d) const override {
    const int height = d.integer(heights_);
    put_random(d, height, bounded(height * ratio_, 1, 1 << 20));
  }

 private:
  Range heights_;
  double ratio_;
};

class RandomResizedCrop final : public ResizedCrop {
 public:
  explicit RandomResizedCrop(const Options& o) : ResizedCrop(o), scale_(o.range("scale")), ratio_(o.range("ratio")) {}
  void draw(Draw& d) const override {
    const double h = d.shape().height, w = d.shape().width;
    const Range logs{exact_log(ratio_.low), exact_log(ratio_.high)};
    for (int turn = 0; turn < 10; ++turn) {
      const double area = d.uniform(scale_) * h * w, ratio = exact_exp(d.uniform(logs));
      const int width = bounded(std::floor(std::sqrt(area * ratio) + 0.5), 0, 1 << 20);
      const int height = bounded(std::floor(std::sqrt(area / ratio) + 0.5), 0, 1 << 20);
      if (width > 0 && width <= w && height > 0 && height <= h) return put_random(d, height, width);
    }
    // None fitted: the centre, as near to the wanted ratios as the image allows.
    int width = d.shape().width, height = d.shape().height;
    if (w / h < ratio_.low) height = bounded(std::floor(w / ratio_.low + 0.5), 1, height);
    if (w / h > ratio_.high) width = bounded(std::floor(h * ratio_.high + 0.5), 1, width);
    const int top = (d.shape().height - height) / 2, left = (d.shape().width - width) / 2;
    put_box(d, {left, top, left + width, top + height});
  }

 private:
  Range scale_, ratio_;
};

using namespace option;

constexpr OptionSpec sized_options[] = {
    required(integer("height", 0, 1, largest_side, "Height of the crop.")),
    required(integer("width", 0, 1, largest_side, "Width of the crop.")),
    boolean("pad_if_needed", false, "Pad images that are smaller than the crop."),
    choice("pad_position", positions, 0, "Where the image lies inside its padding."),
    border(), fill(), unused("fill_mask"),
};
constexpr OptionSpec crop_options[] = {
    integer("x_min", 0, 0, largest_side, "Left edge."), integer("y_min", 0, 0, largest_side, "Top edge."),
    integer("x_max", 1024, 1, largest_side, "Right edge, not part of the crop."), integer("y_max", 1024, 1, largest_side, "Bottom edge, not part of the crop."),
    boolean("pad_if_needed", false, "Pad images that the crop reaches out of."),
    choice("pad_position", positions, 0, "Where the image lies inside its padding."),
    border(), fill(), unused("fill_mask"),
};
constexpr OptionSpec borders_options[] = {
    number("crop_left", 0.1, 0, 1, "The most that is cut at the left, as a share of the width."),
    number("crop_right", 0.1, 0, 1, "The most that is cut at the right."),
    number("crop_top", 0.1, 0, 1, "The most that is cut at the top, as a share of the height."),
    number("crop_bottom", 0.1, 0, 1, "The most that is cut at the bottom."),
};
constexpr OptionSpec size_option = required(integers("size", 2, {}, {1, largest_side}, "[height, width] that comes out."));
constexpr OptionSpec area_option = optional(choice("area_for_downscale", "image|image_mask", 0, "Shrink by the mean of areas."));
constexpr OptionSpec sized_crop_options[] = {
    required(integer_range("min_max_height", {}, {1, largest_side}, Single::from_low, "Height of the crop.", 1)),
    size_option, number("w2h_ratio", 1, 0.001, 1000, "Width over height of the crop."), interpolation(), area_option, unused("mask_interpolation"),
};
constexpr OptionSpec resized_crop_options[] = {
    size_option, range("scale", {0.08, 1}, zero_to_one, Single::refused, "Area of the crop, as a share of the image's."),
    range("ratio", {0.75, 4.0 / 3}, {0.001, 1000}, Single::refused, "Width over height of the crop."), interpolation(), area_option,
    unused("mask_interpolation"),
};

constexpr TransformSpec crops_specs[] = {
    {.name = "RandomCrop", .family = "crops", .doc = "Cuts out a box of a given size at a random place.", .p = 1, .options = sized_options, .make = make_transform<RandomCrop>},
    {.name = "CenterCrop", .family = "crops", .doc = "Cuts out the middle.", .p = 1, .options = sized_options, .make = make_transform<CenterCrop>},
    {.name = "Crop", .family = "crops", .doc = "Cuts out a given box.", .p = 1, .options = crop_options, .make = make_transform<Crop>},
    {.name = "RandomCropFromBorders", .family = "crops", .doc = "Cuts something off each side.", .p = 1, .options = borders_options, .make = make_transform<RandomCropFromBorders>},
    {.name = "RandomSizedCrop", .family = "crops", .doc = "Cuts out a box of random size and resizes it.", .p = 1, .options = sized_crop_options, .make = make_transform<RandomSizedCrop>},
    {.name = "RandomResizedCrop", .family = "crops", .doc = "Cuts out a box of random size and shape and resizes it.", .p = 1, .options = resized_crop_options, .make = make_transform<RandomResizedCrop>},
};

}  // namespace

std::span<const TransformSpec> crop_transforms() { return crops_specs; }

}  // namespace striate::augment

// Resizing: Resize, RandomScale, LongestMaxSize, SmallestMaxSize. To resize to a square ignoring the ratio is the lecture's
// plain way; LongestMaxSize and then PadIfNeeded is the letterbox; SmallestMaxSize and then CenterCrop the centre crop.
//
//   RandomScale       sides · scale, rounded down
//   Longest-, SmallestMaxSize   sides · s, rounded, s = max_size / longest (smallest) side, or the smaller (larger) of
//                     max_size_hw / side
// Drawn: "scale". Shapes: as computed, at least 1.
// Source: Albumentations 2.0.8, geometric/resize (documentation).
#include "striate/augment/families.hpp"
#include "striate/augment/resize.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace striate::augment {
namespace {

class Resizing : public Transform {
 public:
  explicit Resizing(const Options& o)
      : interpolation_(static_cast<Interpolation>(o.choice("interpolation"))), area_(o.has("area_for_downscale")) {}
  core::Status apply(const Job& job) const override {
    const bool shrinks = job.out.shape.height < job.in.shape.height || job.out.shape.width < job.in.shape.width;
    return resize(job.in, job.out, area_ && shrinks ? Interpolation::area : interpolation_, job.scratch, job.kernels);
  }

 private:
  Interpolation interpolation_;
  bool area_;
};

class Resize final : public Resizing {
 public:
  explicit Resize(const Options& o) : Resizing(o), height_(o.integer("height")), width_(o.integer("width")) {}
  core::Result<SizeRange> sizes(const SizeRange& in) const override { return SizeRange{in.channels, height_, height_, width_, width_}; }
  core::Shape output(const Parameters&, const core::Shape& in) const override { return {in.channels, height_, width_}; }

 private:
  int height_, width_;
};

class RandomScale final : public Resizing {
 public:
  explicit RandomScale(const Options& o) : Resizing(o), limit_(o.range("scale_limit")) {}
  core::Result<SizeRange> sizes(const SizeRange& in) const override {
    const auto scaled = [](int size, double scale) { return bounded(size * scale, 1, 1 << 30); };
    return SizeRange{in.channels, scaled(in.least_height, 1 + limit_.low), scaled(in.most_height, 1 + limit_.high),
                     scaled(in.least_width, 1 + limit_.low), scaled(in.most_width, 1 + limit_.high)};
  }
  void draw(Draw& d) const override { d.put("scale", 1 + d.uniform(limit_)); }
  core::Shape output(const Parameters& p, const core::Shape& in) const override {
    const double scale = p.number("scale");
    return {in.channels, clamp_side(in.height * scale), clamp_side(in.width * scale)};
  }

 private:
  Range limit_;
};

template <bool longest>
class MaxSize final : public Resizing {
 public:
  explicit MaxSize(const Options& o) : Resizing(o) {
    read_sizes(o.value("max_size"), sizes_);
    if (o.has("max_size_hw")) read_pair(o.value("max_size_hw"), height_, width_);
  }
  static core::Status check(const Options& o) {
    if (o.has("max_size") == o.has("max_size_hw")) {
      return option_error(o.owner(), "max_size", o.has("max_size") ? "and 'max_size_hw' are both given" : "and 'max_size_hw' are both missing", "Give one of them.");
    }
    std::vector<double> sizes;
    double h = 0, w = 0;
    if (o.has("max_size") && !read_sizes(o.value("max_size"), sizes)) {
      return option_error(o.owner(), "max_size", "cannot be " + o.value("max_size").shown(), "It is a whole number from 1 to 16384, or a list of them to draw from.");
    }
    if (o.has("max_size_hw") && !read_pair(o.value("max_size_hw"), h, w)) {
      return option_error(o.owner(), "max_size_hw", "cannot be " + o.value("max_size_hw").shown(), "It is [height, width], whole numbers from 1 to 16384; one of them may be null.");
    }
    return {};
  }
  core::Result<SizeRange> sizes(const SizeRange& in) const override {
    // The scale falls with each side, so the extremes are at the corners; a side grows with itself and the scale.
    SizeRange range{in.channels, 1 << 30, 0, 1 << 30, 0};
    for (std::size_t choice = 0; choice < std::max<std::size_t>(1, sizes_.size()); ++choice) {
      for (const int height : {in.least_height, in.most_height}) {
        for (const int width : {in.least_width, in.most_width}) {
          const double scale = scale_of(choice, height, width);
          range.least_height = std::min(range.least_height, side(height, scale));
          range.most_height = std::max(range.most_height, side(height, scale));
          range.least_width = std::min(range.least_width, side(width, scale));
          range.most_width = std::max(range.most_width, side(width, scale));
        }
      }
    }
    return range;
  }
  void draw(Draw& d) const override {
    const int choice = sizes_.empty() ? 0 : d.integer(0, static_cast<int>(sizes_.size()) - 1);
    d.put("scale", scale_of(static_cast<std::size_t>(choice), d.shape().height, d.shape().width));
  }
  core::Shape output(const Parameters& p, const core::Shape& in) const override {
    const double scale = p.number("scale");
    return {in.channels, std::min(side(in.height, scale), 1 << 14), std::min(side(in.width, scale), 1 << 14)};
  }

 private:
  static bool good(const Value& v) {
    return v.is(Value::Kind::number) && v.number() >= 1 && v.number() <= option::largest_side && v.number() == std::floor(v.number());
  }
  static bool read_sizes(const Value& value, std::vector<double>& sizes) {
    if (good(value)) {
      sizes.push_back(value.number());
      return true;
    }
    for (const Value& item : value.items()) {
      if (!good(item)) return false;
      sizes.push_back(item.number());
    }
    return !sizes.empty();
  }
  static bool read_pair(const Value& value, double& height, double& width) {
    if (value.items().size() != 2) return false;
    const Value &h = value.items()[0], &w = value.items()[1];
    const bool no_h = h.is(Value::Kind::null), no_w = w.is(Value::Kind::null);
    if ((!no_h && !good(h)) || (!no_w && !good(w)) || (no_h && no_w)) return false;
    height = no_h ? 0 : h.number();
    width = no_w ? 0 : w.number();
    return true;
  }
  double scale_of(std::size_t choice, int height, int width) const {
    if (!sizes_.empty()) return sizes_[choice] / (longest ? std::max(height, width) : std::min(height, width));
    if (height_ == 0) return width_ / width;
    if (width_ == 0) return height_ / height;
    return longest ? std::min(height_ / height, width_ / width) : std::max(height_ / height, width_ / width);
  }
  // Halves to the even number, as Python rounds.
  static int side(int size, double scale) { return bounded(std::nearbyint(std::min(size * scale, 1e9)), 1, 1 << 30); }

  std::vector<double> sizes_;
  double height_ = 0, width_ = 0;
};

using namespace option;

constexpr OptionSpec resize_area_option = optional(choice("area_for_downscale", "image|image_mask", 0, "Shrink by the mean of areas."));
constexpr OptionSpec resize_options[] = {
    required(integer("height", 0, 1, largest_side, "Height that comes out.")), required(integer("width", 0, 1, largest_side, "Width that comes out.")),
    interpolation(), resize_area_option, unused("mask_interpolation"),
};
constexpr OptionSpec scale_options[] = {
    range("scale_limit", {-0.1, 0.1}, {-0.999, 100}, Single::symmetric, "Enlargement beyond 1."), interpolation(), resize_area_option, unused("mask_interpolation"),
};
constexpr OptionSpec max_size_options[] = {
    value("max_size", "What the side becomes: a whole number, or a list of them to draw from."),
    value("max_size_hw", "What height and width are fitted to; one may be null."), interpolation(), resize_area_option, unused("mask_interpolation"),
};

constexpr TransformSpec resizes_specs[] = {
    {.name = "Resize", .family = "resize and pad", .doc = "Brings images to one size, whatever their ratio.", .p = 1, .options = resize_options, .make = make_transform<Resize>},
    {.name = "RandomScale", .family = "resize and pad", .doc = "Enlarges or shrinks; the size varies.", .options = scale_options, .make = make_transform<RandomScale>},
    {.name = "LongestMaxSize", .family = "resize and pad", .doc = "Brings the longer side to a size and keeps the ratio.", .p = 1, .options = max_size_options, .make = make_transform<MaxSize<true>>},
    {.name = "SmallestMaxSize", .family = "resize and pad", .doc = "Brings the shorter side to a size and keeps the ratio.", .p = 1, .options = max_size_options, .make = make_transform<MaxSize<false>>},
};

}  // namespace

std::span<const TransformSpec> resize_transforms() { return resizes_specs; }

}  // namespace striate::augment

// Padding: Pad, PadIfNeeded, CropAndPad.
//
// Drawn: "box", the frame in the input's coordinates; CropAndPad: what is added (positive) or cut (negative) at each side.
// CropAndPad with keep_size resizes back to the input's size.
// Source: Albumentations 2.0.8, geometric/pad and crops/transforms (documentation).
#include "striate/augment/families.hpp"
#include "striate/augment/place.hpp"
#include "striate/augment/resize.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <string>
#include <utility>

namespace striate::augment {
namespace {

// 3 → all sides, [x, y] → left and right x, top and bottom y, [left, top, right, bottom]: in this order. Empty: not so.
std::optional<std::array<int, 4>> read_padding(const Value& value) {
  std::array<int, 4> sides{};
  const auto good = [](const Value& v) {
    return v.is(Value::Kind::number) && v.number() >= 0 && v.number() <= option::largest_side && v.number() == std::floor(v.number());
  };
  if (value.is(Value::Kind::null)) return sides;
  if (value.is(Value::Kind::number) && good(value)) {
    sides.fill(static_cast<int>(value.number()));
    return sides;
  }
  const auto& items = value.items();
  if ((items.size() != 2 && items.size() != 4) || !std::all_of(items.begin(), items.end(), good)) return std::nullopt;
  for (std::size_t i = 0; i < 4; ++i) sides[i] = static_cast<int>(items[i % items.size()].number());
  return sides;
}

class Pad final : public BoxTransform {
 public:
  explicit Pad(const Options& o) : BoxTransform(o), sides_(read_padding(o.value("padding")).value_or(std::array<int, 4>{})) {}
  static core::Status check(const Options& o) {
    if (read_padding(o.value("padding"))) return {};
    return option_error(o.owner(), "padding", "cannot be " + o.value("padding").shown(),
                        "It is a whole number from 0 to 16384, [horizontal, vertical] or [left, top, right, bottom].");
  }
  core::Result<SizeRange> sizes(const SizeRange& in) const override {
    const int high = sides_[1] + sides_[3], wide = sides_[0] + sides_[2];
    return SizeRange{in.channels, in.least_height + high, in.most_height + high, in.least_width + wide, in.most_width + wide};
  }
  void draw(Draw& d) const override {
    put_box(d, {-sides_[0], -sides_[1], d.shape().width + sides_[2], d.shape().height + sides_[3]});
  }

 private:
  std::array<int, 4> sides_;  // left, top, right, bottom
};

class PadIfNeeded final : public BoxTransform {
 public:
  explicit PadIfNeeded(const Options& o)
      : BoxTransform(o), height_(o.has("min_height") ? o.integer("min_height") : 0), width_(o.has("min_width") ? o.integer("min_width") : 0),
        down_(o.has("pad_height_divisor") ? o.integer("pad_height_divisor") : 0),
        across_(o.has("pad_width_divisor") ? o.integer("pad_width_divisor") : 0), position_(o.choice("position")) {}
  static core::Status check(const Options& o) {
    for (const auto& [least, divisor] : {std::pair{"min_height", "pad_height_divisor"}, std::pair{"min_width", "pad_width_divisor"}}) {
      // The least size has a default, which gives way to a divisor.
      if (!o.has(divisor) && !o.has(least)) return option_error(o.owner(), least, "and '" + std::string(divisor) + "' are both missing", "Give one of them.");
      if (o.has(divisor) && !o.value(least).is(Value::Kind::null)) {
        return option_error(o.owner(), least, "and '" + std::string(divisor) + "' are both given", "Give one of them.");
      }
    }
    return {};
  }
  static void settle(Options& o) {
    if (o.has("pad_height_divisor")) o.clear("min_height");
    if (o.has("pad_width_divisor")) o.clear("min_width");
  }
  core::Result<SizeRange> sizes(const SizeRange& in) const override {
    return SizeRange{in.channels, padded(in.least_height, height_, down_), padded(in.most_height, height_, down_),
                     padded(in.least_width, width_, across_), padded(in.most_width, width_, across_)};
  }
  void draw(Draw& d) const override {
    const int height = padded(d.shape().height, height_, down_), width = padded(d.shape().width, width_, across_);
    const int top = padding_before(d, position_, height - d.shape().height, true);
    const int left = padding_before(d, position_, width - d.shape().width, false);
    put_box(d, {-left, -top, width - left, height - top});
  }

 private:
  static int padded(int size, int least, int divisor) {
    return divisor > 0 ? (size + divisor - 1) / divisor * divisor : std::max(size, least);
  }
  int height_, width_, down_, across_, position_;
};

class CropAndPad final : public BoxTransform {
 public:
  explicit CropAndPad(const Options& o)
      : BoxTransform(o), percent_(o.has("percent")), keep_size_(o.boolean("keep_size")),
        interpolation_(static_cast<Interpolation>(o.choice("interpolation"))) {
    const Value& value = o.value(percent_ ? "percent" : "px");
    read(value, percent_, amounts_);
    apart_ = o.boolean("sample_independently") || value.items().size() == 4;
  }
  static core::Status check(const Options& o) {
    if (o.has("px") == o.has("percent")) {
      return option_error(o.owner(), "px", o.has("px") ? "and 'percent' are both given" : "and 'percent' are both missing", "Give one of them.");
    }
    const bool percent = o.has("percent");
    std::vector<Range> amounts;
    const Value& value = o.value(percent ? "percent" : "px");
    if (read(value, percent, amounts)) return {};
    return option_error(o.owner(), percent ? "percent" : "px", "cannot be " + value.shown(),
                        percent ? "It is a number, a range [low, high], or four of these for top, right, bottom and left, each above -1 and up to 10."
                                : "It is a whole number, a range [low, high], or four of these for top, right, bottom and left, each from -16384 to 16384.");
  }
  core::Result<SizeRange> sizes(const SizeRange& in) const override {
    if (keep_size_) return in;
    const auto side = [&](int size, std::size_t a, std::size_t b, bool most) {
      const auto amount = [&](std::size_t i) { return (most ? amounts_[i].high : amounts_[i].low) * (percent_ ? size : 1); };
      return std::max(1, bounded(size + std::floor(amount(a)) + std::floor(amount(b)) + (most ? 1 : -1), 1, 1 << 30));
    };
    return SizeRange{in.channels, side(in.least_height, 0, 2, false), side(in.most_height, 0, 2, true), side(in.least_width, 3, 1, false),
                     side(in.most_width, 3, 1, true)};
  }
  void draw(Draw& d) const override {
    double sides[4], value = 0;  // top, right, bottom, left
    for (int i = 0; i < 4; ++i) {
      const Range range = amounts_[static_cast<std::size_t>(i)];
      if (i == 0 || apart_) value = percent_ ? d.uniform(range) : d.integer(range);
      sides[i] = percent_ ? std::trunc(value * (i % 2 == 0 ? d.shape().height : d.shape().width)) : value;
    }
    hold(sides[0], sides[2], d.shape().height);
    hold(sides[3], sides[1], d.shape().width);
    const auto whole = [](double v) { return bounded(v, -(1 << 14), 1 << 14); };
    put_box(d, {-whole(sides[3]), -whole(sides[0]), d.shape().width + whole(sides[1]), d.shape().height + whole(sides[2])});
  }
  core::Shape output(const Parameters& p, const core::Shape& in) const override { return keep_size_ ? in : BoxTransform::output(p, in); }
  core::Status apply(const Job& job) const override {
    if (!keep_size_) return BoxTransform::apply(job);
    const Box box = box_of(job.parameters);
    const core::Shape shape{job.in.shape.channels, box.height(), box.width()};
    STRIATE_TAKE(std::uint8_t, pixels, job.scratch, static_cast<std::size_t>(shape.elements()));
    const Image framed{pixels, shape};
    place(job.in, box.left, box.top, border_, fill_, framed);
    return resize(framed, job.out, interpolation_, job.scratch, job.kernels);
  }

 private:
  static bool read_one(const Value& value, bool percent, Range& range) {
    if (value.is(Value::Kind::number)) {
      range = {value.number(), value.number()};
    } else if (value.is(Value::Kind::list) && value.items().size() == 2 && value.items()[0].is(Value::Kind::number) && value.items()[1].is(Value::Kind::number)) {
      range = {value.items()[0].number(), value.items()[1].number()};
    } else {
      return false;
    }
    if (!(range.low <= range.high)) return false;
    if (percent) return range.low > -1 && range.high <= 10;
    return range.low >= -option::largest_side && range.high <= option::largest_side && range.low == std::floor(range.low) && range.high == std::floor(range.high);
  }
  static bool read(const Value& value, bool percent, std::vector<Range>& amounts) {
    Range range;
    if (read_one(value, percent, range)) {
      amounts.assign(4, range);
      return true;
    }
    if (!value.is(Value::Kind::list) || value.items().size() != 4) return false;
    for (const Value& item : value.items()) {
      if (!read_one(item, percent, range)) return false;
      amounts.push_back(range);
    }
    return true;
  }
  // At least one pixel of the image stays.
  static void hold(double& before, double& after, int size) {
    const double excess = 1 - (size + std::min(before, 0.0) + std::min(after, 0.0));
    if (excess <= 0) return;
    const double a = std::min(std::ceil(excess / 2), -std::min(before, 0.0));
    const double b = std::min(excess - a, -std::min(after, 0.0));
    before += excess - b;
    after += b;
  }

  std::vector<Range> amounts_;  // top, right, bottom, left
  bool percent_, keep_size_, apart_ = true;
  Interpolation interpolation_;
};

using namespace option;

constexpr OptionSpec pad_options[] = {
    value("padding", "Pixels added: a number, [horizontal, vertical] or [left, top, right, bottom]; 0 unless given."), fill(), border(),
    unused("fill_mask"),
};
constexpr OptionSpec pad_if_needed_options[] = {
    optional(integer("min_height", 1024, 1, largest_side, "The least height."), false), optional(integer("min_width", 1024, 1, largest_side, "The least width."), false),
    optional(integer("pad_height_divisor", 1, 1, largest_side, "The height becomes a multiple of it.")),
    optional(integer("pad_width_divisor", 1, 1, largest_side, "The width becomes a multiple of it.")),
    choice("position", positions, 0, "Where the image lies inside its padding."), border(), fill(), unused("fill_mask"), unused("padding"),
};
constexpr OptionSpec crop_and_pad_options[] = {
    value("px", "Pixels added (below 0: cut) at each side: a number, a range, or four of these: top, right, bottom, left."),
    value("percent", "The same as shares of the side."), boolean("keep_size", true, "Resize back to the input's size."),
    boolean("sample_independently", true, "Draw each side by itself."), interpolation(), border(), fill(), unused("mask_interpolation"), unused("fill_mask"),
};

constexpr TransformSpec pads_specs[] = {
    {.name = "Pad", .family = "resize and pad", .doc = "Adds pixels at the sides.", .p = 1, .options = pad_options, .make = make_transform<Pad>},
    {.name = "PadIfNeeded", .family = "resize and pad", .doc = "Pads images to a least size, or to multiples of one.", .p = 1, .options = pad_if_needed_options, .make = make_transform<PadIfNeeded>},
    {.name = "CropAndPad", .family = "resize and pad", .doc = "Cuts or pads each side.", .p = 1, .options = crop_and_pad_options, .make = make_transform<CropAndPad>},
};

}  // namespace

std::span<const TransformSpec> pad_transforms() { return pads_specs; }

}  // namespace striate::augment

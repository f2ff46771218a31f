// Dropout: CoarseDropout, Erasing, GridDropout, XYMasking, PixelDropout.
//
// Boxes of the image are filled: with a number (or one a channel), "random" bytes, or one random colour a box
// ("random_uniform"). Drawn: "holes", four numbers a box (left, top, right, bottom), and a seed for random fills.
//   Erasing       one box: area uniform in scale · H · W as far as the ratios fit, ratio = width / height
//   GridDropout   one box in each cell of a grid whose cells differ by a pixel, `ratio` of the cell's sides
//   XYMasking     stripes over the whole height or width
//   PixelDropout  each place (or value) with probability dropout_prob
// Source: Albumentations 2.0.8, dropout (documentation). Its inpainting fills are not offered.
#include "striate/augment/families.hpp"
#include "striate/augment/grid.hpp"
#include "striate/augment/tables.hpp"
#include "striate/kernels/image/noise_word.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace striate::augment {
namespace {

using kernels::image::noise_word;

// What a hole is filled with.
struct HoleFill {
  enum class Kind { numbers, random, random_uniform };
  Kind kind = Kind::numbers;
  std::vector<double> numbers{0};

  static core::Result<HoleFill> read(const Options& o) {
    HoleFill fill;
    const Value& value = o.value("fill");
    if (value.is(Value::Kind::text) && (value.text() == "random" || value.text() == "random_uniform")) {
      fill.kind = value.text() == "random" ? Kind::random : Kind::random_uniform;
      return fill;
    }
    if (value.is(Value::Kind::number)) fill.numbers = {value.number()};
    if (value.is(Value::Kind::list) && !value.items().empty()) {
      fill.numbers.clear();
      for (const Value& item : value.items()) {
        if (item.is(Value::Kind::number)) fill.numbers.push_back(item.number());
      }
      if (fill.numbers.size() == value.items().size()) return fill;
    }
    if (value.is(Value::Kind::number) || value.is(Value::Kind::null)) return fill;
    return option_error(o.owner(), "fill", "cannot be " + value.shown(), "It is a number, one for each channel, 'random' or 'random_uniform'.");
  }
};

class HoleTransform : public Transform {
 public:
  explicit HoleTransform(const Options& o) {
    if (auto read = HoleFill::read(o)) fill_ = std::move(*read);
  }
  static core::Status check(const Options& o) {
    auto fill = HoleFill::read(o);
    return fill ? core::Status() : core::Status(fill.error());
  }
  core::Result<SizeRange> sizes(const SizeRange& in) const override {
    if (fill_.numbers.size() > 1 && fill_.numbers.size() != static_cast<std::size_t>(in.channels)) {
      return option_error(name(), "fill", "has " + std::to_string(fill_.numbers.size()) + " numbers for " + std::to_string(in.channels) + " channels",
                          "Give one number, or one for each channel.");
    }
    return in;
  }
  core::Status apply(const Job& job) const override {
    std::memcpy(job.out.pixels, job.in.pixels, job.in.size());
    const auto holes = job.parameters.list("holes");
    const std::uint32_t seed = fill_.kind == HoleFill::Kind::numbers ? 0 : job.parameters.seed();
    const int width = job.in.shape.width, height = job.in.shape.height;
    for (std::size_t i = 0; i + 4 <= holes.size(); i += 4) {
      const int left = bounded(holes[i], 0, width), right = bounded(holes[i + 2], left, width);
      const int top = bounded(holes[i + 1], 0, height), bottom = bounded(holes[i + 3], top, height);
      const auto columns = static_cast<std::size_t>(right - left);
      for (int c = 0; c < job.in.shape.channels; ++c) {
        const auto stream = static_cast<std::uint32_t>(i / 4 * static_cast<std::size_t>(job.in.shape.channels)) + static_cast<std::uint32_t>(c);
        std::uint8_t value = fill_byte(fill_.numbers, c);
        if (fill_.kind == HoleFill::Kind::random_uniform) value = static_cast<std::uint8_t>(noise_word(seed, 0, stream) >> 24);
        std::uint32_t place = 0;
        for (int y = top; y < bottom; ++y) {
          std::uint8_t* row = job.out.row(c, y) + left;
          if (fill_.kind == HoleFill::Kind::random) {
            for (std::size_t x = 0; x < columns; ++x) row[x] = static_cast<std::uint8_t>(noise_word(seed, place++, stream) >> 24);
          } else {
            std::memset(row, value, columns);
          }
        }
      }
    }
    return {};
  }

 protected:
  void put_holes(Draw& d, const std::vector<double>& holes) const {
    d.put("holes", holes);
    if (fill_.kind != HoleFill::Kind::numbers) d.put_seed();
  }
  HoleFill fill_;
};

void push(std::vector<double>& holes, double left, double top, double right, double bottom) {
  holes.insert(holes.end(), {left, top, right, bottom});
}

class CoarseDropout final : public HoleTransform {
 public:
  explicit CoarseDropout(const Options& o)
      : HoleTransform(o), count_(o.range("num_holes_range")), height_(o.range("hole_height_range")), width_(o.range("hole_width_range")) {}
  void draw(Draw& d) const override {
    const int h = d.shape().height, w = d.shape().width;
    auto& holes = d.list();
    // From 1 on the sizes are pixels, below they are shares of the sides.
    const bool pixels = height_.high >= 1;
    const auto side = [&](Range range, int size) {
      if (!pixels) return static_cast<int>(size * d.uniform(range));
      return std::min(size, d.integer(static_cast<int>(range.low), static_cast<int>(std::min(range.high, double(size)))));
    };
    for (int i = d.integer(count_); i > 0; --i) {
      const int height = side(height_, h), width = side(width_, w);
      const int top = d.integer(0, h - height), left = d.integer(0, w - width);
      push(holes, left, top, left + width, top + height);
    }
    put_holes(d, holes);
  }

 private:
  Range count_, height_, width_;
};

class Erasing final : public HoleTransform {
 public:
  explicit Erasing(const Options& o) : HoleTransform(o), scale_(o.range("scale")), ratio_(o.range("ratio")) {}
  void draw(Draw& d) const override {
    const double h = d.shape().height, w = d.shape().width;
    auto& holes = d.list();
    const double least = h * w * scale_.low;
    const double most = std::min({h * w * scale_.high, ratio_.low * h * h, w * w / ratio_.high});
    if (most >= least) {
      const double area = std::max(d.uniform({least, most}), 1e-9);
      const double low = std::max(ratio_.low, area / (h * h)), high = std::min(ratio_.high, w * w / area);
      if (low <= high) {
        const double ratio = d.uniform({low, high});
        const int height = bounded(std::nearbyint(std::sqrt(area / ratio)), 0, d.shape().height);
        const int width = bounded(std::nearbyint(std::sqrt(area * ratio)), 0, d.shape().width);
        const int top = d.integer(0, d.shape().height - height), left = d.integer(0, d.shape().width - width);
        push(holes, left, top, left + width, top + height);
      }
    }
    put_holes(d, holes);
  }

 private:
  Range scale_, ratio_;
};

class GridDropout final : public HoleTransform {
 public:
  explicit GridDropout(const Options& o) : HoleTransform(o), ratio_(o.number("ratio")), random_(o.boolean("random_offset")) {
    if (o.has("unit_size_range")) unit_ = o.range("unit_size_range");
    if (o.has("holes_number_xy")) count_ = {o.numbers("holes_number_xy")[0], o.numbers("holes_number_xy")[1]};
    shift_ = {o.numbers("shift_xy")[0], o.numbers("shift_xy")[1]};
  }
  core::Result<SizeRange> sizes(const SizeRange& in) const override {
    if (count_.low == 0 && unit_.high > std::min(in.least_height, in.least_width)) {
      return option_error(name(), "unit_size_range", "reaches beyond the shorter side of the images", "Use smaller cells.");
    }
    return HoleTransform::sizes(in);
  }
  void draw(Draw& d) const override {
    const int h = d.shape().height, w = d.shape().width;
    int rows, columns;
    if (count_.low > 0) {
      // Albumentations takes the pair as [rows, columns] here.
      rows = static_cast<int>(count_.low);
      columns = static_cast<int>(count_.high);
    } else {
      const int unit = unit_.high > 0 ? d.integer(unit_) : 0;
      rows = h / (unit > 0 ? unit : std::max(2, h / 10));
      columns = w / (unit > 0 ? unit : std::max(2, w / 10));
    }
    rows = std::clamp(rows, 1, h);
    columns = std::clamp(columns, 1, w);
    std::vector<int> ys, xs;
    shuffled_splits(d, h, rows, ys);
    shuffled_splits(d, w, columns, xs);
    auto& holes = d.list();
    for (int i = 0; i < rows; ++i) {
      for (int j = 0; j < columns; ++j) {
        const auto edges = [&](const std::vector<int>& splits, int place, double shift, int size) {
          const int cell = splits[static_cast<std::size_t>(place) + 1] - splits[static_cast<std::size_t>(place)];
          const int hole = static_cast<int>(std::min(std::max(cell * ratio_, 1.0), std::max(1.0, cell - 1.0)));
          const int offset = random_ ? d.integer(0, cell - hole) : static_cast<int>(shift);
          const int begin = std::clamp(splits[static_cast<std::size_t>(place)] + offset, 0, size - hole);
          return std::pair{begin, std::min(begin + hole, size)};
        };
        const auto [top, bottom] = edges(ys, i, shift_.high, h);
        const auto [left, right] = edges(xs, j, shift_.low, w);
        push(holes, left, top, right, bottom);
      }
    }
    put_holes(d, holes);
  }

 private:
  double ratio_;
  bool random_;
  Range unit_{0, 0}, count_{0, 0}, shift_{0, 0};
};

class XYMasking final : public HoleTransform {
 public:
  explicit XYMasking(const Options& o)
      : HoleTransform(o), count_x_(o.range("num_masks_x")), count_y_(o.range("num_masks_y")), length_x_(o.range("mask_x_length")), length_y_(o.range("mask_y_length")) {}
  core::Result<SizeRange> sizes(const SizeRange& in) const override {
    if (length_x_.high > in.least_width) return option_error(name(), "mask_x_length", "reaches beyond the images' width", "Use shorter masks.");
    if (length_y_.high > in.least_height) return option_error(name(), "mask_y_length", "reaches beyond the images' height", "Use shorter masks.");
    return HoleTransform::sizes(in);
  }
  void draw(Draw& d) const override {
    const int h = d.shape().height, w = d.shape().width;
    auto& holes = d.list();
    for (int i = d.integer(count_x_); i > 0; --i) {
      const int length = d.integer(length_x_), left = d.integer(0, w - length);
      push(holes, left, 0, left + length, h);
    }
    for (int i = d.integer(count_y_); i > 0; --i) {
      const int length = d.integer(length_y_), top = d.integer(0, h - length);
      push(holes, 0, top, w, top + length);
    }
    put_holes(d, holes);
  }

 private:
  Range count_x_, count_y_, length_x_, length_y_;
};

class PixelDropout final : public Transform {
 public:
  explicit PixelDropout(const Options& o) : probability_(o.number("dropout_prob")), apart_(o.boolean("per_channel")) {
    if (o.has("drop_value")) {
      const auto given = o.numbers("drop_value");
      values_.assign(given.begin(), given.end());
    }
  }
  void draw(Draw& d) const override {
    auto& values = d.list();
    for (int c = 0; c < d.shape().channels; ++c) values.push_back(values_.empty() ? d.integer(0, 255) : double(fill_byte(values_, c)));
    d.put("values", values);
    d.put_seed();
  }
  core::Status apply(const Job& job) const override {
    const auto values = job.parameters.list("values");
    const std::uint32_t seed = job.parameters.seed();
    const auto limit = static_cast<std::uint64_t>(probability_ * 4294967296.0);
    for (int c = 0; c < job.in.shape.channels; ++c) {
      const std::uint8_t value = fill_byte(values, c);
      const std::uint8_t* from = job.in.plane(c);
      std::uint8_t* to = job.out.plane(c);
      const std::uint32_t stream = apart_ ? static_cast<std::uint32_t>(c) : 0;
      for (std::size_t i = 0; i < job.in.plane_size(); ++i) {
        to[i] = noise_word(seed, static_cast<std::uint32_t>(i), stream) < limit ? value : from[i];
      }
    }
    return {};
  }

 private:
  double probability_;
  bool apart_;
  std::vector<double> values_;  // empty: drawn
};

using namespace option;

constexpr OptionSpec hole_fill = value("fill", "What a hole is filled with: a number (0 unless given), one for each channel, 'random', or 'random_uniform' (one colour a hole).");
constexpr OptionSpec coarse_options[] = {
    integer_range("num_holes_range", {1, 2}, {1, 10000}, Single::refused, "How many holes."),
    range("hole_height_range", {0.1, 0.2}, {0, largest_side}, Single::refused, "Height: below 1 a share of the image's, else pixels."),
    range("hole_width_range", {0.1, 0.2}, {0, largest_side}, Single::refused, "Width: below 1 a share of the image's, else pixels."), hole_fill, unused("fill_mask"),
};
constexpr OptionSpec erasing_options[] = {
    range("scale", {0.02, 0.33}, {0, 1}, Single::refused, "Area, as a share of the image's."), range("ratio", {0.3, 3.3}, {0.001, 1000}, Single::refused, "Width over height."), hole_fill, unused("fill_mask"),
};
constexpr OptionSpec grid_dropout_options[] = {
    number("ratio", 0.5, above_zero, 1, "Side of a hole, as a share of its cell's."), boolean("random_offset", true, "Each hole lies anywhere in its cell."),
    optional(integer_range("unit_size_range", {2, 2}, {2, largest_side}, Single::refused, "Side of a cell in pixels.")),
    optional(integers("holes_number_xy", 2, {1, 1}, {1, 256}, "Number of cells along the two axes.")),
    integers("shift_xy", 2, {0, 0}, {0, largest_side}, "Where a hole begins in its cell, unless it is drawn."), hole_fill, unused("fill_mask"),
};
constexpr OptionSpec masking_options[] = {
    integer_range("num_masks_x", {0, 0}, {0, 1000}, Single::from_low, "How many upright stripes."), integer_range("num_masks_y", {0, 0}, {0, 1000}, Single::from_low, "How many level stripes."),
    integer_range("mask_x_length", {0, 0}, {0, largest_side}, Single::from_low, "Width of an upright stripe."), integer_range("mask_y_length", {0, 0}, {0, largest_side}, Single::from_low, "Height of a level stripe."),
    hole_fill, unused("fill_mask"),
};
constexpr OptionSpec pixel_dropout_options[] = {
    number("dropout_prob", 0.01, 0, 1, "Probability of each place."), boolean("per_channel", false, "Each channel by itself."),
    optional(fill("drop_value"), false), unused("mask_drop_value"),
};

constexpr TransformSpec dropout_specs[] = {
    {.name = "CoarseDropout", .family = "dropout", .doc = "Fills boxes at random places.", .options = coarse_options, .make = make_transform<CoarseDropout>},
    {.name = "Erasing", .family = "dropout", .doc = "Fills one box of random area and shape.", .options = erasing_options, .make = make_transform<Erasing>},
    {.name = "GridDropout", .family = "dropout", .doc = "Fills a box in each cell of a grid.", .options = grid_dropout_options, .make = make_transform<GridDropout>},
    {.name = "XYMasking", .family = "dropout", .doc = "Fills stripes.", .options = masking_options, .make = make_transform<XYMasking>},
    {.name = "PixelDropout", .family = "dropout", .doc = "Fills single pixels.", .options = pixel_dropout_options, .make = make_transform<PixelDropout>},
};

}  // namespace

std::span<const TransformSpec> dropout_transforms() { return dropout_specs; }

}  // namespace striate::augment

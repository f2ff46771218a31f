// Options of augmentations: what core/options has, and ranges, colours, borders and interpolations besides.
//
// Each transform publishes one list of OptionSpec; the policy reader, the page's palette and the docs all read it.
// parse_options ensures: every option is known, given once, of its kind, finite and in range; required ones are there;
// defaults are filled in. Errors: invalid_argument naming the transform, the option, the value and what is allowed.
// Names, defaults and ranges are those of Albumentations 2.0.8 (MIT); OpenCV's numbers stand for interpolation (0 nearest,
// 1 linear, 2 cubic, 3 area, 4 lanczos4, 5 linear_exact, 6 nearest_exact) and border (0 constant, 1 replicate, 2 reflect,
// 3 wrap, 4 reflect_101), and the words are understood too.
#pragma once

#include "striate/augment/value.hpp"
#include "striate/core/result.hpp"

#include <array>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace striate::augment {

enum class OptionKind {
  boolean,        // true
  integer,        // 6
  number,         // 0.9
  choice,         // one of a list of words
  range,          // [0.2, 0.5], or one number as `single` says
  integer_range,  // the same, whole numbers
  numbers,        // `count` numbers
  integers,       // `count` whole numbers
  fill,           // a number for all channels, or one for each
  axes,           // a number, a range, or {"x": …, "y": …} of them
  interpolation,
  border,
  value,          // anything: the transform reads it by itself
  unused,         // Albumentations has it for masks, boxes or keypoints: accepted, without effect on an image
};

// What one number v means where a range is asked for.
enum class Single {
  refused,
  symmetric,   // [-v, v]
  from_low,    // [single_low, v]
  fixed,       // [v, v]
  around_one,  // [max(0, 1 - v), 1 + v]
};

struct Range {
  double low = 0, high = 0;
  bool operator==(const Range&) const = default;
};

struct OptionSpec {
  std::string_view name;
  OptionKind kind = OptionKind::number;
  std::string_view doc;
  std::array<double, 4> fallback{};
  double minimum = -std::numeric_limits<double>::max();
  double maximum = std::numeric_limits<double>::max();
  int count = 1;                  // numbers, integers: how many; fill: how many the default has
  Single single = Single::fixed;  // range, integer_range
  double single_low = 0;
  std::string_view choices = {};  // choice: "cv|pil"; fallback[0] is the default's place
  bool required = false;
  bool nullable = false;          // null is allowed; `absent` says whether it is the default
  bool absent = false;
};

// ---- the lists are written with these ------------------------------------------------------------------------------
namespace option {

constexpr OptionSpec boolean(std::string_view name, bool fallback, std::string_view doc) {
  return {.name = name, .kind = OptionKind::boolean, .doc = doc, .fallback = {fallback ? 1.0 : 0.0}};
}
constexpr OptionSpec integer(std::string_view name, double fallback, double minimum, double maximum, std::string_view doc) {
  return {.name = name, .kind = OptionKind::integer, .doc = doc, .fallback = {fallback}, .minimum = minimum, .maximum = maximum};
}
constexpr OptionSpec number(std::string_view name, double fallback, double minimum, double maximum, std::string_view doc) {
  return {.name = name, .kind = OptionKind::number, .doc = doc, .fallback = {fallback}, .minimum = minimum, .maximum = maximum};
}
constexpr OptionSpec choice(std::string_view name, std::string_view choices, int fallback, std::string_view doc) {
  return {.name = name, .kind = OptionKind::choice, .doc = doc, .fallback = {double(fallback)}, .choices = choices};
}
constexpr OptionSpec range(std::string_view name, Range fallback, Range bounds, Single single, std::string_view doc,
                           double single_low = 0) {
  return {.name = name, .kind = OptionKind::range, .doc = doc, .fallback = {fallback.low, fallback.high},
          .minimum = bounds.low, .maximum = bounds.high, .single = single, .single_low = single_low};
}
constexpr OptionSpec integer_range(std::string_view name, Range fallback, Range bounds, Single single,
                                   std::string_view doc, double single_low = 0) {
  OptionSpec made = range(name, fallback, bounds, single, doc, single_low);
  made.kind = OptionKind::integer_range;
  return made;
}
constexpr OptionSpec numbers(std::string_view name, int count, std::array<double, 4> fallback, Range bounds,
                             std::string_view doc) {
  return {.name = name, .kind = OptionKind::numbers, .doc = doc, .fallback = fallback, .minimum = bounds.low,
          .maximum = bounds.high, .count = count};
}
constexpr OptionSpec integers(std::string_view name, int count, std::array<double, 4> fallback, Range bounds,
                              std::string_view doc) {
  OptionSpec made = numbers(name, count, fallback, bounds, doc);
  made.kind = OptionKind::integers;
  return made;
}
constexpr OptionSpec axes(std::string_view name, Range fallback, Range bounds, std::string_view doc) {
  return {.name = name, .kind = OptionKind::axes, .doc = doc,
          .fallback = {fallback.low, fallback.high, fallback.low, fallback.high}, .minimum = bounds.low, .maximum = bounds.high};
}
constexpr OptionSpec fill(std::string_view name = "fill") {
  return {.name = name, .kind = OptionKind::fill, .doc = "Value outside the image, one number or one a channel; 0…255, others are cut."};
}
constexpr OptionSpec interpolation(std::string_view name = "interpolation", int fallback = 1) {
  return {.name = name, .kind = OptionKind::interpolation, .doc = "How values between pixels are found.",
          .fallback = {double(fallback)}};
}
constexpr OptionSpec border(std::string_view name = "border_mode") {
  return {.name = name, .kind = OptionKind::border, .doc = "What lies outside the image."};
}
constexpr OptionSpec value(std::string_view name, std::string_view doc) {
  return {.name = name, .kind = OptionKind::value, .doc = doc, .nullable = true, .absent = true};
}
constexpr OptionSpec unused(std::string_view name) {
  return {.name = name, .kind = OptionKind::unused, .doc = "Accepted, without effect here.", .nullable = true, .absent = true};
}
// Must be given.
constexpr OptionSpec required(OptionSpec spec) {
  spec.required = true;
  return spec;
}
// May be null; null is the default when `absent`.
constexpr OptionSpec optional(OptionSpec spec, bool absent = true) {
  spec.nullable = true;
  spec.absent = absent;
  return spec;
}

inline constexpr double unbounded = std::numeric_limits<double>::max();
inline constexpr Range any{-unbounded, unbounded}, zero_up{0, unbounded}, zero_to_one{0, 1};
inline constexpr double above_zero = 1e-6;  // the least number that counts as positive
inline constexpr double largest_side = 16384;

}  // namespace option

// Checked options. The getters assert that `name` stands in the list with that kind.
class Options {
 public:
  bool has(std::string_view name) const;  // present and not null
  bool boolean(std::string_view name) const;
  int integer(std::string_view name) const;
  double number(std::string_view name) const;
  int choice(std::string_view name) const;  // also interpolation and border, by OpenCV's number
  Range range(std::string_view name) const;
  std::span<const double> numbers(std::string_view name) const;  // numbers, integers, fill; axes as x low, high, y low, high
  const Value& value(std::string_view name) const;  // as given; null when it was not

  void clear(std::string_view name);  // makes it absent

  // All options in force but the unused, in the list's order; reads back to the same Options.
  Value to_value() const;

  const std::string& owner() const { return owner_; }

 private:
  friend core::Result<Options> parse_options(std::string_view, std::span<const OptionSpec>, const Value&);
  struct Entry {
    const OptionSpec* spec = nullptr;
    bool present = false;
    std::vector<double> numbers;
    Value raw;
  };
  const Entry& entry(std::string_view name) const;
  std::string owner_;
  std::vector<Entry> entries_;
};

// `given` is a map. `owner` names the transform in errors.
core::Result<Options> parse_options(std::string_view owner, std::span<const OptionSpec> specs, const Value& given);

// "a range [low, high], or one number v for [-v, v], each from 0 to 1", as errors, the palette and the docs say it.
std::string describe(const OptionSpec& spec);
// The default as a Value; null when there is none.
Value default_of(const OptionSpec& spec);

// An invalid_argument error: "Rotate: 'limit' …".
core::Error option_error(std::string_view owner, std::string_view option, const std::string& what, const std::string& hint);

}  // namespace striate::augment

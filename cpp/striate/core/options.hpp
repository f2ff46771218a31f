// Options: the typed, strict settings of anything a user can name: a layer, an optimizer, a schedule.
//
// Each kind of thing publishes a list of OptionSpec (name, kind, default, range, doc). The builder, the file loader,
// the page's palette and the docs all read that list, so an option is written down once.
//
// parse_options ensures: every given option is known, given once, of its kind, whole where an integer is asked for,
// finite and in range; every required one is there; defaults are filled in.
// Errors: invalid_argument naming the owner, the option, the value and what is allowed.
#pragma once

#include "striate/core/result.hpp"

#include <array>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace striate::core {

// What a JSON option can be, without knowing JSON. Read it with std::get_if: std::get needs exceptions.
using OptionValue = std::variant<double, std::vector<double>, bool, std::string>;

struct Option {
  std::string name;
  OptionValue value;
  bool operator==(const Option&) const = default;
};

// In the order they were written.
using Options = std::vector<Option>;

// A type with its options, as they stand in {"type": "sgd", "momentum": 0.9}.
struct TypedOptions {
  std::string type;
  Options options;
};

enum class OptionKind {
  integer,  // 6
  number,   // 0.9
  boolean,  // true
  text,     // "cosine", one of `choices` when there are any
  pair,     // 5 or [height, width]: integers
  sides,    // 2, [height, width] or [top, bottom, left, right]: integers
  list,     // [7, 14, 28]: whole numbers up to 2^53, any number of them; has no default
  numbers,  // [0.5, 1, 2]: the same for any numbers
};

const char* to_string(OptionKind kind);

struct OptionSpec {
  std::string_view name;  // as JSON spells it: "outChannels"
  OptionKind kind = OptionKind::number;
  bool required = false;
  // Default as each kind reads it; NaN means "none": has() is then false unless the option was given.
  double fallback = 0;
  double minimum = -std::numeric_limits<double>::max();
  double maximum = std::numeric_limits<double>::max();
  std::string_view doc;
  std::string_view text_fallback = {};
  std::span<const std::string_view> choices = {};
};

// Checked options. The getters assert that `name` stands in the spec with that kind.
class ParsedOptions {
 public:
  bool has(std::string_view name) const;
  int integer(std::string_view name) const;
  double number(std::string_view name) const;
  bool boolean(std::string_view name) const;
  const std::string& text(std::string_view name) const;
  std::array<int, 2> pair(std::string_view name) const;   // height, width
  std::array<int, 4> sides(std::string_view name) const;  // top, bottom, left, right
  const std::vector<double>& list(std::string_view name) const;

  // All options in force, defaults too, in the spec's order and each in its shortest spelling.
  Options all() const;

 private:
  friend Result<ParsedOptions> parse_options(std::string_view, std::span<const OptionSpec>, const Options&);
  struct Entry {
    std::string_view name;
    OptionKind kind = OptionKind::number;
    bool present = false;
    std::array<double, 4> numbers{};
    std::vector<double> list;
    std::string text;
    OptionValue shortest() const;
  };
  const Entry& entry(std::string_view name, OptionKind kind) const;
  std::vector<Entry> entries_;
};

// A number as an error message shows it: "0.1", "1e+30", "nan".
std::string number_text(double value);

// `owner` stands in the errors: "layer 'conv1' (conv2d)", "optimizer 'sgd'".
Result<ParsedOptions> parse_options(std::string_view owner, std::span<const OptionSpec> specs, const Options& options);

}  // namespace striate::core

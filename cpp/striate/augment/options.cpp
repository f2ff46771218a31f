#include "striate/augment/options.hpp"

#include "striate/core/options.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>

namespace striate::augment {

using core::Error;
using core::ErrorCode;

namespace {

constexpr std::string_view interpolation_names = "nearest|linear|cubic|area|lanczos4|linear_exact|nearest_exact";
constexpr std::string_view border_names = "constant|replicate|reflect|wrap|reflect_101";

std::string_view names_of(const OptionSpec& spec) {
  if (spec.kind == OptionKind::interpolation) return interpolation_names;
  return spec.kind == OptionKind::border ? border_names : spec.choices;
}

// The place of `word` in "a|b|c", or -1.
int place_of(std::string_view words, std::string_view word) {
  int place = 0;
  while (true) {
    const std::size_t end = words.find('|');
    if (words.substr(0, end) == word) return place;
    if (end == std::string_view::npos) return -1;
    words.remove_prefix(end + 1);
    ++place;
  }
}

std::string_view word_at(std::string_view words, int place) {
  while (place-- > 0) words.remove_prefix(words.find('|') + 1);
  return words.substr(0, words.find('|'));
}

int words_in(std::string_view words) { return 1 + static_cast<int>(std::count(words.begin(), words.end(), '|')); }

bool whole(OptionKind kind) {
  return kind == OptionKind::integer || kind == OptionKind::integer_range || kind == OptionKind::integers;
}

// One number of the option: finite, in range, whole where that is asked for.
bool fits(const OptionSpec& spec, double value) {
  if (!std::isfinite(value) || value < spec.minimum || value > spec.maximum) return false;
  return !whole(spec.kind) || (value == std::floor(value) && std::abs(value) <= 2147483647.0);
}

bool read_range(const OptionSpec& spec, const Value& given, std::vector<double>& numbers) {
  if (given.is(Value::Kind::number)) {
    const double v = given.number();
    switch (spec.single) {
      case Single::refused: return false;
      case Single::symmetric: numbers = {std::min(-v, v), std::max(-v, v)}; break;
      case Single::from_low: numbers = {std::min(spec.single_low, v), std::max(spec.single_low, v)}; break;
      case Single::fixed: numbers = {v, v}; break;
      case Single::around_one: numbers = {std::max(0.0, 1 - v), 1 + v}; break;
    }
    if (spec.single == Single::around_one && v < 0) return false;
  } else if (given.is(Value::Kind::list) && given.items().size() == 2) {
    for (const Value& item : given.items()) {
      if (!item.is(Value::Kind::number)) return false;
      numbers.push_back(item.number());
    }
  } else {
    return false;
  }
  return fits(spec, numbers[0]) && fits(spec, numbers[1]) && numbers[0] <= numbers[1];
}

bool read_axes(const OptionSpec& spec, const Value& given, std::vector<double>& numbers) {
  numbers.clear();
  if (!given.is(Value::Kind::map)) {
    if (!read_range(spec, given, numbers)) return false;
    numbers = {numbers[0], numbers[1], numbers[0], numbers[1]};
    return true;
  }
  numbers.assign(spec.fallback.begin(), spec.fallback.end());
  if (given.members().empty()) return false;
  bool seen[2] = {false, false};
  for (const auto& [axis, value] : given.members()) {
    const std::size_t place = axis == "x" ? 0 : 1;
    std::vector<double> one;
    if ((axis != "x" && axis != "y") || seen[place] || !read_range(spec, value, one)) return false;
    seen[place] = true;
    numbers[place * 2] = one[0];
    numbers[place * 2 + 1] = one[1];
  }
  return true;
}

bool read(const OptionSpec& spec, const Value& given, std::vector<double>& numbers) {
  const bool is_number = given.is(Value::Kind::number);
  switch (spec.kind) {
    case OptionKind::value:
    case OptionKind::unused: return true;
    case OptionKind::boolean:
      numbers = {given.boolean() ? 1.0 : 0.0};
      return given.is(Value::Kind::boolean);
    case OptionKind::integer:
    case OptionKind::number:
      numbers = {given.number()};
      return is_number && fits(spec, given.number());
    case OptionKind::choice:
    case OptionKind::interpolation:
    case OptionKind::border: {
      const std::string_view names = names_of(spec);
      if (given.is(Value::Kind::text)) {
        numbers = {static_cast<double>(place_of(names, given.text()))};
        return numbers[0] >= 0;
      }
      numbers = {given.number()};
      return is_number && spec.kind != OptionKind::choice && given.number() == std::floor(given.number()) &&
             given.number() >= 0 && given.number() < words_in(names);
    }
    case OptionKind::range:
    case OptionKind::integer_range: return read_range(spec, given, numbers);
    case OptionKind::axes: return read_axes(spec, given, numbers);
    case OptionKind::fill:
    case OptionKind::numbers:
    case OptionKind::integers: {
      const bool fill = spec.kind == OptionKind::fill;
      if (is_number && (fill || spec.count == 1)) {
        numbers = {given.number()};
      } else if (given.is(Value::Kind::list)) {
        for (const Value& item : given.items()) {
          if (!item.is(Value::Kind::number)) return false;
          numbers.push_back(item.number());
        }
        if (fill ? numbers.empty() : numbers.size() != static_cast<std::size_t>(spec.count)) return false;
      } else {
        return false;
      }
      return std::all_of(numbers.begin(), numbers.end(), [&](double one) { return fits(spec, one); });
    }
  }
  return false;
}

std::size_t stored_numbers(const OptionSpec& spec) {
  switch (spec.kind) {
    case OptionKind::range:
    case OptionKind::integer_range: return 2;
    case OptionKind::axes: return 4;
    case OptionKind::fill:
    case OptionKind::numbers:
    case OptionKind::integers: return static_cast<std::size_t>(spec.count);
    case OptionKind::value:
    case OptionKind::unused: return 0;
    default: return 1;
  }
}

Value numbers_value(std::span<const double> numbers) {
  Value list = Value::list();
  for (const double number : numbers) list.push(number);
  return list;
}

Value value_of(const OptionSpec& spec, std::span<const double> numbers) {
  switch (spec.kind) {
    case OptionKind::boolean: return numbers[0] != 0;
    case OptionKind::choice: return word_at(spec.choices, static_cast<int>(numbers[0]));
    case OptionKind::range:
    case OptionKind::integer_range: return numbers_value(numbers);
    case OptionKind::axes:
      return Value::map({{"x", numbers_value(numbers.subspan(0, 2))}, {"y", numbers_value(numbers.subspan(2, 2))}});
    default: return numbers.size() == 1 ? Value(numbers[0]) : numbers_value(numbers);
  }
}

std::string bounds_text(const OptionSpec& spec, std::string_view each) {
  std::string text;
  if (spec.minimum > -option::unbounded) text += " from " + core::number_text(spec.minimum);
  if (spec.maximum < option::unbounded) text += std::string(spec.minimum > -option::unbounded ? "" : " up") + " to " + core::number_text(spec.maximum);
  return text.empty() ? text : std::string(each) + text;
}

std::string list_names(std::span<const OptionSpec> specs) {
  std::string text = "p";
  for (const OptionSpec& spec : specs) {
    if (spec.kind == OptionKind::unused) continue;
    text += ", " + std::string(spec.name);
    if (spec.required) text += " (required)";
  }
  return text;
}

}  // namespace

std::string describe(const OptionSpec& spec) {
  std::string text;
  switch (spec.kind) {
    case OptionKind::boolean: text = "true or false"; break;
    case OptionKind::integer: text = "a whole number" + bounds_text(spec, ""); break;
    case OptionKind::number: text = "a number" + bounds_text(spec, ""); break;
    case OptionKind::choice:
    case OptionKind::interpolation:
    case OptionKind::border: {
      const std::string_view names = names_of(spec);
      text = "one of ";
      for (int i = 0; i < words_in(names); ++i) {
        if (i != 0) text += ", ";
        if (spec.kind != OptionKind::choice) text += std::to_string(i) + " or ";
        text.append("'").append(word_at(names, i)).append("'");
      }
      break;
    }
    case OptionKind::range:
    case OptionKind::integer_range:
      text = std::string("a range [low, high]") + (whole(spec.kind) ? " of whole numbers" : "");
      if (spec.single == Single::symmetric) text += ", or one number v for [-v, v]";
      if (spec.single == Single::from_low) text += ", or one number v for [" + core::number_text(spec.single_low) + ", v]";
      if (spec.single == Single::fixed) text += ", or one number v for [v, v]";
      if (spec.single == Single::around_one) text += ", or one number v for [max(0, 1 - v), 1 + v]";
      text += bounds_text(spec, ", each");
      break;
    case OptionKind::axes:
      text = "a number, a range [low, high], or {\"x\": …, \"y\": …} of them" + bounds_text(spec, ", each");
      break;
    case OptionKind::numbers:
    case OptionKind::integers:
      text = std::to_string(spec.count) + (whole(spec.kind) ? " whole numbers" : " numbers") + bounds_text(spec, ", each");
      break;
    case OptionKind::fill: text = "a number, or one for each channel" + bounds_text(spec, ", each"); break;
    case OptionKind::value: text = "as the description says"; break;
    case OptionKind::unused: text = "anything"; break;
  }
  if (spec.nullable && spec.kind != OptionKind::unused) text += ", or null";
  return text;
}

Value default_of(const OptionSpec& spec) {
  if (spec.required || spec.absent) return {};
  return value_of(spec, std::span(spec.fallback).first(stored_numbers(spec)));
}

Error option_error(std::string_view owner, std::string_view option, const std::string& what, const std::string& hint) {
  return {ErrorCode::invalid_argument, std::string(owner) + ": '" + std::string(option) + "' " + what, hint};
}

core::Result<Options> parse_options(std::string_view owner, std::span<const OptionSpec> specs, const Value& given) {
  Options parsed;
  parsed.owner_ = owner;
  for (const OptionSpec& spec : specs) {
    Options::Entry entry;
    entry.spec = &spec;
    entry.present = !spec.required && !spec.absent;
    if (entry.present) entry.numbers.assign(spec.fallback.begin(), spec.fallback.begin() + static_cast<std::ptrdiff_t>(stored_numbers(spec)));
    parsed.entries_.push_back(std::move(entry));
  }
  std::vector<char> seen(specs.size(), false);
  for (const auto& [name, value] : given.members()) {
    const auto found = std::find_if(specs.begin(), specs.end(), [&](const OptionSpec& s) { return s.name == name; });
    if (found == specs.end()) {
      return option_error(owner, name, "is not one of its options", "It takes " + list_names(specs) + ".");
    }
    const auto index = static_cast<std::size_t>(found - specs.begin());
    if (seen[index]) return option_error(owner, name, "is given twice", "Leave one of them out.");
    seen[index] = true;
    Options::Entry& entry = parsed.entries_[index];
    entry.present = !value.is(Value::Kind::null);
    entry.raw = value;
    entry.numbers.clear();
    if (entry.present ? !read(*found, value, entry.numbers) : !found->nullable) {
      return option_error(owner, name, "cannot be " + value.shown(),
                          std::string(name) + " is " + describe(*found) + ". " + std::string(found->doc));
    }
  }
  for (std::size_t i = 0; i < specs.size(); ++i) {
    if (specs[i].required && !seen[i]) {
      return option_error(owner, specs[i].name, "is missing",
                          std::string(specs[i].name) + " is " + describe(specs[i]) + ". " + std::string(specs[i].doc));
    }
  }
  return parsed;
}

const Options::Entry& Options::entry(std::string_view name) const {
  const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.spec->name == name; });
  assert(found != entries_.end());
  return *found;
}

bool Options::has(std::string_view name) const { return entry(name).present; }

double Options::number(std::string_view name) const {
  const Entry& found = entry(name);
  assert(!found.numbers.empty());
  return found.numbers[0];
}

bool Options::boolean(std::string_view name) const { return number(name) != 0; }
int Options::integer(std::string_view name) const { return static_cast<int>(number(name)); }
int Options::choice(std::string_view name) const { return static_cast<int>(number(name)); }

Range Options::range(std::string_view name) const {
  const Entry& found = entry(name);
  assert(found.numbers.size() == 2);
  return {found.numbers[0], found.numbers[1]};
}

std::span<const double> Options::numbers(std::string_view name) const { return entry(name).numbers; }

const Value& Options::value(std::string_view name) const { return entry(name).raw; }

void Options::clear(std::string_view name) {
  for (Entry& e : entries_) {
    if (e.spec->name == name) e.present = false;
  }
}

Value Options::to_value() const {
  Value map = Value::map();
  for (const Entry& e : entries_) {
    if (e.spec->kind == OptionKind::unused) continue;
    if (e.spec->kind == OptionKind::value) {
      map.set(e.spec->name, e.raw);
    } else {
      map.set(e.spec->name, e.present ? value_of(*e.spec, e.numbers) : Value());
    }
  }
  return map;
}

}  // namespace striate::augment

#include "striate/core/options.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstdio>

namespace striate::core {
namespace {

bool is_list(OptionKind kind) { return kind == OptionKind::list || kind == OptionKind::numbers; }

std::string list_names(std::span<const OptionSpec> specs) {
  std::string text;
  for (const OptionSpec& spec : specs) {
    if (!text.empty()) text += ", ";
    text += spec.name;
    if (spec.required) text += " (required)";
  }
  return text.empty() ? "it takes no options" : "it takes " + text;
}

std::string show(const OptionValue& value) {
  if (const auto* number = std::get_if<double>(&value)) return number_text(*number);
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (const auto* text = std::get_if<std::string>(&value)) return "'" + *text + "'";
  std::string text = "[";
  for (const double number : *std::get_if<std::vector<double>>(&value)) {
    if (text.size() > 1) text += ", ";
    text += number_text(number);
  }
  return text + "]";
}

std::string range_text(const OptionSpec& spec) {
  constexpr double unbounded = std::numeric_limits<double>::max();
  std::string text;
  if (spec.minimum > -unbounded) text += " from " + number_text(spec.minimum);
  if (spec.maximum < unbounded) text += " to " + number_text(spec.maximum);
  return text;
}

std::string expectation(const OptionSpec& spec) {
  std::string text = std::string(spec.name) + " is " + to_string(spec.kind) + range_text(spec);
  for (std::size_t i = 0; i < spec.choices.size(); ++i) {
    text += (i == 0 ? ": '" : " or '") + std::string(spec.choices[i]) + "'";
  }
  if (!spec.doc.empty()) text += ". " + std::string(spec.doc);
  return text;
}

bool number_fits(const OptionSpec& spec, double value) {
  if (!std::isfinite(value) || value < spec.minimum || value > spec.maximum) return false;
  if (spec.kind == OptionKind::number || spec.kind == OptionKind::numbers) return true;
  const double most = spec.kind == OptionKind::list ? 9007199254740992.0 : 2147483647.0;
  return value == std::floor(value) && std::abs(value) <= most;
}

// Spreads 1, 2 or 4 numbers over the kind's places; false when there are too many or too few.
bool spread(OptionKind kind, std::span<const double> given, std::array<double, 4>& places) {
  const std::size_t n = given.size();
  if (n == 1) {
    places.fill(given[0]);
    return true;
  }
  if (kind == OptionKind::pair && n == 2) {
    places = {given[0], given[1], 0, 0};
    return true;
  }
  if (kind == OptionKind::sides && n == 2) {
    places = {given[0], given[0], given[1], given[1]};
    return true;
  }
  if (kind == OptionKind::sides && n == 4) {
    std::copy(given.begin(), given.end(), places.begin());
    return true;
  }
  return false;
}

// Reads `value` into the place of its kind; false when it is not of the spec's kind or out of its range.
bool read(const OptionSpec& spec, const OptionValue& value, std::array<double, 4>& numbers, std::vector<double>& list_values,
          std::string& text) {
  switch (spec.kind) {
    case OptionKind::boolean: {
      const auto* flag = std::get_if<bool>(&value);
      if (flag != nullptr) numbers[0] = *flag ? 1 : 0;
      return flag != nullptr;
    }
    case OptionKind::text: {
      const auto* given = std::get_if<std::string>(&value);
      if (given == nullptr) return false;
      text = *given;
      return spec.choices.empty() || std::find(spec.choices.begin(), spec.choices.end(), text) != spec.choices.end();
    }
    case OptionKind::integer:
    case OptionKind::number: {
      const auto* number = std::get_if<double>(&value);
      if (number == nullptr || !number_fits(spec, *number)) return false;
      numbers[0] = *number;
      return true;
    }
    case OptionKind::pair:
    case OptionKind::sides: {
      const auto* number = std::get_if<double>(&value);
      const auto* list = std::get_if<std::vector<double>>(&value);
      if (number == nullptr && list == nullptr) return false;
      const std::span<const double> given = number != nullptr ? std::span(number, 1) : std::span(*list);
      return (number != nullptr || list->size() > 1) && spread(spec.kind, given, numbers) &&
             std::all_of(given.begin(), given.end(), [&](double one) { return number_fits(spec, one); });
    }
    case OptionKind::numbers:
    case OptionKind::list: {
      const auto* given = std::get_if<std::vector<double>>(&value);
      if (given == nullptr || given->empty()) return false;
      list_values = *given;
      return std::all_of(given->begin(), given->end(), [&](double one) { return number_fits(spec, one); });
    }
  }
  return false;
}

}  // namespace

const char* to_string(OptionKind kind) {
  switch (kind) {
    case OptionKind::integer: return "a whole number";
    case OptionKind::number: return "a number";
    case OptionKind::boolean: return "true or false";
    case OptionKind::text: return "a text";
    case OptionKind::pair: return "a whole number or [height, width], each";
    case OptionKind::sides: return "a whole number, [height, width] or [top, bottom, left, right], each";
    case OptionKind::list: return "a list of whole numbers, each";
    case OptionKind::numbers: return "a list of numbers, each";
  }
  return "";
}

std::string number_text(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.9g", value);
  return text;
}

Result<ParsedOptions> parse_options(std::string_view owner, std::span<const OptionSpec> specs, const Options& options) {
  ParsedOptions parsed;
  for (const OptionSpec& spec : specs) {
    ParsedOptions::Entry entry;
    entry.name = spec.name;
    entry.kind = spec.kind;
    entry.text = spec.text_fallback;
    entry.present = !spec.required && !is_list(spec.kind) && !std::isnan(spec.fallback);
    if (entry.present) entry.numbers.fill(spec.fallback);
    parsed.entries_.push_back(std::move(entry));
  }
  std::vector<char> given(specs.size(), false);  // of bool it would be two kilobytes more in a module that is downloaded
  for (const Option& option : options) {
    const auto found = std::find_if(specs.begin(), specs.end(), [&](const OptionSpec& s) { return s.name == option.name; });
    if (found == specs.end()) {
      return Error{ErrorCode::invalid_argument, std::string(owner) + " has no option '" + option.name + "'",
                   "Check the spelling: " + list_names(specs) + "."};
    }
    const auto index = static_cast<std::size_t>(found - specs.begin());
    if (given[index]) {
      return Error{ErrorCode::invalid_argument, std::string(owner) + " gives option '" + option.name + "' twice",
                   "Leave one of them out."};
    }
    given[index] = true;
    auto& entry = parsed.entries_[index];
    entry.present = true;
    if (!read(*found, option.value, entry.numbers, entry.list, entry.text)) {
      return Error{ErrorCode::invalid_argument,
                   std::string(owner) + ": option '" + option.name + "' cannot be " + show(option.value),
                   expectation(*found) + (found->doc.empty() ? "." : "")};
    }
  }
  for (std::size_t i = 0; i < specs.size(); ++i) {
    if (specs[i].required && !given[i]) {
      return Error{ErrorCode::invalid_argument,
                   std::string(owner) + " lacks its option '" + std::string(specs[i].name) + "'",
                   expectation(specs[i]) + (specs[i].doc.empty() ? "." : "")};
    }
  }
  return parsed;
}

const ParsedOptions::Entry& ParsedOptions::entry(std::string_view name, [[maybe_unused]] OptionKind kind) const {
  const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.name == name; });
  assert(found != entries_.end() && found->kind == kind);
  return *found;
}

bool ParsedOptions::has(std::string_view name) const {
  return std::any_of(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.name == name && e.present; });
}

int ParsedOptions::integer(std::string_view name) const {
  return static_cast<int>(entry(name, OptionKind::integer).numbers[0]);
}

double ParsedOptions::number(std::string_view name) const { return entry(name, OptionKind::number).numbers[0]; }

bool ParsedOptions::boolean(std::string_view name) const { return entry(name, OptionKind::boolean).numbers[0] != 0; }

const std::string& ParsedOptions::text(std::string_view name) const { return entry(name, OptionKind::text).text; }

std::array<int, 2> ParsedOptions::pair(std::string_view name) const {
  const auto& numbers = entry(name, OptionKind::pair).numbers;
  return {static_cast<int>(numbers[0]), static_cast<int>(numbers[1])};
}

std::array<int, 4> ParsedOptions::sides(std::string_view name) const {
  const auto& numbers = entry(name, OptionKind::sides).numbers;
  return {static_cast<int>(numbers[0]), static_cast<int>(numbers[1]), static_cast<int>(numbers[2]),
          static_cast<int>(numbers[3])};
}

const std::vector<double>& ParsedOptions::list(std::string_view name) const {
  const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.name == name; });
  assert(found != entries_.end() && is_list(found->kind));
  return found->list;
}

OptionValue ParsedOptions::Entry::shortest() const {
  const auto& n = numbers;
  switch (kind) {
    case OptionKind::boolean: return n[0] != 0;
    case OptionKind::text: return text;
    case OptionKind::pair:
      if (n[0] == n[1]) return n[0];
      return std::vector<double>{n[0], n[1]};
    case OptionKind::sides:
      if (n[0] != n[1] || n[2] != n[3]) return std::vector<double>{n[0], n[1], n[2], n[3]};
      if (n[0] == n[2]) return n[0];
      return std::vector<double>{n[0], n[2]};
    case OptionKind::list:
    case OptionKind::numbers: return list;
    default: return n[0];
  }
}

Options ParsedOptions::all() const {
  Options options;
  for (const Entry& e : entries_) {
    if (e.present) options.push_back({std::string(e.name), e.shortest()});
  }
  return options;
}

}  // namespace striate::core

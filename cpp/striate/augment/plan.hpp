// Plan: what will be done to one image: a list of steps, each with the parameters drawn for it.
//
// Drawing and applying are apart. A plan is drawn from the image's shape and a key (seed, epoch, sample) alone, without
// a look at its pixels; it can be applied, written into a log, and read back from one. Fields of random noise are not
// kept: a step keeps the 32-bit seed that they grow from.
#pragma once

#include "striate/augment/value.hpp"
#include "striate/core/shape.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace striate::augment {

class Transform;

// One drawn parameter: a number, or a list of them. Names have static storage, or live in the log that was read.
struct DrawnField {
  std::string_view name;
  std::uint32_t first = 0, count = 0;  // its place among the plan's values
  bool list = false;
};

struct Step {
  const Transform* transform = nullptr;
  int node = 0;  // place of the transform in its policy, counted in reading order
  std::uint32_t first_field = 0, fields = 0;
  core::Shape in, out;
};

// The parameters of one step. Everything that is used as a size or an index is read through integer(), which keeps it
// in bounds whatever a replayed log says.
class Parameters {
 public:
  Parameters(std::span<const DrawnField> fields, const double* values) : fields_(fields), values_(values) {}

  bool has(std::string_view name) const { return find(name) != nullptr; }
  double number(std::string_view name) const;  // 0 when absent, and then missing() names it
  int integer(std::string_view name, int low, int high) const;
  std::uint32_t seed(std::string_view name = "seed") const;
  std::span<const double> list(std::string_view name) const;

  std::span<const DrawnField> fields() const { return fields_; }
  const double* values() const { return values_; }
  // The first parameter that was asked for and is not there; empty when all were. Only a log from elsewhere lacks one.
  std::string_view missing() const { return missing_; }

 private:
  const DrawnField* find(std::string_view name) const;

  std::span<const DrawnField> fields_;
  const double* values_;
  mutable std::string_view missing_;
};

// low ≤ value ≤ high as an int, rounded towards zero; `low` for what is not a number.
inline int bounded(double value, int low, int high) {
  if (!(value > low)) return low;
  return value < high ? static_cast<int>(value) : high;
}

class Plan {
 public:
  void clear();

  // Drawing: begin, put…, end.
  void begin_step(const Transform* transform, int node, const core::Shape& in);
  void put(std::string_view name, double value);
  void put_list(std::string_view name, std::span<const double> values);
  void end_step(const core::Shape& out);

  std::span<const Step> steps() const { return steps_; }
  Parameters parameters(const Step& step) const {
    return {std::span(fields_).subspan(step.first_field, step.fields), values_.data()};
  }

  // [{"transform": "Rotate", "node": 2, "parameters": {"angle": 12.5}}, …]
  Value log() const;

 private:
  std::vector<double> values_;
  std::vector<DrawnField> fields_;
  std::vector<Step> steps_;
};

}  // namespace striate::augment

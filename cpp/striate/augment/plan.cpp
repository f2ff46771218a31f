#include "striate/augment/plan.hpp"

#include "striate/augment/transform.hpp"

#include <cassert>

namespace striate::augment {

const DrawnField* Parameters::find(std::string_view name) const {
  for (const DrawnField& field : fields_) {
    if (field.name == name) return &field;
  }
  return nullptr;
}

double Parameters::number(std::string_view name) const {
  const DrawnField* field = find(name);
  if (field != nullptr && field->count == 1) return values_[field->first];
  if (missing_.empty()) missing_ = name;
  return 0;
}

int Parameters::integer(std::string_view name, int low, int high) const { return bounded(number(name), low, high); }

std::uint32_t Parameters::seed(std::string_view name) const {
  const double value = number(name);
  return value > 0 && value <= 4294967295.0 ? static_cast<std::uint32_t>(value) : 0;
}

std::span<const double> Parameters::list(std::string_view name) const {
  const DrawnField* field = find(name);
  if (field == nullptr) {
    if (missing_.empty()) missing_ = name;
    return {};
  }
  return {values_ + field->first, field->count};
}

void Plan::clear() {
  values_.clear();
  fields_.clear();
  steps_.clear();
}

void Plan::begin_step(const Transform* transform, int node, const core::Shape& in) {
  steps_.push_back({transform, node, static_cast<std::uint32_t>(fields_.size()), 0, in, in});
}

void Plan::put(std::string_view name, double value) {
  fields_.push_back({name, static_cast<std::uint32_t>(values_.size()), 1, false});
  values_.push_back(value);
}

void Plan::put_list(std::string_view name, std::span<const double> values) {
  fields_.push_back({name, static_cast<std::uint32_t>(values_.size()), static_cast<std::uint32_t>(values.size()), true});
  values_.insert(values_.end(), values.begin(), values.end());
}

void Plan::end_step(const core::Shape& out) {
  assert(!steps_.empty());
  steps_.back().fields = static_cast<std::uint32_t>(fields_.size()) - steps_.back().first_field;
  steps_.back().out = out;
}

Value Plan::log() const {
  Value steps = Value::list();
  for (const Step& step : steps_) {
    Value drawn = Value::map();
    for (const DrawnField& field : parameters(step).fields()) {
      if (!field.list) {
        drawn.set(field.name, values_[field.first]);
        continue;
      }
      Value list = Value::list();
      for (std::uint32_t i = 0; i < field.count; ++i) list.push(values_[field.first + i]);
      drawn.set(field.name, std::move(list));
    }
    steps.push(Value::map({{"transform", Value(step.transform->name())}, {"node", step.node}, {"parameters", std::move(drawn)}}));
  }
  return steps;
}

}  // namespace striate::augment

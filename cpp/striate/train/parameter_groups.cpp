#include "striate/train/parameter_groups.hpp"

#include "striate/core/options.hpp"
#include "striate/core/text.hpp"

#include <cmath>
#include <string_view>

namespace striate::train {
namespace {

using core::Error;
using core::ErrorCode;

bool fits(std::string_view name, std::string_view parameter) {
  if (name == parameter) return true;
  if (name.starts_with("*.")) return parameter.ends_with(name.substr(1));
  return parameter.size() > name.size() && parameter.starts_with(name) &&
         parameter.find_last_of('.') == name.size();
}

bool in_range(double value) { return std::isfinite(value) && value >= 0 && value <= 1e30; }

}  // namespace

core::Result<std::vector<ParameterSettings>> resolve_groups(std::span<const ParameterGroup> groups,
                                                            const graph::ParamStore& store) {
  const std::span<const graph::Parameter> parameters = store.parameters();
  std::vector<ParameterSettings> settings(parameters.size());
  std::vector<char> taken(parameters.size());
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    settings[i].learning_rate = static_cast<double>(parameters[i].rate);
  }
  for (std::size_t g = 0; g < groups.size(); ++g) {
    const ParameterGroup& group = groups[g];
    if (!in_range(group.learning_rate) || !in_range(group.weight_decay.value_or(0))) {
      return Error{ErrorCode::invalid_argument,
                   core::text("parameter group ", g + 1, ": learning rate ", group.learning_rate, ", weight decay ",
                              group.weight_decay.value_or(0)),
                   "Both are finite numbers from 0; the learning rate is a factor."};
    }
    std::vector<char> mine(parameters.size());
    for (const std::string& name : group.names) {
      bool found = false;
      for (std::size_t i = 0; i < parameters.size(); ++i) {
        if (!fits(name, parameters[i].name)) continue;
        found = true;
        mine[i] = true;
      }
      if (found) continue;
      return Error{ErrorCode::not_found, core::text("parameter group ", g + 1, ": no parameter fits '", name, "'"),
                   "Name a layer (conv1), a parameter (conv1.weight) or all of a kind (*.bias)."};
    }
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      if (!mine[i]) continue;
      if (taken[i]) {
        return Error{ErrorCode::invalid_argument, core::text("parameter '", parameters[i].name, "' is in two groups"),
                     "Name it in one of them."};
      }
      taken[i] = true;
      settings[i].learning_rate *= group.learning_rate;
      settings[i].weight_decay = group.weight_decay.value_or(-1);
    }
  }
  return settings;
}

}  // namespace striate::train

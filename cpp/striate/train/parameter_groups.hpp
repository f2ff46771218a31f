// Parameter groups: learning rate and weight decay of their own for some of a network's parameters.
//
// A name is a layer ("conv1"), a parameter ("conv1.weight") or all parameters of a kind ("*.bias"). What no group names
// has the optimizer's settings. Factors multiply: schedule · ParamStore's factor · group's factor.
// Errors: not_found for a name that fits nothing; invalid_argument for a parameter in two groups, a number out of range.
// Source: torch.optim's param_groups.
#pragma once

#include "striate/core/result.hpp"
#include "striate/graph/param_store.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace striate::train {

struct ParameterGroup {
  std::vector<std::string> names;
  double learning_rate = 1;                    // factor
  std::optional<double> weight_decay = {};     // replaces the optimizer's
};

// What holds for one parameter.
struct ParameterSettings {
  double learning_rate = 1;   // factor, the store's included
  double weight_decay = -1;   // < 0: the optimizer's
};

core::Result<std::vector<ParameterSettings>> resolve_groups(std::span<const ParameterGroup> groups,
                                                            const graph::ParamStore& store);

}  // namespace striate::train

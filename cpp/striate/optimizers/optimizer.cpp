#include "striate/optimizers/optimizer.hpp"

#include "striate/optimizers/adam.hpp"
#include "striate/optimizers/rmsprop.hpp"
#include "striate/optimizers/sgd.hpp"

#include <string>

namespace striate::optimizers {

std::span<const OptimizerType> optimizer_types() {
  // A new optimizer is one line here.
  static const OptimizerType types[] = {sgd_type(), adam_type(), adamw_type(), rmsprop_type()};
  return types;
}

core::Result<std::unique_ptr<Optimizer>> make_optimizer(const core::TypedOptions& options) {
  std::string known;
  for (const OptimizerType& type : optimizer_types()) {
    known += (known.empty() ? "" : ", ") + std::string(type.name);
    if (type.name != options.type) continue;
    STRIATE_TRY(parsed, core::parse_options("optimizer '" + options.type + "'", type.options, options.options));
    return type.make(parsed);
  }
  return core::Error{core::ErrorCode::invalid_argument, "there is no optimizer '" + options.type + "'",
                     "Optimizers are " + known + "."};
}

}  // namespace striate::optimizers

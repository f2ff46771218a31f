#include "striate/losses/loss.hpp"

#include "striate/losses/cross_entropy.hpp"
#include "striate/losses/other_losses.hpp"

#include <string>

namespace striate::losses {

std::span<const LossType> loss_types() {
  // A new loss is one line here.
  static const LossType types[] = {cross_entropy_type(), focal_type(), mean_squared_type(), radial_basis_type()};
  return types;
}

core::Result<std::unique_ptr<Loss>> make_loss(const core::TypedOptions& options, int classes) {
  const std::string wanted = options.type.empty() ? "crossEntropy" : options.type;
  std::string known;
  for (const LossType& type : loss_types()) {
    known += (known.empty() ? "" : ", ") + std::string(type.name);
    if (type.name != wanted) continue;
    STRIATE_TRY(parsed, core::parse_options("loss '" + wanted + "'", type.options, options.options));
    return type.make(parsed, classes);
  }
  return core::Error{core::ErrorCode::invalid_argument, "there is no loss '" + wanted + "'", "Losses are " + known + "."};
}

}  // namespace striate::losses

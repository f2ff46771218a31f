// focal, meanSquared and radialBasis: loss.hpp has the formulas.
#pragma once

#include "striate/losses/loss.hpp"

namespace striate::losses {

const LossType& focal_type();
const LossType& mean_squared_type();
const LossType& radial_basis_type();

}  // namespace striate::losses

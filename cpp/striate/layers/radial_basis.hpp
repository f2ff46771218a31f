// radialBasis: LeNet-98's output layer. y_o = −Σ_i (x_i − w_{o,i})²: how near the features are to the code of each class. The
// paper's output is the distance itself; its sign is turned here, so that the largest output is the class, as everywhere.
//
// {F, 1, 1} → {outFeatures, 1, 1}. With codes 'digits' (F = 84, ten classes) the codes are ±1 pictures of the digits, 7×12
// pixels, and fixed: no trainable parameter, as in the paper. Otherwise they start at random ±1 and may be trained.
// Source: LeCun, Bottou, Bengio, Haffner 1998, section II.B.
#pragma once

#include "striate/layers/registry.hpp"

namespace striate::layers {

const LayerType& radial_basis_type();

}  // namespace striate::layers

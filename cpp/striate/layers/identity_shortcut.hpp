// identityShortcut: the shortcut of ResNet where the size changes, without parameters (He et al. 2015, option A): every
// stride-th pixel is kept, and channels of zeros are added, half before and half behind.
//
//   {C, H, W} → {outChannels, ⌈H/S⌉, ⌈W/S⌉},  outChannels ≥ C
#pragma once

#include "striate/layers/registry.hpp"

namespace striate::layers {

const LayerType& identity_shortcut_type();

}  // namespace striate::layers

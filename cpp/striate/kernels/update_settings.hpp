// The numbers of one optimizer step, as the update kernels take them (impl/update.hpp has the formulas).
#pragma once

namespace striate::kernels {

struct SgdSettings {
  float rate = 0, momentum = 0, dampening = 0, weight_decay = 0;
  bool nesterov = false;
  bool first_step = false;  // the velocity is zero, and becomes g itself: dampening does not count yet
};

struct AdamSettings {
  float rate = 0, beta1 = 0.9f, beta2 = 0.999f, epsilon = 1e-8f, weight_decay = 0;
  bool decoupled = false;      // AdamW
  float correction1 = 1;       // 1 − β₁ᵗ
  float root_correction2 = 1;  // √(1 − β₂ᵗ)
};

struct RmspropSettings {
  float rate = 0, alpha = 0.99f, epsilon = 1e-8f, weight_decay = 0, momentum = 0;
  bool centered = false;
};

}  // namespace striate::kernels

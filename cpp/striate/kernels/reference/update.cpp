// The optimizers' steps as PyTorch documents them.
#include "striate/kernels/reference/reference.hpp"

#include <cmath>

namespace striate::kernels::reference {

void sgd_update(Values& parameter, const Values& gradient, Values& velocity, const SgdSettings& s) {
  for (std::size_t i = 0; i < parameter.size(); ++i) {
    const double g = gradient[i] + static_cast<double>(s.weight_decay) * parameter[i];
    velocity[i] = s.first_step ? g : static_cast<double>(s.momentum) * velocity[i] + (1.0 - static_cast<double>(s.dampening)) * g;
    parameter[i] -= static_cast<double>(s.rate) * (s.nesterov ? g + static_cast<double>(s.momentum) * velocity[i] : velocity[i]);
  }
}

void adam_update(Values& parameter, const Values& gradient, Values& first_moment, Values& second_moment, int step,
                 const AdamSettings& s) {
  const double beta1 = s.beta1, beta2 = s.beta2, rate = s.rate, decay = s.weight_decay;
  const double correction1 = 1 - std::pow(beta1, step), correction2 = 1 - std::pow(beta2, step);
  for (std::size_t i = 0; i < parameter.size(); ++i) {
    double g = gradient[i];
    if (s.decoupled) {
      parameter[i] *= 1 - rate * decay;
    } else {
      g += decay * parameter[i];
    }
    first_moment[i] = beta1 * first_moment[i] + (1 - beta1) * g;
    second_moment[i] = beta2 * second_moment[i] + (1 - beta2) * g * g;
    const double denominator = std::sqrt(second_moment[i] / correction2) + static_cast<double>(s.epsilon);
    parameter[i] -= rate * (first_moment[i] / correction1) / denominator;
  }
}

void rmsprop_update(Values& parameter, const Values& gradient, Values& square, Values& mean, Values& velocity,
                    const RmspropSettings& s) {
  const double alpha = s.alpha;
  for (std::size_t i = 0; i < parameter.size(); ++i) {
    const double g = gradient[i] + static_cast<double>(s.weight_decay) * parameter[i];
    square[i] = alpha * square[i] + (1 - alpha) * g * g;
    double spread = square[i];
    if (s.centered) {
      mean[i] = alpha * mean[i] + (1 - alpha) * g;
      spread -= mean[i] * mean[i];
    }
    velocity[i] = static_cast<double>(s.momentum) * velocity[i] + g / (std::sqrt(spread) + static_cast<double>(s.epsilon));
    parameter[i] -= static_cast<double>(s.rate) * velocity[i];
  }
}

}  // namespace striate::kernels::reference

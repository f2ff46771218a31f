// The optimizers' arithmetic: one pass over each parameter, its gradient and its state.
//
// SGD (torch.optim.SGD): g ← gradient + weight_decay·w;  v ← momentum·v + g;  w ← w − rate·v.
// The old weights are kept in `previous` in the same pass, so that a step that leaves the finite numbers can be undone.
#pragma once

#include "striate/kernels/impl/simd.hpp"

#include <cmath>
#include <cstddef>

namespace striate::kernels::impl {

template <class Arch>
bool sgd_update(float* parameter, const float* gradient, float* velocity, float* previous, std::size_t count, float rate,
                float momentum, float weight_decay) {
  constexpr std::size_t width = width_of<Arch>;
  const Vector<Arch> minus_rate(-rate), mu(momentum), decay(weight_decay);
  // w·0 is zero for finite w and NaN for the rest: one accumulator answers for all of them.
  Vector<Arch> check(0.0f);
  const auto step = [&](const Vector<Arch>& w, const Vector<Arch>& g, const Vector<Arch>& v, Vector<Arch>& next_v) {
    next_v = madd<Arch>(mu, v, madd<Arch>(decay, w, g));
    return madd<Arch>(minus_rate, next_v, w);
  };
  std::size_t i = 0;
  for (; i + width <= count; i += width) {
    const auto w = load<Arch>(parameter + i);
    Vector<Arch> next_v;
    const auto next_w = step(w, load<Arch>(gradient + i), load<Arch>(velocity + i), next_v);
    w.store_unaligned(previous + i);
    next_v.store_unaligned(velocity + i);
    next_w.store_unaligned(parameter + i);
    check = madd<Arch>(next_w, Vector<Arch>(0.0f), check);
  }
  bool finite = sum_lanes<Arch>(check) == 0.0f;
  for (; i < count; ++i) {
    Vector<Arch> next_v;
    const auto next_w = step(Vector<Arch>(parameter[i]), Vector<Arch>(gradient[i]), Vector<Arch>(velocity[i]), next_v);
    previous[i] = parameter[i];
    velocity[i] = next_v.get(0);
    parameter[i] = next_w.get(0);
    finite = finite && std::isfinite(parameter[i]);
  }
  return finite;
}

}  // namespace striate::kernels::impl

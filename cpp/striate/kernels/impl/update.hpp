// The optimizers' arithmetic: one pass over each parameter, its gradient and its state.
//
//   SGD      g ← g + λw;  v ← μv + (1 − τ)g;  w ← w − r·(nesterov ? g + μv : v)          torch.optim.SGD
//            (the first step's v is g itself, whatever the dampening τ)
//   Adam     g ← g + λw;  m ← β₁m + (1 − β₁)g;  s ← β₂s + (1 − β₂)g²;
//            w ← w − r/c₁ · m/(√s/√c₂ + ε),  c = 1 − βᵗ                                   torch.optim.Adam
//   AdamW    w ← w − rλw first, then Adam with λ = 0                                      torch.optim.AdamW
//   RMSprop  g ← g + λw;  s ← αs + (1 − α)g²;  a = centered ? √(s − ḡ²) + ε : √s + ε;
//            v ← μv + g/a;  w ← w − r·v  (μ = 0: w ← w − r·g/a)                           torch.optim.RMSprop
//
// State below 1e-30 becomes zero: where a gradient has died, momentum would otherwise fade into denormal numbers, on which
// processors are a hundred times slower (a tenth of a LeNet step after 800 steps, measured).
//
// The old weights are kept in `previous` in the same pass, so that a step that leaves the finite numbers can be undone;
// each update returns whether all new weights are finite.
#pragma once

#include "striate/kernels/impl/simd.hpp"
#include "striate/kernels/update_settings.hpp"

#include <cstddef>

namespace striate::kernels::impl {

template <class Arch>
inline Vector<Arch> without_denormals(const Vector<Arch>& state) {
  return xsimd::select(xsimd::abs(state) < Vector<Arch>(1e-30f), Vector<Arch>(0.0f), state);
}

// Runs step(old w, g, states), which returns the new w and changes the states, over `count` values; the last few, which
// fill no vector, go through a vector of their own, so that they are rounded like the rest.
template <class Arch, int States, class Step>
inline bool update_each(float* parameter, const float* gradient, float* const (&state)[States], float* previous,
                        std::size_t count, Step&& step) {
  constexpr std::size_t width = width_of<Arch>;
  // w·0 is zero for finite w and NaN for the rest: one accumulator answers for all of them.
  Vector<Arch> check(0.0f);
  std::size_t i = 0;
  for (; i + width <= count; i += width) {
    Vector<Arch> s[States];
    for (int k = 0; k < States; ++k) s[k] = load<Arch>(state[k] + i);
    const auto w = load<Arch>(parameter + i);
    const auto next = step(w, load<Arch>(gradient + i), s);
    w.store_unaligned(previous + i);
    for (int k = 0; k < States; ++k) without_denormals<Arch>(s[k]).store_unaligned(state[k] + i);
    next.store_unaligned(parameter + i);
    check = madd<Arch>(next, Vector<Arch>(0.0f), check);
  }
  if (i < count) {
    float w[width] = {}, g[width] = {}, rest[States][width] = {};
    const std::size_t left = count - i;
    for (std::size_t j = 0; j < left; ++j) {
      w[j] = parameter[i + j];
      g[j] = gradient[i + j];
      for (int k = 0; k < States; ++k) rest[k][j] = state[k][i + j];
    }
    Vector<Arch> s[States];
    for (int k = 0; k < States; ++k) s[k] = load<Arch>(rest[k]);
    const auto next = step(load<Arch>(w), load<Arch>(g), s);
    float result[width];
    next.store_unaligned(result);
    for (int k = 0; k < States; ++k) without_denormals<Arch>(s[k]).store_unaligned(rest[k]);
    for (std::size_t j = left; j < width; ++j) result[j] = 0.0f;
    check = madd<Arch>(load<Arch>(result), Vector<Arch>(0.0f), check);
    for (std::size_t j = 0; j < left; ++j) {
      previous[i + j] = w[j];
      parameter[i + j] = result[j];
      for (int k = 0; k < States; ++k) state[k][i + j] = rest[k][j];
    }
  }
  return sum_lanes<Arch>(check) == 0.0f;
}

template <class Arch>
bool sgd_update(float* parameter, const float* gradient, float* velocity, float* previous, std::size_t count,
                const SgdSettings& settings) {
  using V = Vector<Arch>;
  const V minus_rate(-settings.rate), mu(settings.momentum), decay(settings.weight_decay);
  const V share(settings.first_step ? 1.0f : 1.0f - settings.dampening);
  const bool nesterov = settings.nesterov;
  return update_each<Arch, 1>(parameter, gradient, {velocity}, previous, count, [=](const V& w, const V& g0, V (&v)[1]) {
    const V g = madd<Arch>(decay, w, g0);
    v[0] = madd<Arch>(mu, v[0], g * share);
    return madd<Arch>(minus_rate, nesterov ? madd<Arch>(mu, v[0], g) : v[0], w);
  });
}

template <class Arch>
bool adam_update(float* parameter, const float* gradient, float* first_moment, float* second_moment, float* previous,
                 std::size_t count, const AdamSettings& settings) {
  using V = Vector<Arch>;
  const V coupled(settings.decoupled ? 0.0f : settings.weight_decay);
  const V shrink(settings.decoupled ? 1.0f - settings.rate * settings.weight_decay : 1.0f);
  const V keep1(settings.beta1), take1(1.0f - settings.beta1), keep2(settings.beta2), take2(1.0f - settings.beta2);
  const V minus_step(-settings.rate / settings.correction1), root_correction(settings.root_correction2), epsilon(settings.epsilon);
  return update_each<Arch, 2>(parameter, gradient, {first_moment, second_moment}, previous, count,
                              [=](const V& w0, const V& g0, V (&s)[2]) {
    const V w = w0 * shrink;
    const V g = madd<Arch>(coupled, w, g0);
    s[0] = madd<Arch>(keep1, s[0], take1 * g);
    s[1] = madd<Arch>(keep2, s[1], take2 * g * g);
    return madd<Arch>(minus_step, s[0] / (xsimd::sqrt(s[1]) / root_correction + epsilon), w);
  });
}

template <class Arch>
bool rmsprop_update(float* parameter, const float* gradient, float* square, float* mean, float* velocity, float* previous,
                    std::size_t count, const RmspropSettings& settings) {
  using V = Vector<Arch>;
  const V decay(settings.weight_decay), keep(settings.alpha), take(1.0f - settings.alpha), epsilon(settings.epsilon),
      mu(settings.momentum), minus_rate(-settings.rate), zero(0.0f);
  const bool centered = settings.centered;
  return update_each<Arch, 3>(parameter, gradient, {square, mean, velocity}, previous, count,
                              [=](const V& w, const V& g0, V (&s)[3]) {
    const V g = madd<Arch>(decay, w, g0);
    s[0] = madd<Arch>(keep, s[0], take * g * g);
    V spread = s[0];
    if (centered) {
      s[1] = madd<Arch>(keep, s[1], take * g);
      spread = xsimd::max(s[0] - s[1] * s[1], zero);
    }
    s[2] = madd<Arch>(mu, s[2], g / (xsimd::sqrt(spread) + epsilon));
    return madd<Arch>(minus_rate, s[2], w);
  });
}

// Σ x², rows of 1,024 summed in float lanes and then in double: for the norm of a gradient.
template <class Arch>
double sum_of_squares(const float* values, std::size_t count) {
  constexpr std::size_t width = width_of<Arch>, chunk = 1024;
  double total = 0;
  for (std::size_t from = 0; from < count; from += chunk) {
    const std::size_t until = from + chunk < count ? from + chunk : count;
    Vector<Arch> sum(0.0f);
    std::size_t i = from;
    for (; i + width <= until; i += width) {
      const auto x = load<Arch>(values + i);
      sum = madd<Arch>(x, x, sum);
    }
    total += sum_lanes<Arch>(sum);
    for (; i < until; ++i) total += static_cast<double>(values[i]) * values[i];
  }
  return total;
}

// values ← values·factor.
template <class Arch>
void scale(float* values, std::size_t count, float factor) {
  constexpr std::size_t width = width_of<Arch>;
  std::size_t i = 0;
  for (; i + width <= count; i += width) (load<Arch>(values + i) * Vector<Arch>(factor)).store_unaligned(values + i);
  for (; i < count; ++i) values[i] *= factor;
}

// values ← min(max(values, −limit), limit); NaN stays.
template <class Arch>
void clamp(float* values, std::size_t count, float limit) {
  for (std::size_t i = 0; i < count; ++i) values[i] = values[i] > limit ? limit : values[i] < -limit ? -limit : values[i];
}

// average ← keep·average + (1 − keep)·values: the exponential moving average of weights.
template <class Arch>
void moving_average(float* average, const float* values, std::size_t count, float keep) {
  constexpr std::size_t width = width_of<Arch>;
  const float take = 1.0f - keep;
  std::size_t i = 0;
  for (; i + width <= count; i += width) {
    (load<Arch>(average + i) * Vector<Arch>(keep) + load<Arch>(values + i) * Vector<Arch>(take)).store_unaligned(average + i);
  }
  for (; i < count; ++i) average[i] = average[i] * keep + values[i] * take;
}

}  // namespace striate::kernels::impl

#include "striate/augment/draw.hpp"

#include "striate/augment/exact_math.hpp"

#include <cmath>
#include <utility>

namespace striate::augment {

int Draw::integer(int low, int high) {
  if (high <= low) return low;
  const std::uint32_t count = static_cast<std::uint32_t>(high) - static_cast<std::uint32_t>(low) + 1;
  return count == 0 ? static_cast<int>(rng_.next_u32()) : static_cast<int>(static_cast<std::uint32_t>(low) + rng_.below(count));
}

double Draw::gamma(double shape) {
  // Below 1 the density has a pole: draw at shape + 1 and take it down by u^(1/shape).
  const double boost = shape < 1 ? exact_pow(unit() + 0x1p-33, 1.0 / shape) : 1.0;
  const double d = (shape < 1 ? shape + 1 : shape) - 1.0 / 3.0;
  const double c = 1.0 / std::sqrt(9.0 * d);
  while (true) {
    const double x = normal();
    const double t = 1.0 + c * x;
    const double u = unit() + 0x1p-33;
    if (t <= 0) continue;
    const double v = t * t * t;
    if (exact_log(u) < 0.5 * x * x + d - d * v + d * exact_log(v)) return d * v * boost;
  }
}

double Draw::beta(double a, double b) {
  const double x = gamma(a), y = gamma(b);
  return x + y > 0 ? x / (x + y) : 0.5;
}

std::vector<double>& Draw::permutation(int count) {
  std::vector<double>& items = list();
  for (int i = 0; i < count; ++i) items.push_back(i);
  for (int i = count; i > 1; --i) std::swap(items[static_cast<std::size_t>(i - 1)], items[rng_.below(static_cast<std::uint32_t>(i))]);
  return items;
}

}  // namespace striate::augment

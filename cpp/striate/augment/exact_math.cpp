#include "striate/augment/exact_math.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace striate::augment {
namespace {

// Σ sign^k · x^(first + 2k) / (first + 2k)!, the longest term first.
double alternating_series(double x, int first, int last) {
  double sum = 0;
  const double square = x * x;
  for (int power = last; power > first; power -= 2) {
    sum = -square / (double(power) * (power - 1)) * (1.0 + sum);
  }
  return (first == 1 ? x : 1.0) * (1.0 + sum);
}

double sine_of_quadrant(double x, int shift) {
  constexpr double half_pi_high = 1.57079632673412561417e+00;  // its last 20 bits are zero: n · high is exact
  constexpr double half_pi_low = 6.07710050650619224932e-11;
  const double n = floor_of(x * (2.0 / pi) + 0.5);
  const double r = (x - n * half_pi_high) - n * half_pi_low;
  const long quadrant = (static_cast<long>(n) + shift) & 3;
  const double value = (quadrant & 1) != 0 ? alternating_series(r, 0, 18) : alternating_series(r, 1, 19);
  return (quadrant & 2) != 0 ? -value : value;
}

constexpr double ln2_high = 6.93147180369123816490e-01, ln2_low = 1.90821492927058770002e-10;

}  // namespace

double exact_sin(double x) { return sine_of_quadrant(x, 0); }
double exact_cos(double x) { return sine_of_quadrant(x, 1); }

double exact_exp(double x) {
  if (!(x > -745.0)) return 0.0;
  if (x > 709.0) return std::numeric_limits<double>::max();
  const double n = floor_of(x * (1.0 / (ln2_high + ln2_low)) + 0.5);
  const double r = (x - n * ln2_high) - n * ln2_low;
  // 1/k, since a division takes as long as four of the other steps.
  constexpr double shares[] = {1.0 / 14, 1.0 / 13, 1.0 / 12, 1.0 / 11, 1.0 / 10, 1.0 / 9, 1.0 / 8,
                               1.0 / 7,  1.0 / 6,  1.0 / 5,  1.0 / 4,  1.0 / 3,  1.0 / 2, 1.0};
  double sum = 0;
  for (const double share : shares) sum = r * share * (1.0 + sum);
  const auto exponent = static_cast<int>(n);
  // 2^n made from its bits while it is a normal number.
  if (exponent < -1022) return std::ldexp(1.0 + sum, exponent);
  return (1.0 + sum) * std::bit_cast<double>(static_cast<std::uint64_t>(std::min(exponent, 1023) + 1023) << 52) * (exponent > 1023 ? 2.0 : 1.0);
}

double exact_log(double x) {
  int exponent = 0;
  double mantissa = std::frexp(x, &exponent);
  if (mantissa < 0.70710678118654752440) {
    mantissa *= 2;
    --exponent;
  }
  const double s = (mantissa - 1.0) / (mantissa + 1.0);
  const double square = s * s;
  double sum = 0;
  for (int power = 23; power >= 1; power -= 2) sum = sum * square + 1.0 / power;
  return exponent * ln2_high + (2.0 * s * sum + exponent * ln2_low);
}

double exact_pow(double x, double y) {
  if (y == 0) return 1.0;
  return x <= 0 ? 0.0 : exact_exp(y * exact_log(x));
}

double exact_bessel_j1(double x) {
  constexpr int steps = 128;
  double sum = 0;
  for (int i = 0; i < steps; ++i) {
    const double angle = 2.0 * pi * i / steps;
    sum += exact_cos(angle - x * exact_sin(angle));
  }
  return sum / steps;
}

}  // namespace striate::augment

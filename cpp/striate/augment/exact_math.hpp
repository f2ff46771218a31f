// sin, cos, exp, log and pow from additions, multiplications and divisions alone: the same bits in every build, where a
// libm's differ. For parameters and tables, in double precision; pixels never wait for them.
//
// sin, cos: x − n·π/2 in two parts (Cody and Waite), then Taylor's series to the 17th power. |x| ≤ 1e5.
// exp: 2^n · e^r, |r| ≤ ln 2 / 2, Taylor to the 13th power. Below −745 it is 0, above 709 the largest double.
// log: e·ln 2 + 2·artanh((m − 1)/(m + 1)), m in [√½, √2). x > 0.
// bessel_j1: the mean of cos(θ − x·sin θ) over 128 equal steps of the circle, exact to rounding for |x| ≤ 60.
// Numerics: relative error below 1e-15 (bessel_j1: absolute).
#pragma once

#include <cstdint>

namespace striate::augment {

inline constexpr double pi = 3.14159265358979323846;

double exact_sin(double x);
double exact_cos(double x);
double exact_exp(double x);
double exact_log(double x);
double exact_pow(double x, double y);  // x ≥ 0
double exact_bessel_j1(double x);

// To the nearest whole number, halves to the even one: adding 3·2^51 leaves no room for a fraction. |x| < 2^51.
// std::nearbyint and std::floor do the same, but are calls on machines without SSE4.1.
inline double round_even(double x) {
  constexpr double large = 6755399441055744.0;
  return (x + large) - large;
}
// The next whole number below. |x| < 2^63.
inline double floor_of(double x) {
  const auto cut = static_cast<double>(static_cast<std::int64_t>(x));
  return cut > x ? cut - 1 : cut;
}

inline double radians(double degrees) { return degrees * (pi / 180.0); }

}  // namespace striate::augment

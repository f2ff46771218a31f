// sin, cos, exp, log and pow from additions, multiplications and divisions alone: the same bits in every build, where a
// libm's differ. For parameters and tables, in double precision; pixels never wait for them.
//
// sin, cos: x − n·π/2 in two parts (Cody and Waite), then Taylor's series to the 17th power. |x| ≤ 1e5.
// exp: 2^n · e^r, |r| ≤ ln 2 / 2, Taylor to the 13th power. Below −745 it is 0, above 709 the largest double.
// log: e·ln 2 + 2·artanh((m − 1)/(m + 1)), m in [√½, √2). x > 0.
// bessel_j1: the mean of cos(θ − x·sin θ) over 128 equal steps of the circle, exact to rounding for |x| ≤ 60.
// Numerics: relative error below 1e-15 (bessel_j1: absolute).
#pragma once

namespace striate::augment {

inline constexpr double pi = 3.14159265358979323846;

double exact_sin(double x);
double exact_cos(double x);
double exact_exp(double x);
double exact_log(double x);
double exact_pow(double x, double y);  // x ≥ 0
double exact_bessel_j1(double x);

inline double radians(double degrees) { return degrees * (pi / 180.0); }

}  // namespace striate::augment

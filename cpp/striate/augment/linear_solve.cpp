#include "striate/augment/linear_solve.hpp"

#include <cmath>
#include <cstddef>
#include <utility>

namespace striate::augment {

bool solve_linear(int n, int columns, std::vector<double>& matrix, std::vector<double>& right) {
  const auto size = static_cast<std::size_t>(n), wide = static_cast<std::size_t>(columns);
  for (std::size_t k = 0; k < size; ++k) {
    std::size_t pivot = k;
    for (std::size_t i = k + 1; i < size; ++i) {
      if (std::abs(matrix[i * size + k]) > std::abs(matrix[pivot * size + k])) pivot = i;
    }
    if (!(std::abs(matrix[pivot * size + k]) > 1e-14)) return false;
    if (pivot != k) {
      for (std::size_t j = 0; j < size; ++j) std::swap(matrix[pivot * size + j], matrix[k * size + j]);
      for (std::size_t j = 0; j < wide; ++j) std::swap(right[pivot * wide + j], right[k * wide + j]);
    }
    for (std::size_t i = k + 1; i < size; ++i) {
      const double factor = matrix[i * size + k] / matrix[k * size + k];
      if (factor == 0) continue;
      for (std::size_t j = k; j < size; ++j) matrix[i * size + j] -= factor * matrix[k * size + j];
      for (std::size_t j = 0; j < wide; ++j) right[i * wide + j] -= factor * right[k * wide + j];
    }
  }
  for (std::size_t k = size; k-- > 0;) {
    for (std::size_t j = 0; j < wide; ++j) {
      double sum = right[k * wide + j];
      for (std::size_t i = k + 1; i < size; ++i) sum -= matrix[k * size + i] * right[i * wide + j];
      right[k * wide + j] = sum / matrix[k * size + k];
    }
  }
  return true;
}

bool quad_to_quad(std::span<const double> from, std::span<const double> to, Matrix3& out) {
  // x' = (m0 x + m1 y + m2) / (m6 x + m7 y + 1), y' alike: two equations a corner.
  std::vector<double> matrix(64, 0.0), right(8);
  for (std::size_t i = 0; i < 4; ++i) {
    const double x = from[2 * i], y = from[2 * i + 1], u = to[2 * i], v = to[2 * i + 1];
    double* first = matrix.data() + 16 * i;
    double* second = first + 8;
    first[0] = second[3] = x;
    first[1] = second[4] = y;
    first[2] = second[5] = 1;
    first[6] = -x * u;
    first[7] = -y * u;
    second[6] = -x * v;
    second[7] = -y * v;
    right[2 * i] = u;
    right[2 * i + 1] = v;
  }
  if (!solve_linear(8, 1, matrix, right)) return false;
  for (std::size_t i = 0; i < 8; ++i) out[i] = right[i];
  out[8] = 1;
  return true;
}

}  // namespace striate::augment

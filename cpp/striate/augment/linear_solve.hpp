// Linear equations of a few unknowns, and the projective map between two quadrilaterals.
#pragma once

#include "striate/augment/resample.hpp"

#include <span>
#include <vector>

namespace striate::augment {

// Solves matrix · x = right for `columns` right-hand sides at once, by elimination with the largest pivot. matrix: n × n, right:
// n × columns, which become the solutions. False when there is no single one.
bool solve_linear(int n, int columns, std::vector<double>& matrix, std::vector<double>& right);

// The matrix that takes the corners `from` (x, y, x, y, …, four of them) to the corners `to`.
bool quad_to_quad(std::span<const double> from, std::span<const double> to, Matrix3& out);

}  // namespace striate::augment

// What some transforms ask of a whole image: means, histograms, covariances. Sums are integers, so their order does not
// matter and every build gets the same.
#pragma once

#include "striate/augment/image.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace striate::augment {

double mean_byte(const std::uint8_t* pixels, std::size_t count);

using Histogram = std::array<std::uint32_t, 256>;
void count_bytes(const std::uint8_t* pixels, std::size_t count, Histogram& histogram);

// Means and covariances (divided by count − 1, or by count) of the channels, in levels.
struct ColourStatistics {
  std::vector<double> mean;        // [channels]
  std::vector<double> covariance;  // [channels][channels]
};
ColourStatistics colour_statistics(const ConstImage& image, bool unbiased);

// Eigenvalues, largest first, and eigenvectors of a symmetric n × n matrix by Jacobi's turns. vectors[i·n + j] is
// component i of vector j. Sign: the component of largest size is positive (the first of those when several are).
void symmetric_eigen(int n, std::vector<double> matrix, std::vector<double>& values, std::vector<double>& vectors);

}  // namespace striate::augment

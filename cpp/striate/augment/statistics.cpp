#include "striate/augment/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace striate::augment {

double mean_byte(const std::uint8_t* pixels, std::size_t count) {
  std::uint64_t sum = 0;
  // 32-bit partial sums of 2^16 bytes at a time: the compiler can keep them in vectors.
  for (std::size_t i = 0; i < count;) {
    const std::size_t end = std::min(count, i + 65536);
    std::uint32_t part = 0;
    for (; i < end; ++i) part += pixels[i];
    sum += part;
  }
  return count == 0 ? 0 : static_cast<double>(sum) / static_cast<double>(count);
}

void count_bytes(const std::uint8_t* pixels, std::size_t count, Histogram& histogram) {
  // Four tables, so that equal neighbours do not wait for each other.
  std::uint32_t tables[4][256] = {};
  std::size_t i = 0;
  for (; i + 4 <= count; i += 4) {
    ++tables[0][pixels[i]];
    ++tables[1][pixels[i + 1]];
    ++tables[2][pixels[i + 2]];
    ++tables[3][pixels[i + 3]];
  }
  for (; i < count; ++i) ++tables[0][pixels[i]];
  for (std::size_t v = 0; v < 256; ++v) histogram[v] = tables[0][v] + tables[1][v] + tables[2][v] + tables[3][v];
}

ColourStatistics colour_statistics(const ConstImage& image, bool unbiased) {
  const auto n = static_cast<std::size_t>(image.shape.channels);
  const std::size_t count = image.plane_size();
  ColourStatistics made;
  for (std::size_t c = 0; c < n; ++c) made.mean.push_back(mean_byte(image.plane(static_cast<int>(c)), count));
  made.covariance.resize(n * n);
  const double divisor = static_cast<double>(unbiased && count > 1 ? count - 1 : count);
  for (std::size_t a = 0; a < n; ++a) {
    for (std::size_t b = a; b < n; ++b) {
      const std::uint8_t *pa = image.plane(static_cast<int>(a)), *pb = image.plane(static_cast<int>(b));
      std::uint64_t sum = 0;
      for (std::size_t i = 0; i < count;) {
        const std::size_t end = std::min(count, i + 65536);
        std::uint32_t part = 0;
        for (; i < end; ++i) part += static_cast<std::uint32_t>(pa[i]) * pb[i];
        sum += part;
      }
      const double value = (static_cast<double>(sum) - static_cast<double>(count) * made.mean[a] * made.mean[b]) / divisor;
      made.covariance[a * n + b] = made.covariance[b * n + a] = value;
    }
  }
  return made;
}

void symmetric_eigen(int n, std::vector<double> m, std::vector<double>& values, std::vector<double>& vectors) {
  const auto size = static_cast<std::size_t>(n);
  std::vector<double> v(size * size, 0.0);
  for (std::size_t i = 0; i < size; ++i) v[i * size + i] = 1;
  for (int sweep = 0; sweep < 50; ++sweep) {
    double off = 0, all = 0;
    for (std::size_t i = 0; i < size * size; ++i) {
      all += m[i] * m[i];
      if (i / size != i % size) off += m[i] * m[i];
    }
    if (off <= 1e-28 * all) break;
    for (std::size_t p = 0; p < size; ++p) {
      for (std::size_t q = p + 1; q < size; ++q) {
        const double apq = m[p * size + q];
        if (apq == 0) continue;
        const double theta = (m[q * size + q] - m[p * size + p]) / (2 * apq);
        const double t = (theta >= 0 ? 1 : -1) / (std::abs(theta) + std::sqrt(theta * theta + 1));
        const double c = 1 / std::sqrt(t * t + 1), s = t * c;
        for (std::size_t k = 0; k < size; ++k) {
          const double mkp = m[k * size + p], mkq = m[k * size + q];
          m[k * size + p] = c * mkp - s * mkq;
          m[k * size + q] = s * mkp + c * mkq;
        }
        for (std::size_t k = 0; k < size; ++k) {
          const double mpk = m[p * size + k], mqk = m[q * size + k];
          m[p * size + k] = c * mpk - s * mqk;
          m[q * size + k] = s * mpk + c * mqk;
        }
        for (std::size_t k = 0; k < size; ++k) {
          const double vkp = v[k * size + p], vkq = v[k * size + q];
          v[k * size + p] = c * vkp - s * vkq;
          v[k * size + q] = s * vkp + c * vkq;
        }
      }
    }
  }
  std::vector<std::size_t> order(size);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return m[a * size + a] > m[b * size + b]; });
  values.resize(size);
  vectors.resize(size * size);
  for (std::size_t j = 0; j < size; ++j) {
    values[j] = m[order[j] * size + order[j]];
    std::size_t largest = 0;
    for (std::size_t i = 1; i < size; ++i) {
      if (std::abs(v[i * size + order[j]]) > std::abs(v[largest * size + order[j]]) + 1e-12) largest = i;
    }
    const double sign = v[largest * size + order[j]] < 0 ? -1 : 1;
    for (std::size_t i = 0; i < size; ++i) vectors[i * size + j] = sign * v[i * size + order[j]];
  }
}

}  // namespace striate::augment

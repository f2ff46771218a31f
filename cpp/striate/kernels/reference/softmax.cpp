// softmax and cross-entropy by their definitions.
#include "striate/kernels/reference/reference.hpp"

#include <algorithm>
#include <cmath>

namespace striate::kernels::reference {

Values softmax(int batch, int classes, const Values& logits) {
  Values probabilities(logits.size());
  for (int n = 0; n < batch; ++n) {
    const auto* z = logits.data() + std::int64_t{n} * classes;
    auto* p = probabilities.data() + std::int64_t{n} * classes;
    const double largest = *std::max_element(z, z + classes);
    double sum = 0;
    for (int j = 0; j < classes; ++j) sum += p[j] = std::exp(z[j] - largest);
    for (int j = 0; j < classes; ++j) p[j] /= sum;
  }
  return probabilities;
}

CrossEntropy softmax_cross_entropy(int batch, int classes, const Values& logits, const std::vector<std::int32_t>& labels,
                                   double scale) {
  CrossEntropy result{Values(static_cast<std::size_t>(batch)), softmax(batch, classes, logits)};
  for (int n = 0; n < batch; ++n) {
    const auto label = static_cast<std::size_t>(std::int64_t{n} * classes + labels[static_cast<std::size_t>(n)]);
    result.losses[static_cast<std::size_t>(n)] = -std::log(result.dlogits[label]);
    result.dlogits[label] -= 1;
  }
  for (double& value : result.dlogits) value *= scale;
  return result;
}

}  // namespace striate::kernels::reference

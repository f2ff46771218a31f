// Batch, group and local response normalisation by their definitions. The gradients are those of y through x and through
// the statistics, written out term by term.
#include "striate/kernels/reference/reference.hpp"

#include <algorithm>
#include <cmath>

namespace striate::kernels::reference {
namespace {

// Calls body(index, channel) for the values of one image and a range of its channels.
template <class Body>
void for_each_value(const Images& images, int n, int first, int until, Body&& body) {
  for (int c = first; c < until; ++c) {
    for (int y = 0; y < images.shape.height; ++y) {
      for (int x = 0; x < images.shape.width; ++x) body(images.at(n, c, y, x), static_cast<std::size_t>(c));
    }
  }
}

double gamma_of(const Values& gamma, std::size_t c) { return gamma.empty() ? 1 : gamma[c]; }

}  // namespace

Statistics batch_statistics(const Images& images, const Values& input) {
  const auto channels = static_cast<std::size_t>(images.shape.channels);
  Statistics result{Values(channels), Values(channels)};
  const double count = static_cast<double>(images.size()) / static_cast<double>(channels);
  for (int n = 0; n < images.batch; ++n) {
    for_each_value(images, n, 0, images.shape.channels, [&](std::size_t i, std::size_t c) { result.mean[c] += input[i] / count; });
  }
  for (int n = 0; n < images.batch; ++n) {
    for_each_value(images, n, 0, images.shape.channels, [&](std::size_t i, std::size_t c) {
      result.variance[c] += (input[i] - result.mean[c]) * (input[i] - result.mean[c]) / count;
    });
  }
  return result;
}

Values batch_norm_forward(const Images& images, const Values& input, const Statistics& statistics, const Values& gamma,
                          const Values& beta, double epsilon) {
  Values output(input.size());
  for (int n = 0; n < images.batch; ++n) {
    for_each_value(images, n, 0, images.shape.channels, [&](std::size_t i, std::size_t c) {
      const double normal = (input[i] - statistics.mean[c]) / std::sqrt(statistics.variance[c] + epsilon);
      output[i] = gamma_of(gamma, c) * normal + (beta.empty() ? 0 : beta[c]);
    });
  }
  return output;
}

NormGradients batch_norm_backward(const Images& images, const Values& input, const Statistics& statistics, const Values& gamma,
                                  double epsilon, bool statistics_of_batch, const Values& doutput) {
  const auto channels = static_cast<std::size_t>(images.shape.channels);
  NormGradients result{Values(input.size()), Values(channels), Values(channels)};
  const double count = static_cast<double>(images.size()) / static_cast<double>(channels);
  const auto each = [&](auto&& body) {
    for (int n = 0; n < images.batch; ++n) for_each_value(images, n, 0, images.shape.channels, body);
  };
  const auto normal = [&](std::size_t i, std::size_t c) {
    return (input[i] - statistics.mean[c]) / std::sqrt(statistics.variance[c] + epsilon);
  };
  each([&](std::size_t i, std::size_t c) {
    result.dgamma[c] += doutput[i] * normal(i, c);
    result.dbeta[c] += doutput[i];
  });
  each([&](std::size_t i, std::size_t c) {
    double gradient = doutput[i];
    if (statistics_of_batch) gradient -= (result.dbeta[c] + normal(i, c) * result.dgamma[c]) / count;
    result.dinput[i] = gradient * gamma_of(gamma, c) / std::sqrt(statistics.variance[c] + epsilon);
  });
  return result;
}

namespace {

// mean and 1/σ of one group of one image.
std::pair<double, double> group_statistics(const Images& images, int n, int first, int until, const Values& input, double epsilon) {
  double sum = 0, squares = 0, count = 0;
  for_each_value(images, n, first, until, [&](std::size_t i, std::size_t) { sum += input[i]; ++count; });
  const double mean = sum / count;
  for_each_value(images, n, first, until, [&](std::size_t i, std::size_t) { squares += (input[i] - mean) * (input[i] - mean); });
  return {mean, 1 / std::sqrt(squares / count + epsilon)};
}

}  // namespace

Values group_norm_forward(const Images& images, int groups, const Values& input, const Values& gamma, const Values& beta,
                          double epsilon) {
  Values output(input.size());
  const int per_group = images.shape.channels / groups;
  for (int n = 0; n < images.batch; ++n) {
    for (int first = 0; first < images.shape.channels; first += per_group) {
      const auto [mean, inverse] = group_statistics(images, n, first, first + per_group, input, epsilon);
      for_each_value(images, n, first, first + per_group, [&, mean = mean, inverse = inverse](std::size_t i, std::size_t c) {
        output[i] = gamma_of(gamma, c) * (input[i] - mean) * inverse + (beta.empty() ? 0 : beta[c]);
      });
    }
  }
  return output;
}

NormGradients group_norm_backward(const Images& images, int groups, const Values& input, const Values& gamma, double epsilon,
                                  const Values& doutput) {
  const auto channels = static_cast<std::size_t>(images.shape.channels);
  NormGradients result{Values(input.size()), Values(channels), Values(channels)};
  const int per_group = images.shape.channels / groups;
  for (int n = 0; n < images.batch; ++n) {
    for (int first = 0; first < images.shape.channels; first += per_group) {
      const int until = first + per_group;
      const auto statistics = group_statistics(images, n, first, until, input, epsilon);
      const double mean = statistics.first, inverse = statistics.second;
      double gradient_sum = 0, product_sum = 0, count = 0;
      for_each_value(images, n, first, until, [&](std::size_t i, std::size_t c) {
        const double normal = (input[i] - mean) * inverse;
        result.dgamma[c] += doutput[i] * normal;
        result.dbeta[c] += doutput[i];
        gradient_sum += doutput[i] * gamma_of(gamma, c);
        product_sum += doutput[i] * gamma_of(gamma, c) * normal;
        ++count;
      });
      for_each_value(images, n, first, until, [&](std::size_t i, std::size_t c) {
        const double normal = (input[i] - mean) * inverse;
        result.dinput[i] = (doutput[i] * gamma_of(gamma, c) - gradient_sum / count - normal * product_sum / count) * inverse;
      });
    }
  }
  return result;
}

namespace {

// Calls body(output index, input index, same channel?) for every pair that the normalisation joins.
template <class Body>
void for_each_neighbour(const LocalResponseNorm& norm, const Images& images, int n, int c, int y, int x, Body&& body) {
  const int first = std::max(0, c - norm.size / 2), last = std::min(images.shape.channels - 1, c + (norm.size - 1) / 2);
  for (int near = first; near <= last; ++near) body(images.at(n, near, y, x));
}

Values response_scale(const LocalResponseNorm& norm, const Images& images, const Values& input) {
  Values scale(input.size());
  for_each_place(images, [&](int n, int c, int y, int x) {
    double squares = 0;
    for_each_neighbour(norm, images, n, c, y, x, [&](std::size_t near) { squares += input[near] * input[near]; });
    scale[images.at(n, c, y, x)] = norm.k + static_cast<double>(norm.alpha) / norm.size * squares;
  });
  return scale;
}

}  // namespace

Values local_response_norm_forward(const LocalResponseNorm& norm, const Images& images, const Values& input) {
  Values output = response_scale(norm, images, input);
  for (std::size_t i = 0; i < output.size(); ++i) output[i] = input[i] * std::pow(output[i], -static_cast<double>(norm.beta));
  return output;
}

Values local_response_norm_backward(const LocalResponseNorm& norm, const Images& images, const Values& input,
                                    const Values& doutput) {
  const Values scale = response_scale(norm, images, input);
  const double beta = norm.beta, factor = static_cast<double>(norm.alpha) / norm.size;
  Values dinput(input.size());
  for_each_place(images, [&](int n, int c, int y, int x) {
    const std::size_t i = images.at(n, c, y, x);
    dinput[i] += doutput[i] * std::pow(scale[i], -beta);
    const double through_scale = doutput[i] * input[i] * -beta * std::pow(scale[i], -beta - 1);
    for_each_neighbour(norm, images, n, c, y, x, [&](std::size_t near) { dinput[near] += through_scale * factor * 2 * input[near]; });
  });
  return dinput;
}

}  // namespace striate::kernels::reference

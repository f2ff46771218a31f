// Softmax as a layer, radial basis distances, and the losses beside plain cross-entropy, by their definitions.
#include "striate/kernels/reference/reference.hpp"

#include <algorithm>
#include <cmath>

namespace striate::kernels::reference {
namespace {

// log Σ exp over `count` values `step` apart.
double log_sum_exp(const double* values, int count, std::size_t step) {
  double largest = values[0], sum = 0;
  for (int i = 1; i < count; ++i) largest = std::max(largest, values[static_cast<std::size_t>(i) * step]);
  for (int i = 0; i < count; ++i) sum += std::exp(values[static_cast<std::size_t>(i) * step] - largest);
  return largest + std::log(sum);
}

// Calls body(index of channel 0, distance between channels) for every pixel.
template <class Body>
void for_each_pixel(const Images& images, Body&& body) {
  const auto plane = static_cast<std::size_t>(images.shape.height * images.shape.width);
  for (int n = 0; n < images.batch; ++n) {
    for (std::size_t i = 0; i < plane; ++i) body(images.at(n, 0, 0, 0) + i, plane);
  }
}

}  // namespace

Values softmax_forward(const Images& images, const Values& input, bool logarithm) {
  Values output(input.size());
  for_each_pixel(images, [&](std::size_t first, std::size_t step) {
    const double total = log_sum_exp(&input[first], images.shape.channels, step);
    for (int c = 0; c < images.shape.channels; ++c) {
      const std::size_t i = first + static_cast<std::size_t>(c) * step;
      output[i] = logarithm ? input[i] - total : std::exp(input[i] - total);
    }
  });
  return output;
}

Values softmax_backward(const Images& images, const Values& input, const Values& doutput, bool logarithm) {
  const Values p = softmax_forward(images, input, false);
  Values dinput(input.size());
  for_each_pixel(images, [&](std::size_t first, std::size_t step) {
    double sum = 0;
    for (int c = 0; c < images.shape.channels; ++c) {
      const std::size_t i = first + static_cast<std::size_t>(c) * step;
      sum += logarithm ? doutput[i] : doutput[i] * p[i];
    }
    for (int c = 0; c < images.shape.channels; ++c) {
      const std::size_t i = first + static_cast<std::size_t>(c) * step;
      dinput[i] = logarithm ? doutput[i] - p[i] * sum : p[i] * (doutput[i] - sum);
    }
  });
  return dinput;
}

Values radial_basis_forward(int batch, int in, int out, const Values& input, const Values& centers) {
  Values output(at(batch, out, 0));
  for (int n = 0; n < batch; ++n) {
    for (int o = 0; o < out; ++o) {
      for (int i = 0; i < in; ++i) {
        const double d = input[at(n, in, i)] - centers[at(o, in, i)];
        output[at(n, out, o)] -= d * d;
      }
    }
  }
  return output;
}

Values radial_basis_dinput(int batch, int in, int out, const Values& input, const Values& centers, const Values& doutput) {
  Values dinput(at(batch, in, 0));
  for (int n = 0; n < batch; ++n) {
    for (int o = 0; o < out; ++o) {
      for (int i = 0; i < in; ++i) {
        dinput[at(n, in, i)] -= 2 * doutput[at(n, out, o)] * (input[at(n, in, i)] - centers[at(o, in, i)]);
      }
    }
  }
  return dinput;
}

Values radial_basis_dcenters(int batch, int in, int out, const Values& input, const Values& centers, const Values& doutput) {
  Values dcenters(at(out, in, 0));
  for (int n = 0; n < batch; ++n) {
    for (int o = 0; o < out; ++o) {
      for (int i = 0; i < in; ++i) {
        dcenters[at(o, in, i)] += 2 * doutput[at(n, out, o)] * (input[at(n, in, i)] - centers[at(o, in, i)]);
      }
    }
  }
  return dcenters;
}

CrossEntropy target_cross_entropy(int batch, int classes, const Values& logits, const Values& targets, double scale) {
  CrossEntropy result{Values(static_cast<std::size_t>(batch)), Values(logits.size())};
  for (int n = 0; n < batch; ++n) {
    const double total = log_sum_exp(&logits[at(n, classes, 0)], classes, 1);
    double mass = 0;
    for (int c = 0; c < classes; ++c) {
      mass += targets[at(n, classes, c)];
      result.losses[static_cast<std::size_t>(n)] += targets[at(n, classes, c)] * (total - logits[at(n, classes, c)]);
    }
    for (int c = 0; c < classes; ++c) {
      const std::size_t i = at(n, classes, c);
      result.dlogits[i] = scale * (std::exp(logits[i] - total) * mass - targets[i]);
    }
  }
  return result;
}

CrossEntropy focal_loss(int batch, int classes, const Values& logits, const std::vector<std::int32_t>& labels,
                        const Values& weights, double gamma, double scale) {
  CrossEntropy result{Values(static_cast<std::size_t>(batch)), Values(logits.size())};
  for (int n = 0; n < batch; ++n) {
    const auto image = static_cast<std::size_t>(n);
    const double total = log_sum_exp(&logits[at(n, classes, 0)], classes, 1);
    const double log_p = logits[at(n, classes, labels[image])] - total, p = std::exp(log_p);
    double miss = 0;
    for (int c = 0; c < classes; ++c) miss += c == labels[image] ? 0 : std::exp(logits[at(n, classes, c)] - total);
    miss = std::max(miss, 1e-30);
    result.losses[image] = -weights[image] * std::pow(miss, gamma) * log_p;
    // d(−(1 − p)^γ·log p)/d(log p), then d(log p)/dz_c = [c = y] − p_c
    const double slope = weights[image] * (gamma * std::pow(miss, gamma - 1) * p * log_p - std::pow(miss, gamma));
    for (int c = 0; c < classes; ++c) {
      const std::size_t i = at(n, classes, c);
      result.dlogits[i] = scale * slope * ((c == labels[image] ? 1 : 0) - std::exp(logits[i] - total));
    }
  }
  return result;
}

CrossEntropy mean_squared_error(int batch, int outputs, const Values& output, const Values& targets, double scale) {
  CrossEntropy result{Values(static_cast<std::size_t>(batch)), Values(output.size())};
  for (std::size_t i = 0; i < output.size(); ++i) {
    const double d = output[i] - targets[i];
    result.losses[i / static_cast<std::size_t>(outputs)] += d * d / outputs;
    result.dlogits[i] = scale * 2 * d / outputs;
  }
  return result;
}

CrossEntropy radial_basis_loss(int batch, int classes, const Values& logits, const std::vector<std::int32_t>& labels,
                               double cap, double scale) {
  CrossEntropy result{Values(static_cast<std::size_t>(batch)), Values(logits.size())};
  for (int n = 0; n < batch; ++n) {
    const auto image = static_cast<std::size_t>(n);
    // The cap is one more class, whose logit is −j.
    std::vector<double> all(&logits[at(n, classes, 0)], &logits[at(n, classes, 0)] + classes);
    all.push_back(-cap);
    const double total = log_sum_exp(all.data(), classes + 1, 1);
    result.losses[image] = total - logits[at(n, classes, labels[image])];
    for (int c = 0; c < classes; ++c) {
      const std::size_t i = at(n, classes, c);
      result.dlogits[i] = scale * (std::exp(logits[i] - total) - (c == labels[image] ? 1 : 0));
    }
  }
  return result;
}

}  // namespace striate::kernels::reference

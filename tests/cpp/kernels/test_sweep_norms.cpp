// Norms, softmax, the radial basis output and the losses over many shapes (shape_sweep.hpp).
//
// Bounds in ULP: batch norm 6 of |x·scale| + |μ·scale| + |β|, softmax 3n + 3 of each probability (WebNN's); statistics
// by the length of the rows they sum in float; what is divided by a deviation σ also carries the mean's rounding,
// |μ|/σ.
#include "batch_norm_gradients.hpp"
#include "shape_sweep.hpp"

using namespace striate;
using namespace striate::tests;
namespace reference = striate::kernels::reference;

namespace {

reference::Images images(Draw& draw, int channels) {
  return {draw.batch(), {draw.edge(channels), draw.edge(5), draw.edge(9)}};
}

std::size_t channel_of(const reference::Images& shape, std::size_t i) {
  const auto plane = static_cast<std::size_t>(shape.shape.height * shape.shape.width);
  return i / plane % static_cast<std::size_t>(shape.shape.channels);
}

}  // namespace

TEST_CASE("sweep: batch norm, its statistics and its gradients") {
  ShapeSweep sweep("batch_norm", 10, 1500);
  sweep.run([&](Draw& draw) {
    const auto shape = images(draw, 5);
    const auto channels = static_cast<std::size_t>(shape.shape.channels);
    const double offset = draw.pick(0, 3) == 0 ? 30.0 : 0.0;
    Values x = draw.values(shape.size());
    for (double& value : x) value = static_cast<float>(value + offset);
    const Values gamma = draw.values(channels), beta = draw.values(channels), dy = draw.values(shape.size());
    const auto truth = reference::batch_statistics(shape, x);
    const auto size = reference::batch_statistics(shape, absolute(x));
    const double count = static_cast<double>(shape.size()) / static_cast<double>(channels),
                 row = shape.shape.width + 4.0;
    // The kernels behind the statistics are given these, and the twin the same.
    constexpr double epsilon = 1e-3;
    reference::Statistics given = truth;
    std::vector<float> mean(channels), inverse(channels), scale(channels), shift(channels);
    for (std::size_t c = 0; c < channels; ++c) {
      given.mean[c] = mean[c] = static_cast<float>(truth.mean[c]);
      inverse[c] = static_cast<float>(1 / std::sqrt(truth.variance[c] + epsilon));
      given.variance[c] = 1 / (static_cast<double>(inverse[c]) * inverse[c]) - epsilon;
      scale[c] = static_cast<float>(gamma[c]) * inverse[c];
      shift[c] = static_cast<float>(beta[c]) - mean[c] * scale[c];
    }
    const auto y = reference::batch_norm_forward(shape, x, given, gamma, beta, epsilon);
    const bool of_batch = draw.coin(), relu = draw.coin();
    const auto gradients = reference::batch_norm_backward(shape, x, given, gamma, epsilon, of_batch, dy);
    // Sums of the absolute terms: |dy|, and |dy|·(|x| + |μ|)/σ.
    Values sum(channels), product(channels);
    for (std::size_t i = 0; i < x.size(); ++i) {
      const std::size_t c = channel_of(shape, i);
      sum[c] += std::abs(dy[i]);
      product[c] += std::abs(dy[i]) * (std::abs(x[i]) + std::abs(given.mean[c])) * inverse[c];
    }
    sweep.on_each_arch([&](const kernels::KernelTable& table, int lanes) {
      auto input = filled(shape, lanes, x, 0.5f), output = filled(shape, lanes, x), doutput = filled(shape, lanes, dy);
      std::vector<float> m(channels), v(channels);
      table.batch_norm_statistics(input.view(), shape.batch, m.data(), v.data());
      sweep.hold("mean", share_of_ulp(to_doubles(m), truth.mean, size.mean, row));
      sweep.hold("variance", share_of_bound(to_doubles(v), truth.variance, [&](std::size_t c) {
                   const double spread = ulp * std::abs(truth.mean[c]);  // what rounding x − μ costs
                   return ulp * row * truth.variance[c] + 2 * spread * (spread + std::sqrt(truth.variance[c]));
                 }));
      table.scale_shift(input.view(), scale.data(), shift.data(), output.view(), relu);
      sweep.hold("output", share_of_bound(output.read(), relu ? reference::relu_forward(y) : y, [&](std::size_t i) {
                   const std::size_t c = channel_of(shape, i);
                   const double factor = std::abs(static_cast<double>(scale[c]));
                   return 6 * ulp * ((std::abs(x[i]) + std::abs(given.mean[c])) * factor + std::abs(beta[c]));
                 }));
      BlockedTensor dinput(shape.shape, shape.batch, lanes, {1, 0, 0, 1});
      const auto [dgamma, dbeta] = batch_norm_gradients(table, input.view(), shape.batch, doutput.view(), to_floats(gamma), mean,
                                                        inverse, of_batch, dinput.view());
      sweep.hold("dgamma", share_of_ulp(to_doubles(dgamma), gradients.dgamma, product, row));
      sweep.hold("dbeta", share_of_ulp(to_doubles(dbeta), gradients.dbeta, sum, row));
      sweep.hold("dinput", share_of_bound(dinput.read(), gradients.dinput, [&](std::size_t i) {
                   const std::size_t c = channel_of(shape, i);
                   const double through =
                       of_batch ? sum[c] + (std::abs(x[i]) + std::abs(given.mean[c])) * inverse[c] * product[c] : 0;
                   return ulp * (row + 6) * std::abs(gamma[c]) * inverse[c] * (std::abs(dy[i]) + through / count);
                 }));
      sweep.hold("empty lanes", empty_lanes_are_zero(dinput) && dinput.disturbed() == 0);
    });
  });
}

TEST_CASE("sweep: group norm and its gradients") {
  ShapeSweep sweep("group_norm", 11, 1500);
  sweep.run([&](Draw& draw) {
    const int groups = draw.edge(4);
    auto shape = images(draw, 3);
    shape.shape.channels *= groups;
    const auto channels = static_cast<std::size_t>(shape.shape.channels);
    const Values x = draw.values(shape.size(), 2.0), dy = draw.values(shape.size()), gamma = draw.values(channels),
                 beta = draw.values(channels);
    constexpr float epsilon = 1e-2f;
    const double eps = epsilon;
    const auto y = reference::group_norm_forward(shape, groups, x, gamma, beta, eps);
    const auto gradients = reference::group_norm_backward(shape, groups, x, gamma, eps, dy);
    // Per value: 1/σ and Σ|g|, Σ|g·x̂| of its group, with x̂ as large as the rounding of μ lets it be seen.
    const std::size_t in_group =
        channels / static_cast<std::size_t>(groups) * static_cast<std::size_t>(shape.shape.height * shape.shape.width);
    const double n = static_cast<double>(in_group), length = 2 * n + 24;
    Values inverse(shape.size()), normal(shape.size()), mean_g(shape.size()), mean_gx(shape.size()),
        dgamma_size(channels), dbeta_size(channels);
    for (std::size_t first = 0; first < x.size(); first += in_group) {
      double mean = 0, size = 0, variance = 0, g = 0, gx = 0;
      for (std::size_t i = first; i < first + in_group; ++i) mean += x[i] / n, size += std::abs(x[i]) / n;
      for (std::size_t i = first; i < first + in_group; ++i) variance += (x[i] - mean) * (x[i] - mean) / n;
      const double inv = 1 / std::sqrt(variance + eps);
      for (std::size_t i = first; i < first + in_group; ++i) {
        const std::size_t c = channel_of(shape, i);
        inverse[i] = inv;
        normal[i] = (std::abs(x[i]) + size) * inv;
        g += std::abs(dy[i] * gamma[c]) / n;
        gx += std::abs(dy[i] * gamma[c]) * normal[i] / n;
        dgamma_size[c] += std::abs(dy[i]) * normal[i];
        dbeta_size[c] += std::abs(dy[i]);
      }
      for (std::size_t i = first; i < first + in_group; ++i) mean_g[i] = g, mean_gx[i] = gx;
    }
    sweep.on_each_arch([&](const kernels::KernelTable& table, int lanes) {
      auto input = filled(shape, lanes, x, 0.5f), output = filled(shape, lanes, x), doutput = filled(shape, lanes, dy);
      const auto weight = to_floats(gamma), bias = to_floats(beta);
      std::vector<float> statistics(kernels::group_norm_statistics(input.view(), groups) + 1, sentinel);
      table.group_norm_forward(input.view(), groups, weight.data(), bias.data(), epsilon, output.view(),
                               statistics.data());
      sweep.hold("output", share_of_bound(output.read(), y, [&](std::size_t i) {
                   const std::size_t c = channel_of(shape, i);
                   return ulp * length * (std::abs(gamma[c]) * normal[i] + std::abs(beta[c]));
                 }));
      BlockedTensor dinput(shape.shape, shape.batch, lanes, {0, 1, 1, 0});
      std::vector<float> dgamma(channels), dbeta(channels),
          workspace(2 * channels * static_cast<std::size_t>(table.width) + 1, sentinel);
      table.group_norm_backward(input.view(), groups, weight.data(), statistics.data(), doutput.view(), dinput.view(),
                                dgamma.data(), dbeta.data(), workspace.data());
      sweep.hold("dinput", share_of_bound(dinput.read(), gradients.dinput, [&](std::size_t i) {
                   const std::size_t c = channel_of(shape, i);
                   return ulp * length * inverse[i] * (std::abs(dy[i] * gamma[c]) + mean_g[i] + normal[i] * mean_gx[i]);
                 }));
      sweep.hold("dgamma", share_of_ulp(to_doubles(dgamma), gradients.dgamma, dgamma_size, length + shape.batch));
      sweep.hold("dbeta", share_of_ulp(to_doubles(dbeta), gradients.dbeta, dbeta_size, length + shape.batch));
      sweep.hold("nothing outside", statistics.back() == sentinel && workspace.back() == sentinel &&
                                        dinput.disturbed() == 0 && empty_lanes_are_zero(dinput));
    });
  });
}

TEST_CASE("sweep: local response norm and its gradient") {
  ShapeSweep sweep("response_norm", 12, 1500);
  sweep.run([&](Draw& draw) {
    const auto shape = images(draw, 9);
    const kernels::LocalResponseNorm norm{draw.edge(9), 0.1f * static_cast<float>(draw.pick(0, 9)),
                                          0.25f * static_cast<float>(draw.pick(1, 6)),
                                          0.5f * static_cast<float>(draw.pick(1, 4))};
    const Values x = draw.values(shape.size(), 2.0), dy = draw.values(shape.size());
    const auto y = reference::local_response_norm_forward(norm, shape, x);
    const auto dx = reference::local_response_norm_backward(norm, shape, x, dy);
    // dx = own − through; for |x| and |dy| both have one sign, which gives own + through.
    Values size = reference::local_response_norm_backward(norm, shape, absolute(x), absolute(dy));
    for (std::size_t i = 0; i < size.size(); ++i)
      size[i] = 2 * std::abs(dy[i]) * std::abs(x[i] == 0.0 ? 1.0 : y[i] / x[i]) - size[i];
    const double length = norm.size + 12;
    sweep.on_each_arch([&](const kernels::KernelTable& table, int lanes) {
      auto input = filled(shape, lanes, x, 0.5f), output = filled(shape, lanes, x), scale = filled(shape, lanes, x),
           doutput = filled(shape, lanes, dy);
      BlockedTensor dinput(shape.shape, shape.batch, lanes, {1, 0, 0, 1});
      table.local_response_norm_forward(norm, input.view(), output.view(), scale.view());
      sweep.hold("output", share_of_ulp(output.read(), y, absolute(y), length));
      table.local_response_norm_backward(norm, input.view(), output.view(), scale.view(), doutput.view(),
                                         dinput.view());
      sweep.hold("gradient", share_of_ulp(dinput.read(), dx, size, length + norm.size));
      sweep.hold("empty lanes", empty_lanes_are_zero(dinput) && dinput.disturbed() == 0);
    });
  });
}

TEST_CASE("sweep: softmax and log-softmax as layers, and their gradients") {
  ShapeSweep sweep("softmax", 13, 1500);
  sweep.run([&](Draw& draw) {
    auto shape = images(draw, 17);
    if (draw.coin()) shape.shape.height = shape.shape.width = 1;
    const Values x = draw.values(shape.size(), 4.0), dy = draw.values(shape.size());
    const bool logarithm = draw.coin();
    const auto y = reference::softmax_forward(shape, x, logarithm), p = reference::softmax_forward(shape, x, false);
    const auto dx = reference::softmax_backward(shape, x, dy, logarithm);
    const int classes = shape.shape.channels;
    const double allowed = 3.0 * classes + 3;
    // Σ|dy| or Σ|dy|·p of each pixel.
    const auto plane = static_cast<std::size_t>(shape.shape.height * shape.shape.width);
    Values sums(shape.size());
    for (std::size_t i = 0; i < sums.size(); ++i) {
      const std::size_t first =
          i / (plane * static_cast<std::size_t>(classes)) * plane * static_cast<std::size_t>(classes) + i % plane;
      for (std::size_t c = 0; c < static_cast<std::size_t>(classes); ++c)
        sums[i] += std::abs(dy[first + c * plane]) * (logarithm ? 1 : p[first + c * plane]);
    }
    sweep.on_each_arch([&](const kernels::KernelTable& table, int lanes) {
      auto input = filled(shape, lanes, x, 0.5f), output = filled(shape, lanes, x), doutput = filled(shape, lanes, dy);
      table.softmax_forward(input.view(), output.view(), logarithm);
      sweep.hold(logarithm ? "logarithm" : "probability", share_of_bound(output.read(), y, [&](std::size_t i) {
                   return ulp * allowed * (logarithm ? std::max(1.0, std::abs(y[i])) : y[i]);
                 }));
      table.softmax_backward(output.view(), doutput.view(), doutput.view(), logarithm);
      sweep.hold(logarithm ? "its gradient" : "gradient", share_of_bound(doutput.read(), dx, [&](std::size_t i) {
                   const double size = logarithm ? std::abs(dy[i]) + std::max(1.0, std::abs(y[i])) * p[i] * sums[i]
                                                 : p[i] * (std::abs(dy[i]) + sums[i]);
                   return ulp * 2 * allowed * size;
                 }));
      sweep.hold("empty lanes", empty_lanes_are_zero(doutput));
    });
  });
}

TEST_CASE("sweep: the radial basis output and its gradients") {
  ShapeSweep sweep("radial_basis", 14, 1500);
  sweep.run([&](Draw& draw) {
    const int batch = draw.batch(), in = draw.edge(33), out = draw.edge(17);
    const reference::Images features{batch, {in, 1, 1}}, distances{batch, {out, 1, 1}};
    const Values x = draw.values(features.size()), w = draw.values(static_cast<std::size_t>(in * out)),
                 dy = draw.values(distances.size());
    const auto y = reference::radial_basis_forward(batch, in, out, x, w);
    const auto dx = reference::radial_basis_dinput(batch, in, out, x, w, dy),
               dw = reference::radial_basis_dcenters(batch, in, out, x, w, dy);
    Values dx_size(dx.size()), dw_size(dw.size());
    for (std::size_t n = 0; n < static_cast<std::size_t>(batch); ++n) {
      for (std::size_t o = 0; o < static_cast<std::size_t>(out); ++o) {
        for (std::size_t i = 0; i < static_cast<std::size_t>(in); ++i) {
          const std::size_t at = o * static_cast<std::size_t>(in) + i, from = n * static_cast<std::size_t>(in) + i;
          const double term = 2 * std::abs(dy[n * static_cast<std::size_t>(out) + o] * (x[from] - w[at]));
          dx_size[from] += term;
          dw_size[at] += term;
        }
      }
    }
    sweep.on_each_arch([&](const kernels::KernelTable& table, int lanes) {
      auto input = filled(features, lanes, x, 0.5f), doutput = filled(distances, lanes, dy);
      BlockedTensor output(distances.shape, batch, lanes), dinput(features.shape, batch, lanes);
      const auto centers = to_floats(w);
      table.radial_basis_forward(input.view(), centers.data(), output.view());
      sweep.hold("distance", share_of_ulp(output.read(), y, absolute(y), in + 3));
      table.radial_basis_dinput(input.view(), centers.data(), doutput.view(), dinput.view());
      sweep.hold("input gradient", share_of_ulp(dinput.read(), dx, dx_size, out + 3));
      std::vector<float> dcenters(w.size() + 1, sentinel);
      table.radial_basis_dcenters(input.view(), centers.data(), doutput.view(), dcenters.data());
      sweep.hold("nothing outside", dcenters.back() == sentinel);
      dcenters.pop_back();
      sweep.hold("center gradient", share_of_ulp(to_doubles(dcenters), dw, dw_size, batch + 3));
    });
  });
}

// The losses and the optimizers' steps over many shapes (shape_sweep.hpp).
//
// Bounds: cross-entropies 3n + 8 ULP of 1 + |z| for a loss, of `scale` for a gradient (a probability's own error is
// softmax's); the mean squared error n + 4 of the sum of squares; an optimizer's step 12 ULP of |w| and what is added
// to it.
#include "shape_sweep.hpp"

using namespace striate;
using namespace striate::tests;
namespace reference = striate::kernels::reference;

TEST_CASE("sweep: losses and their gradients") {
  ShapeSweep sweep("losses", 20, 1500);
  sweep.run([&](Draw& draw) {
    const int batch = draw.batch(), classes = draw.edge(17);
    const auto count = static_cast<std::size_t>(batch * classes), rows = static_cast<std::size_t>(batch);
    const double range = draw.pick(1, 10), scale = 0.25;
    const core::Shape shape{classes, 1, 1};
    const Values z = draw.values(count, range), t = absolute(draw.values(count)), w = absolute(draw.values(rows));
    std::vector<std::int32_t> labels(rows);
    for (auto& label : labels) label = draw.pick(0, classes - 1);
    const auto weights = to_floats(w);
    const float gamma = 0.5f * static_cast<float>(draw.pick(0, 4)), cap = static_cast<float>(draw.pick(1, 8));
    const double length = 3.0 * classes + 8, mass = classes;
    const auto plain = reference::softmax_cross_entropy(batch, classes, z, labels, scale);
    const auto soft = reference::target_cross_entropy(batch, classes, z, t, scale);
    const auto focal = reference::focal_loss(batch, classes, z, labels, w, static_cast<double>(gamma), scale);
    const auto square = reference::mean_squared_error(batch, classes, z, t, scale);
    const auto basis = reference::radial_basis_loss(batch, classes, z, labels, static_cast<double>(cap), scale);
    const auto p = reference::softmax(batch, classes, z);
    sweep.on_each_arch([&](const kernels::KernelTable& table, int lanes) {
      BlockedTensor logits(shape, batch, lanes), targets(shape, batch, lanes), dlogits(shape, batch, lanes);
      logits.fill(z, 0.5f);
      targets.fill(t, 0.5f);
      std::vector<float> losses(rows + 1, sentinel);
      const auto hold = [&](const char* what, const reference::CrossEntropy& expected, double of_loss,
                            double of_gradient) {
        const Values got(losses.begin(), losses.end() - 1);
        sweep.hold(what, share_of_bound(got, expected.losses, [&](std::size_t) { return ulp * length * of_loss; }));
        sweep.hold(what, share_of_bound(dlogits.read(), expected.dlogits,
                                        [&](std::size_t) { return ulp * length * scale * of_gradient; }));
        bool zero = losses.back() == sentinel;
        dlogits.each([&](int image, std::size_t, float& value) { zero = zero && (image < batch || value == 0.0f); });
        sweep.hold("empty lanes", zero);
      };
      table.softmax_cross_entropy(logits.view(), labels, static_cast<float>(scale), dlogits.view(), losses.data());
      hold("cross-entropy", plain, 1 + 2 * range, 1);
      table.target_cross_entropy(logits.view(), targets.view(), batch, static_cast<float>(scale), dlogits.view(),
                                 losses.data());
      hold("soft targets", soft, mass * (1 + 2 * range), mass);
      table.focal_loss(logits.view(), labels, weights.data(), gamma, static_cast<float>(scale), dlogits.view(),
                       losses.data());
      hold("focal", focal, 1 + 4 * range, 1 + 4 * range);
      table.mean_squared_error(logits.view(), targets.view(), batch, static_cast<float>(scale), dlogits.view(),
                               losses.data());
      hold("mean squares", square, (range + 1) * (range + 1), (range + 1));
      table.radial_basis_loss(logits.view(), labels, cap, static_cast<float>(scale), dlogits.view(), losses.data());
      hold("radial basis", basis, 1 + 2 * range + static_cast<double>(cap), 1);
      table.softmax(logits.view(), dlogits.view());
      // WebNN's 3n + 3 of the probability, and what rounding z − max costs far from it.
      sweep.hold("probability", share_of_bound(dlogits.read(), p, [&](std::size_t i) {
                   return ulp * (3.0 * classes + 3 + 2 * range) * p[i];
                 }));
    });
  });
}

TEST_CASE("sweep: optimizer steps, norms and averages of parameters") {
  ShapeSweep sweep("updates", 21, 1500);
  sweep.run([&](Draw& draw) {
    const auto count = static_cast<std::size_t>(draw.edge(70));
    const Values w = draw.values(count), g = draw.values(count), b = absolute(draw.values(count));
    const int step = draw.pick(1, 30);
    const bool flag = draw.coin();
    kernels::SgdSettings sgd{0.1f, 0.9f, draw.coin() ? 0.25f : 0.0f, 0.01f, flag, draw.coin()};
    kernels::AdamSettings adam{0.01f, 0.9f, 0.999f, 1e-6f, 0.01f, flag};
    adam.correction1 = static_cast<float>(1 - std::pow(static_cast<double>(adam.beta1), step));
    adam.root_correction2 = static_cast<float>(std::sqrt(1 - std::pow(static_cast<double>(adam.beta2), step)));
    const kernels::RmspropSettings rms{0.01f, 0.9f, 1e-4f, 0.01f, draw.coin() ? 0.8f : 0.0f, flag};
    const Values a = sgd.first_step ? Values(count) : draw.values(count);  // a velocity starts at zero
    const auto weight = to_floats(w), gradient = to_floats(g), first = to_floats(a);
    // A variance stays above the square of its mean, as it does by itself when both are averages.
    Values square(count);
    for (std::size_t i = 0; i < count; ++i) square[i] = static_cast<float>(a[i] * a[i] + b[i] + 0.05);
    const auto second = to_floats(square), velocity = to_floats(b);
    const auto expect = [&](auto&& update) {
      struct {
        Values w, a, b, c;
      } out{w, a, square, b};
      update(out);
      return out;
    };
    const auto by_sgd = expect([&](auto& o) { reference::sgd_update(o.w, g, o.a, sgd); });
    const auto by_adam = expect([&](auto& o) { reference::adam_update(o.w, g, o.a, o.b, step, adam); });
    const auto by_rms = expect([&](auto& o) { reference::rmsprop_update(o.w, g, o.b, o.a, o.c, rms); });
    double squares = 0;
    for (const double value : w) squares += value * value;
    sweep.on_each_arch([&](const kernels::KernelTable& table, int) {
      const auto hold = [&](const char* what, const std::vector<float>& got, const Values& expected, double added) {
        sweep.hold(what, share_of_bound(to_doubles(got), expected,
                                        [&](std::size_t i) { return 12 * ulp * (std::abs(w[i]) + added); }));
      };
      std::vector<float> fw = weight, fa = first, fb = second, fc = velocity, previous(count);
      sweep.hold("finite", table.sgd_update(fw.data(), gradient.data(), fa.data(), previous.data(), count, sgd) &&
                               previous == weight);
      hold("sgd", fw, by_sgd.w, 0.3);
      hold("sgd velocity", fa, by_sgd.a, 2);
      fw = weight, fa = first;
      sweep.hold("finite",
                 table.adam_update(fw.data(), gradient.data(), fa.data(), fb.data(), previous.data(), count, adam) &&
                     previous == weight);
      hold("adam", fw, by_adam.w, 0.5);
      hold("adam moments", fa, by_adam.a, 1);
      hold("adam moments", fb, by_adam.b, 2);
      fw = weight, fa = first, fb = second;
      sweep.hold("finite", table.rmsprop_update(fw.data(), gradient.data(), fb.data(), fa.data(), fc.data(),
                                                previous.data(), count, rms) &&
                               previous == weight);
      // ÷ √(s − ḡ²): s is at most 40 times the difference here, and the square root halves what that costs.
      hold("rmsprop", fw, by_rms.w, 20 * 0.1);
      hold("rmsprop states", fb, by_rms.b, 2);
      sweep.hold("norm", std::abs(table.sum_of_squares(weight.data(), count) - squares) <= 2 * ulp * squares);
      fw = weight;
      table.moving_average(fw.data(), gradient.data(), count, 0.9f);
      Values average(count);
      for (std::size_t i = 0; i < count; ++i)
        average[i] = static_cast<double>(0.9f) * w[i] + (1 - static_cast<double>(0.9f)) * g[i];
      hold("moving average", fw, average, 1);
      fw = weight;
      table.scale(fw.data(), count, 0.75f);
      Values scaled = w;
      for (double& value : scaled) value = static_cast<float>(value) * 0.75f;
      sweep.hold("scale", to_doubles(fw) == scaled);
      table.clamp(fw.data(), count, 0.5f);
      for (double& value : scaled) value = std::clamp(value, -0.5, 0.5);
      sweep.hold("clamp", to_doubles(fw) == scaled);
    });
  });
}

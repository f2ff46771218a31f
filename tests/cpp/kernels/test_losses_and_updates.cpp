// The losses and the optimizers' steps against their twins, on every arch and block size.
#include "blocked_tensor.hpp"

#include <doctest/doctest.h>

using namespace striate;
using namespace striate::tests;
namespace reference = striate::kernels::reference;

namespace {

void compare(BlockedTensor& dlogits, const std::vector<float>& losses, const reference::CrossEntropy& expected, double tolerance) {
  const auto d = dlogits.read();
  REQUIRE(d.size() == expected.dlogits.size());
  for (std::size_t i = 0; i < d.size(); ++i) CHECK(std::abs(d[i] - expected.dlogits[i]) <= tolerance);
  for (std::size_t i = 0; i < expected.losses.size(); ++i) {
    CHECK(std::abs(losses[i] - expected.losses[i]) <= tolerance * (1 + std::abs(expected.losses[i])));
  }
  dlogits.each([&](int image, std::size_t, float& value) {
    if (image >= dlogits.batch) CHECK(value == 0.0f);
  });
}

}  // namespace

TEST_CASE("losses: soft targets, focal, mean squared and radial basis, values and gradients") {
  for (std::uint32_t item = 0; item < 40; ++item) {
    core::Rng rng(31, core::RandomStream::synthetic, 0, item);
    const int batch = 1 + static_cast<int>(rng.below(20)), classes = 2 + static_cast<int>(rng.below(12));
    const auto count = static_cast<std::size_t>(batch * classes);
    const core::Shape shape{classes, 1, 1};
    const Values z = random_values(count, rng, 4.0), t = absolute(random_values(count, rng)),
                 w = absolute(random_values(static_cast<std::size_t>(batch), rng)), near = random_values(count, rng, 30.0);
    std::vector<std::int32_t> labels(static_cast<std::size_t>(batch));
    for (auto& label : labels) label = static_cast<std::int32_t>(rng.below(static_cast<std::uint32_t>(classes)));
    const auto weights = to_floats(w);
    for_each_arch([&](const kernels::KernelTable& table, int lanes) {
      CAPTURE(table.arch);
      CAPTURE(item);
      BlockedTensor logits(shape, batch, lanes), targets(shape, batch, lanes), dlogits(shape, batch, lanes);
      logits.fill(z, 0.5f);
      targets.fill(t, 0.5f);
      std::vector<float> losses(labels.size() + 1, sentinel);
      table.target_cross_entropy(logits.view(), targets.view(), batch, 0.5f, dlogits.view(), losses.data());
      compare(dlogits, losses, reference::target_cross_entropy(batch, classes, z, t, 0.5), 1e-5);
      table.mean_squared_error(logits.view(), targets.view(), batch, 0.5f, dlogits.view(), losses.data());
      compare(dlogits, losses, reference::mean_squared_error(batch, classes, z, t, 0.5), 1e-5);
      for (const float gamma : {0.0f, 0.5f, 2.0f}) {
        table.focal_loss(logits.view(), labels, weights.data(), gamma, 0.5f, dlogits.view(), losses.data());
        compare(dlogits, losses, reference::focal_loss(batch, classes, z, labels, w, static_cast<double>(gamma), 0.5), 2e-5);
      }
      logits.fill(near, 0.5f);
      table.radial_basis_loss(logits.view(), labels, 5.0f, 0.5f, dlogits.view(), losses.data());
      compare(dlogits, losses, reference::radial_basis_loss(batch, classes, near, labels, 5.0, 0.5), 1e-5);
      CHECK(losses.back() == sentinel);
    });
  }
}

TEST_CASE("optimizer steps: ten in a row equal the double twin's, in every form") {
  for (const std::size_t count : {1u, 5u, 16u, 67u}) {
    for (int form = 0; form < 4; ++form) {
      for_each_arch([&](const kernels::KernelTable& table, int) {
        CAPTURE(table.arch);
        CAPTURE(count);
        CAPTURE(form);
        core::Rng rng(17, core::RandomStream::synthetic, static_cast<std::uint32_t>(form), static_cast<std::uint32_t>(count));
        const Values start = random_values(count, rng);
        struct Run {
          Values w, a, b, c;
          std::vector<float> fw, fa, fb, fc, previous;
        };
        const auto fresh = [&] {
          const std::vector<float> zeros(count);
          return Run{start, Values(count), Values(count), Values(count), to_floats(start), zeros, zeros, zeros, zeros};
        };
        Run sgd = fresh(), adam = fresh(), rms = fresh();
        for (int step = 1; step <= 10; ++step) {
          const Values g = random_values(count, rng);
          const auto gradient = to_floats(g);
          const kernels::SgdSettings s{0.05f, 0.9f, form == 2 ? 0.3f : 0.0f, 0.01f, form == 1, step == 1};
          CHECK(table.sgd_update(sgd.fw.data(), gradient.data(), sgd.fa.data(), sgd.previous.data(), count, s));
          reference::sgd_update(sgd.w, g, sgd.a, s);
          kernels::AdamSettings m{0.02f, 0.9f, 0.999f, 1e-8f, 0.01f, form % 2 == 1};
          m.correction1 = static_cast<float>(1 - std::pow(static_cast<double>(m.beta1), step));
          m.root_correction2 = static_cast<float>(std::sqrt(1 - std::pow(static_cast<double>(m.beta2), step)));
          CHECK(table.adam_update(adam.fw.data(), gradient.data(), adam.fa.data(), adam.fb.data(), adam.previous.data(), count, m));
          reference::adam_update(adam.w, g, adam.a, adam.b, step, m);
          const kernels::RmspropSettings r{0.01f, 0.9f, 1e-4f, 0.01f, form >= 2 ? 0.8f : 0.0f, form % 2 == 1};
          CHECK(table.rmsprop_update(rms.fw.data(), gradient.data(), rms.fa.data(), rms.fb.data(), rms.fc.data(), rms.previous.data(), count, r));
          reference::rmsprop_update(rms.w, g, rms.a, rms.b, rms.c, r);
        }
        for (const Run* run : {&sgd, &adam, &rms}) {
          for (std::size_t i = 0; i < count; ++i) CHECK(std::abs(run->fw[i] - run->w[i]) <= 2e-5);
        }
      });
    }
  }
}

TEST_CASE("the norm of a gradient, scaling, clamping and the moving average") {
  for_each_arch([&](const kernels::KernelTable& table, int) {
    for (const std::size_t count : {1u, 7u, 1024u, 5003u}) {
      core::Rng rng(3, core::RandomStream::synthetic, 1, static_cast<std::uint32_t>(count));
      const Values x = random_values(count, rng), y = random_values(count, rng);
      double squares = 0;
      for (const double value : x) squares += value * value;
      auto values = to_floats(x);
      CHECK(std::abs(table.sum_of_squares(values.data(), count) - squares) <= 1e-6 * squares);
      table.scale(values.data(), count, 0.25f);
      for (std::size_t i = 0; i < count; ++i) CHECK(values[i] == static_cast<float>(x[i]) * 0.25f);
      table.clamp(values.data(), count, 0.1f);
      for (std::size_t i = 0; i < count; ++i) CHECK(std::abs(values[i]) <= 0.1f);
      auto average = to_floats(x);
      const auto latest = to_floats(y);
      table.moving_average(average.data(), latest.data(), count, 0.9f);
      for (std::size_t i = 0; i < count; ++i) CHECK(std::abs(average[i] - (0.9 * x[i] + 0.1 * y[i])) <= 1e-6);
    }
  });
}

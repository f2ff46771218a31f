// The parameter store: names, layout, seeded starts, checked changes.
#include "harness.hpp"
#include "striate/models/zoo.hpp"

#include <doctest/doctest.h>

#include <limits>

using namespace striate;
using namespace striate::tests;

TEST_CASE("parameters have PyTorch's names and shapes, in order, on 64-byte boundaries") {
  Model model = make_model(value_of(models::make_from_zoo("lenet")));
  const auto parameters = model.store->parameters();
  REQUIRE(parameters.size() == 10);
  CHECK(parameters[0].name == "conv1.weight");
  CHECK(parameters[0].shape == std::vector<int>{6, 1, 5, 5});
  CHECK(parameters[2].shape == std::vector<int>{16, 6, 5, 5});
  CHECK(parameters[9].name == "fc3.bias");
  std::size_t count = 0;
  for (const auto& parameter : parameters) {
    count += parameter.count;
    CHECK(parameter.offset % 16 == 0);
  }
  CHECK(count == 61'706);
  CHECK(model.store->find("conv3.weight") == -1);
  CHECK(model.store->gradients(0).empty());
}

TEST_CASE("he_normal: mean 0, variance 2 / fan_in, biases 0; each parameter draws its own numbers") {
  Model model = make_model(value_of(models::make_from_zoo("lenet")), 7);
  for (std::size_t p = 0; p < model.store->parameters().size(); ++p) {
    const auto& parameter = model.store->parameters()[p];
    const auto values = model.store->values(static_cast<int>(p));
    CAPTURE(parameter.name);
    if (parameter.shape.size() == 1) {
      CHECK(largest(values) == 0);
      continue;
    }
    double sum = 0, squares = 0;
    for (const float value : values) {
      sum += static_cast<double>(value);
      squares += static_cast<double>(value) * static_cast<double>(value);
    }
    const double n = static_cast<double>(values.size());
    const double fan_in = n / parameter.shape[0];
    // Four standard errors of mean and variance.
    CHECK(std::fabs(sum / n) <= 4 * std::sqrt(2 / fan_in / n));
    CHECK(std::fabs(squares / n * fan_in / 2 - 1) <= 4 * std::sqrt(2 / n));
  }
  Model other = make_model(value_of(models::make_from_zoo("lenet")), 8),
        same = make_model(value_of(models::make_from_zoo("lenet")), 7);
  const auto values = [](const Model& m) { return Floats(m.store->values(4).begin(), m.store->values(4).end()); };
  CHECK(values(model) == values(same));
  CHECK(values(model) != values(other));
}

TEST_CASE("changes are checked") {
  Model model = make_model(value_of(models::make_from_zoo("lenet")));
  graph::ParamStore& store = *model.store;
  CHECK_ERROR(store.set_values(1, Floats(5)), invalid_shape, "'conv1.bias' holds 6 values and was given 5");
  Floats broken(6, 1.0f);
  broken[4] = std::numeric_limits<float>::quiet_NaN();
  CHECK_ERROR(store.set_values(1, broken), not_finite, "'conv1.bias': value 4");
  CHECK(largest(store.values(1)) == 0);
  succeed(store.set_values(1, Floats(6, 2.0f)));
  CHECK(store.values(1)[5] == 2.0f);
  CHECK_ERROR(store.set_trainable("conv9.weight", false), not_found, "conv9.weight");
  CHECK_ERROR(store.set_rate("conv1.weight", -1.0f), invalid_argument, "cannot be -1");
  CHECK_ERROR(store.freeze_until(*model.network, "nope"), unknown_layer, "nope");
  succeed(store.freeze_until(*model.network, "pool1"));
  CHECK_FALSE(store.parameters()[1].trainable);
  CHECK(store.parameters()[2].trainable);
  store.initialize(*model.network, 1);
  CHECK(largest(store.values(1)) == 0);
}

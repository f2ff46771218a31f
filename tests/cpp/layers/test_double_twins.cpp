// Every layer, five hundred random shapes and options each: the double-precision reference's backward pass is the
// derivative of its forward pass, and the layer computes what the reference does.
//
// Differences are central, at two steps, with the error's h² taken out (Richardson): what is left is h⁴ and rounding, far
// below the 1e-6 of the largest gradient that is allowed. The layer's own float32 may differ by 1e-5.
#include "graph/harness.hpp"
#include "layers/double_twin.hpp"
#include "striate/layers/registry.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>

using namespace striate;
using namespace striate::tests;

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(STRIATE_COVERAGE)
constexpr int shapes = 60;
#else
constexpr int shapes = 500;
#endif

double dot(const Values& a, const Values& b) { return std::inner_product(a.begin(), a.end(), b.begin(), 0.0); }

double largest_of(const Values& values) {
  double most = 0;
  for (const double value : values) most = std::max(most, std::abs(value));
  return most;
}

// Worst difference between the gradient and differences at up to 24 places of each argument, as a share of its largest.
double worst_difference(const DoubleTwin& twin, const std::vector<Values>& gradients, const Values& dy, Draw& draw) {
  constexpr double step = 2e-3;
  double worst = 0;
  std::vector<Values> arguments = twin.arguments;
  for (std::size_t k = 0; k < arguments.size(); ++k) {
    REQUIRE(gradients[k].size() == arguments[k].size());
    const double scale = std::max(largest_of(gradients[k]), 1e-2);
    const std::size_t count = arguments[k].size(), places = std::min<std::size_t>(count, 24);
    for (std::size_t place = 0; place < places; ++place) {
      const std::size_t i = places == count ? place : draw.rng.below(static_cast<std::uint32_t>(count));
      double& at = arguments[k][i];
      const double start = at;
      const auto difference = [&](double h) {
        at = start + h;
        const double above = dot(dy, twin.forward(arguments));
        at = start - h;
        const double below = dot(dy, twin.forward(arguments));
        at = start;
        return (above - below) / (2 * h);
      };
      const double slope = (4 * difference(step / 2) - difference(step)) / 3;
      worst = std::max(worst, std::abs(slope - gradients[k][i]) / scale);
    }
  }
  return worst;
}

Floats single(const Values& values) { return {values.begin(), values.end()}; }

// The layer in a network of its own, on float32: output and all gradients.
double worst_of_layer(const std::string& type, const DoubleTwin& twin, const Values& y, const std::vector<Values>& gradients, const Values& dy) {
  Model model = make_model({"", {twin.input, {}, {}}, {layer(type, twin.options, "one")}});
  for (std::size_t p = 1; p < twin.arguments.size(); ++p) succeed(model.store->set_values(static_cast<int>(p) - 1, single(twin.arguments[p])));
  auto executor = value_of(graph::Executor::make(*model.network, *model.store,
                                                 {.mode = graph::Mode::training, .batch = twin.batch, .input_gradient = true}));
  put(executor->kernels(), single(twin.arguments[0]), twin.batch, executor->input());
  executor->forward(twin.batch);
  double worst = relative_error(get(executor->kernels(), executor->output(), twin.batch), single(y));
  put(executor->kernels(), single(dy), twin.batch, executor->doutput());
  executor->backward();
  worst = std::max(worst, relative_error(get(executor->kernels(), executor->input_gradient(), twin.batch), single(gradients[0])));
  for (std::size_t p = 1; p < gradients.size(); ++p) {
    worst = std::max(worst, relative_error(model.store->gradients(static_cast<int>(p) - 1), single(gradients[p])));
  }
  return worst;
}

}  // namespace

TEST_CASE("every layer in double precision: backward is the derivative of forward; and the layer computes the same") {
  std::uint32_t stream = 0;
  for (const layers::LayerType& type : layers::layer_types()) {
    const std::string name(type.name);
    CAPTURE(name);
    ++stream;
    double worst = 0, worst_single = 0;
    for (int item = 0; item < shapes; ++item) {
      Draw draw{core::Rng(41, core::RandomStream::synthetic, stream, static_cast<std::uint32_t>(item))};
      const DoubleTwin twin = make_double_twin(type.name, draw);
      REQUIRE_MESSAGE(twin.forward, "no double twin for this layer: add it to double_twin.cpp");
      const Values y = twin.forward(twin.arguments), dy = draw.values(y.size());
      const auto gradients = twin.backward(twin.arguments, dy);
      REQUIRE(gradients.size() == twin.arguments.size());
      const double error = worst_difference(twin, gradients, dy, draw);
      const double single_error = twin.one_input ? worst_of_layer(name, twin, y, gradients, dy) : 0;
      worst = std::max(worst, error);
      worst_single = std::max(worst_single, single_error);
      if (error <= 1e-8 && single_error <= 1e-5) continue;
      CAPTURE(item);
      CAPTURE(to_string(twin.input));
      CHECK(error <= 1e-8);
      CHECK(single_error <= 1e-5);
    }
    if (std::getenv("STRIATE_VERBOSE") != nullptr) std::printf("[gradients] %-20s %.1e double, %.1e float\n", name.c_str(), worst, worst_single);
    CHECK(worst <= 1e-8);
  }
}

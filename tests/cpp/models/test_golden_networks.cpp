// The zoo's large networks against torchvision: the names and shapes of their state dicts, the logits of one image on
// weights that both sides make from a formula, and a state dict as PyTorch and the safetensors library wrote it.
//
// Tolerance: 2e-5 of the largest logit, of Σ|x| for the sums inside. Measured: 2.3e-6 and 1e-7.
#include "graph/golden.hpp"
#include "models/formula_weights.hpp"
#include "striate/models/zoo.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace striate;
using namespace striate::tests;

namespace {

constexpr double tolerance = 2e-5;

graph::NetworkSpec from_zoo(const std::string& name) { return value_of(models::make_from_zoo(name)); }

}  // namespace

TEST_CASE("names and shapes of the zoo's networks are those of torchvision's state dicts") {
  const Golden golden("networks");
  for (const std::string name : {"alexnet", "vgg11", "vgg11-bn", "resnet18", "resnet50"}) {
    CAPTURE(name);
    std::vector<std::pair<std::string, std::vector<int>>> expected, actual;
    const io::Json names = golden.metadata("names/" + name);
    for (const auto& [key, shape] : names.members()) {
      if (key.ends_with("num_batches_tracked")) continue;  // a count that no output depends on
      std::vector<int> sizes;
      for (const io::Json& size : shape.items()) sizes.push_back(static_cast<int>(size.number()));
      expected.emplace_back(key, sizes);
    }
    const auto network = value_of(graph::build_network(from_zoo(name)));
    for (const graph::Node& node : network->nodes()) {
      for (const auto& parameter : node.parameters)
        actual.emplace_back(node.name + "." + parameter.name, parameter.shape);
    }
    std::sort(expected.begin(), expected.end());
    std::sort(actual.begin(), actual.end());
    CHECK(actual == expected);
  }
}

// A quarter of a gigabyte to half of one each, and 10⁹ to 10¹⁰ multiply-adds: the native build runs them.
// (The strict one would do the very same operations again: its arch is the one used here.)
#if !defined(__EMSCRIPTEN__) && !defined(__SANITIZE_ADDRESS__) && !defined(STRIATE_STRICT) && !defined(STRIATE_COVERAGE)
namespace {

// Nobody draws hundreds of millions of numbers that are overwritten at once.
graph::NetworkSpec without_drawing(graph::NetworkSpec spec) {
  for (graph::LayerSpec& one : spec.layers) {
    if (one.type == "conv2d" || one.type == "linear") one.options.push_back({"init", "zeros"});
  }
  return spec;
}

void check_sums(const std::string& layer, const Floats& values, const std::vector<double>& expected) {
  const FormulaUnits units(layer);
  double sum = 0, magnitude = 0, dot = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double x = values[i];
    sum += x;
    magnitude += std::fabs(x);
    dot += x * static_cast<double>(units(i));
  }
  CHECK(std::fabs(sum - expected[0]) <= tolerance * expected[1]);
  CHECK(std::fabs(magnitude - expected[1]) <= tolerance * expected[1]);
  CHECK(std::fabs(dot - expected[2]) <= tolerance * expected[1]);
}

}  // namespace

TEST_CASE("alexnet, vgg11 and resnet18 make torchvision's logits of the same weights") {
  const Golden golden("networks");
  // Four lanes for the one image; the wider archs would carry twelve empty ones.
  const kernels::KernelTable& table = *kernels::kernel_tables().back();
  for (const std::string name : {"alexnet", "vgg11", "resnet18"}) {
    CAPTURE(name);
    Model model = make_model(without_drawing(from_zoo(name)));
    set_formula_weights(*model.store);
    std::vector<std::string> watched;
    const std::string prefix = name + "/sums/";
    for (const io::TensorView& tensor : golden.view().tensors) {
      if (tensor.name.starts_with(prefix)) watched.push_back(tensor.name.substr(prefix.size()));
    }
    REQUIRE(watched.size() >= 3);
    auto executor = value_of(graph::Executor::make(*model.network, *model.store, {.pins = watched, .kernels = &table}));
    put(table, formula_image(3 * 224 * 224), 1, executor->input());
    executor->forward(1);
    for (const std::string& layer : watched) {
      CAPTURE(layer);
      check_sums(layer, get(table, value_of(executor->value(layer)), 1), golden.values<double>(prefix + layer, "F64"));
    }
    CHECK(error_of_largest(get(table, executor->output(), 1), golden.floats(name + "/logits")) <= tolerance);
  }
}
#endif

TEST_CASE("a state dict saved by PyTorch loads by name and makes its logits") {
  const Golden golden("resnet8_state_dict");
  Model model = make_model(from_zoo("resnet8"));
  std::size_t loaded = 0;
  for (const io::TensorView& tensor : golden.view().tensors) {
    CAPTURE(tensor.name);
    if (tensor.dtype == "I64") {
      CHECK(tensor.name.ends_with(".num_batches_tracked"));
      continue;
    }
    const int p = model.store->find(tensor.name);
    REQUIRE(p >= 0);
    const std::vector<int>& shape = model.store->parameters()[static_cast<std::size_t>(p)].shape;
    CHECK(std::equal(shape.begin(), shape.end(), tensor.shape.begin(), tensor.shape.end()));
    succeed(model.store->set_values(p, golden.floats(tensor.name)));
    ++loaded;
  }
  CHECK(loaded == model.store->parameters().size());
  const io::Json logits = golden.metadata("logits");
  Floats expected;
  for (const io::Json& value : logits.items()) expected.push_back(static_cast<float>(value.number()));
  for_each_arch([&](const kernels::KernelTable& table) {
    auto executor = value_of(graph::Executor::make(*model.network, *model.store, {.batch = 2, .kernels = &table}));
    put(table, formula_image(2 * 3 * 32 * 32), 2, executor->input());
    executor->forward(2);
    CHECK(error_of_largest(get(table, executor->output(), 2), expected) <= 1e-5);
  });
}

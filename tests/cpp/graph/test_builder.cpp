// The builder: names, wiring, shapes, and errors that say what does not fit.
#include "harness.hpp"
#include "striate/models/zoo.hpp"

#include <doctest/doctest.h>

using namespace striate;
using namespace striate::tests;

namespace {

const graph::LayerSpec conv5 = layer("conv2d", {{"outChannels", 6.0}, {"kernelSize", 5.0}});
const graph::LayerSpec pool2 = layer("maxPool2d", {{"kernelSize", 2.0}});
const graph::LayerSpec fc10 = layer("linear", {{"outFeatures", 10.0}});

auto build(std::vector<graph::LayerSpec> layers, core::Shape input = {1, 28, 28}, graph::Limits limits = {}) {
  return graph::build_network({"", {input, {}, {}}, std::move(layers)}, limits);
}

graph::LayerSpec named(graph::LayerSpec spec, std::string name, std::vector<std::string> inputs = {}) {
  spec.name = std::move(name);
  spec.inputs = std::move(inputs);
  return spec;
}

}  // namespace

TEST_CASE("lenet has 61,706 parameters, the lecture's shapes and the usual names") {
  const auto network = value_of(graph::build_network(value_of(models::make_from_zoo("lenet"))));
  CHECK(network->parameter_count() == 61'706);
  const std::vector<std::pair<std::string, core::Shape>> expected = {
      {"conv1", {6, 28, 28}},  {"relu1", {6, 28, 28}}, {"pool1", {6, 14, 14}},   {"conv2", {16, 10, 10}},
      {"relu2", {16, 10, 10}}, {"pool2", {16, 5, 5}},  {"flatten", {400, 1, 1}}, {"fc1", {120, 1, 1}},
      {"relu3", {120, 1, 1}},  {"fc2", {84, 1, 1}},    {"relu4", {84, 1, 1}},    {"fc3", {10, 1, 1}}};
  REQUIRE(network->nodes().size() == expected.size());
  std::int64_t macs = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CHECK(network->nodes()[i].name == expected[i].first);
    CHECK(network->nodes()[i].shape == expected[i].second);
    macs += network->nodes()[i].description.macs;
  }
  CHECK(2 * macs == 833'040);  // FLOP of one image's forward pass: the workload table's 0.833 M
  CHECK(network->spec().input.mean == std::vector<double>{0.1307});
  CHECK(value_of(graph::build_network(value_of(models::make_from_zoo("lenet", {.classes = 3}))))->classes() == 3);
  CHECK_ERROR(models::make_from_zoo("lenet6"), not_found, "lenet6");
  CHECK_ERROR(models::make_from_zoo("lenet", {.classes = -1}), invalid_argument, "-1 classes");
}

TEST_CASE("a window that does not fit: layer, input, formula with its numbers") {
  const auto result = build({named(conv5, "first"), pool2, named(conv5, "deep")}, {1, 11, 28});
  CHECK_ERROR(result, invalid_shape, "layer 'deep'");
  CHECK(contains(result.error().message, "O = (I - K + 2P)/S + 1 = (3 - 5 + 0)/1 + 1"));
}

TEST_CASE("a linear layer on an image: both shapes, and flatten as the remedy") {
  const auto result = build({conv5, fc10});
  CHECK_ERROR(result, invalid_shape, "layer 'fc1' (linear) takes a flat input F×1×1 and was given 6×24×24");
  CHECK(contains(result.error().message, "10×1×1"));
  CHECK(contains(result.error().hint, "flatten"));
}

TEST_CASE("names: defaults avoid those given, doubles and bad ones are refused") {
  const auto network =
      value_of(build({conv5, named(conv5, "conv1"), layer("relu"), layer("flatten"), layer("flatten"), fc10}));
  CHECK(network->nodes()[0].name == "conv2");
  CHECK(network->nodes()[3].name == "flatten");
  CHECK(network->nodes()[4].name == "flatten2");
  CHECK(network->spec().layers[0].name == "conv2");
  CHECK_ERROR(build({named(conv5, "a"), named(pool2, "a")}), invalid_argument, "two layers are named 'a'");
  CHECK_ERROR(build({named(conv5, "input")}), invalid_argument, "cannot be named 'input'");
  CHECK_ERROR(build({named(conv5, "a b")}), invalid_argument, "cannot be named 'a b'");
  CHECK_ERROR(build({layer("conv2")}), unknown_layer, "unknown type 'conv2'");
}

TEST_CASE("wiring: inputs by name, only from above, and nothing left over") {
  const auto network = value_of(build({named(conv5, "a", {"input"}), named(pool2, "b", {"a"})}));
  CHECK(network->nodes()[1].inputs == std::vector<int>{1});
  CHECK_ERROR(build({named(conv5, "a", {"b"}), named(pool2, "b")}), unknown_layer, "'b', which is not above it");
  CHECK_ERROR(build({named(conv5, "a", {"a"})}), unknown_layer, "not above it");
  CHECK_ERROR(build({named(conv5, "a"), named(pool2, "b", {"a", "input"})}), invalid_argument, "is given 2 inputs");
  CHECK_ERROR(build({named(conv5, "a"), named(conv5, "b", {"input"})}), invalid_argument,
              "nothing takes the output of 'a'");
  CHECK_ERROR(build({}), invalid_argument, "0 layers");
}

TEST_CASE("input and normalization are checked") {
  CHECK_ERROR(build({conv5}, {0, 28, 28}), invalid_shape, "0×28×28");
  CHECK_ERROR(build({conv5}, {1, -3, 28}), invalid_shape, "1×-3×28");
  CHECK_ERROR(build({conv5}, {60000, 60000, 1}), invalid_shape, "60000×60000×1");
  const auto normalized = [](std::vector<double> mean, std::vector<double> std) {
    return graph::build_network({"", {{3, 8, 8}, std::move(mean), std::move(std)}, {conv5}});
  };
  CHECK(normalized({0, 0.5, 1}, {1, 1, 2}).ok());
  CHECK_ERROR(normalized({0.5}, {}), invalid_argument, "1 numbers in 'mean' for 3 channels");
  CHECK_ERROR(normalized({}, {1, 0, 1}), invalid_argument, "std cannot be 0");
  CHECK_ERROR(normalized({0, 0, 1e300}, {}), invalid_argument, "mean cannot be 1e+300");
}

TEST_CASE("limits are refused with the numbers before anything is allocated") {
  const auto huge = layer("conv2d", {{"outChannels", 60000.0}, {"kernelSize", 1000.0}, {"padding", 1000.0}});
  CHECK_ERROR(build({huge}), out_of_memory, "layer 'conv1' would give 60000×1029×1029");
  const auto wide = layer("linear", {{"outFeatures", 16'000'000.0}});
  CHECK_ERROR(build({wide}, {100, 1, 1}), out_of_memory, "1.616e+09 parameters; a network may have 268435456");
  CHECK_ERROR(build({conv5}, {1, 28, 28}, {.parameters = 100}), out_of_memory, "may have 100");
  CHECK_ERROR(build({conv5, pool2}, {1, 28, 28}, {.layers = 1}), invalid_argument, "2 layers");
}

// The executor against the naive composition of reference kernels: random networks, batches and tails, with and without
// fusion; pins, frozen layers, limits and errors.
//
// Tolerance 5e-6 of the largest value: up to 8 layers of float32 sums against double (measured: 1.6e-6).
#include "naive_network.hpp"
#include "striate/models/zoo.hpp"

#include <doctest/doctest.h>

#include <cstring>

using namespace striate;
using namespace striate::tests;

namespace {

constexpr double tolerance = 5e-6;

// Convolutions, ReLUs and pools in any order, then maybe flatten, linear, ReLU, linear.
graph::NetworkSpec random_network(core::Rng& rng) {
  const auto number = [&](int from, int to) {
    return static_cast<double>(from + static_cast<int>(rng.below(static_cast<std::uint32_t>(to - from + 1))));
  };
  graph::NetworkSpec spec;
  spec.input.shape = {static_cast<int>(number(1, 4)), static_cast<int>(number(9, 14)), static_cast<int>(number(9, 14))};
  const int layers = static_cast<int>(number(1, 5));
  for (int i = 0; i < layers; ++i) {
    switch (rng.below(4)) {
      case 0:
      case 1:
        spec.layers.push_back(
            layer("conv2d", {{"outChannels", number(1, 9)},
                             {"kernelSize", std::vector<double>{number(1, 3), number(1, 3)}},
                             {"stride", number(1, 2)},
                             {"padding", std::vector<double>{number(0, 2), number(0, 2), number(0, 2), number(0, 2)}},
                             {"paddingValue", number(-1, 1) * 0.5},
                             {"bias", rng.below(4) != 0}}));
        if (rng.below(2) == 0) break;
        [[fallthrough]];
      case 2:
        spec.layers.push_back(layer("relu"));
        break;
      case 3:
        spec.layers.push_back(layer("maxPool2d", {{"kernelSize", 2.0}, {"stride", 1.0}, {"padding", number(0, 1)}}));
        break;
    }
  }
  if (rng.below(2) == 0) {
    spec.layers.push_back(layer("flatten"));
    spec.layers.push_back(layer("linear", {{"outFeatures", number(1, 20)}}));
    if (rng.below(2) == 0) spec.layers.push_back(layer("relu"));
    spec.layers.push_back(layer("linear", {{"outFeatures", number(1, 10)}}));
  }
  return spec;
}

std::string describe(const graph::NetworkSpec& spec) {
  std::string text = to_string(spec.input.shape);
  for (const auto& one : spec.layers) text += " " + one.type;
  return text;
}

std::size_t floats_of(const core::Shape& shape, int images) {
  return static_cast<std::size_t>(shape.elements()) * static_cast<std::size_t>(images);
}

void compare(Model& model, const graph::ExecutorOptions& options, int images, std::uint32_t item) {
  const Floats input = random_floats(floats_of(model.network->input_shape(), images), item);
  const Floats doutput = random_floats(floats_of(model.network->output_shape(), images), item + 1);
  const NaiveRun naive = run_naively(model, images, input, doutput);
  auto executor = value_of(graph::Executor::make(*model.network, *model.store, options));
  // Twice, so that what the first run left behind in the arena cannot help or hurt the second.
  for (int repeat = 0; repeat < 2; ++repeat) {
    put(executor->kernels(), input, images, executor->input(images));
    executor->forward(images);
    CHECK(relative_error(get(executor->kernels(), executor->output(), images), to_single(naive.values.back())) <=
          tolerance);
    put(executor->kernels(), doutput, images, executor->doutput());
    executor->backward();
    CHECK(relative_error(get(executor->kernels(), executor->input_gradient(), images), to_single(naive.gradients[0])) <=
          tolerance);
    for (std::size_t i = 0; i < model.network->nodes().size(); ++i) {
      for (std::size_t k = 0; k < model.network->nodes()[i].parameters.size(); ++k) {
        CAPTURE(model.network->nodes()[i].name);
        const int p = model.store->first_of(static_cast<int>(i)) + static_cast<int>(k);
        CHECK(relative_error(model.store->gradients(p), to_single(naive.parameter_gradients[i][k])) <= tolerance);
      }
    }
  }
}

}  // namespace

TEST_CASE("random networks: output and all gradients equal the naive composition") {
  core::Rng rng(8, core::RandomStream::synthetic);
  for (std::uint32_t round = 0; round < 60; ++round) {
    const graph::NetworkSpec spec = random_network(rng);
    CAPTURE(describe(spec));
    const int batch = static_cast<int>(rng.below(20)) + 1;
    const int images = static_cast<int>(rng.below(static_cast<std::uint32_t>(batch))) + 1;
    CAPTURE(batch);
    CAPTURE(images);
    Model model = make_model(spec, round);
    for_each_arch([&](const kernels::KernelTable& table) {
      for (const bool fuse : {true, false}) {
        CAPTURE(fuse);
        compare(
            model,
            {.mode = graph::Mode::training,
             .batch = batch,
             .fuse = fuse,
             .input_gradient = true,
             .convolution = static_cast<kernels::Convolution>(round % 4),
             .kernels = &table},
            images, round * 2);
      }
    });
  }
}

TEST_CASE("fusion changes no bit of output or gradients") {
  Model model = make_model(value_of(models::make_from_zoo("lenet")));
  const Floats input = random_floats(784 * 19, 1), doutput = random_floats(10 * 19, 2);
  std::vector<Floats> outputs, gradients;
  for (const bool fuse : {true, false}) {
    auto executor = value_of(graph::Executor::make(*model.network, *model.store,
                                                   {.mode = graph::Mode::training, .batch = 32, .fuse = fuse}));
    put(executor->kernels(), input, 19, executor->input(19));
    executor->forward(19);
    outputs.push_back(get(executor->kernels(), executor->output(), 19));
    put(executor->kernels(), doutput, 19, executor->doutput());
    executor->backward();
    Floats all;
    for (int p = 0; p < static_cast<int>(model.store->parameters().size()); ++p) {
      all.insert(all.end(), model.store->gradients(p).begin(), model.store->gradients(p).end());
    }
    gradients.push_back(all);
  }
  CHECK(outputs[0] == outputs[1]);
  CHECK(gradients[0] == gradients[1]);
}

TEST_CASE("pins: every layer's own value, a convolution's before its ReLU") {
  Model model = make_model(value_of(models::make_from_zoo("lenet")));
  const Floats input = random_floats(784 * 2, 1), doutput(20, 0.0f);
  const NaiveRun naive = run_naively(model, 2, input, doutput);
  const auto check = [&](const graph::ExecutorOptions& options, const std::string& name) {
    auto executor = value_of(graph::Executor::make(*model.network, *model.store, options));
    put(executor->kernels(), input, 2, executor->input());
    executor->forward(2);
    const auto index = name == "input" ? std::size_t{0} : static_cast<std::size_t>(model.network->find(name)) + 1;
    CAPTURE(name);
    CHECK(relative_error(get(executor->kernels(), value_of(executor->value(name)), 2),
                         to_single(naive.values[index])) <= tolerance);
  };
  for (const graph::Node& node : model.network->nodes()) {
    check({.batch = 2, .pin_all = true}, node.name);
    check({.batch = 2, .pins = {node.name}}, node.name);
  }
  check({.batch = 2, .pins = {"input"}}, "input");
  const Floats conv1 = to_single(naive.values[1]);
  CHECK(*std::min_element(conv1.begin(), conv1.end()) < 0);

  CHECK_ERROR(graph::Executor::make(*model.network, *model.store, {.pins = {"conv9"}}), unknown_layer, "conv9");
  auto plain = value_of(graph::Executor::make(*model.network, *model.store, {}));
  CHECK_ERROR(plain->value("conv1"), not_found, "'conv1' is not kept");
  CHECK(plain->value("fc3").ok());
}

TEST_CASE("memory: planned before it is reserved, shared in time, refused with the numbers") {
  Model model = make_model(value_of(models::make_from_zoo("lenet")));
  const auto bytes = [&](const graph::ExecutorOptions& options) {
    return value_of(graph::Executor::plan(*model.network, *model.store, options))->planned_bytes();
  };
  const std::size_t training = bytes({.mode = graph::Mode::training, .batch = 32});
  const std::size_t inference = bytes({.batch = 32});
  const std::size_t pinned = bytes({.batch = 32, .pin_all = true});
  CHECK(inference < training);
  CHECK(inference < pinned);
  CHECK(training < 3'000'000);
  // Two neighbouring values are all that inference must hold at a time: conv1's input and output.
  CHECK(inference <= 32 * 4 * (32 * 32 + 6 * 28 * 28 + 6 * 14 * 14) + 4096);

  const auto refused = graph::Executor::plan(
      *model.network, *model.store, {.mode = graph::Mode::training, .batch = 32, .limits = {.plan_bytes = 1 << 20}});
  CHECK_ERROR(refused, out_of_memory, "training plan for batch 32");
  CHECK(contains(refused.error().message, "more than the limit of 1 MiB"));
  CHECK_ERROR(graph::Executor::plan(*model.network, *model.store, {.batch = 0}), invalid_argument, "batch size 0");
  CHECK_ERROR(graph::Executor::plan(*model.network, *model.store, {.batch = 70'000}), invalid_argument,
              "batch size 70000");
}

TEST_CASE("memory: a huge halo or batch is refused, not attempted") {
  const auto padded =
      layer("conv2d", {{"outChannels", 1.0}, {"kernelSize", 1.0}, {"stride", 60000.0}, {"padding", 60000.0}});
  Model model = make_model({"", {{4, 28, 28}, {}, {}}, {padded}});
  CHECK_ERROR(graph::Executor::plan(*model.network, *model.store, {.batch = 1}), out_of_memory,
              "the output of 'input'");
  const auto wide = layer("conv2d", {{"outChannels", 64.0}, {"kernelSize", 1.0}});
  Model large = make_model({"", {{1, 1000, 1000}, {}, {}}, {wide}});
  CHECK_ERROR(graph::Executor::plan(*large.network, *large.store, {.batch = 64}), out_of_memory, "15625 MiB");
}

TEST_CASE("frozen layers: no gradients above the lowest trained one, and less memory") {
  Model model = make_model(value_of(models::make_from_zoo("lenet")));
  const auto plan = [&] {
    return value_of(graph::Executor::make(*model.network, *model.store, {.mode = graph::Mode::training, .batch = 8}));
  };
  const auto run = [&](graph::Executor& executor) {
    put(executor.kernels(), random_floats(784 * 8, 3), 8, executor.input());
    executor.forward(8);
    put(executor.kernels(), random_floats(80, 4), 8, executor.doutput());
    executor.backward();
  };
  auto full = plan();
  run(*full);
  const int fc2 = model.store->find("fc2.weight"), conv1 = model.store->find("conv1.weight");
  const Floats expected(model.store->gradients(fc2).begin(), model.store->gradients(fc2).end());
  REQUIRE(largest(model.store->gradients(conv1)) > 0);

  succeed(model.store->freeze_until(*model.network, "fc1"));
  auto frozen = plan();
  CHECK(frozen->planned_bytes() < full->planned_bytes());
  std::memset(model.store->gradient_data(0), 0, model.store->floats() * sizeof(float));
  run(*frozen);
  CHECK(Floats(model.store->gradients(fc2).begin(), model.store->gradients(fc2).end()) == expected);
  CHECK(largest(model.store->gradients(conv1)) == 0);
  CHECK(largest(model.store->gradients(model.store->find("fc1.weight"))) == 0);
}

TEST_CASE("the first layer with a number that is not finite is named") {
  Model model = make_model(value_of(models::make_from_zoo("lenet")));
  auto executor =
      value_of(graph::Executor::make(*model.network, *model.store, {.mode = graph::Mode::training, .batch = 4}));
  const auto run = [&] {
    put(executor->kernels(), random_floats(784 * 4, 3), 4, executor->input());
    executor->forward(4);
    return executor->first_not_finite();
  };
  CHECK(run() == nullptr);
  model.store->values(model.store->find("fc2.bias"))[3] = 1e38f;
  model.store->values(model.store->find("fc3.weight"))[3] = 1e38f;
  REQUIRE(run() != nullptr);
  CHECK(*run() == "fc3");
  model.store->values(model.store->find("conv2.bias"))[0] = std::numeric_limits<float>::infinity();
  CHECK(*run() == "relu2");  // conv2's own output vanished into its ReLU
}

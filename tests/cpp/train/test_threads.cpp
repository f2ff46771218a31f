// Same seed, same bits, whatever the number of threads: whole trainings, tails of batches included, and every layer
// whose passes are cut into pieces. A WebAssembly build without threads runs these on one.
#include "allocation_counter.hpp"
#include "datasets.hpp"
#include "striate/core/thread_pool.hpp"
#include "striate/models/zoo.hpp"
#include "striate/train/evaluator.hpp"
#include "striate/train/trainer.hpp"

#include <doctest/doctest.h>

#include <cstring>
#include <thread>

using namespace striate;
using namespace striate::tests;

namespace {

// Whoever fails leaves one thread behind.
struct Threads {
  explicit Threads(int count) { succeed(core::use_threads(count)); }
  ~Threads() { succeed(core::use_threads(1)); }
};

// Sanitizers look at memory, for which pieces of unequal size will do; the bits are compared in the other builds.
#ifdef STRIATE_SANITIZE
constexpr int numbers_of_threads[] = {3};
constexpr kernels::Convolution ways[] = {kernels::Convolution::automatic};
#else
constexpr int numbers_of_threads[] = {2, 3, 4};
constexpr kernels::Convolution ways[] = {kernels::Convolution::automatic, kernels::Convolution::direct, kernels::Convolution::winograd2};
#endif

struct Outcome {
  Floats weights;
  std::vector<double> numbers;  // losses and norms of the steps, then those of an evaluation
  std::size_t bytes = 0;
};

Outcome train_on(int threads, const graph::NetworkSpec& spec, int images, train::TrainOptions options) {
  const Threads scope(threads);
  Model model = make_model(spec);
  const auto dataset = squares(images);
  options.seed = 5;
  options.gradient_norm = true;
  auto trainer = value_of(train::Trainer::begin(*model.network, *model.store, dataset, options));
  Outcome outcome;
  outcome.bytes = trainer->planned_bytes();
  while (!trainer->done()) {
    const auto report = value_of(trainer->step());
    outcome.numbers.push_back(report.loss);
    outcome.numbers.push_back(report.gradient_norm);
  }
  auto evaluator = value_of(train::Evaluator::begin(*model.network, *model.store, dataset, {.batch_size = 33}));
  while (!evaluator->done()) succeed(evaluator->advance(1000));
  outcome.numbers.push_back(evaluator->result().loss);
  const auto values = model.store->all_values();
  outcome.weights.assign(values.begin(), values.end());
  return outcome;
}

void check_same_bits(const graph::NetworkSpec& spec, int images, const train::TrainOptions& options) {
  const Outcome one = train_on(1, spec, images, options);
  CHECK(one.numbers.size() >= 4);
  for (const int threads : numbers_of_threads) {
    CAPTURE(threads);
    const Outcome several = train_on(threads, spec, images, options);
    CHECK(several.numbers == one.numbers);
    REQUIRE(several.weights.size() == one.weights.size());
    CHECK(std::memcmp(several.weights.data(), one.weights.data(), one.weights.size() * sizeof(float)) == 0);
    CHECK(several.bytes >= one.bytes);
  }
}

core::Options sized(int channels, int kernel, int padding) {
  return {{"outChannels", static_cast<double>(channels)},
          {"kernelSize", static_cast<double>(kernel)},
          {"padding", static_cast<double>(padding)}};
}

}  // namespace

TEST_CASE("threads: LeNet's training has the same bits on 1 to 4, batches of all sizes and their tails") {
  const auto lenet = value_of(models::make_from_zoo("lenet"));
  const core::TypedOptions sgd = {"sgd", {{"learningRate", 0.05}, {"momentum", 0.9}}};
  for (const auto& [batch, images] : {std::pair(1, 5), std::pair(17, 70), std::pair(64, 150), std::pair(100, 217)}) {
    CAPTURE(batch);
    check_same_bits(lenet, images, {.epochs = 2, .batch_size = batch, .optimizer = sgd});
  }
  check_same_bits(lenet, 80, {.epochs = 2, .batch_size = 48, .optimizer = {"adamw", {{"learningRate", 0.002}}}, .clip_norm = 1});
}

TEST_CASE("threads: a residual network with batch norm has the same bits on 1 to 4") {
  const auto resnet = value_of(models::make_from_zoo("resnet8", {10, {1, 28, 28}}));
  const core::TypedOptions sgd = {"sgd", {{"learningRate", 0.1}, {"momentum", 0.9}}};
  check_same_bits(resnet, 85, {.epochs = 1, .batch_size = 50, .optimizer = sgd});
  // Fewer blocks than threads: bands of rows.
  check_same_bits(resnet, 40, {.epochs = 1, .batch_size = 20, .optimizer = sgd});
  check_same_bits(resnet, 18, {.epochs = 1, .batch_size = 9, .optimizer = sgd});
}

TEST_CASE("threads: the input's gradient through frozen layers has the same bits on 1 to 4") {
  const auto gradient_on = [](int threads, const graph::NetworkSpec& spec, kernels::Convolution convolution) {
    const Threads scope(threads);
    Model model = make_model(spec);
    for (int node = 0; node < static_cast<int>(model.network->nodes().size()); node += 2) model.store->set_node(node, false, false);
    auto executor = value_of(graph::Executor::make(*model.network, *model.store,
                                                   {.mode = graph::Mode::training, .batch = 20, .input_gradient = true,
                                                    .convolution = convolution, .lanes = kernels::Lanes::images}));
    put(executor->kernels(), random_floats(20 * 784, 3), 20, executor->input());
    executor->forward(20);
    put(executor->kernels(), random_floats(20 * 10, 4), 20, executor->doutput());
    executor->backward();
    return get(executor->kernels(), executor->input_gradient(), 20);
  };
  graph::NetworkSpec wide{"wide windows", {{1, 28, 28}, {}, {}}, {}};
  wide.layers = {layer("conv2d", sized(16, 5, 2)), layer("relu"), layer("conv2d", sized(16, 5, 2)), layer("relu"),
                 layer("conv2d", {{"outChannels", 16.0}, {"kernelSize", 3.0}, {"padding", 1.0}, {"stride", 2.0}, {"paddingValue", 0.5}}),
                 layer("flatten"), layer("linear", {{"outFeatures", 10.0}})};
  for (const graph::NetworkSpec& spec : {value_of(models::make_from_zoo("resnet8", {10, {1, 28, 28}})), wide}) {
    CAPTURE(spec.name);
    for (const kernels::Convolution convolution : ways) {
      const Floats one = gradient_on(1, spec, convolution);
      for (const int threads : numbers_of_threads) CHECK(gradient_on(threads, spec, convolution) == one);
    }
  }
}

TEST_CASE("threads: dropout and its network have the same bits on 1 to 4") {
  const auto alexnet = value_of(models::make_from_zoo("alexnet-mini", {10, {1, 28, 28}}));
  check_same_bits(alexnet, 70, {.epochs = 1, .batch_size = 40, .optimizer = {"sgd", {{"learningRate", 0.02}}}});
}

TEST_CASE("threads: every layer that is cut into pieces has the same bits on 1 to 4") {
  // Layers with parameters, statistics, masks, padded copies and several readers of one value, wide enough to be shared
  // out.
  graph::NetworkSpec spec{"pieces", {{1, 28, 28}, {}, {}}, {}};
  spec.layers = {
      layer("conv2d", sized(12, 3, 1), "c1"),
      layer("batchNorm2d"),
      layer("tanh"),
      layer("localResponseNorm", {{"size", 5.0}}, "lrn"),
      layer("conv2d", {{"outChannels", 12.0}, {"kernelSize", 3.0}, {"padding", 1.0}, {"groups", 2.0}, {"paddingMode", "reflect"}}, "c2"),
      layer("groupNorm", {{"groups", 3.0}}),
      layer("dropout2d", {{"p", 0.2}}, "d"),
  };
  spec.layers.push_back({"add", "sum", {"lrn", "d"}, {}});
  spec.layers.push_back(layer("relu"));
  spec.layers.push_back(layer("subsampling2d"));
  spec.layers.push_back(layer("convTranspose2d", {{"outChannels", 6.0}, {"kernelSize", 2.0}, {"stride", 2.0}}, "up"));
  spec.layers.push_back({"concat", "both", {"up", "sum"}, {}});
  spec.layers.push_back(layer("averagePool2d", {{"kernelSize", 2.0}}));
  spec.layers.push_back(layer("flatten"));
  spec.layers.push_back(layer("linear", {{"outFeatures", 10.0}}));
  check_same_bits(spec, 75, {.epochs = 1, .batch_size = 40, .optimizer = {"sgd", {{"learningRate", 0.01}}}});
}

TEST_CASE("threads: LeNet-98 with its connection table and radial basis has the same bits on 1 to 4") {
  check_same_bits(value_of(models::make_from_zoo("lenet5-1998")), 70,
                  {.epochs = 1, .batch_size = 40, .optimizer = {"sgd", {{"learningRate", 1e-4}}}});
}

TEST_CASE("threads: partial sums of gradients are close to the whole sum, and the plan announces their room") {
  // One block is one sum; the same images in four blocks are four partial sums.
  Model model = make_model(value_of(models::make_from_zoo("lenet")));
  auto four = value_of(graph::Executor::make(*model.network, *model.store, {.mode = graph::Mode::training, .batch = 64}));
  const auto& table = four->kernels();
  const Floats input = random_floats(64 * 784, 3), ones(64 * 10, 0.01f);
  put(table, input, 64, four->input());
  four->forward(64);
  put(table, ones, 64, four->doutput());
  four->backward();
  std::vector<Floats> whole;
  for (std::size_t p = 0; p < model.store->parameters().size(); ++p) {
    const auto gradients = model.store->gradients(static_cast<int>(p));
    whole.emplace_back(gradients.begin(), gradients.end());
  }
  // Image by image, added in double.
  auto single = value_of(graph::Executor::make(*model.network, *model.store, {.mode = graph::Mode::training, .batch = 1}));
  std::vector<std::vector<double>> sums;
  for (const Floats& gradient : whole) sums.emplace_back(gradient.size(), 0.0);
  for (int image = 0; image < 64; ++image) {
    put(table, std::span(input).subspan(static_cast<std::size_t>(image) * 784, 784), 1, single->input());
    single->forward(1);
    put(table, std::span(ones).first(10), 1, single->doutput());
    single->backward();
    for (std::size_t p = 0; p < sums.size(); ++p) {
      const auto gradients = model.store->gradients(static_cast<int>(p));
      for (std::size_t i = 0; i < gradients.size(); ++i) sums[p][i] += static_cast<double>(gradients[i]);
    }
  }
  for (std::size_t p = 0; p < sums.size(); ++p) {
    CAPTURE(model.store->parameters()[p].name);
    const Floats expected(sums[p].begin(), sums[p].end());
    CHECK(error_of_largest(whole[p], expected) < 2e-5);
  }
}

TEST_CASE("threads: a training step allocates nothing on three of them") {
  const Threads scope(3);
  Model model = make_model(value_of(models::make_from_zoo("resnet8", {10, {1, 28, 28}})));
  auto trainer = value_of(train::Trainer::begin(*model.network, *model.store, squares(100), {.epochs = 2, .batch_size = 48}));
  double sum = 0;
  const auto allocations = allocations_in([&] { sum = sum_of_losses(*trainer); });
  CHECK(sum > 0);
  CHECK(allocations == 0);
}

// Plans whose lanes are channels: the same answers and gradients as with images in the lanes, for layers of every kind that can
// be in one and for whole networks; chosen from shapes and batch; weights prepared again exactly when they have changed.
//
// The images' plans are held to the double twin elsewhere, and the kernels of these in tests/cpp/kernels. Differences are rounding: sums in another order, and a batch norm
// that went into weights.
#include "harness.hpp"
#include "striate/layers/registry.hpp"
#include "striate/models/zoo.hpp"

#include <doctest/doctest.h>

using namespace striate;
using namespace striate::tests;

namespace {

graph::ExecutorOptions inference(int batch, kernels::Lanes lanes, const kernels::KernelTable* table = nullptr) {
  return {.mode = graph::Mode::inference, .batch = batch, .lanes = lanes, .kernels = table};
}

// Statistics of batch norms that are not 0 and 1, biases that are not 0.
void stir(graph::ParamStore& store) {
  for (std::size_t p = 0; p < store.parameters().size(); ++p) {
    const graph::Parameter& parameter = store.parameters()[p];
    const bool variance = parameter.name.ends_with("running_var");
    if (parameter.shape.size() != 1) continue;
    const Floats values = random_floats(parameter.count, static_cast<std::uint32_t>(p), variance ? 0.5f : -0.5f, 1.5f);
    succeed(store.set_values(static_cast<int>(p), values));
  }
}

Floats answers(Model& model, const graph::ExecutorOptions& options, const Floats& images, int count) {
  auto executor = value_of(graph::Executor::make(*model.network, *model.store, options));
  CHECK(executor->channel_lanes() == (options.lanes == kernels::Lanes::channels));
  put(executor->kernels(), images, count, executor->input(count));
  executor->forward(count);
  return get(executor->kernels(), executor->output(), count);
}

graph::NetworkSpec chain(core::Shape input, std::vector<graph::LayerSpec> layers) { return {"", {input, {}, {}}, std::move(layers)}; }

graph::LayerSpec conv(double channels, double kernel, double stride = 1, double padding = 0, std::string name = {}) {
  return layer("conv2d", {{"outChannels", channels}, {"kernelSize", kernel}, {"stride", stride}, {"padding", padding}}, std::move(name));
}

void same_as_images(const graph::NetworkSpec& spec, int batch, double tolerance = 1e-5) {
  Model model = make_model(spec);
  stir(*model.store);
  const auto pixels = static_cast<std::size_t>(model.network->input_shape().elements());
  const Floats images = random_floats(static_cast<std::size_t>(batch) * pixels, 3);
  for_each_arch([&](const kernels::KernelTable& table) {
    const Floats expected = answers(model, inference(batch, kernels::Lanes::images, &table), images, batch);
    const Floats got = answers(model, inference(batch, kernels::Lanes::channels, &table), images, batch);
    CHECK(error_of_largest(got, expected) < tolerance);
  });
}

graph::LayerSpec reads(graph::LayerSpec spec, std::vector<std::string> inputs) {
  spec.inputs = std::move(inputs);
  return spec;
}

}  // namespace

TEST_CASE("channels as lanes: every layer that can be in such a plan") {
  const core::Shape input{3, 9, 8};
  const std::vector<graph::LayerSpec> between = {
      conv(16, 3, 1, 1), conv(5, 3, 2, 1), conv(33, 1),
      layer("conv2d", {{"outChannels", 6.0}, {"kernelSize", 3.0}, {"padding", 1.0}, {"paddingValue", 0.5}}),
      layer("conv2d", {{"outChannels", 32.0}, {"kernelSize", 3.0}, {"groups", 2.0}}),
      layer("conv2d", {{"outChannels", 3.0}, {"kernelSize", 3.0}, {"connections", std::vector<double>{5, 2, 7}}}),
      layer("relu"), layer("leakyRelu"), layer("elu"), layer("gelu"), layer("silu"), layer("hardswish"), layer("sigmoid"),
      layer("tanh"), layer("scaledTanh"), layer("maxPool2d", {{"kernelSize", 3.0}, {"stride", 2.0}, {"padding", 1.0}}),
      layer("averagePool2d", {{"kernelSize", 2.0}}),
      layer("globalAveragePool2d"), layer("dropout"), layer("dropout2d"), layer("batchNorm2d"),
      layer("zeroPad2d", {{"padding", 2.0}, {"paddingMode", "reflect"}}), layer("upsample", {{"scale", 2.0}, {"mode", "bilinear"}}),
      layer("identityShortcut", {{"outChannels", 48.0}})};
  // A plain image with channels enough for Winograd's filtering.
  same_as_images(chain({17, 9, 8}, {conv(18, 3, 1, 1), layer("flatten")}), 2);
  int held = 0;
  for (const graph::LayerSpec& one : between) {
    for (const int batch : {1, 3}) {
      CAPTURE(one.type);
      // The pool keeps a batch norm from going into the convolution.
      const graph::LayerSpec pool = layer("maxPool2d", {{"kernelSize", 2.0}, {"stride", 1.0}});
      same_as_images(chain(input, {conv(16, 3, 1, 1), pool, one, layer("relu"), layer("flatten"),
                                   layer("linear", {{"outFeatures", 7.0}})}), batch);
      ++held;
    }
  }
  CHECK(held == 48);
}

TEST_CASE("channels as lanes: batch norm, sum and ReLU go into the convolution before them") {
  for (const int batch : {1, 2}) {
    const graph::NetworkSpec block = chain({3, 10, 10}, {
        conv(16, 3, 1, 1, "stem"), layer("batchNorm2d", {}, "norm0"), layer("relu", {}, "relu0"),
        conv(16, 3, 1, 1, "conv1"), layer("batchNorm2d", {}, "norm1"), layer("relu", {}, "relu1"),
        conv(16, 3, 1, 1, "conv2"), layer("batchNorm2d", {{"affine", false}}, "norm2"),
        reads(layer("add", {}, "sum"), {"norm2", "relu0"}), layer("relu", {}, "out"),
        conv(24, 1, 2, 0, "down"), reads(conv(24, 3, 2, 1, "conv3"), {"out"}),
        reads(layer("add", {}, "sum2"), {"conv3", "down"}), layer("globalAveragePool2d"), layer("flatten"),
        layer("linear", {{"outFeatures", 10.0}}), layer("batchNorm2d", {}, "norm3"), layer("relu")});
    same_as_images(block, batch);
  }
}

TEST_CASE("channels as lanes: networks of the zoo") {
  int held = 0;
  for (const char* name : {"lenet", "lenet5", "cifar-small", "resnet20", "resnet20-b"}) {
    CAPTURE(name);
    Model model = make_model(value_of(models::make_from_zoo(name)));
    const graph::ExecutorOptions options = inference(1, kernels::Lanes::channels);
    if (!value_of(graph::Executor::plan(*model.network, *model.store, options))->channel_lanes()) continue;
    same_as_images(value_of(models::make_from_zoo(name)), 2, 1e-4);
    ++held;
  }
  CHECK(held >= 4);
}

TEST_CASE("channels as lanes: taken for small batches, where images would leave lanes empty") {
  Model model = make_model(value_of(models::make_from_zoo("lenet")));
  for_each_arch([&](const kernels::KernelTable& table) {
    const auto channels = [&](const graph::ExecutorOptions& options) {
      return value_of(graph::Executor::plan(*model.network, *model.store, options))->channel_lanes();
    };
    CHECK(channels(inference(1, kernels::Lanes::automatic, &table)));
    CHECK(!channels(inference(1, kernels::Lanes::images, &table)));
    CHECK(!channels(inference(16, kernels::Lanes::automatic, &table)));
    CHECK(!channels(inference(20, kernels::Lanes::automatic, &table)));
    CHECK(!channels(inference(100, kernels::Lanes::automatic, &table)));
    // Values inside are asked for by images.
    graph::ExecutorOptions pinned = inference(1, kernels::Lanes::automatic, &table);
    pinned.pins = {"conv1"};
    CHECK(!channels(pinned));
  });
  Model soft = make_model(chain({2, 1, 1}, {layer("linear", {{"outFeatures", 3.0}}), layer("softmax")}));
  CHECK(!value_of(graph::Executor::plan(*soft.network, *soft.store, inference(1, kernels::Lanes::channels)))->channel_lanes());
}

TEST_CASE("channels as lanes: Winograd's tiles by how many share the weights") {
  core::WindowGeometry window;
  window.y = window.x = {3, 1, 1, 1, 1};
  const auto chosen = [&](int channels, int size, int images, int width = 4,
                          kernels::Convolution wanted = kernels::Convolution::automatic) {
    const core::Shape shape{channels, size, size};
    return kernels::choose_channel_convolution(shape, shape, window, 1, width, images, wanted);
  };
  CHECK(chosen(256, 14, 1) == kernels::Convolution::winograd4);
  CHECK(chosen(512, 7, 1) == kernels::Convolution::winograd4);
  CHECK(chosen(512, 4, 1) == kernels::Convolution::winograd2);
  CHECK(chosen(512, 4, 1, 4, kernels::Convolution::winograd4) == kernels::Convolution::winograd4);
  CHECK(chosen(512, 7, 1, 8) == kernels::Convolution::winograd2);
  CHECK(chosen(512, 7, 2, 8) == kernels::Convolution::winograd4);
  CHECK(chosen(8, 14, 1) == kernels::Convolution::direct);
}

TEST_CASE("channels as lanes: a panel's width, and whole panels for Winograd's products") {
  core::WindowGeometry window;
  window.y = window.x = {3, 1, 1, 1, 1};
  const auto plan = [&](int channels, int size, int images, kernels::Convolution method) {
    const core::Shape shape{channels, size, size};
    kernels::BlockedView view = kernels::blocked_view(nullptr, kernels::channel_lanes_shape(shape, 4), images, 4);
    return kernels::make_channel_conv2d_plan(shape, shape, window, 1, view, 4, method);
  };
  CHECK(plan(64, 14, 1, kernels::Convolution::winograd4).panel == 2);
  CHECK(plan(64, 7, 1, kernels::Convolution::direct).panel == 4);
  CHECK(plan(64, 1, 4, kernels::Convolution::direct).panel == 2);
  CHECK(plan(64, 1, 2, kernels::Convolution::direct).panel == 4);
  // 20 channels are five vectors: three panels of two.
  CHECK(plan(20, 8, 1, kernels::Convolution::winograd4).weight_floats() == 36 * 20 * 24);
  CHECK(plan(20, 8, 1, kernels::Convolution::direct).weight_floats() == 9 * 20 * 20);
}

TEST_CASE("channels as lanes: fewer images than planned, and weights that change") {
  Model model = make_model(value_of(models::make_from_zoo("lenet")));
  const Floats images = random_floats(3 * 784, 5);
  const Floats two(images.begin(), images.begin() + 2 * 784);
  auto executor = value_of(graph::Executor::make(*model.network, *model.store, inference(3, kernels::Lanes::channels)));
  const auto run = [&](const Floats& values, int count) {
    put(executor->kernels(), values, count, executor->input(count));
    executor->forward(count);
    return get(executor->kernels(), executor->output(), count);
  };
  const Floats all = run(images, 3);
  CHECK(run(two, 2) == Floats(all.begin(), all.begin() + 20));
  CHECK(executor->output().blocks == 1);

  const std::uint64_t version = model.store->version();
  CHECK(run(images, 3) == all);
  CHECK(model.store->version() == version);
  stir(*model.store);
  CHECK(model.store->version() > version);
  const Floats after = run(images, 3);
  CHECK(after != all);
  CHECK(after == answers(model, inference(3, kernels::Lanes::channels), images, 3));
}

TEST_CASE("channels as lanes: the same bits on any number of threads, and the memory that was planned") {
  Model model = make_model(chain({16, 20, 20}, {conv(16, 1), conv(64, 3, 1, 1), layer("batchNorm2d"), layer("relu"),
                                                layer("maxPool2d", {{"kernelSize", 2.0}}), conv(40, 5, 2, 2), layer("flatten"),
                                                layer("linear", {{"outFeatures", 300.0}})}));
  stir(*model.store);
  const Floats images = random_floats(16 * 400, 8);
  Floats first;
  std::size_t bytes = 0;
  for (const int threads : {1, 2, 4}) {
    core::ThreadPool pool(threads);
    graph::ExecutorOptions options = inference(1, kernels::Lanes::channels);
    options.pool = &pool;
    const Floats got = answers(model, options, images, 1);
    if (first.empty()) first = got;
    CHECK(got == first);
    const std::size_t planned = value_of(graph::Executor::plan(*model.network, *model.store, options))->planned_bytes();
    CHECK(planned >= bytes);
    bytes = planned;
  }
  // The prepared weights of convolutions are part of it; linear layers of one image read theirs as they lie.
  CHECK(bytes > 4 * (64 * 16 * 36 + 40 * 64 * 25));
}

namespace {

// Output, then the gradient of every parameter, of a training step.
Floats training_step(Model& model, kernels::Lanes lanes, const kernels::KernelTable& table, int batch, int count) {
  auto executor = value_of(graph::Executor::make(*model.network, *model.store,
                                                 {.mode = graph::Mode::training, .batch = batch, .lanes = lanes, .kernels = &table}));
  CHECK(executor->channel_lanes() == (lanes == kernels::Lanes::channels));
  const auto pixels = static_cast<std::size_t>(model.network->input_shape().elements());
  Floats all;
  for (const int images : {batch, count}) {  // a whole batch before: nothing of it may stay
    const Floats input = random_floats(static_cast<std::size_t>(images) * pixels, static_cast<std::uint32_t>(images));
    put(table, input, images, executor->input(images));
    executor->forward(images);
    all = get(table, executor->output(), images);
    put(table, random_floats(all.size(), 17), images, executor->doutput());
    executor->backward();
  }
  for (std::size_t p = 0; p < model.store->parameters().size(); ++p) {
    const auto gradients = std::as_const(*model.store).gradients(static_cast<int>(p));
    all.insert(all.end(), gradients.begin(), gradients.end());
  }
  return all;
}

void same_step(const graph::NetworkSpec& spec) {
  Model model = make_model(spec);
  stir(*model.store);
  for_each_arch([&](const kernels::KernelTable& table) {
    for (const auto& [batch, count] : {std::pair{1, 1}, {3, 2}}) {
      const Floats expected = training_step(model, kernels::Lanes::images, table, batch, count);
      CHECK(error_of_largest(training_step(model, kernels::Lanes::channels, table, batch, count), expected) < 1e-5);
    }
  });
}

}  // namespace

TEST_CASE("channels as lanes: training steps of small batches") {
  same_step(value_of(models::make_from_zoo("lenet")));
  same_step(chain({2, 1, 1}, {layer("linear", {{"outFeatures", 3.0}}), layer("tanh"),
                              layer("linear", {{"outFeatures", 19.0}, {"bias", false}})}));
  const graph::LayerSpec uneven = layer("conv2d", {{"outChannels", 7.0},
                                                   {"kernelSize", std::vector<double>{3, 2}},
                                                   {"padding", std::vector<double>{2, 0, 1, 1}},
                                                   {"paddingValue", 0.5}});
  same_step(chain({3, 9, 7}, {uneven, layer("silu"), layer("maxPool2d", {{"kernelSize", 3.0}, {"stride", 2.0}, {"padding", 1.0}}),
                              conv(18, 3, 1, 1), layer("relu"), layer("averagePool2d", {{"kernelSize", 2.0}}), conv(5, 1),
                              layer("relu"), conv(9, 2, 1, 1), layer("flatten"), layer("linear", {{"outFeatures", 37.0}}),
                              layer("relu"), layer("linear", {{"outFeatures", 10.0}})}));
  same_step(chain({2, 6, 6}, {conv(6, 3, 1, 1, "a"), layer("relu", {}, "b"), conv(6, 3, 1, 1, "c"),
                              reads(layer("add", {}, "d"), {"c", "b"}), reads(layer("multiply", {}, "e"), {"d", "a"}),
                              layer("globalAveragePool2d"), layer("flatten")}));
}

TEST_CASE("channels as lanes: what a training plan leaves to images") {
  const auto takes = [](graph::NetworkSpec spec, bool input_gradient = false) {
    Model model = make_model(spec);
    const graph::ExecutorOptions options = {
        .mode = graph::Mode::training, .batch = 1, .input_gradient = input_gradient, .lanes = kernels::Lanes::channels};
    return value_of(graph::Executor::plan(*model.network, *model.store, options))->channel_lanes();
  };
  const auto with = [](graph::LayerSpec one) { return chain({4, 6, 6}, {conv(4, 1), std::move(one), layer("flatten")}); };
  CHECK(takes(with(layer("relu"))));
  CHECK(!takes(with(layer("relu")), true));
  CHECK(!takes(with(layer("batchNorm2d"))));
  CHECK(!takes(with(layer("dropout"))));
  CHECK(!takes(with(conv(4, 3, 2))));
  CHECK(!takes(with(layer("conv2d", {{"outChannels", 4.0}, {"kernelSize", 3.0}, {"groups", 2.0}}))));
}

TEST_CASE("channels as lanes: the layer whose value is not finite is named") {
  Model model = make_model(value_of(models::make_from_zoo("lenet")));
  auto executor = value_of(graph::Executor::make(*model.network, *model.store, {.mode = graph::Mode::training, .batch = 1}));
  REQUIRE(executor->channel_lanes());
  put(executor->kernels(), random_floats(784, 1), 1, executor->input(1));
  executor->forward(1);
  CHECK(executor->first_not_finite() == nullptr);
  const int weight = model.store->find("conv2.weight");
  REQUIRE(weight >= 0);
  model.store->values(weight)[3] = INFINITY;
  executor->forward(1);
  REQUIRE(executor->first_not_finite() != nullptr);
  CHECK(executor->first_not_finite()->find("2") != std::string::npos);
}

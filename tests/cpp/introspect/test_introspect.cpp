// Activations, filters, receptive fields and the summary.
#include "graph/naive_network.hpp"
#include "striate/introspect/activations.hpp"
#include "striate/introspect/filters.hpp"
#include "striate/introspect/model_stats.hpp"
#include "striate/introspect/receptive_field.hpp"
#include "striate/models/zoo.hpp"

#include <doctest/doctest.h>

using namespace striate;
using namespace striate::tests;

namespace {

Model lenet() { return make_model(value_of(models::make_from_zoo("lenet"))); }

}  // namespace

TEST_CASE("activations are the network's own values, a convolution's before its ReLU, and probabilities sum to 1") {
  Model model = lenet();
  const Floats input = random_floats(784, 2);
  const NaiveRun naive = run_naively(model, 1, input, Floats(10, 0.0f));
  for (const std::vector<std::string>& wanted : {std::vector<std::string>{}, std::vector<std::string>{"conv2", "fc3"},
                                                 std::vector<std::string>{"relu1", "conv1"}}) {
    auto activations = value_of(introspect::Activations::make(*model.network, *model.store, wanted));
    for (int repeat = 0; repeat < 2; ++repeat) {
      put(kernels::kernels(), input, 1, activations->input());
      activations->run();
    }
    const auto layout = activations->layout();
    CHECK(layout.size() == (wanted.empty() ? model.network->nodes().size() : wanted.size()));
    std::size_t end = 0;
    for (const auto& block : layout) {
      CAPTURE(block.name);
      CHECK(block.offset == end);
      CHECK(block.length == static_cast<std::size_t>(block.shape.elements()));
      end = block.offset + block.length;
      const auto index = static_cast<std::size_t>(model.network->find(block.name)) + 1;
      CHECK(relative_error(activations->values().subspan(block.offset, block.length), to_single(naive.values[index])) <=
            1e-5);
    }
    CHECK(activations->probabilities_offset() == end);
    CHECK(activations->probabilities_length() == 10);
    double sum = 0;
    for (const float p : activations->values().subspan(end)) sum += static_cast<double>(p);
    CHECK(std::fabs(sum - 1) <= 1e-6);
    const Floats expected = to_single(reference::softmax(1, 10, naive.values.back()));
    CHECK(relative_error(activations->values().subspan(end), expected) <= 1e-6);
  }
  const std::vector<std::string> unknown = {"conv7"};
  CHECK_ERROR(introspect::Activations::make(*model.network, *model.store, unknown), unknown_layer, "conv7");
}

TEST_CASE("activations of a network that ends in an image have no probabilities") {
  Model model = make_model({"", {{1, 6, 6}, {}, {}}, {layer("conv2d", {{"outChannels", 2.0}, {"kernelSize", 3.0}})}});
  auto activations = value_of(introspect::Activations::make(*model.network, *model.store, {}));
  put(kernels::kernels(), random_floats(36, 1), 1, activations->input());
  activations->run();
  CHECK(activations->values().size() == 32);
  CHECK(activations->probabilities_length() == 0);
}

TEST_CASE("filters are the live weights with their range") {
  Model model = lenet();
  const auto bank = value_of(introspect::filters(*model.network, *model.store, "conv2"));
  CHECK(bank.outputs == 16);
  CHECK(bank.inputs == 6);
  CHECK(bank.height == 5);
  CHECK(bank.width == 5);
  CHECK(bank.values.data() == model.store->values(model.store->find("conv2.weight")).data());
  CHECK(bank.minimum < 0);
  CHECK(bank.maximum > 0);
  const auto dense = value_of(introspect::filters(*model.network, *model.store, "fc3"));
  CHECK(dense.outputs == 10);
  CHECK(dense.inputs == 84);
  CHECK(dense.height == 1);
  CHECK_ERROR(introspect::filters(*model.network, *model.store, "relu1"), invalid_argument,
              "'relu1' (relu) has no weight");
  CHECK_ERROR(introspect::filters(*model.network, *model.store, "conv9"), unknown_layer, "conv9");
}

TEST_CASE("receptive fields of lenet, by hand") {
  const auto network = value_of(graph::build_network(value_of(models::make_from_zoo("lenet"))));
  const auto rows = introspect::summary(*network);
  const auto field = [&](const char* name) {
    return rows[static_cast<std::size_t>(network->find(name))].receptive_field.y;
  };
  CHECK(field("conv1") == introspect::FieldAxis{5, 1, -2});
  CHECK(field("relu1") == introspect::FieldAxis{5, 1, -2});
  CHECK(field("pool1") == introspect::FieldAxis{6, 2, -2});
  CHECK(field("conv2") == introspect::FieldAxis{14, 2, -2});
  CHECK(field("pool2") == introspect::FieldAxis{16, 4, -2});
  CHECK(field("flatten") == introspect::FieldAxis{32, 0, -2});
  CHECK(field("fc3") == introspect::FieldAxis{32, 0, -2});
  CHECK(rows[0].parameters == 156);
  CHECK(rows[0].macs == 28 * 28 * 6 * 25);
  CHECK(rows[0].output_shape == core::Shape{6, 28, 28});
  CHECK(rows[0].algorithm == "direct");
  CHECK(rows[static_cast<std::size_t>(network->find("pool1"))].algorithm == "");
}

TEST_CASE("a summary says how each convolution is worked out: 3×3 with stride 1 and enough channels by Winograd") {
  const auto network = value_of(graph::build_network(value_of(models::make_from_zoo("resnet20"))));
  const auto rows = introspect::summary(*network);
  const auto algorithm = [&](const char* name) {
    return std::string(rows[static_cast<std::size_t>(network->find(name))].algorithm);
  };
  CHECK(algorithm("conv1") == "direct");  // three channels
  CHECK(algorithm("layer1.0.conv1") == "winograd4");
  CHECK(algorithm("layer2.0.conv1") == "direct");  // stride 2
  CHECK(algorithm("layer2.0.conv2") == "winograd4");
  CHECK(algorithm("layer3.2.conv2") == "winograd4");
}

TEST_CASE("a receptive field is exactly what an output pixel depends on") {
  // Every input pixel is nudged in turn; those that move output (y, x) must fill the rectangle, which they do for
  // weights and inputs that are positive, through convolutions with stride, padding and kernels that are not square.
  const auto conv = [](double h, double w, core::OptionValue stride, core::OptionValue padding) {
    return layer("conv2d", {{"outChannels", 2.0},
                            {"kernelSize", std::vector<double>{h, w}},
                            {"stride", std::move(stride)},
                            {"padding", std::move(padding)}});
  };
  Model model = make_model(
      {"",
       {{1, 13, 17}, {}, {}},
       {conv(3, 4, 2.0, std::vector<double>{1, 2}), layer("relu"), conv(2, 3, std::vector<double>{1, 2}, 1.0)}});
  for (int p = 0; p < static_cast<int>(model.store->parameters().size()); ++p) {
    for (float& value : model.store->values(p)) value = 1;
  }
  const std::string last = model.network->nodes().back().name;
  const core::Shape shape = model.network->output_shape();
  auto executor = value_of(graph::Executor::make(*model.network, *model.store, {.batch = 1}));
  Floats input(13 * 17, 1.0f);
  const auto run = [&] {
    put(kernels::kernels(), input, 1, executor->input());
    executor->forward(1);
    return get(kernels::kernels(), executor->output(), 1);
  };
  const Floats still = run();
  std::vector<introspect::FieldRectangle> seen(static_cast<std::size_t>(shape.height * shape.width), {99, 0, 99, 0});
  for (int y = 0; y < 13; ++y) {
    for (int x = 0; x < 17; ++x) {
      float& pixel = input[static_cast<std::size_t>(y * 17 + x)];
      pixel = 2;
      const Floats moved = run();
      pixel = 1;
      for (std::size_t o = 0; o < seen.size(); ++o) {
        if (moved[o] == still[o]) continue;
        seen[o] = {std::min(seen[o].top, y), std::max(seen[o].bottom, y + 1), std::min(seen[o].left, x),
                   std::max(seen[o].right, x + 1)};
      }
    }
  }
  for (int y = 0; y < shape.height; ++y) {
    for (int x = 0; x < shape.width; ++x) {
      CAPTURE(y);
      CAPTURE(x);
      const auto told = value_of(introspect::receptive_field_of(*model.network, last, y, x));
      const auto& found = seen[static_cast<std::size_t>(y * shape.width + x)];
      // A window may lie in the padding of the layer below as a whole: then nothing of the image moves it.
      if (found.bottom == 0) continue;
      CHECK(told.top == found.top);
      CHECK(told.bottom == found.bottom);
      CHECK(told.left == found.left);
      CHECK(told.right == found.right);
    }
  }
  CHECK_ERROR(introspect::receptive_field_of(*model.network, last, shape.height, 0), invalid_argument,
              "has no output pixel");
  CHECK_ERROR(introspect::receptive_field_of(*model.network, "none", 0, 0), unknown_layer, "none");
}

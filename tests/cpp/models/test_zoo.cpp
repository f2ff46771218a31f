// The zoo's networks in numbers: parameters, connections, multiply-adds, receptive fields. Nothing is allocated for it;
// the shapes are enough. And the small ones learn.
//
// Numbers are the papers' (LeCun et al. 1998, Krizhevsky et al. 2012, Simonyan & Zisserman 2014, He et al. 2015) and
// torchvision's. Multiply-adds are those of convolutions and linear layers, as such tables count them.
#include "graph/harness.hpp"
#include "striate/introspect/model_stats.hpp"
#include "striate/models/zoo.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace striate;
using namespace striate::tests;

namespace {

std::unique_ptr<graph::Network> built(std::string_view name, const models::ZooOptions& options = {}) {
  return value_of(graph::build_network(value_of(models::make_from_zoo(name, options))));
}

std::int64_t trainable(const graph::Network& network) {
  std::int64_t total = 0;
  for (const graph::Node& node : network.nodes()) {
    for (const auto& parameter : node.parameters) {
      std::int64_t count = parameter.trainable ? 1 : 0;
      for (const int size : parameter.shape) count *= size;
      total += count;
    }
  }
  return total;
}

bool multiplies(const std::string& type) { return type == "conv2d" || type == "linear"; }

double macs(const graph::Network& network) {
  double total = 0;
  for (const auto& row : introspect::summary(network))
    total += multiplies(row.type) ? static_cast<double>(row.macs) : 0;
  return total;
}

introspect::ReceptiveField field_of(const graph::Network& network, std::string_view layer) {
  return introspect::receptive_fields(network)[static_cast<std::size_t>(network.find(layer))];
}

std::string last_of(const graph::Network& network, std::string_view type) {
  std::string name;
  for (const graph::Node& node : network.nodes()) {
    if (node.type == type) name = node.name;
  }
  return name;
}

}  // namespace

TEST_CASE("zoo: every network has its published number of parameters") {
  const std::pair<const char*, std::int64_t> counts[] = {
      {"lenet5-1998", 60'000},
      {"lenet", 61'706},
      {"lenet5", 61'706},
      {"alexnet-2012", 60'965'224},
      {"alexnet", 61'100'840},
      {"cifar-small", 591'274},
      {"vgg11", 132'863'336},
      {"vgg13", 133'047'848},
      {"vgg16", 138'357'544},
      {"vgg19", 143'667'240},
      {"vgg11-bn", 132'868'840},
      {"vgg13-bn", 133'053'736},
      {"vgg16-bn", 138'365'992},
      {"vgg19-bn", 143'678'248},
      {"resnet18", 11'689'512},
      {"resnet34", 21'797'672},
      {"resnet50", 25'557'032},
      {"resnet101", 44'549'160},
      {"resnet152", 60'192'808},
      {"resnet20", 269'722},
      {"resnet32", 464'154},
      {"resnet44", 658'586},
      {"resnet56", 853'018},
      {"resnet110", 1'727'962},
      {"resnet20-b", 272'474},
      {"resnet32-b", 466'906},
      {"resnet44-b", 661'338},
      {"resnet56-b", 855'770},
      {"resnet110-b", 1'730'714},
      // Without shortcuts nothing is saved: option A's have no parameters.
      {"plain20", 269'722},
      {"plain32", 464'154},
      {"plain44", 658'586},
      {"plain56", 853'018},
  };
  for (const auto& [name, count] : counts) {
    CAPTURE(std::string(name));
    CHECK(trainable(*built(name)) == count);
  }
}

TEST_CASE("zoo: LeNet-5 of 1998, layer by layer: parameters, connections, receptive fields") {
  const auto network = built("lenet5-1998");
  struct Row {
    const char* layer;
    std::int64_t parameters, connections;
    std::int64_t field, jump;
  };
  const Row rows[] = {{"C1", 156, 122'304, 5, 1}, {"S2", 12, 5'880, 6, 2},       {"C3", 1'516, 151'600, 14, 2},
                      {"S4", 32, 2'000, 16, 4},   {"C5", 48'120, 48'120, 32, 4}, {"F6", 10'164, 10'164, 32, 0},
                      {"output", 840, 840, 32, 0}};
  std::int64_t total = 0;
  for (const Row& row : rows) {
    CAPTURE(std::string(row.layer));
    const graph::Node& node = *value_of(network->node(row.layer));
    CHECK(node.parameter_count() == row.parameters);
    // Each use of a weight or bias is one: the products, and a bias a value. S2 and S4 add up their windows first.
    const bool biased = node.parameters.size() == 2;
    const auto& window = node.description.window;
    const std::int64_t products = node.type == "subsampling2d"
                                      ? node.shape.elements() * window.y.kernel * window.x.kernel
                                      : node.description.macs;
    const std::int64_t connections = products + (biased ? node.shape.elements() : 0);
    CHECK(connections == row.connections);
    total += connections;
    const auto field = field_of(*network, row.layer);
    CHECK(field.y.size == row.field);
    CHECK(field.x.size == row.field);
    if (row.jump != 0) CHECK(field.y.stride == row.jump);
  }
  CHECK(total == 340'908);
}

TEST_CASE("zoo: multiply-adds of the large networks, and how far their last feature maps see") {
  struct Row {
    const char* name;
    double giga, digits;
    std::int64_t field;
  };
  // `digits`: half a unit of the table's last place.
  const Row rows[] = {
      {"alexnet-2012", 0.72, 5e-3, 195}, {"alexnet", 0.71, 5e-3, 195},     {"vgg11", 7.61, 5e-3, 150},
      {"vgg13", 11.31, 5e-3, 156},       {"vgg16", 15.47, 5e-3, 212},      {"vgg19", 19.63, 5e-3, 268},
      {"resnet18", 1.81, 5e-3, 435},     {"resnet34", 3.66, 5e-3, 899},    {"resnet50", 4.09, 5e-3, 427},
      {"resnet20", 0.0406, 5e-5, 81},    {"resnet32", 0.0689, 5e-5, 137},  {"resnet44", 0.0972, 5e-5, 193},
      {"resnet56", 0.1255, 5e-5, 249},   {"resnet110", 0.2529, 5e-5, 501},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.name));
    const auto network = built(row.name);
    CHECK(std::fabs(macs(*network) * 1e-9 - row.giga) <= row.digits);
    const bool residual = network->find("layer1.0.add") >= 0;
    const std::string last = last_of(*network, residual ? "add" : "maxPool2d");
    CHECK(field_of(*network, last).y.size == row.field);
    if (!residual) CHECK(field_of(*network, last).y.stride == 32);
  }
}

TEST_CASE("zoo: cifar-small has the operations that its bench counts, and sees 16 pixels") {
  const auto network = built("cifar-small");
  CHECK(macs(*network) == 25'003'264);
  const auto field = field_of(*network, last_of(*network, "maxPool2d"));
  CHECK(field.y.size == 16);
  CHECK(field.y.stride == 4);
}

TEST_CASE("zoo: a twin has its original's number of weights, within one in a hundred") {
  int twins = 0;
  for (const models::ZooEntry& entry : models::zoo()) {
    if (!entry.name.starts_with("mlp-")) continue;
    ++twins;
    for (const core::Shape& input : {core::Shape{1, 28, 28}, core::Shape{3, 32, 32}}) {
      CAPTURE(std::string(entry.name));
      CAPTURE(to_string(input));
      const double original = static_cast<double>(trainable(*built(entry.name.substr(4), {10, input})));
      const double twin = static_cast<double>(trainable(*built(entry.name, {10, input})));
      CAPTURE(twin);
      CAPTURE(original);
      CHECK(std::fabs(twin - original) <= 0.01 * original);
    }
  }
  CHECK(twins >= 5);
}

TEST_CASE(
    "zoo: small networks and their twins build for digits and for colour images, and a few steps lower the loss") {
  constexpr int images = 6;
  constexpr int steps = 8;
#if defined(__SANITIZE_ADDRESS__) || defined(STRIATE_COVERAGE)
  constexpr bool slow = true;  // then the quick ones alone, on digits
#else
  constexpr bool slow = false;
#endif
  for (const std::string name : {"lenet5-1998", "lenet5", "alexnet-mini", "vgg-mini", "cifar-small", "resnet8", "resnet14",
                                 "plain8", "mlp-lenet5", "mlp-alexnet-mini", "mlp-vgg-mini", "mlp-resnet8", "mlp-resnet14"}) {
    for (const core::Shape& shape : {core::Shape{1, 28, 28}, core::Shape{3, 32, 32}}) {
      const bool quick = name == "lenet5-1998" || name == "lenet5" || name == "resnet8";
      if (slow && (shape.channels != 1 || !quick)) continue;
      CAPTURE(name);
      CAPTURE(to_string(shape));
      Model model = make_model(value_of(models::make_from_zoo(name, {10, shape})));
      auto executor = value_of(
          graph::Executor::make(*model.network, *model.store, {.mode = graph::Mode::training, .batch = images}));
      const auto& table = executor->kernels();
      graph::ParamStore& store = *model.store;
      std::vector<Floats> first(store.parameters().size()), second(first), previous(first);
      for (std::size_t p = 0; p < first.size(); ++p) {
        const Floats zeros(store.parameters()[p].count);
        first[p] = second[p] = previous[p] = zeros;
      }
      const Floats input =
          random_floats(static_cast<std::size_t>(images) * static_cast<std::size_t>(shape.elements()), 4);
      const std::vector<std::int32_t> labels = {3, 1, 4, 1, 5, 9};
      std::vector<float> losses(labels.size()), course;
      for (int step = 1; step <= steps; ++step) {
        put(table, input, images, executor->input());
        executor->forward(images, 1, 0);  // the same dropout masks each time: one loss is lowered
        table.softmax_cross_entropy(executor->output(), labels, 1.0f / images, executor->doutput(), losses.data());
        float loss = 0;
        for (const float one : losses) loss += one / images;
        course.push_back(loss);
        executor->backward();
        kernels::AdamSettings adam{.rate = 1e-3f};
        adam.correction1 = static_cast<float>(1 - std::pow(0.9, step));
        adam.root_correction2 = static_cast<float>(std::sqrt(1 - std::pow(0.999, step)));
        for (std::size_t p = 0; p < first.size(); ++p) {
          const int index = static_cast<int>(p);
          if (!store.parameters()[p].trainable) continue;
          REQUIRE(table.adam_update(store.value_data(index), store.gradient_data(index), first[p].data(),
                                    second[p].data(), previous[p].data(), first[p].size(), adam));
        }
      }
      CAPTURE(course.front());
      CAPTURE(course.back());
      CHECK(course.back() < 0.9f * course.front());
    }
  }
}

// One check for every registered layer: shapes, parameters, options there and back, and gradients by central differences.
//
// The loss is a random projection of the output, summed in double; the layer itself computes in float32. Steps are as
// large as the layer allows: conv2d and linear are linear in each single argument, so a step of 1 has no truncation
// error; relu and maxPool2d get inputs on a grid of 1/8 around, never at, their kinks, so a step of 1/32 is exact.
// Curved layers take a step of 1/64 and 2e-3 of the largest gradient: truncation h²/6·f‴, and rounding. For the rest the
// tolerance is 3e-6 (measured: below 6e-7). The 1e-6 check in double is that of the reference twins.
#include "graph/harness.hpp"
#include "striate/layers/registry.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>

using namespace striate;
using namespace striate::tests;

namespace {

struct Trial {
  core::Options options;
  core::Shape input;
  int images = 3;
  float step = 1;
  double tolerance = 3e-6;
  int inputs = 1;  // how many times the layer reads the network's input

  std::vector<core::Shape> shapes() const { return std::vector<core::Shape>(static_cast<std::size_t>(inputs), input); }
  graph::LayerSpec spec(const std::string& type) const {
    return {type, "one", std::vector<std::string>(static_cast<std::size_t>(inputs), "input"), options};
  }
};

// A new layer adds its line here; a registered type without one fails the test.
std::map<std::string, std::vector<Trial>> trials() {
  constexpr float kinked = 1.0f / 32;
  constexpr float small = 1.0f / 64;
  constexpr double loose = 2e-3;
  return {
      {"conv2d",
       {{{{"outChannels", 3.0}, {"kernelSize", 3.0}}, {2, 5, 6}},
        {{{"outChannels", 2.0}, {"kernelSize", std::vector<double>{2, 3}}, {"stride", 2.0}, {"padding", 1.0}, {"paddingValue", 0.5}},
         {1, 6, 5}},
        {{{"outChannels", 5.0}, {"kernelSize", 1.0}, {"bias", false}}, {3, 2, 3}, 17},
        {{{"outChannels", 1.0}, {"kernelSize", 3.0}, {"padding", std::vector<double>{2, 0, 1, 2}}}, {2, 3, 4}, 1},
        {{{"outChannels", 4.0}, {"kernelSize", 2.0}, {"dilation", std::vector<double>{2, 3}}, {"groups", 2.0}}, {6, 5, 6}},
        {{{"outChannels", 5.0}, {"kernelSize", 3.0}, {"padding", 1.0}, {"groups", 5.0}}, {5, 4, 3}, 5},
        {{{"outChannels", 3.0}, {"kernelSize", 2.0}, {"connections", std::vector<double>{5, 2, 7}}}, {3, 4, 4}},
        {{{"outChannels", 2.0}, {"kernelSize", 3.0}, {"padding", std::vector<double>{2, 1}}, {"paddingMode", "reflect"}}, {2, 4, 5}},
        {{{"outChannels", 2.0}, {"kernelSize", 3.0}, {"padding", 2.0}, {"stride", 2.0}, {"paddingMode", "replicate"}}, {2, 4, 5}}}},
      {"convTranspose2d",
       {{{{"outChannels", 3.0}, {"kernelSize", 3.0}}, {2, 4, 5}},
        {{{"outChannels", 2.0}, {"kernelSize", std::vector<double>{2, 3}}, {"stride", 2.0}, {"padding", 1.0}, {"outputPadding", 1.0}},
         {3, 3, 4}, 5},
        {{{"outChannels", 1.0}, {"kernelSize", 2.0}, {"stride", 3.0}, {"bias", false}}, {2, 3, 3}, 1}}},
      {"relu", {{{}, {2, 3, 4}, 3, kinked}, {{}, {7, 1, 1}, 5, kinked}}},
      {"maxPool2d",
       {{{{"kernelSize", 2.0}}, {2, 6, 4}, 3, kinked},
        {{{"kernelSize", std::vector<double>{3, 2}}, {"stride", std::vector<double>{2, 1}}, {"padding", 1.0}}, {1, 5, 5}, 2, kinked}}},
      {"averagePool2d",
       {{{{"kernelSize", 2.0}}, {2, 6, 4}},
        {{{"kernelSize", 3.0}, {"stride", 2.0}, {"padding", 1.0}, {"ceilMode", true}}, {1, 6, 5}, 2},
        {{{"kernelSize", 3.0}, {"stride", 2.0}, {"padding", 1.0}, {"countPadding", false}}, {3, 5, 5}}}},
      {"globalAveragePool2d", {{{}, {3, 4, 5}, 5}}},
      {"subsampling2d", {{{}, {3, 4, 6}}, {{{"kernelSize", 3.0}}, {2, 7, 6}, 5}}},
      {"batchNorm2d", {{{}, {3, 3, 4}, 3, small, loose}, {{{"affine", false}, {"eps", 0.01}}, {2, 2, 2}, 17, small, loose}}},
      {"groupNorm",
       {{{{"groups", 2.0}}, {4, 3, 3}, 3, small, loose},
        {{{"groups", 1.0}}, {3, 2, 4}, 5, small, loose},
        {{{"groups", 3.0}, {"affine", false}}, {3, 4, 4}, 2, small, loose}}},
      {"localResponseNorm",
       {{{{"size", 5.0}, {"alpha", 0.5}}, {7, 2, 3}, 3, small, loose},
        {{{"size", 2.0}, {"alpha", 1.0}, {"beta", 0.5}, {"k", 2.0}}, {3, 2, 2}, 5, small, loose}}},
      {"dropout", {{{{"p", 0.3}}, {3, 4, 4}}}},
      {"dropout2d", {{{{"p", 0.5}}, {8, 2, 3}}}},
      {"reshape", {{{{"channels", 4.0}, {"height", 3.0}, {"width", -1.0}}, {6, 2, 2}}}},
      {"zeroPad2d",
       {{{{"padding", std::vector<double>{1, 0, 2, 1}}, {"value", 0.5}}, {2, 3, 4}},
        {{{"padding", 2.0}, {"paddingMode", "reflect"}}, {2, 3, 4}},
        {{{"padding", 3.0}, {"paddingMode", "replicate"}}, {1, 2, 3}, 5}}},
      {"upsample",
       {{{{"scale", 2.0}}, {2, 3, 2}},
        {{{"size", std::vector<double>{7, 5}}, {"mode", "bilinear"}}, {2, 3, 4}},
        {{{"scale", std::vector<double>{2, 3}}, {"mode", "bilinear"}, {"alignCorners", true}}, {1, 4, 3}, 5}}},
      {"identityShortcut", {{{{"outChannels", 5.0}}, {2, 5, 4}}, {{{"outChannels", 3.0}, {"stride", 1.0}}, {3, 2, 3}, 5}}},
      {"add", {{{}, {2, 3, 4}, 3, 1, 3e-6, 2}, {{}, {3, 2, 2}, 5, 1, 3e-6, 3}}},
      {"multiply", {{{}, {2, 3, 4}, 3, 1, 3e-6, 2}}},
      {"concat", {{{}, {2, 3, 4}, 3, 1, 3e-6, 2}, {{}, {1, 2, 2}, 5, 1, 3e-6, 3}}},
      {"softmax", {{{}, {5, 2, 2}, 3, small, loose}, {{}, {10, 1, 1}, 5, small, loose}}},
      {"logSoftmax", {{{}, {5, 2, 2}, 3, small, loose}, {{}, {10, 1, 1}, 5, small, loose}}},
      {"radialBasis", {{{}, {84, 1, 1}, 3, small, loose}, {{{"outFeatures", 4.0}, {"codes", "random"}}, {6, 1, 1}, 5, small, loose}}},
      {"leakyRelu", {{{{"negativeSlope", 0.25}}, {2, 3, 4}, 3, kinked}}},
      {"elu", {{{{"alpha", 0.5}}, {2, 3, 4}, 3, small, loose}}},
      {"gelu", {{{}, {2, 3, 4}, 3, small, loose}, {{{"approximate", "tanh"}}, {2, 3, 4}, 3, small, loose}}},
      {"silu", {{{}, {2, 3, 4}, 3, small, loose}}},
      {"hardswish", {{{}, {2, 3, 4}, 3, small, loose}}},
      {"sigmoid", {{{}, {2, 3, 4}, 3, small, loose}}},
      {"tanh", {{{}, {2, 3, 4}, 3, small, loose}}},
      {"scaledTanh", {{{}, {2, 3, 4}, 3, small, loose}}},
      {"flatten", {{{}, {2, 3, 4}}, {{}, {5, 1, 1}}}},
      {"linear", {{{{"outFeatures", 4.0}}, {9, 1, 1}}, {{{"outFeatures", 17.0}, {"bias", false}}, {3, 1, 1}, 5}}},
  };
}

// All different, at odd multiples of 1/16, in random order: neighbours are 1/8 apart and none is nearer to 0 than 1/16.
Floats spread_floats(std::size_t count) {
  std::vector<std::uint32_t> order(count);
  for (std::size_t i = 0; i < count; ++i) order[i] = static_cast<std::uint32_t>(i);
  core::Rng rng(5, core::RandomStream::synthetic);
  core::shuffle(order, rng);
  Floats values(count);
  for (std::size_t i = 0; i < count; ++i) {
    values[i] = (static_cast<float>(order[i]) - std::floor(static_cast<float>(count) / 2) + 0.5f) / 8;
  }
  return values;
}

class GradientCheck {
 public:
  GradientCheck(const std::string& type, const Trial& trial)
      : trial_(trial), model_(make_model({"", {trial.input, {}, {}}, {trial.spec(type)}})) {
    for (int p = 0; p < parameters(); ++p) {
      succeed(model_.store->set_values(p, random_floats(model_.store->values(p).size(), 7 + static_cast<std::uint32_t>(p))));
    }
    executor_ = value_of(graph::Executor::make(
        *model_.network, *model_.store, {.mode = graph::Mode::training, .batch = trial.images, .input_gradient = true}));
    const auto images = static_cast<std::size_t>(trial.images);
    input_ = spread_floats(static_cast<std::size_t>(trial.input.elements()) * images);
    // The grid's values grow with its size; sums are best near 1.
    if (trial.step >= 1) {
      for (float& value : input_) value /= 8;
    }
    projection_ = random_floats(static_cast<std::size_t>(model_.network->output_shape().elements()) * images, 3);
  }

  void run() {
    loss();
    put(executor_->kernels(), projection_, trial_.images, executor_->doutput());
    executor_->backward();
    const Floats dinput = get(executor_->kernels(), executor_->input_gradient(), trial_.images);
    std::vector<Floats> gradients;
    for (int p = 0; p < parameters(); ++p) {
      gradients.emplace_back(model_.store->gradients(p).begin(), model_.store->gradients(p).end());
    }
    check(input_, dinput);
    for (int p = 0; p < parameters(); ++p) {
      if (model_.store->parameters()[static_cast<std::size_t>(p)].statistic) continue;
      CAPTURE(model_.store->parameters()[static_cast<std::size_t>(p)].name);
      check(model_.store->values(p), gradients[static_cast<std::size_t>(p)]);
    }
  }

 private:
  int parameters() const { return static_cast<int>(model_.store->parameters().size()); }

  double loss() {
    put(executor_->kernels(), input_, trial_.images, executor_->input());
    executor_->forward(trial_.images);
    const Floats output = get(executor_->kernels(), executor_->output(), trial_.images);
    double sum = 0;
    for (std::size_t i = 0; i < output.size(); ++i) sum += static_cast<double>(output[i]) * static_cast<double>(projection_[i]);
    return sum;
  }

  void check(std::span<float> argument, const Floats& analytic) {
    const double scale = std::max(1.0, largest(analytic));
    for (std::size_t i = 0; i < argument.size(); ++i) {
      const float at = argument[i];
      argument[i] = at + trial_.step;
      const double above = loss();
      argument[i] = at - trial_.step;
      const double below = loss();
      argument[i] = at;
      const double numeric = (above - below) / (2.0 * static_cast<double>(trial_.step));
      CAPTURE(i);
      CHECK(std::fabs(numeric - static_cast<double>(analytic[i])) <= trial_.tolerance * scale);
    }
  }

  const Trial& trial_;
  Model model_;
  std::unique_ptr<graph::Executor> executor_;
  Floats input_, projection_;
};

}  // namespace

TEST_CASE("every layer: shape inference is what the plan computes, for any batch") {
  const auto all = trials();
  for (const layers::LayerType& type : layers::layer_types()) {
    CAPTURE(std::string(type.name));
    REQUIRE(all.count(std::string(type.name)) == 1);
    for (const Trial& trial : all.at(std::string(type.name))) {
      const auto made = value_of(layers::make_layer(type.name, "one", trial.options));
      const core::Shape shape = value_of(made->infer_shape(trial.shapes()));
      CHECK(shape.elements() > 0);
      for (const int images : {1, 4, 17}) {
        Model model = make_model({"", {trial.input, {}, {}}, {trial.spec(std::string(type.name))}});
        auto executor = value_of(graph::Executor::make(*model.network, *model.store, {.batch = images}));
        const kernels::ConstBlockedView output = executor->output();
        CHECK(core::Shape{output.channels, output.height, output.width} == shape);
        CHECK(output.blocks * output.lanes >= images);
      }
    }
  }
}

TEST_CASE("every layer: options in force make the same layer again") {
  for (const auto& [type, list] : trials()) {
    CAPTURE(type);
    for (const Trial& trial : list) {
      const auto one = value_of(layers::make_layer(type, "one", trial.options));
      const core::Options described = one->describe(trial.shapes()).options;
      for (const core::Option& given : trial.options) {
        CAPTURE(given.name);
        CHECK(std::find(described.begin(), described.end(), given) != described.end());
      }
      const auto again = value_of(layers::make_layer(type, "one", described));
      CHECK(again->describe(trial.shapes()).options == described);
      CHECK(value_of(again->infer_shape(trial.shapes())) == value_of(one->infer_shape(trial.shapes())));
      const auto parameters = one->parameters(trial.shapes()), same = again->parameters(trial.shapes());
      REQUIRE(parameters.size() == same.size());
      for (std::size_t i = 0; i < same.size(); ++i) {
        CHECK(parameters[i].name == same[i].name);
        CHECK(parameters[i].shape == same[i].shape);
      }
    }
  }
}

TEST_CASE("every layer: gradients by central differences") {
  for (const auto& [type, list] : trials()) {
    CAPTURE(type);
    for (std::size_t i = 0; i < list.size(); ++i) {
      CAPTURE(i);
      GradientCheck(type, list[i]).run();
    }
  }
}

TEST_CASE("every layer documents itself and its options") {
  for (const layers::LayerType& type : layers::layer_types()) {
    CAPTURE(std::string(type.name));
    CHECK(!type.doc.empty());
    CHECK(layers::find_layer_type(type.name) != nullptr);
    for (const core::OptionSpec& option : type.options) {
      CAPTURE(std::string(option.name));
      CHECK(!option.doc.empty());
    }
  }
  CHECK_ERROR(layers::make_layer("conv3d", "a", {}), unknown_layer, "conv3d");
}

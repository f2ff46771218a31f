// Sums, whose inputs take over the gradient of their output (graph/execution_plan): networks of sums in every entanglement
// give the same bits as with a buffer for each, and residual ones take less memory.
#include "harness.hpp"
#include "striate/models/zoo.hpp"

#include <doctest/doctest.h>

using namespace striate;
using namespace striate::tests;

namespace {

// Values of one shape, made of what lies above in any way; at the end all that nobody reads is added up.
graph::NetworkSpec random_sums(core::Rng& rng) {
  graph::NetworkSpec spec;
  spec.input.shape = {4, 5, 3};
  std::vector<std::string> values = {"input"}, unread = {"input"};
  const auto read = [&](const std::string& name) { std::erase(unread, name); };
  const auto made = [&](graph::LayerSpec made_layer, std::vector<std::string> inputs) {
    made_layer.name = "v" + std::to_string(values.size());
    for (const std::string& name : inputs) read(name);
    made_layer.inputs = std::move(inputs);
    values.push_back(made_layer.name);
    unread.push_back(made_layer.name);
    spec.layers.push_back(std::move(made_layer));
  };
  const auto any = [&] {  // mostly one of the last
    const auto count = static_cast<std::uint32_t>(values.size());
    return values[count - 1 - rng.below(rng.below(2) == 0 ? std::min(count, 3u) : count)];
  };
  for (std::uint32_t i = rng.below(9) + 3; i > 0; --i) {
    switch (rng.below(6)) {
      case 0: made(layer("conv2d", {{"outChannels", 4.0}, {"kernelSize", 1.0}}), {any()}); break;
      case 1: made(layer("batchNorm2d"), {any()}); break;
      case 2: made(layer("relu"), {any()}); break;
      case 3: made(layer("add"), {any(), any(), any()}); break;
      default: made(layer("add"), {any(), any()}); break;
    }
  }
  if (unread.size() > 1) made(layer("add"), unread);
  made(layer("flatten"), {values.back()});
  made(layer("linear", {{"outFeatures", 3.0}}), {values.back()});
  return spec;
}

std::string described(const graph::NetworkSpec& spec) {
  std::string text;
  for (const auto& one : spec.layers) {
    text += " " + one.name + "=" + one.type;
    for (const std::string& input : one.inputs) text += " " + input;
    text += ";";
  }
  return text;
}

}  // namespace

TEST_CASE("random sums: shared gradients have the bits of separate ones") {
  core::Rng rng(12, core::RandomStream::synthetic);
  int shared = 0;
  for (std::uint32_t round = 0; round < 400; ++round) {
    const graph::NetworkSpec spec = random_sums(rng);
    CAPTURE(described(spec));
    const bool input_gradient = rng.below(2) == 0;
    std::vector<Floats> outputs, gradients;
    std::vector<std::size_t> bytes;
    for (const bool fuse : {true, false}) {
      Model model = make_model(spec, round);
      auto executor = value_of(graph::Executor::make(
          *model.network, *model.store,
          {.mode = graph::Mode::training, .batch = 5, .fuse = fuse, .input_gradient = input_gradient, .lanes = kernels::Lanes::images}));
      put(executor->kernels(), random_floats(60 * 5, 2 * round), 5, executor->input(5));
      executor->forward(5);
      outputs.push_back(get(executor->kernels(), executor->output(), 5));
      put(executor->kernels(), random_floats(3 * 5, 2 * round + 1), 5, executor->doutput());
      executor->backward();
      Floats all;
      for (std::size_t p = 0; p < model.store->parameters().size(); ++p) {
        const auto of_parameter = model.store->gradients(static_cast<int>(p));
        all.insert(all.end(), of_parameter.begin(), of_parameter.end());
      }
      if (input_gradient) {
        const Floats of_input = get(executor->kernels(), executor->input_gradient(), 5);
        all.insert(all.end(), of_input.begin(), of_input.end());
      }
      gradients.push_back(std::move(all));
      bytes.push_back(executor->planned_bytes());
    }
    CHECK(outputs[0] == outputs[1]);
    CHECK(gradients[0] == gradients[1]);
    if (bytes[0] < bytes[1]) ++shared;
  }
  CHECK(shared > 100);
}

TEST_CASE("a residual network trains in the memory of its activations and little more") {
  Model model = make_model(value_of(models::make_from_zoo("resnet20")));
  const auto planned = [&](bool fuse) {
    return value_of(graph::Executor::plan(*model.network, *model.store,
                                          {.mode = graph::Mode::training, .batch = 32, .fuse = fuse}))
        ->planned_bytes();
  };
  MESSAGE(planned(true), " bytes, ", planned(false), " without fusion");
  CHECK(planned(true) < 64'000'000);
  CHECK(planned(true) <= planned(false));
}

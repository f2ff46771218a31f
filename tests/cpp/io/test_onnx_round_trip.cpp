// Out and in again: every registered layer type, exported to ONNX and imported, gives the outputs it gave before.
//
// Tolerance 1e-6 of the largest output: layers of one operator come back as themselves and give the same bits; those
// that become several operators come back as several layers, with roundings of their own.
#include "io/onnx_case.hpp"
#include "striate/io/onnx_export.hpp"
#include "striate/layers/registry.hpp"
#include "striate/models/zoo.hpp"

#include <cstring>
#include <map>
#include <set>

using namespace striate;
using namespace striate::tests;

namespace {

struct Trial {
  core::Options options;
  core::Shape input;
  bool exact = true;  // the same bits
  int inputs = 1;     // beside the network's input, a convolution of it comes in
};

using Pair = std::vector<double>;

std::map<std::string, std::vector<Trial>> trials() {
  return {
      {"conv2d",
       {{{{"outChannels", 3.0}, {"kernelSize", 3.0}}, {2, 5, 6}},
        {{{"outChannels", 2.0}, {"kernelSize", Pair{2, 3}}, {"stride", Pair{2, 1}}, {"padding", Pair{1, 2, 0, 3}}},
         {1, 6, 5}},
        {{{"outChannels", 2.0}, {"kernelSize", 2.0}, {"padding", 1.0}, {"paddingValue", 0.5}, {"bias", false}},
         {2, 4, 4}},
        {{{"outChannels", 2.0}, {"kernelSize", 3.0}, {"padding", Pair{2, 1}}, {"paddingMode", "reflect"}}, {2, 4, 5}},
        {{{"outChannels", 2.0}, {"kernelSize", 3.0}, {"padding", 2.0}, {"stride", 2.0}, {"paddingMode", "replicate"}},
         {2, 4, 5}},
        {{{"outChannels", 4.0}, {"kernelSize", 2.0}, {"dilation", Pair{2, 3}}, {"groups", 2.0}}, {6, 5, 6}},
        {{{"outChannels", 5.0}, {"kernelSize", 3.0}, {"padding", 1.0}, {"groups", 5.0}}, {5, 4, 3}},
        {{{"outChannels", 3.0}, {"kernelSize", 2.0}, {"connections", Pair{5, 2, 7}}}, {3, 4, 4}}}},
      {"convTranspose2d",
       {{{{"outChannels", 3.0}, {"kernelSize", 3.0}}, {2, 4, 5}},
        {{{"outChannels", 2.0},
          {"kernelSize", Pair{2, 3}},
          {"stride", 2.0},
          {"padding", Pair{1, 0, 1, 1}},
          {"outputPadding", 1.0}},
         {3, 3, 4}},
        {{{"outChannels", 1.0}, {"kernelSize", 2.0}, {"stride", 3.0}, {"bias", false}}, {2, 3, 3}}}},
      {"linear", {{{{"outFeatures", 4.0}}, {9, 1, 1}}, {{{"outFeatures", 7.0}, {"bias", false}}, {3, 1, 1}}}},
      {"maxPool2d",
       {{{{"kernelSize", 2.0}}, {2, 6, 4}},
        {{{"kernelSize", Pair{3, 2}}, {"stride", Pair{2, 1}}, {"padding", Pair{1, 0}}, {"dilation", Pair{1, 2}}},
         {1, 5, 5}},
        {{{"kernelSize", 3.0}, {"stride", 2.0}, {"padding", 1.0}, {"ceilMode", true}}, {2, 6, 7}}}},
      {"averagePool2d",
       {{{{"kernelSize", 2.0}}, {2, 6, 4}},
        {{{"kernelSize", 3.0}, {"stride", 2.0}, {"padding", 1.0}, {"countPadding", false}}, {3, 5, 5}},
        {{{"kernelSize", 3.0}, {"stride", 2.0}, {"padding", 1.0}}, {3, 5, 5}},
        {{{"kernelSize", 3.0}, {"stride", 2.0}, {"ceilMode", true}}, {1, 6, 6}, false},
        {{{"kernelSize", 3.0}, {"stride", 2.0}, {"padding", 1.0}, {"ceilMode", true}}, {1, 6, 5}, false},
        {{{"kernelSize", 3.0}, {"stride", 2.0}, {"padding", 1.0}, {"ceilMode", true}, {"countPadding", false}},
         {1, 6, 5},
         false}}},
      {"globalAveragePool2d", {{{}, {3, 4, 5}}}},
      {"subsampling2d",
       {{{}, {3, 4, 6}}, {{{"kernelSize", 1.0}}, {2, 3, 2}}, {{{"kernelSize", Pair{3, 2}}}, {2, 7, 6}}}},
      {"batchNorm2d", {{{}, {3, 3, 4}}, {{{"affine", false}, {"eps", 0.01}}, {2, 2, 2}}}},
      {"groupNorm",
       {{{{"groups", 2.0}}, {4, 3, 3}, false},
        {{{"groups", 1.0}}, {3, 2, 4}, false},
        {{{"groups", 3.0}, {"affine", false}}, {3, 4, 4}, false},
        {{{"groups", 3.0}, {"eps", 0.25}}, {3, 4, 4}}}},
      {"localResponseNorm",
       {{{{"size", 5.0}, {"alpha", 0.5}}, {7, 2, 3}},
        {{{"size", 3.0}, {"alpha", 1.0}, {"beta", 0.5}, {"k", 2.0}}, {3, 2, 2}}}},
      {"dropout", {{{{"p", 0.25}}, {3, 4, 4}}}},
      {"dropout2d", {{{{"p", 0.5}}, {8, 2, 3}}}},
      {"flatten", {{{}, {2, 3, 4}}, {{}, {5, 1, 1}}}},
      {"reshape",
       {{{{"channels", 4.0}, {"height", 3.0}, {"width", -1.0}}, {6, 2, 2}},
        {{{"channels", -1.0}, {"height", 1.0}, {"width", 1.0}}, {6, 2, 2}}}},
      {"zeroPad2d",
       {{{{"padding", Pair{1, 0, 2, 1}}, {"value", 0.5}}, {2, 3, 4}},
        {{{"padding", 2.0}, {"paddingMode", "reflect"}}, {2, 3, 4}},
        {{{"padding", 3.0}, {"paddingMode", "replicate"}}, {1, 2, 3}}}},
      {"upsample",
       {{{{"scale", 2.0}}, {2, 3, 2}},
        {{{"size", Pair{7, 5}}}, {1, 3, 3}},
        {{{"size", Pair{14, 2}}}, {1, 6, 5}},
        {{{"size", Pair{7, 5}}, {"mode", "bilinear"}}, {2, 3, 4}},
        {{{"scale", Pair{2, 3}}, {"mode", "bilinear"}, {"alignCorners", true}}, {1, 4, 3}}}},
      {"add", {{{}, {2, 3, 4}, true, 2}, {{}, {3, 2, 2}, true, 3}, {{}, {5, 1, 1}, true, 2}}},
      {"multiply", {{{}, {2, 3, 4}, true, 2}}},
      {"concat", {{{}, {2, 3, 4}, true, 2}, {{}, {1, 2, 2}, true, 3}}},
      {"identityShortcut",
       {{{{"outChannels", 7.0}}, {4, 5, 6}},
        {{{"outChannels", 4.0}, {"stride", 3.0}}, {4, 5, 6}},
        {{{"outChannels", 6.0}, {"stride", 1.0}}, {3, 2, 2}}}},
      {"softmax", {{{}, {5, 2, 2}}, {{}, {10, 1, 1}}}},
      {"logSoftmax", {{{}, {5, 2, 2}}, {{}, {10, 1, 1}}}},
      {"radialBasis", {{{}, {84, 1, 1}}, {{{"outFeatures", 4.0}, {"codes", "random"}}, {6, 1, 1}}}},
      {"relu", {{{}, {2, 3, 4}}, {{}, {7, 1, 1}}}},
      {"leakyRelu", {{{{"negativeSlope", 0.25}}, {2, 3, 4}}}},
      {"elu", {{{{"alpha", 0.5}}, {2, 3, 4}}}},
      {"gelu", {{{}, {2, 3, 4}}, {{{"approximate", "tanh"}}, {2, 3, 4}, false}}},
      {"silu", {{{}, {2, 3, 4}, false}}},
      {"hardswish", {{{}, {2, 3, 4}}}},
      {"sigmoid", {{{}, {2, 3, 4}}}},
      {"tanh", {{{}, {2, 3, 4}}}},
      {"scaledTanh", {{{}, {2, 3, 4}, false}}},
  };
}

std::vector<std::uint8_t> exported(const Model& model) {
  const auto bytes = value_of(io::export_onnx(*model.network, *model.store));
  return {bytes.span().begin(), bytes.span().end()};
}

ImportedModel imported(const std::vector<std::uint8_t>& bytes) {
  const io::OnnxGraph graph = value_of(io::read_onnx(bytes));
  CHECK(graph.opset == 17);
  CHECK(graph.ir_version == 8);
  return value_of(import_model(graph));
}

// No parameter keeps a start value that would hide a mistake; variances stay positive.
void randomize(Model& model) {
  for (std::size_t p = 0; p < model.store->parameters().size(); ++p) {
    const auto& parameter = model.store->parameters()[p];
    const float low = parameter.name.ends_with("running_var") ? 0.5f : -1.0f;
    succeed(model.store->set_values(static_cast<int>(p),
                                    random_floats(parameter.count, 40 + static_cast<std::uint32_t>(p), low, 1.5f)));
  }
}

// The largest relative difference after the way out and in; 0 for the same bits.
double round_trip(const graph::NetworkSpec& spec) {
  ImportedModel before{make_model(spec)};
  randomize(before.model);
  const auto bytes = exported(before.model);
  CHECK(exported(before.model) == bytes);
  ImportedModel after = imported(bytes);
  constexpr int images = 3;
  const Floats input = random_floats(static_cast<std::size_t>(spec.input.shape.elements()) * images, 3, 0.05f, 1.0f);
  const Floats expected = before.run(input, images), got = after.run(input, images);
  CHECK(after.model.network->output_shape() == before.model.network->output_shape());
  const auto &mean = after.model.network->spec().input.mean, &wanted = before.model.network->spec().input.mean;
  REQUIRE(mean.size() == wanted.size());
  for (std::size_t c = 0; c < mean.size(); ++c) CHECK(static_cast<float>(mean[c]) == static_cast<float>(wanted[c]));
  CHECK(largest(expected) > 0);
  if (std::memcmp(expected.data(), got.data(), expected.size() * sizeof(float)) == 0) return 0;
  return relative_error(got, expected);
}

}  // namespace

TEST_CASE("onnx: every layer type comes back from its own export") {
  const auto all = trials();
  for (const layers::LayerType& type : layers::layer_types()) {
    const auto found = all.find(std::string(type.name));
    CHECK_MESSAGE(found != all.end(), type.name << " has no trial");
    if (found == all.end()) continue;
    for (std::size_t i = 0; i < found->second.size(); ++i) {
      const Trial& trial = found->second[i];
      CAPTURE(type.name);
      CAPTURE(i);
      graph::LayerSpec under_test{found->first, "under.test", {}, trial.options};
      graph::NetworkSpec spec{"", {trial.input, {}, {}}, {}};
      for (int k = 1; k < trial.inputs; ++k) {
        spec.layers.push_back({"conv2d",
                               "beside" + std::to_string(k),
                               {"input"},
                               {{"outChannels", static_cast<double>(trial.input.channels)}, {"kernelSize", 1.0}}});
      }
      under_test.inputs = {"input"};
      for (int k = 1; k < trial.inputs; ++k) under_test.inputs.push_back("beside" + std::to_string(k));
      spec.layers.push_back(std::move(under_test));
      const double error = round_trip(spec);
      CHECK(error <= 1e-6);
      if (trial.exact) CHECK(error == 0);
    }
  }
}

TEST_CASE("onnx: normalization, flat and spatial values between layers, and names come back") {
  graph::NetworkSpec spec{"mixed", {{3, 6, 6}, {0.485, 0.456, 0.406}, {0.229, 0.224, 0.225}}, {}};
  spec.layers = {
      layer("conv2d", {{"outChannels", 4.0}, {"kernelSize", 3.0}}, "stem"),
      layer("batchNorm2d", {}, "stem.norm"),
      layer("relu"),
      layer("globalAveragePool2d", {}, "mean"),
      layer("linear", {{"outFeatures", 4.0}}, "squeeze"),
      layer("sigmoid"),
      {"multiply", "excite", {"sigmoid1", "mean"}, {}},
      layer("batchNorm2d", {}, "flatnorm"),
      layer("conv2d", {{"outChannels", 5.0}, {"kernelSize", 1.0}}, "last"),
      layer("flatten"),
      layer("linear", {{"outFeatures", 3.0}}, "head"),
      layer("logSoftmax", {}, "output"),
  };
  CHECK(round_trip(spec) == 0);
  const ImportedModel after = imported(exported(make_model(spec)));
  const graph::NetworkSpec& back = after.model.network->spec();
  CHECK(back.name == "mixed");
  for (const char* name : {"stem", "stem.norm", "squeeze", "excite", "last", "head", "output"})
    CHECK(after.model.network->find(name) >= 0);
  REQUIRE(back.input.std.size() == 3);
  CHECK(back.input.std[0] == doctest::Approx(0.229));
}

TEST_CASE("onnx: small networks of the zoo come back") {
  for (const char* name :
       {"lenet", "lenet5-1998", "alexnet-mini", "vgg-mini", "resnet8", "resnet20-b", "mlp-resnet8"}) {
    CAPTURE(name);
    CHECK(round_trip(value_of(models::make_from_zoo(name))) <= 1e-6);
  }
}

TEST_CASE("onnx: local response norm over an even number of channels is exported, and refused when it comes back") {
  const Model model = make_model({"", {{6, 2, 2}, {}, {}}, {layer("localResponseNorm", {{"size", 4.0}})}});
  const io::OnnxGraph graph = value_of(io::read_onnx(exported(model)));
  CHECK_ERROR(import_model(graph), unknown_layer, "'Pow'");
}

TEST_CASE("onnx: a layer called as another's parameter does not take its name") {
  graph::NetworkSpec spec{
      "",
      {{2, 3, 3}, {}, {}},
      {layer("conv2d", {{"outChannels", 2.0}, {"kernelSize", 1.0}}, "a"), layer("relu", {}, "a.weight")}};
  CHECK(round_trip(spec) == 0);
}

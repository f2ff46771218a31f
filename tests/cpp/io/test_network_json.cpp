// Network files: both directions, and errors that name the member.
#include "striate/io/network_json.hpp"

#include "expect.hpp"
#include "io/parsed.hpp"

#include <string>
#include <utility>
#include <vector>

using namespace striate;
using namespace striate::tests;
using io::Json;

namespace {

constexpr const char* input = R"("input":{"channels":1,"height":28,"width":28})";

}  // namespace

TEST_CASE("network json: every member comes in and goes out again") {
  const std::string text =
      R"({"name":"net","input":{"channels":2,"height":28,"width":30,"normalize":{"mean":[0.5,0],"std":[0.25,1]}},)"
      R"("layers":[{"type":"conv2d","name":"c","outChannels":6,"kernelSize":[5,3],"bias":false,"paddingValue":-1.5},)"
      R"({"type":"relu","inputs":["c"]},{"type":"odd","mode":"text"}]})";
  const graph::NetworkSpec spec = value_of(io::network_from_json(parsed(text)));
  CHECK(spec.name == "net");
  CHECK(spec.input.shape == core::Shape{2, 28, 30});
  CHECK(spec.input.mean == std::vector<double>{0.5, 0});
  CHECK(spec.input.std == std::vector<double>{0.25, 1});
  REQUIRE(spec.layers.size() == 3);
  CHECK(spec.layers[0].type == "conv2d");
  CHECK(spec.layers[0].name == "c");
  CHECK(spec.layers[0].options.size() == 4);
  CHECK(std::get_if<std::vector<double>>(&spec.layers[0].options[1].value)->at(1) == 3);
  CHECK(*std::get_if<bool>(&spec.layers[0].options[2].value) == false);
  CHECK(spec.layers[1].inputs == std::vector<std::string>{"c"});
  CHECK(io::network_to_json(spec).text() == text);
}

TEST_CASE("network json: what is missing, wrong or unknown is named") {
  const std::pair<std::string, std::string> cases[] = {
      {"[]", "network is [], not an object"},
      {R"({"layers":[]})", "network has no 'input'"},
      {std::string("{") + input + "}", "network has no 'layers'"},
      {R"({"input":1,"layers":[]})", "input is 1"},
      {R"({"input":{"channels":1,"height":28},"layers":[]})", "input has no 'width'"},
      {R"({"input":{"channels":0,"height":28,"width":28},"layers":[]})", "input.channels is 0"},
      {R"({"input":{"channels":1.5,"height":28,"width":28},"layers":[]})", "input.channels is 1.5"},
      {R"({"input":{"channels":1,"height":1e9,"width":28},"layers":[]})", "input.height is 1000000000"},
      {R"({"input":{"channels":1,"height":28,"width":28,"depth":1},"layers":[]})", "input has no option 'depth'"},
      {R"({"input":{"channels":1,"height":28,"width":28,"normalize":{"mean":0.5}},"layers":[]})",
       "input.normalize.mean is a number"},
      {R"({"input":{"channels":1,"height":28,"width":28,"normalize":{"mean":["a"]}},"layers":[]})",
       "entry of input.normalize.mean"},
      {R"({"input":{"channels":1,"height":28,"width":28,"normalize":{"variance":[1]}},"layers":[]})",
       "input.normalize has no option"},
      {std::string("{") + input + R"(,"layers":{}})", "network.layers is a object"},
      {std::string("{") + input + R"(,"layers":[],"loss":"x"})", "network has no option 'loss'"},
      {std::string("{") + input + R"(,"layers":[1]})", "layers[0] is 1, not an object"},
      {std::string("{") + input + R"(,"layers":[{"name":"a"}]})", "layers[0] has no 'type'"},
      {std::string("{") + input + R"(,"layers":[{"type":3}]})", "layers[0].type is 3"},
      {std::string("{") + input + R"(,"layers":[{"type":"relu","inputs":"a"}]})", "layers[0].inputs is a string"},
      {std::string("{") + input + R"(,"layers":[{"type":"relu","inputs":[1]}]})", "entry of layers[0].inputs"},
      {std::string("{") + input + R"(,"layers":[{"type":"relu"},{"type":"relu","x":{}}]})", "layers[1].x is a object"},
      {std::string("{") + input + R"(,"layers":[{"type":"relu","x":null}]})", "layers[0].x is a null"},
      {std::string("{") + input + R"(,"layers":[{"type":"relu","x":[[1]]}]})", "entry of layers[0].x"},
  };
  for (const auto& [text, part] : cases) {
    CAPTURE(text);
    CHECK_ERROR(io::network_from_json(parsed(text)), invalid_argument, part);
  }
}

TEST_CASE("typed options: type and the rest") {
  const auto options = value_of(io::typed_options_from_json(parsed(R"({"momentum":0.9,"type":"sgd"})"), "optimizer"));
  CHECK(options.type == "sgd");
  REQUIRE(options.options.size() == 1);
  CHECK(io::typed_options_to_json(options).text() == R"({"type":"sgd","momentum":0.9})");
  CHECK_ERROR(io::typed_options_from_json(parsed("{}"), "optimizer"), invalid_argument, "optimizer has no 'type'");
  CHECK_ERROR(io::typed_options_from_json(parsed("3"), "schedule"), invalid_argument, "schedule is 3");
}

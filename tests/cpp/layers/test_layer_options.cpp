// Options: strict, typed, with errors that name the layer, the option and what is allowed.
#include "graph/harness.hpp"
#include "striate/layers/registry.hpp"

#include <doctest/doctest.h>

#include <limits>

using namespace striate;
using namespace striate::tests;

namespace {

const core::Options conv_base = {{"outChannels", 4.0}, {"kernelSize", 3.0}};

core::Options with(core::Options options, std::string name, core::OptionValue value) {
  options.push_back({std::move(name), std::move(value)});
  return options;
}

core::Result<std::unique_ptr<layers::Layer>> conv(const core::Options& options) {
  return layers::make_layer("conv2d", "conv1", options);
}

}  // namespace

TEST_CASE("an unknown option names the layer, the option and those there are") {
  const auto result = conv(with(conv_base, "kernel_size", 3.0));
  CHECK_ERROR(result, invalid_argument, "layer 'conv1' (conv2d) has no option 'kernel_size'");
  CHECK(contains(result.error().hint, "kernelSize (required)"));
}

TEST_CASE("options of the wrong kind, out of range, missing or doubled are refused") {
  CHECK_ERROR(conv({{"kernelSize", 3.0}}), invalid_argument, "lacks its option 'outChannels'");
  CHECK_ERROR(conv(with(conv_base, "outChannels", 4.0)), invalid_argument, "'outChannels' twice");
  CHECK_ERROR(conv(with(conv_base, "stride", 0.0)), invalid_argument, "'stride' cannot be 0");
  CHECK_ERROR(conv(with(conv_base, "stride", 1.5)), invalid_argument, "'stride' cannot be 1.5");
  CHECK_ERROR(conv(with(conv_base, "stride", std::string("2"))), invalid_argument, "cannot be '2'");
  CHECK_ERROR(conv(with(conv_base, "stride", std::vector<double>{1, 2, 3})), invalid_argument, "cannot be [1, 2, 3]");
  CHECK_ERROR(conv(with(conv_base, "stride", std::vector<double>{})), invalid_argument, "cannot be []");
  CHECK_ERROR(conv(with(conv_base, "padding", -1.0)), invalid_argument, "'padding' cannot be -1");
  CHECK_ERROR(conv(with(conv_base, "padding", std::vector<double>{0, 1, -1, 0})), invalid_argument, "'padding'");
  CHECK_ERROR(conv(with(conv_base, "paddingValue", std::numeric_limits<double>::quiet_NaN())), invalid_argument, "nan");
  CHECK_ERROR(conv(with(conv_base, "paddingValue", 1e39)), invalid_argument, "'paddingValue'");
  CHECK_ERROR(conv(with(conv_base, "bias", 1.0)), invalid_argument, "'bias' cannot be 1");
  CHECK_ERROR(conv({{"outChannels", 1e10}, {"kernelSize", 3.0}}), invalid_argument, "'outChannels'");
  CHECK_ERROR(layers::make_layer("relu", "r", {{"slope", 0.1}}), invalid_argument, "has no option 'slope'");
  CHECK_ERROR(layers::make_layer("maxPool2d", "p", {{"kernelSize", 2.0}, {"padding", 2.0}}), invalid_argument,
              "padding 2+2 is not below kernelSize 2");
}

TEST_CASE("one number, [height, width] and four sides mean what they say") {
  const core::Shape input{1, 10, 20};
  const auto output = [&](const core::Options& options) {
    return value_of(value_of(conv(options))->infer_shape({&input, 1}));
  };
  CHECK(output(conv_base) == core::Shape{4, 8, 18});
  CHECK(output(with(conv_base, "padding", 1.0)) == core::Shape{4, 10, 20});
  CHECK(output(with(conv_base, "padding", std::vector<double>{1, 0})) == core::Shape{4, 10, 18});
  CHECK(output(with(conv_base, "padding", std::vector<double>{1, 2, 3, 4})) == core::Shape{4, 11, 25});
  CHECK(output(with(conv_base, "stride", std::vector<double>{2, 3})) == core::Shape{4, 4, 6});
  CHECK(output({{"outChannels", 2.0}, {"kernelSize", std::vector<double>{1, 5}}}) == core::Shape{2, 10, 16});
}

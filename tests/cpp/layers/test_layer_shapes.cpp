// Inputs that a layer cannot take: the error names the layer, the shapes and the rule, and a hint says what would do.
#include "graph/harness.hpp"
#include "striate/layers/registry.hpp"

#include <doctest/doctest.h>

using namespace striate;
using namespace striate::tests;

namespace {

using List = std::vector<double>;

core::Result<core::Shape> shape_of(const char* type, const core::Options& options, const std::vector<core::Shape>& inputs) {
  return value_of(layers::make_layer(type, "one", options))->infer_shape(inputs);
}

}  // namespace

TEST_CASE("conv2d: groups and connections that do not fit the channels") {
  const core::Options base = {{"outChannels", 4.0}, {"kernelSize", 1.0}};
  const auto conv = [&](core::Options more, int channels) {
    more.insert(more.begin(), base.begin(), base.end());
    return shape_of("conv2d", more, {{channels, 3, 3}});
  };
  CHECK_ERROR(conv({{"groups", 2.0}}, 3), invalid_shape, "groups 2 must divide both the input's channels and the 4 filters");
  CHECK_ERROR(conv({{"groups", 3.0}}, 6), invalid_shape, "groups 3 must divide");
  CHECK_ERROR(conv({{"groups", 2.0}, {"connections", List{1, 1, 1, 1}}}, 4), invalid_shape, "exclude each other");
  CHECK_ERROR(conv({{"connections", List{1, 2, 3}}}, 2), invalid_shape, "connections has 3 numbers for 4 filters");
  CHECK_ERROR(conv({{"connections", List{1, 2, 4, 3}}}, 2), invalid_shape, "connections holds 4, which names a map beyond the input's 2");
  CHECK(value_of(conv({{"connections", List{1, 2, 3, 3}}}, 2)) == core::Shape{4, 3, 3});
}

TEST_CASE("reflection shows each row and column once at most, in conv2d and zeroPad2d alike") {
  const core::Options reflect = {{"padding", List{0, 3, 0, 0}}, {"paddingMode", std::string("reflect")}};
  CHECK_ERROR(shape_of("zeroPad2d", reflect, {{1, 3, 5}}), invalid_shape, "reflection cannot pad 1×3×5 by 0/3 rows");
  CHECK(value_of(shape_of("zeroPad2d", reflect, {{1, 4, 5}})) == core::Shape{1, 7, 5});
  core::Options conv = reflect;
  conv.push_back({"outChannels", 1.0});
  conv.push_back({"kernelSize", 2.0});
  CHECK_ERROR(shape_of("conv2d", conv, {{1, 3, 5}}), invalid_shape, "layer 'one': reflection cannot pad");
}

TEST_CASE("convTranspose2d: outputs of no size, and output padding that reaches the stride") {
  const auto deconv = [](double padding, double extra) {
    return shape_of("convTranspose2d", {{"outChannels", 1.0}, {"kernelSize", 2.0}, {"stride", 2.0}, {"padding", padding}, {"outputPadding", extra}},
                    {{1, 2, 2}});
  };
  CHECK(value_of(deconv(1, 1)) == core::Shape{1, 3, 3});
  CHECK_ERROR(deconv(2, 0), invalid_shape, "would make 1×0×0 of 1×2×2: O = (I - 1)·S - 2P + K + output padding");
  const auto wide = deconv(0, 2);
  CHECK_ERROR(wide, invalid_shape, "(convTranspose2d)");
  CHECK(contains(wide.error().hint, "outputPadding stays below stride"));
}

TEST_CASE("norms, shortcuts, flat layers: channels and shapes that do not fit") {
  CHECK_ERROR(shape_of("groupNorm", {{"groups", 4.0}}, {{6, 2, 2}}), invalid_shape, "6 channels of the input 6×2×2 do not split into 4 groups");
  CHECK_ERROR(shape_of("identityShortcut", {{"outChannels", 2.0}}, {{3, 4, 4}}), invalid_shape, "cannot make 2 channels of 3×4×4");
  CHECK_ERROR(shape_of("linear", {{"outFeatures", 2.0}}, {{3, 4, 4}}), invalid_shape, "layer 'one'");
  CHECK_ERROR(shape_of("radialBasis", {}, {{83, 1, 1}}), invalid_shape, "is given 83×1×1 for 10 classes");
  CHECK_ERROR(shape_of("radialBasis", {{"outFeatures", 9.0}}, {{84, 1, 1}}), invalid_shape, "for 9 classes");
  CHECK_ERROR(shape_of("radialBasis", {{"codes", std::string("random")}}, {{4, 2, 1}}), invalid_shape, "is given 4×2×1");
}

TEST_CASE("reshape and upsample: sizes that do not come out, or grow too large") {
  const auto reshape = [](double c, double h, double w) {
    return shape_of("reshape", {{"channels", c}, {"height", h}, {"width", w}}, {{4, 3, 2}});
  };
  CHECK(value_of(reshape(-1, 2, 2)) == core::Shape{6, 2, 2});
  CHECK_ERROR(reshape(5, -1, 1), invalid_shape, "the 24 values of 4×3×2 do not make 5×-1×1");
  CHECK_ERROR(reshape(-1, -1, 1), invalid_shape, "do not make");
  CHECK_ERROR(reshape(0, 1, 1), invalid_shape, "do not make");
  CHECK_ERROR(reshape(4, 3, 1), invalid_shape, "do not make 4×3×1");
  CHECK_ERROR(shape_of("upsample", {{"scale", 1024.0}}, {{1, 65, 1}}), invalid_shape, "would make 1×65×1 66560×1024");
}

TEST_CASE("layers with several inputs: shapes that differ") {
  CHECK_ERROR(shape_of("add", {}, {{2, 3, 3}, {3, 3, 3}}), invalid_shape, "(add) is given 2×3×3, 3×3×3");
  CHECK_ERROR(shape_of("multiply", {}, {{2, 3, 3}, {2, 3, 4}}), invalid_shape, "(multiply) is given 2×3×3, 2×3×4");
  CHECK_ERROR(shape_of("concat", {}, {{2, 3, 3}, {2, 4, 3}}), invalid_shape, "(concat) is given 2×3×3, 2×4×3");
  CHECK(value_of(shape_of("concat", {}, {{2, 3, 3}, {5, 3, 3}})) == core::Shape{7, 3, 3});
}

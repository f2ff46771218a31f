// The output-size formula against counting: every place a window can stand, one by one.
#include "striate/core/window_geometry.hpp"

#include "expect.hpp"

using namespace striate;
using namespace striate::tests;
using core::WindowAxis;
using core::WindowGeometry;

namespace {

// How many windows fit, by walking; and how many padded positions behind the last window nobody sees.
struct Counted {
  int windows = 0;
  int unseen = 0;
};

Counted walk(const WindowAxis& axis, int input) {
  Counted counted;
  const int padded = axis.before + input + axis.after;
  int last_seen = -1;
  for (int first = 0;; first += axis.stride) {
    int end = first;
    for (int tap = 0; tap < axis.kernel; ++tap) end = first + tap * axis.dilation;
    if (end >= padded) break;
    last_seen = end;
    ++counted.windows;
  }
  counted.unseen = padded - 1 - last_seen;
  return counted;
}

}  // namespace

TEST_CASE("window: output, start and unseen equal the walk over all small geometries") {
  int tried = 0;
  for (int input = 1; input <= 9; ++input) {
    for (int kernel = 1; kernel <= 5; ++kernel) {
      for (int stride = 1; stride <= 4; ++stride) {
        for (int before = 0; before <= 3; ++before) {
          for (int after = 0; after <= 3; ++after) {
            for (int dilation = 1; dilation <= 3; ++dilation) {
              const WindowAxis axis{kernel, stride, before, after, dilation};
              const WindowGeometry geometry{axis, {}};
              const auto result = geometry.output({2, input, 4}, "conv1");
              const Counted counted = walk(axis, input);
              REQUIRE_EQ(result.ok(), counted.windows > 0);
              ++tried;
              if (!result) continue;
              REQUIRE_EQ(result->height, counted.windows);
              REQUIRE_EQ(result->width, 4);
              REQUIRE_EQ(result->channels, 2);
              REQUIRE_EQ(axis.unseen(input), counted.unseen);
              REQUIRE_EQ(axis.start(0), -before);
              REQUIRE_EQ(axis.start(counted.windows - 1), (counted.windows - 1) * stride - before);
            }
          }
        }
      }
    }
  }
  CHECK(tried == 9 * 5 * 4 * 4 * 4 * 3);
}

TEST_CASE("window: the lecture's and LeNet's examples") {
  CHECK(WindowAxis{5, 1, 2, 2, 1}.output(28) == 28);
  CHECK(WindowAxis{5, 1, 0, 0, 1}.output(14) == 10);
  CHECK(WindowAxis{2, 2, 0, 0, 1}.output(28) == 14);
  CHECK(WindowAxis{11, 4, 2, 2, 1}.output(224) == 55);  // AlexNet: (224 - 11 + 4) mod 4 = 1 column is never seen
  CHECK(WindowAxis{11, 4, 2, 2, 1}.unseen(224) == 1);
  CHECK(WindowAxis{7, 2, 3, 3, 1}.output(224) == 112);
}

TEST_CASE("window: what does not fit names the layer, the numbers and the formula") {
  const WindowGeometry large{{5, 1, 0, 0, 1}, {5, 1, 0, 0, 1}};
  CHECK_ERROR(large.output({1, 4, 9}, "conv2"), invalid_shape, "layer 'conv2'");
  CHECK_ERROR(large.output({1, 4, 9}, "conv2"), invalid_shape, "(4 - 5 + 0)/1 + 1");
  CHECK_ERROR(large.output({1, 9, 4}, "conv2"), invalid_shape, "width");
}

TEST_CASE("window: numbers that are no window are refused") {
  const core::Shape input{1, 8, 8};
  for (const WindowAxis& bad : {WindowAxis{0, 1, 0, 0, 1}, WindowAxis{3, 0, 0, 0, 1}, WindowAxis{3, 1, -1, 0, 1},
                                WindowAxis{3, 1, 0, -1, 1}, WindowAxis{3, 1, 0, 0, 0}, WindowAxis{1 << 21, 1, 0, 0, 1},
                                WindowAxis{3, 1, 1 << 21, 0, 1}, WindowAxis{1 << 15, 1, 0, 0, 1 << 15}}) {
    CHECK_ERROR((WindowGeometry{bad, {}}.output(input, "pool1")), invalid_argument, "layer 'pool1'");
    CHECK_ERROR((WindowGeometry{{}, bad}.output(input, "pool1")), invalid_argument, "width");
  }
}

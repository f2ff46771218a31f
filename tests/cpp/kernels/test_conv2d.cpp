// conv2d kernels of every arch and block size against their double-precision twins: random shapes and those around the
// edges of the tiles, stride × padding × dilation × padding value, with the bound 2·K rounding steps.
#include "blocked_tensor.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace striate;
using namespace striate::tests;

namespace {

struct Case {
  core::Shape input;
  int out_channels, batch;
  core::WindowGeometry window;
  double padding_value = 0;
};

std::string describe(const Case& c) {
  const auto axis = [](const core::WindowAxis& a) {
    return "k" + std::to_string(a.kernel) + " s" + std::to_string(a.stride) + " p" + std::to_string(a.before) + "/" +
           std::to_string(a.after) + " d" + std::to_string(a.dilation);
  };
  return "n" + std::to_string(c.batch) + " " + core::to_string(c.input) + " -> " + std::to_string(c.out_channels) + " y:" +
         axis(c.window.y) + " x:" + axis(c.window.x);
}

// The case's numbers and what the twins make of them: values, and magnitudes (sums of absolute products) for the bounds.
struct Expected {
  core::Shape output;
  Values x, w, b, dy;
  Values out, out_magnitude, dx, dx_magnitude, dw, dw_magnitude, db, db_magnitude;
};

Expected expect(const Case& c, std::uint32_t item) {
  const auto inferred = c.window.output(c.input, "conv");
  REQUIRE(inferred.ok());
  Expected e;
  e.output = {c.out_channels, inferred->height, inferred->width};
  const kernels::reference::Conv2d conv{c.batch, c.input, e.output, c.window, c.padding_value};
  auto magnitude_conv = conv;
  magnitude_conv.padding_value = std::abs(c.padding_value);
  const auto taps = static_cast<std::size_t>(c.input.channels * c.window.y.kernel * c.window.x.kernel);

  core::Rng rng(11, core::RandomStream::synthetic, 0, item);
  e.x = random_values(static_cast<std::size_t>(c.batch * c.input.elements()), rng);
  e.w = random_values(taps * static_cast<std::size_t>(c.out_channels), rng);
  e.b = random_values(static_cast<std::size_t>(c.out_channels), rng);
  e.dy = random_values(static_cast<std::size_t>(c.batch * e.output.elements()), rng);
  const Values xa = absolute(e.x), wa = absolute(e.w), ba = absolute(e.b), dya = absolute(e.dy);
  e.out = conv2d_forward(conv, e.x, e.w, e.b);
  e.out_magnitude = conv2d_forward(magnitude_conv, xa, wa, ba);
  e.dx = conv2d_dinput(conv, e.dy, e.w);
  e.dx_magnitude = conv2d_dinput(conv, dya, wa);
  e.dw = conv2d_dweight(conv, e.x, e.dy);
  e.dw_magnitude = conv2d_dweight(magnitude_conv, xa, dya);
  e.db = conv2d_dbias(conv, e.dy);
  e.db_magnitude = conv2d_dbias(conv, dya);
  return e;
}

void check(const kernels::KernelTable& table, int lanes, const Case& c, const Expected& e) {
  const auto taps = static_cast<std::size_t>(c.input.channels * c.window.y.kernel * c.window.x.kernel);
  const core::Shape& output = e.output;
  const auto weight = to_floats(e.w), bias = to_floats(e.b);

  const kernels::Halo halo{c.window.y.before, c.window.y.after, c.window.x.before, c.window.x.after};
  BlockedTensor input(c.input, c.batch, lanes, halo), out(output, c.batch, lanes, {1, 0, 2, 1}), doutput(output, c.batch, lanes);
  BlockedTensor dinput(c.input, c.batch, lanes, {0, 1, 1, 0});
  input.fill(e.x, 0.5f);
  doutput.fill(e.dy);
  table.fill_halo(input.view(), halo, static_cast<float>(c.padding_value));
  const auto plan = kernels::make_conv2d_plan(c.input, output, c.window, input.view(), doutput.view());

  for (const bool relu : {false, true}) {
    table.conv2d_forward(plan, input.view(), weight.data(), bias.data(), out.view(), relu);
    const Values expected = relu ? kernels::reference::relu_forward(e.out) : e.out;
    CHECK(worst_error(out.read(), expected, e.out_magnitude, 2.0 * static_cast<double>(taps) + 2) <= 1.0);
    CHECK(out.disturbed() == 0);
  }

  std::vector<float> scratch(std::max(plan.dinput_workspace(), plan.dweight_workspace(table.width)) + 1, sentinel);
  const double dinput_length = 2.0 * c.out_channels * c.window.y.kernel * c.window.x.kernel;
  table.conv2d_dinput(plan, doutput.view(), weight.data(), nullptr, 0, dinput.view(), scratch.data());
  CHECK(scratch[plan.dinput_workspace()] == sentinel);
  CHECK(worst_error(dinput.read(), e.dx, e.dx_magnitude, dinput_length) <= 1.0);
  CHECK(dinput.disturbed() == 0);

  const kernels::ConstBlockedView activation = input.view();
  table.conv2d_dinput(plan, doutput.view(), weight.data(), &activation, 0, dinput.view(), scratch.data());
  CHECK(worst_error(dinput.read(), kernels::reference::relu_backward(e.x, e.dx), e.dx_magnitude, dinput_length) <= 1.0);

  std::fill(scratch.begin(), scratch.end(), sentinel);
  std::vector<float> dweight(e.w.size() + 1, sentinel), dbias(e.b.size() + 1, sentinel);
  table.conv2d_dweight(plan, input.view(), doutput.view(), dweight.data(), dbias.data(), scratch.data());
  CHECK(scratch[plan.dweight_workspace(table.width)] == sentinel);
  CHECK(dweight.back() == sentinel);
  CHECK(dbias.back() == sentinel);
  dweight.pop_back();
  dbias.pop_back();
  const double positions = 2.0 * c.batch * output.height * output.width;
  CHECK(worst_error(to_doubles(dweight), e.dw, e.dw_magnitude, positions) <= 1.0);
  CHECK(worst_error(to_doubles(dbias), e.db, e.db_magnitude, positions) <= 1.0);
}

core::WindowGeometry square(int kernel, int stride = 1, int padding = 0, int dilation = 1) {
  const core::WindowAxis axis{kernel, stride, padding, padding, dilation};
  return {axis, axis};
}

}  // namespace

TEST_CASE("conv2d: the layers of LeNet, and shapes around the tile edges") {
  const Case cases[] = {
      {{1, 28, 28}, 6, 32, square(5, 1, 2)},  {{6, 14, 14}, 16, 17, square(5)},       {{1, 1, 1}, 1, 1, square(1)},
      {{3, 8, 9}, 5, 3, square(3, 1, 1)},     {{2, 7, 5}, 3, 5, square(3, 2, 1)},     {{4, 9, 9}, 8, 16, square(3, 3)},
      {{5, 6, 7}, 4, 2, square(2, 1, 0, 2)},  {{3, 11, 10}, 2, 4, square(3, 2, 2, 3)}, {{2, 5, 5}, 7, 8, square(5, 1, 4), 1.5},
      {{16, 4, 4}, 17, 9, square(1)},         {{1, 12, 12}, 1, 6, square(11, 4, 2), -2.0},
  };
  std::uint32_t item = 0;
  for (const Case& c : cases) {
    const Expected expected = expect(c, ++item);
    for_each_arch([&](const kernels::KernelTable& table, int lanes) {
      CAPTURE(table.arch);
      CAPTURE(lanes);
      const std::string shape = describe(c);
      CAPTURE(shape);
      check(table, lanes, c, expected);
    });
  }
}

TEST_CASE("conv2d: random windows, every side's padding its own") {
  for (std::uint32_t item = 0; item < 120; ++item) {
    core::Rng rng(5, core::RandomStream::synthetic, 1, item);
    const auto pick = [&](int low, int high) { return low + static_cast<int>(rng.below(static_cast<std::uint32_t>(high - low + 1))); };
    Case c;
    for (core::WindowAxis* axis : {&c.window.y, &c.window.x}) {
      *axis = {pick(1, 5), pick(1, 4), pick(0, 4), pick(0, 4), pick(1, 3)};
    }
    c.input = {pick(1, 9), pick(c.window.y.extent(), c.window.y.extent() + 9), pick(c.window.x.extent(), c.window.x.extent() + 9)};
    c.out_channels = pick(1, 10);
    c.batch = pick(1, 19);
    c.padding_value = pick(0, 1) == 0 ? 0.0 : 0.25 * pick(-4, 4);
    const Expected expected = expect(c, 1000 + item);
    for_each_arch([&](const kernels::KernelTable& table, int lanes) {
      CAPTURE(table.arch);
      CAPTURE(lanes);
      const std::string shape = describe(c);
      CAPTURE(shape);
      check(table, lanes, c, expected);
    });
  }
}

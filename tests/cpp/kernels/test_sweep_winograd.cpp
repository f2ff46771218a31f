// Winograd's filtering against the double twin of plain convolution, forward and input gradient, over many shapes
// (shape_sweep.hpp).
//
// Bounds, in ULP of the sum of |products| of each output, for values between −1 and 1: direct convolution's 2·kh·kw·cin for
// tiles of 2×2 outputs (3×3 and 5×5 windows) from 4 channels on and for those of 4×4 from 16 on, where choose_convolution takes them. With fewer channels they are held
// to 64 more than that, in ULP of the largest sum in the tensor: tiles share their rounding, and an output at a corner of the
// image may have few products of its own.
#include "shape_sweep.hpp"

using namespace striate;
using namespace striate::tests;
namespace reference = striate::kernels::reference;

namespace {

double share(const Values& got, const Values& expected, const Values& magnitude, int r, int m, int channels) {
  const double terms = 2.0 * r * r * channels;
  if (channels >= (m == 2 ? 4 : 16)) return share_of_ulp(got, expected, magnitude, terms);
  const double largest = *std::max_element(magnitude.begin(), magnitude.end());
  return share_of_bound(got, expected, [&](std::size_t) { return ulp * (terms + 64) * largest; });
}

// As many terms as there are output positions.
double share_of_weights(const Values& got, const Values& expected, const Values& magnitude, int positions) {
  const double largest = *std::max_element(magnitude.begin(), magnitude.end());
  return share_of_bound(got, expected, [&](std::size_t) { return ulp * (2.0 * positions + 64) * largest; });
}

}  // namespace

TEST_CASE("sweep: Winograd's convolution and its input gradient") {
  ShapeSweep sweep("winograd", 21, 1000);
  sweep.run([&](Draw& draw) {
    reference::Conv2d conv;
    conv.batch = draw.batch();
    const int r = draw.pick(0, 2) == 0 ? 5 : 3;
    for (core::WindowAxis* axis : {&conv.window.y, &conv.window.x}) *axis = {r, 1, draw.pick(0, r - 1), draw.pick(0, r - 1), 1};
    const auto side = [&](const core::WindowAxis& axis) {
      return std::max(r - axis.before - axis.after, std::max(1, draw.edge(13)));
    };
    conv.input = {draw.edge(17), side(conv.window.y), side(conv.window.x)};
    conv.output = *conv.window.output(conv.input, "conv");
    conv.output.channels = draw.edge(17);
    conv.padding_value = draw.coin() ? 0.0 : 0.25 * draw.pick(-4, 4);
    auto absolute_conv = conv;
    absolute_conv.padding_value = std::abs(conv.padding_value);
    const auto outputs = static_cast<std::size_t>(conv.output.channels);
    const Values x = draw.values(static_cast<std::size_t>(conv.batch * conv.input.elements()));
    const Values w = draw.values(outputs * static_cast<std::size_t>(r * r * conv.input.channels)), b = draw.values(outputs);
    const Values dy = draw.values(static_cast<std::size_t>(conv.batch * conv.output.elements()));
    const auto weight = to_floats(w), bias = to_floats(b);
    const auto y = conv2d_forward(conv, x, w, b), y_size = conv2d_forward(absolute_conv, absolute(x), absolute(w), absolute(b));
    const auto dx = conv2d_dinput(conv, dy, w), dx_size = conv2d_dinput(conv, absolute(dy), absolute(w));
    const auto dw = conv2d_dweight(conv, x, dy), dw_size = conv2d_dweight(absolute_conv, absolute(x), absolute(dy));
    const auto db = conv2d_dbias(conv, dy), db_size = conv2d_dbias(conv, absolute(dy));
    const bool relu = draw.coin(), mask = draw.coin(), idle = draw.coin();
    const int m = r == 5 || draw.coin() ? 2 : 4;
    const int cut = draw.pick(0, conv.output.height / m) * m, dinput_cut = draw.pick(0, conv.input.height / m) * m;
    const kernels::Halo halo{conv.window.y.before, conv.window.y.after, conv.window.x.before, conv.window.x.after};
    sweep.on_each_arch([&](const kernels::KernelTable& table, int lanes) {
      BlockedTensor input(conv.input, conv.batch, lanes, halo), output(conv.output, conv.batch, lanes, {1, 0, 0, 1}),
          doutput(conv.output, conv.batch, lanes), dinput(conv.input, conv.batch, lanes, {0, 1, 1, 0});
      if (idle) let_idle(table, input, output, doutput, dinput);
      input.fill(x, 0.5f);
      doutput.fill(dy);
      table.fill_halo(input.view(), halo, static_cast<float>(conv.padding_value));
      const auto forward = kernels::make_winograd_forward(conv.input, conv.output, conv.window, lanes, m);
      std::vector<float> scratch(forward.workspace() + 1, sentinel);
      for_each_band(conv.output.height, cut, [&](kernels::RowRange rows) {
        kernels::ConstBlockedView from = input.view();
        from.data += rows.first * from.row_stride;
        table.conv2d_winograd(forward.from_row(rows.first), from, weight.data(), bias.data(), nullptr, row_range(output.view(), rows),
                              relu, scratch.data());
      });
      const auto name = [&](int channels, const char* r5, const char* m2, const char* m4, const char* deep) {
        return r == 5 ? r5 : m == 2 ? m2 : channels < 16 ? m4 : deep;  // what the extended run prints
      };
      sweep.hold(name(conv.input.channels, "r 5, output", "m 2, output", "m 4, output", "m 4, output, deep"),
                 share(output.read(), relu ? reference::relu_forward(y) : y, y_size, r, m, conv.input.channels));
      sweep.hold("nothing outside", output.disturbed() == 0 && scratch.back() == sentinel);
      const kernels::ConstBlockedView activation = input.view(), *const seen = mask ? &activation : nullptr;
      std::vector<float> dweight(w.size() + 1, sentinel), dbias(b.size());
      if (r == 5) {
        const auto gradients = kernels::make_winograd_gradients(conv.input, conv.output, conv.window, lanes, input.blocks);
        scratch.assign(gradients.gradients_workspace(table.width) + 1, sentinel);
        const kernels::BlockedView into = dinput.view();
        const auto run = [&](float* weights, float* biases, const kernels::BlockedView* inputs) {
          table.conv2d_winograd_gradients(gradients, input.view(), doutput.view(), weight.data(), seen, weights, biases, inputs,
                                          scratch.data());
        };
        run(dweight.data(), dbias.data(), &into);
        // One of them at a time, over something else: the same bits.
        const auto both = dinput.read();
        std::vector<float> alone(dweight.size(), sentinel);
        run(alone.data(), nullptr, nullptr);
        sweep.hold("weight gradient alone", alone == dweight);
        dinput.fill(Values(x.size(), 7.0));
        run(nullptr, nullptr, &into);
        sweep.hold("input gradient alone", dinput.read() == both);
      } else {
        const auto backward = kernels::make_winograd_dinput(conv.input, conv.output, conv.window, lanes, m);
        scratch.assign(backward.workspace() + 1, sentinel);
        for_each_band(conv.input.height, dinput_cut, [&](kernels::RowRange rows) {
          kernels::ConstBlockedView from = doutput.view();
          from.data += rows.first * from.row_stride;
          const kernels::ConstBlockedView above = row_range(activation, rows);
          table.conv2d_winograd(backward.from_row(rows.first), from, weight.data(), nullptr, mask ? &above : nullptr,
                                row_range(dinput.view(), rows), false, scratch.data());
        });
        sweep.hold("nothing outside", scratch.back() == sentinel);
        const auto weights = kernels::make_winograd_dweight(conv.input, conv.output, conv.window, lanes, input.blocks);
        scratch.assign(weights.dweight_workspace() + 1, sentinel);
        table.conv2d_winograd_dweight(weights, input.view(), doutput.view(), dweight.data(), dbias.data(), scratch.data());
      }
      sweep.hold(name(conv.output.channels, "r 5, gradient", "m 2, gradient", "m 4, gradient", "m 4, gradient, deep"),
                 share(dinput.read(), mask ? reference::relu_backward(x, dx) : dx, dx_size, r, m, conv.output.channels));
      sweep.hold("nothing outside", dinput.disturbed() == 0 && dweight.back() == sentinel && scratch.back() == sentinel);
      sweep.hold("idle lanes", idle_lanes_are_zero(output) && idle_lanes_are_zero(dinput));
      dweight.pop_back();
      const int positions = conv.batch * conv.output.height * conv.output.width;
      sweep.hold(positions < 16 ? "weight gradient" : "weight gradient, large", share_of_weights(to_doubles(dweight), dw, dw_size, positions));
      sweep.hold("bias gradient", share_of_ulp(to_doubles(dbias), db, db_size, 2.0 * positions));
    });
  });
}

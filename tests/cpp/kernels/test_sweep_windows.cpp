// Convolution, linear and pooling over many shapes (shape_sweep.hpp).
//
// Bounds, in ULP of the sum of |products|, as W3C's WebNN tests allow: conv2d 2·kh·kw·cin, linear 2·k, and their
// gradients by the length of their own sums; average pooling one a pixel of the window; max pooling and ReLU none.
#include "shape_sweep.hpp"

using namespace striate;
using namespace striate::tests;
namespace reference = striate::kernels::reference;

namespace {

core::WindowGeometry window(Draw& draw, int kernel, int dilation, bool pool) {
  core::WindowGeometry made;
  for (core::WindowAxis* axis : {&made.y, &made.x}) {
    const int k = draw.pick(1, kernel), most = pool ? k / 2 : 2;
    *axis = {k, draw.pick(1, 3), draw.pick(0, most), draw.pick(0, most), draw.pick(1, dilation)};
    axis->ceil = pool && draw.coin();
  }
  return made;
}

core::Shape image(Draw& draw, const core::WindowGeometry& w, int channels) {
  const auto side = [&](const core::WindowAxis& axis) {
    const int least = std::max(1, axis.extent() - axis.before - axis.after);
    return draw.coin() ? least + draw.pick(0, 3) : std::max(least, draw.edge(9));
  };
  return {draw.edge(channels), side(w.y), side(w.x)};
}

}  // namespace

TEST_CASE("sweep: conv2d, its input gradient and its weight gradient") {
  ShapeSweep sweep("conv2d", 1, 2000);
  sweep.run([&](Draw& draw) {
    reference::Conv2d conv;
    conv.batch = draw.batch();
    conv.window = window(draw, 3, 2, false);
    conv.input = image(draw, conv.window, 5);
    conv.output = *conv.window.output(conv.input, "conv");
    conv.output.channels = draw.edge(9);
    conv.padding_value = draw.coin() ? 0.0 : 0.25 * draw.pick(-4, 4);
    auto absolute_conv = conv;
    absolute_conv.padding_value = std::abs(conv.padding_value);
    const int kernel = conv.window.y.kernel * conv.window.x.kernel, taps = conv.input.channels * kernel;
    const auto outputs = static_cast<std::size_t>(conv.output.channels);
    const Values x = draw.values(static_cast<std::size_t>(conv.batch * conv.input.elements()));
    const Values w = draw.values(outputs * static_cast<std::size_t>(taps)), b = draw.values(outputs);
    const Values dy = draw.values(static_cast<std::size_t>(conv.batch * conv.output.elements()));
    const Values xa = absolute(x), wa = absolute(w), dya = absolute(dy);
    const auto weight = to_floats(w), bias = to_floats(b);
    const auto y = conv2d_forward(conv, x, w, b), y_size = conv2d_forward(absolute_conv, xa, wa, absolute(b));
    const auto dx = conv2d_dinput(conv, dy, w), dx_size = conv2d_dinput(conv, dya, wa);
    const auto dw = conv2d_dweight(conv, x, dy), dw_size = conv2d_dweight(absolute_conv, xa, dya);
    const auto db = conv2d_dbias(conv, dy), db_size = conv2d_dbias(conv, dya);
    const bool relu = draw.coin(), mask = draw.coin(), idle = draw.coin();
    const int cut = draw.pick(0, conv.output.height), dinput_cut = draw.pick(0, conv.input.height);
    const kernels::Halo halo{conv.window.y.before, conv.window.y.after, conv.window.x.before, conv.window.x.after};
    sweep.on_each_arch([&](const kernels::KernelTable& table, int lanes) {
      BlockedTensor input(conv.input, conv.batch, lanes, halo), output(conv.output, conv.batch, lanes, {1, 0, 0, 1}),
          doutput(conv.output, conv.batch, lanes), dinput(conv.input, conv.batch, lanes, {0, 1, 1, 0});
      if (idle) let_idle(table, input, output, doutput, dinput);
      input.fill(x, 0.5f);
      doutput.fill(dy);
      table.fill_halo(input.view(), halo, static_cast<float>(conv.padding_value));
      const auto plan = kernels::make_conv2d_plan(conv.input, conv.output, conv.window, input.view(), doutput.view());
      for_each_band(conv.output.height, cut, [&](kernels::RowRange rows) {
        kernels::ConstBlockedView from = input.view();
        from.data += rows.first * conv.window.y.stride * from.row_stride;
        table.conv2d_forward(plan, from, weight.data(), bias.data(), row_range(output.view(), rows), relu);
      });
      sweep.hold("output", share_of_ulp(output.read(), relu ? reference::relu_forward(y) : y, y_size, 2.0 * taps));
      std::vector<float> scratch(std::max(plan.dinput_workspace(), plan.dweight_workspace(table.width)) + 1, sentinel);
      const kernels::ConstBlockedView activation = input.view();
      for_each_band(conv.input.height, dinput_cut, [&](kernels::RowRange rows) {
        const kernels::ConstBlockedView seen = row_range(activation, rows);
        table.conv2d_dinput(plan, doutput.view(), weight.data(), mask ? &seen : nullptr, rows.first, row_range(dinput.view(), rows),
                            scratch.data());
      });
      sweep.hold("input gradient", share_of_ulp(dinput.read(), mask ? reference::relu_backward(x, dx) : dx, dx_size,
                                                2.0 * conv.output.channels * kernel));
      std::vector<float> dweight(w.size()), dbias(b.size());
      table.conv2d_dweight(plan, input.view(), doutput.view(), dweight.data(), dbias.data(), scratch.data());
      const double positions = 2.0 * conv.batch * conv.output.height * conv.output.width;
      sweep.hold("weight gradient", share_of_ulp(to_doubles(dweight), dw, dw_size, positions));
      sweep.hold("bias gradient", share_of_ulp(to_doubles(dbias), db, db_size, positions));
      sweep.hold("nothing outside", output.disturbed() == 0 && dinput.disturbed() == 0 && scratch.back() == sentinel);
      sweep.hold("idle lanes", idle_lanes_are_zero(output) && idle_lanes_are_zero(dinput));
    });
  });
}

TEST_CASE("sweep: linear and its gradients") {
  ShapeSweep sweep("linear", 2, 2000);
  sweep.run([&](Draw& draw) {
    const int batch = draw.edge(17);
    int in = draw.edge(33), out = draw.edge(33);
    if (draw.pick(0, 15) == 0) {  // columns of weights that meet in few sets of the cache
      in = 256 * draw.pick(1, 4);
      out += 32;
    }
    // Gradients piece by piece.
    const int cut = draw.pick(0, (in - 1) / kernels::linear_lanes) * kernels::linear_lanes;
    const auto count = [](int a, int b) { return static_cast<std::size_t>(a) * static_cast<std::size_t>(b); };
    const Values x = draw.values(count(batch, in)), w = draw.values(count(out, in)), b = draw.values(count(out, 1)),
                 dy = draw.values(count(batch, out));
    const Values xa = absolute(x), wa = absolute(w), dya = absolute(dy);
    const auto weight = to_floats(w), bias = to_floats(b);
    const auto y = reference::linear_forward(batch, in, out, x, w, b),
               y_size = reference::linear_forward(batch, in, out, xa, wa, absolute(b));
    const auto dx = reference::linear_dinput(batch, in, out, dy, w),
               dx_size = reference::linear_dinput(batch, in, out, dya, wa);
    const auto dw = reference::linear_dweight(batch, in, out, x, dy),
               dw_size = reference::linear_dweight(batch, in, out, xa, dya);
    const auto db = reference::linear_dbias(batch, out, dy), db_size = reference::linear_dbias(batch, out, dya);
    const bool relu = draw.coin(), mask = draw.coin(), idle = draw.coin();
    sweep.on_each_arch([&](const kernels::KernelTable& table, int lanes) {
      BlockedTensor input({in, 1, 1}, batch, lanes), output({out, 1, 1}, batch, lanes),
          doutput({out, 1, 1}, batch, lanes), dinput({in, 1, 1}, batch, lanes);
      if (idle) let_idle(table, input, output, doutput, dinput);
      input.fill(x, 0.5f);
      doutput.fill(dy);
      table.linear_forward(input.view(), weight.data(), bias.data(), output.view(), relu);
      sweep.hold("output", share_of_ulp(output.read(), relu ? reference::relu_forward(y) : y, y_size, 2.0 * in));
      const kernels::ConstBlockedView activation = input.view();
      std::vector<float> scratch(kernels::linear_workspace(in, doutput.view()) + 1, sentinel);
      for (const kernels::FeatureRange features : {kernels::FeatureRange{0, cut}, {cut, in}}) {
        table.linear_dinput(doutput.view(), weight.data(), mask ? &activation : nullptr, features, dinput.view(), scratch.data());
      }
      sweep.hold("input gradient",
                 share_of_ulp(dinput.read(), mask ? reference::relu_backward(x, dx) : dx, dx_size, 2.0 * out));
      std::vector<float> dweight(w.size() + 1, sentinel), dbias(b.size());
      table.linear_dweight(input.view(), doutput.view(), {0, cut}, dweight.data(), nullptr, scratch.data());
      table.linear_dweight(input.view(), doutput.view(), {cut, in}, dweight.data(), dbias.data(), scratch.data());
      sweep.hold("nothing outside", dweight.back() == sentinel && scratch.back() == sentinel);
      sweep.hold("idle lanes", idle_lanes_are_zero(output) && idle_lanes_are_zero(dinput));
      dweight.pop_back();
      sweep.hold("weight gradient", share_of_ulp(to_doubles(dweight), dw, dw_size, 2.0 * batch));
      sweep.hold("bias gradient", share_of_ulp(to_doubles(dbias), db, db_size, 2.0 * batch));
    });
  });
}

TEST_CASE("sweep: max and average pooling") {
  ShapeSweep sweep("pool2d", 3, 2000);
  sweep.run([&](Draw& draw) {
    reference::Pool2d pool;
    pool.batch = draw.batch();
    pool.window = window(draw, 4, 2, true);
    if (draw.pick(0, 5) == 0) pool.window = {{2, 2, 0, 0, 1}, {2, 2, 0, 0, 1}};
    pool.input = image(draw, pool.window, 4);
    pool.output = *pool.window.output(pool.input, "pool");
    const auto inputs = static_cast<std::size_t>(pool.batch * pool.input.elements());
    Values ties(inputs);
    for (double& value : ties) value = draw.pick(-2, 2);
    const Values x = draw.values(inputs),
                 dy = draw.values(static_cast<std::size_t>(pool.batch * pool.output.elements()));
    const Values xa = absolute(x), dya = absolute(dy);
    const bool count_padding = draw.coin(), relu = draw.coin();
    const int size = pool.window.y.kernel * pool.window.x.kernel;
    const auto best = reference::max_pool2d_forward(pool, ties);
    const auto dbest = reference::max_pool2d_backward(pool, ties, relu ? reference::relu_backward(best, dy) : dy);
    const auto dbest_size = reference::max_pool2d_backward(pool, ties, dya);
    sweep.on_each_arch([&](const kernels::KernelTable& table, int lanes) {
      BlockedTensor input(pool.input, pool.batch, lanes, {1, 1, 1, 1}),
          output(pool.output, pool.batch, lanes, {1, 0, 0, 1}), doutput(pool.output, pool.batch, lanes),
          dinput(pool.input, pool.batch, lanes, {0, 1, 1, 0});
      doutput.fill(dy);
      input.fill(ties);
      table.max_pool2d_forward(pool.window, input.view(), output.view());
      sweep.hold("largest", output.read() == best);
      table.max_pool2d_backward(pool.window, input.view(), output.view(), doutput.view(), dinput.view(), relu);
      sweep.hold("its gradient", share_of_ulp(dinput.read(), dbest, dbest_size, size));
      input.fill(x);
      table.average_pool2d_forward(pool.window, count_padding, input.view(), output.view());
      sweep.hold("mean", share_of_ulp(output.read(), reference::average_pool2d_forward(pool, count_padding, x),
                                      reference::average_pool2d_forward(pool, count_padding, xa), size + 1));
      table.average_pool2d_backward(pool.window, count_padding, doutput.view(), dinput.view());
      sweep.hold("mean's gradient",
                 share_of_ulp(dinput.read(), reference::average_pool2d_backward(pool, count_padding, dy),
                              reference::average_pool2d_backward(pool, count_padding, dya), size + 1));
      sweep.hold("nothing outside", output.disturbed() == 0 && dinput.disturbed() == 0);
    });
  });
}

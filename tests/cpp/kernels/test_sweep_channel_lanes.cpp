// Convolutions whose lanes are channels, against the double twin, over many shapes (shape_sweep.hpp): direct and by Winograd's
// filtering, with an affine map, a residual and a ReLU behind them, whole and in pieces.
//
// Bounds, in ULP of the sum of |products| of each output: direct convolution's 2·kh·kw·cin + 4, where the affine map rounds each
// weight once more and the residual is a term; Winograd's as in test_sweep_winograd.cpp.
#include "shape_sweep.hpp"

#include "striate/kernels/channel_lanes.hpp"

using namespace striate;
using namespace striate::tests;
namespace reference = striate::kernels::reference;

namespace {

// NCHW values in views whose lanes are channels; a float that the kernel must not touch holds a sentinel. Lanes behind the
// last channel may be written.
struct ChannelTensor {
  std::vector<float> storage;
  core::Shape shape;
  kernels::BlockedView view;

  ChannelTensor(const core::Shape& s, int batch, int lanes, const kernels::Halo& halo = {}) : shape(s) {
    const core::Shape shown = kernels::channel_lanes_shape(s, lanes);
    storage.assign(kernels::blocked_floats(shown, batch, lanes, halo) + 1, sentinel);
    view = kernels::blocked_view(storage.data(), shown, batch, lanes, halo);
  }
  template <class Body>
  void each(Body&& body) {
    std::size_t index = 0;
    for (int image = 0; image < view.blocks; ++image) {
      for (int c = 0; c < shape.channels; ++c) {
        for (int y = 0; y < shape.height; ++y) {
          for (int x = 0; x < shape.width; ++x) body(index++, *kernels::channel_at(view, image, y, c, x));
        }
      }
    }
  }
  void fill(const Values& nchw) {
    each([&](std::size_t index, float& value) { value = static_cast<float>(nchw[index]); });
  }
  Values read() {
    Values nchw(static_cast<std::size_t>(view.blocks) * static_cast<std::size_t>(shape.elements()));
    each([&](std::size_t index, float& value) { nchw[index] = value; });
    return nchw;
  }
  // Floats outside the view that no longer hold the sentinel.
  int disturbed() {
    std::vector<float> inside = storage;
    kernels::BlockedView copy = view;
    copy.data = inside.data() + (view.data - storage.data());
    for (int image = 0; image < copy.blocks; ++image) {
      for (int y = 0; y < copy.height; ++y) {
        for (int g = 0; g < copy.channels; ++g) {
          std::fill_n(copy.at(image, y, g), copy.width * copy.lanes, sentinel);
        }
      }
    }
    return static_cast<int>(std::count_if(inside.begin(), inside.end(), [](float v) { return v != sentinel; }));
  }
};

struct LanesCase {
  reference::Conv2d conv;
  int groups = 1;
  bool affine = false, residual = false, relu = false;
  kernels::Convolution method = kernels::Convolution::direct;
};

// Values of channels [first, first + count) of a batch.
Values some_channels(const Values& nchw, const core::Shape& shape, int batch, int first, int count) {
  Values part;
  const auto plane = static_cast<std::ptrdiff_t>(shape.height) * shape.width;
  for (int image = 0; image < batch; ++image) {
    const auto from = nchw.begin() + (std::ptrdiff_t{image} * shape.channels + first) * plane;
    part.insert(part.end(), from, from + count * plane);
  }
  return part;
}

void put_channels(Values& nchw, const core::Shape& shape, int batch, int first, int count, const Values& part) {
  const auto plane = static_cast<std::ptrdiff_t>(shape.height) * shape.width;
  for (int image = 0; image < batch; ++image) {
    std::copy_n(part.begin() + image * count * plane, count * plane,
                nchw.begin() + (std::ptrdiff_t{image} * shape.channels + first) * plane);
  }
}

// The twin, group by group.
Values convolve(const LanesCase& c, const Values& x, const Values& w, const Values& b, double padding_value) {
  const int in = c.conv.input.channels / c.groups, out = c.conv.output.channels / c.groups;
  const auto taps = static_cast<std::ptrdiff_t>(in) * c.conv.window.y.kernel * c.conv.window.x.kernel;
  Values y(static_cast<std::size_t>(c.conv.batch * c.conv.output.elements()));
  for (int g = 0; g < c.groups; ++g) {
    reference::Conv2d part = c.conv;
    part.padding_value = padding_value;
    part.input.channels = in;
    part.output.channels = out;
    put_channels(y, c.conv.output, c.conv.batch, g * out, out,
                 conv2d_forward(part, some_channels(x, c.conv.input, c.conv.batch, g * in, in),
                                Values(w.begin() + g * out * taps, w.begin() + (g + 1) * out * taps),
                                Values(b.begin() + g * out, b.begin() + (g + 1) * out)));
  }
  return y;
}

void hold_case(ShapeSweep& sweep, Draw& draw, const LanesCase& c) {
  const reference::Conv2d& conv = c.conv;
  const auto outputs = static_cast<std::size_t>(conv.output.channels);
  const auto pixels = static_cast<std::size_t>(conv.output.height * conv.output.width);
  const int taps = conv.window.y.kernel * conv.window.x.kernel * conv.input.channels / c.groups;
  const Values x = draw.values(static_cast<std::size_t>(conv.batch * conv.input.elements()));
  const Values w = draw.values(outputs * static_cast<std::size_t>(taps)), b = draw.values(outputs);
  const Values scale = draw.values(outputs), shift = draw.values(outputs);
  const Values residual = draw.values(static_cast<std::size_t>(conv.batch * conv.output.elements()));
  const auto weight = to_floats(w), bias = to_floats(b), scales = to_floats(scale), shifts = to_floats(shift);
  Values y = convolve(c, x, w, b, conv.padding_value);
  Values size = convolve(c, absolute(x), absolute(w), absolute(b), std::abs(conv.padding_value));
  for (std::size_t i = 0; i < y.size(); ++i) {
    const std::size_t co = i / pixels % outputs;
    if (c.affine) {
      y[i] = y[i] * scale[co] + shift[co];
      size[i] = size[i] * std::abs(scale[co]) + std::abs(shift[co]);
    }
    if (c.residual) {
      y[i] += residual[i];
      size[i] += std::abs(residual[i]);
    }
  }
  if (c.relu) y = reference::relu_forward(y);
  const kernels::Halo halo{conv.window.y.before, conv.window.y.after, conv.window.x.before, conv.window.x.after};
  const bool plain = c.method == kernels::Convolution::direct && draw.coin();
  const int wanted_pieces = draw.coin() ? 1 : draw.pick(2, 5);

  sweep.on_each_arch([&](const kernels::KernelTable& table, int) {
    if (c.groups != 1 && conv.output.channels / c.groups % table.width != 0) return;
    ChannelTensor input(conv.input, conv.batch, plain ? 1 : table.width, halo), output(conv.output, conv.batch, table.width, {1, 0, 0, 1}),
        added(conv.output, conv.batch, table.width, {0, 1, 1, 0});
    input.fill(x);
    added.fill(residual);
    table.fill_halo(input.view, halo, static_cast<float>(conv.padding_value));
    auto plan = kernels::make_channel_conv2d_plan(conv.input, conv.output, conv.window, c.groups, input.view, table.width, c.method);
    plan.zero_border = conv.padding_value == 0 && c.method == kernels::Convolution::direct;
    std::vector<float> prepared(plan.prepared_floats() + 1, sentinel);
    const kernels::ChannelAffine affine = c.affine ? kernels::ChannelAffine{scales.data(), shifts.data()} : kernels::ChannelAffine{};
    table.channel_conv2d_weights(plan, weight.data(), affine, prepared.data());
    kernels::pack_channel_bias(plan, bias.data(), affine, prepared.data());
    const kernels::ConstBlockedView adds = added.view;
    const int pieces = std::min(wanted_pieces, plan.most_pieces());
    std::vector<float> scratch(plan.workspace_floats() + 1, sentinel), shared(plan.shared_floats() + 1, sentinel);
    const bool phases = plan.two_phases() && pieces > 1;
    for (int phase = phases ? 0 : -1; phase < (phases ? 2 : 0); ++phase) {
      for (int piece = pieces - 1; piece >= 0; --piece) {
        table.channel_conv2d(plan, input.view, prepared.data(), c.residual ? &adds : nullptr, output.view, c.relu,
                             {.piece = piece, .pieces = pieces, .phase = phase, .workspace = scratch.data(), .shared = shared.data()});
      }
    }
    sweep.hold("nothing outside", output.disturbed() == 0 && scratch.back() == sentinel && prepared.back() == sentinel &&
                                      shared.back() == sentinel);
    if (c.method == kernels::Convolution::direct) {
      sweep.hold(plain ? "from a plain image" : "direct", share_of_ulp(output.read(), y, size, 2.0 * taps + 4));
      return;
    }
    const int deep = c.method == kernels::Convolution::winograd2 ? 4 : 16;
    if (conv.input.channels >= deep) {
      sweep.hold("winograd", share_of_ulp(output.read(), y, size, 2.0 * taps + 4));
    } else {
      const double largest = *std::max_element(size.begin(), size.end());
      sweep.hold("winograd, shallow", share_of_bound(output.read(), y, [&](std::size_t) { return ulp * (2.0 * taps + 68) * largest; }));
    }
  });
}

}  // namespace

TEST_CASE("sweep: convolution with channels as lanes") {
  ShapeSweep sweep("channel lanes", 31, 1500);
  sweep.run([&](Draw& draw) {
    LanesCase c;
    c.conv.batch = draw.pick(1, 3);
    c.groups = draw.coin() ? 1 : draw.pick(1, 2);
    for (core::WindowAxis* axis : {&c.conv.window.y, &c.conv.window.x}) {
      *axis = {draw.pick(1, 5), draw.pick(1, 3), draw.pick(0, 2), draw.pick(0, 2), draw.pick(1, 2)};
    }
    const auto side = [&](const core::WindowAxis& axis) {
      return std::max((axis.kernel - 1) * axis.dilation + 1 - axis.before - axis.after, std::max(1, draw.edge(13)));
    };
    c.conv.input = {draw.edge(17) * c.groups, side(c.conv.window.y), side(c.conv.window.x)};
    c.conv.output = *c.conv.window.output(c.conv.input, "conv");
    c.conv.output.channels = c.groups == 1 ? draw.edge(33) : c.groups * 16 * draw.pick(1, 2);
    c.conv.padding_value = draw.coin() ? 0.0 : 0.25 * draw.pick(-4, 4);
    c.affine = draw.coin();
    c.residual = draw.coin();
    c.relu = draw.coin();
    hold_case(sweep, draw, c);
  });
}

TEST_CASE("sweep: linear layers with channels as lanes") {
  ShapeSweep sweep("channel linear", 32, 600);
  sweep.run([&](Draw& draw) {
    LanesCase c;
    c.conv.batch = draw.pick(1, 9);
    c.conv.input = {draw.edge(97), 1, 1};
    c.conv.output = {draw.edge(150), 1, 1};
    c.affine = draw.coin();
    c.residual = draw.coin();
    c.relu = draw.coin();
    hold_case(sweep, draw, c);
  });
}

TEST_CASE("sweep: Winograd's convolution with channels as lanes") {
  ShapeSweep sweep("channel winograd", 33, 800);
  sweep.run([&](Draw& draw) {
    LanesCase c;
    c.conv.batch = draw.pick(1, 3);
    const int r = draw.pick(0, 2) == 0 ? 5 : 3;
    for (core::WindowAxis* axis : {&c.conv.window.y, &c.conv.window.x}) *axis = {r, 1, draw.pick(0, r - 1), draw.pick(0, r - 1), 1};
    const auto side = [&](const core::WindowAxis& axis) {
      return std::max(r - axis.before - axis.after, std::max(1, draw.edge(13)));
    };
    c.conv.input = {draw.edge(33), side(c.conv.window.y), side(c.conv.window.x)};
    c.conv.output = *c.conv.window.output(c.conv.input, "conv");
    c.conv.output.channels = draw.edge(33);
    c.conv.padding_value = draw.coin() ? 0.0 : 0.25 * draw.pick(-4, 4);
    c.affine = draw.coin();
    c.residual = draw.coin();
    c.relu = draw.coin();
    c.method = r == 5 || draw.coin() ? kernels::Convolution::winograd2 : kernels::Convolution::winograd4;
    hold_case(sweep, draw, c);
  });
}

TEST_CASE("sweep: gradients of convolution with channels as lanes") {
  ShapeSweep sweep("channel gradients", 34, 800);
  sweep.run([&](Draw& draw) {
    reference::Conv2d conv;
    conv.batch = draw.pick(1, 3);
    for (core::WindowAxis* axis : {&conv.window.y, &conv.window.x}) {
      const int kernel = draw.pick(1, 5);
      *axis = {kernel, 1, draw.pick(0, kernel - 1), draw.pick(0, kernel - 1), 1};
    }
    const auto side = [&](const core::WindowAxis& axis) {
      return std::max(axis.kernel - axis.before - axis.after, std::max(1, draw.edge(13)));
    };
    conv.input = {draw.edge(17), side(conv.window.y), side(conv.window.x)};
    conv.output = *conv.window.output(conv.input, "conv");
    conv.output.channels = draw.edge(33);
    conv.padding_value = draw.coin() ? 0.0 : 0.25 * draw.pick(-4, 4);
    auto absolute_conv = conv;
    absolute_conv.padding_value = std::abs(conv.padding_value);
    const auto outputs = static_cast<std::size_t>(conv.output.channels);
    const int window = conv.window.y.kernel * conv.window.x.kernel;
    const Values x = draw.values(static_cast<std::size_t>(conv.batch * conv.input.elements()));
    const Values w = draw.values(outputs * static_cast<std::size_t>(window * conv.input.channels));
    const Values dy = draw.values(static_cast<std::size_t>(conv.batch * conv.output.elements()));
    const auto weight = to_floats(w);
    const auto dx = conv2d_dinput(conv, dy, w), dx_size = conv2d_dinput(conv, absolute(dy), absolute(w));
    const auto dw = conv2d_dweight(conv, x, dy), dw_size = conv2d_dweight(absolute_conv, absolute(x), absolute(dy));
    const auto db = conv2d_dbias(conv, dy), db_size = conv2d_dbias(conv, absolute(dy));
    const bool plain = draw.coin();
    const kernels::Halo halo{conv.window.y.before, conv.window.y.after, conv.window.x.before, conv.window.x.after};
    sweep.on_each_arch([&](const kernels::KernelTable& table, int) {
      ChannelTensor input(conv.input, conv.batch, plain ? 1 : table.width, halo), doutput(conv.output, conv.batch, table.width),
          dinput(conv.input, conv.batch, table.width, {0, 1, 1, 0});
      input.fill(x);
      doutput.fill(dy);
      table.fill_halo(input.view, halo, static_cast<float>(conv.padding_value));
      const auto plan = kernels::make_channel_gradient_plan(conv.input, conv.output, conv.window, input.view, table.width, true);
      std::vector<float> scratch(plan.dweight_workspace() + 1, sentinel), dweight(w.size() + 1, sentinel), dbias(outputs + 1, sentinel);
      table.channel_conv2d_dweight(plan, input.view, doutput.view, dweight.data(), dbias.data(), scratch.data());
      sweep.hold("nothing outside", dweight.back() == sentinel && dbias.back() == sentinel && scratch.back() == sentinel);
      dweight.pop_back();
      dbias.pop_back();
      const int positions = conv.batch * conv.output.height * conv.output.width;
      sweep.hold("weight gradient", share_of_ulp(to_doubles(dweight), dw, dw_size, 2.0 * positions));
      sweep.hold("bias gradient", share_of_ulp(to_doubles(dbias), db, db_size, 2.0 * positions));

      std::vector<float> prepared(plan.turned.prepared_floats() + 1, sentinel);
      kernels::pack_turned_conv2d(plan, weight.data(), prepared.data());
      ChannelTensor bordered(conv.output, conv.batch, table.width, plan.border);
      bordered.fill(dy);
      table.fill_halo(bordered.view, plan.border, 0);
      table.channel_conv2d(plan.turned, bordered.view, prepared.data(), nullptr, dinput.view, false, {});
      sweep.hold("input gradient", share_of_ulp(dinput.read(), dx, dx_size, 2.0 * window * conv.output.channels));
      sweep.hold("nothing outside", dinput.disturbed() == 0 && prepared.back() == sentinel);
    });
  });
}

TEST_CASE("sweep: linear, forward and back, on weights as they lie") {
  ShapeSweep sweep("channel linear back", 35, 800);
  sweep.run([&](Draw& draw) {
    const int batch = draw.pick(1, 3), in = draw.edge(97), out = draw.edge(40);
    const auto count = [](int a, int b) { return static_cast<std::size_t>(a) * static_cast<std::size_t>(b); };
    const Values x = draw.values(count(batch, in)), w = draw.values(count(in, out));
    const Values b = draw.values(count(out, 1)), dy = draw.values(count(batch, out));
    const Values xa = absolute(x), wa = absolute(w), dya = absolute(dy);
    const auto weight = to_floats(w), bias = to_floats(b);
    const bool relu = draw.coin();
    const Values y = reference::linear_forward(batch, in, out, x, w, b), y_size = reference::linear_forward(batch, in, out, xa, wa, absolute(b));
    const Values dx = reference::linear_dinput(batch, in, out, dy, w), dx_size = reference::linear_dinput(batch, in, out, dya, wa);
    const Values dw = reference::linear_dweight(batch, in, out, x, dy), dw_size = reference::linear_dweight(batch, in, out, xa, dya);
    std::vector<std::int32_t> outputs;
    for (int o = 0; o < out; ++o) outputs.push_back(o);
    sweep.on_each_arch([&](const kernels::KernelTable& table, int) {
      ChannelTensor input({in, 1, 1}, batch, table.width), output({out, 1, 1}, batch, table.width),
          doutput({out, 1, 1}, batch, table.width), dinput({in, 1, 1}, batch, table.width);
      input.fill(x);
      doutput.fill(dy);
      table.channel_linear_forward(input.view, in, weight.data(), bias.data(), out, output.view, relu);
      sweep.hold("output", share_of_ulp(output.read(), relu ? reference::relu_forward(y) : y, y_size, 2.0 * in));
      table.channel_linear_dinput(doutput.view, out, weight.data(), in, outputs.data(), dinput.view);
      sweep.hold("input gradient", share_of_ulp(dinput.read(), dx, dx_size, 2.0 * out));
      std::vector<float> dweight(w.size() + 1, sentinel), dbias(b.size() + 1, sentinel);
      table.channel_linear_dweight(input.view, in, doutput.view, out, dweight.data(), dbias.data());
      sweep.hold("nothing outside", output.disturbed() == 0 && dinput.disturbed() == 0 && dweight.back() == sentinel && dbias.back() == sentinel);
      dweight.pop_back();
      sweep.hold("weight gradient", share_of_ulp(to_doubles(dweight), dw, dw_size, 2.0 * batch));
    });
  });
}

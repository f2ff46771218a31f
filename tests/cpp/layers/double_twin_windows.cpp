// Double twins of the layers with weights or windows: convolutions, linear, pooling.
#include "layers/double_twin_maker.hpp"

#include <algorithm>

namespace striate::tests {
namespace {

// Where a weight of the layer stands among dense ones [Co][Ci][Kh][Kw]: groups and connections leave holes.
std::vector<std::size_t> dense_places(int out, int in, int kernel, int groups, const List& connections) {
  std::vector<std::size_t> places;
  for (int co = 0; co < out; ++co) {
    for (int ci = 0; ci < in; ++ci) {
      const bool linked = connections.empty() ? ci / (in / groups) == co / (out / groups)
                                              : (static_cast<std::uint64_t>(connections[size(co)]) >> ci & 1) != 0;
      for (int k = 0; linked && k < kernel; ++k) places.push_back(size((std::int64_t{co} * in + ci) * kernel + k));
    }
  }
  return places;
}

}  // namespace

void Maker::conv2d() {
  const int groups = draw.coin() ? draw.pick(1, 3) : 1, out = groups * draw.pick(1, 2);
  option("outChannels", static_cast<double>(out));
  core::WindowGeometry w = window(3, false, true);
  image(2, 1, 4);
  twin.input.channels *= groups;
  twin.input.height += std::max(3, w.y.extent());
  twin.input.width += std::max(3, w.x.extent());
  const auto mode = static_cast<kernels::PadMode>(draw.pick(0, 2));
  option("paddingMode", std::string(mode == kernels::PadMode::constant  ? "constant"
                                    : mode == kernels::PadMode::reflect ? "reflect"
                                                                        : "replicate"));
  const double value = 0.25 * draw.pick(-2, 2);
  option("paddingValue", value);
  List connections;
  if (groups == 1 && draw.coin()) {
    for (int co = 0; co < out; ++co) connections.push_back(draw.pick(1, (1 << twin.input.channels) - 1));
    option("connections", connections);
  } else {
    option("groups", static_cast<double>(groups));
  }
  const kernels::Halo sides{w.y.before, w.y.after, w.x.before, w.x.after};
  const core::Shape output = *w.output(twin.input, "conv");
  reference::Images seen = images();
  if (mode != kernels::PadMode::constant) {
    seen.shape = {seen.shape.channels, seen.shape.height + sides.top + sides.bottom,
                  seen.shape.width + sides.left + sides.right};
    w.y.before = w.y.after = w.x.before = w.x.after = 0;
  }
  const reference::Conv2d conv{twin.batch, seen.shape, {out, output.height, output.width}, w, value};
  const int kernel = w.y.kernel * w.x.kernel;
  const auto places = dense_places(out, twin.input.channels, kernel, groups, connections);
  const auto dense = [=, count = size(std::int64_t{out} * twin.input.channels * kernel)](const Values& weight) {
    Values all(count);
    for (std::size_t i = 0; i < places.size(); ++i) all[places[i]] = weight[i];
    return all;
  };
  const auto padded = [=, original = images()](const Values& x) {
    return mode == kernels::PadMode::constant ? x : reference::pad2d_forward(mode, sides, 0, original, x);
  };
  const bool bias = draw.coin();
  option("bias", bias);
  input();
  parameter(places.size());
  if (bias) parameter(size(out));
  twin.forward = [=](const Arguments& a) {
    return conv2d_forward(conv, padded(a[0]), dense(a[1]), bias ? a[2] : Values{});
  };
  twin.backward = [=, original = images()](const Arguments& a, const Values& dy) {
    Values dx = conv2d_dinput(conv, dy, dense(a[1]));
    if (mode != kernels::PadMode::constant) dx = reference::pad2d_backward(mode, sides, original, dx);
    const Values dw = conv2d_dweight(conv, padded(a[0]), dy);
    Values of_links;
    for (const std::size_t place : places) of_links.push_back(dw[place]);
    Arguments gradients = {dx, of_links};
    if (bias) gradients.push_back(conv2d_dbias(conv, dy));
    return gradients;
  };
}

void Maker::conv_transpose2d() {
  const int out = draw.pick(1, 3);
  option("outChannels", static_cast<double>(out));
  const core::WindowGeometry w = window(3, true, false);
  image(3, 2, 4);
  const List extra = {double(draw.pick(0, w.y.stride - 1)), double(draw.pick(0, w.x.stride - 1))};
  option("outputPadding", extra);
  const auto side = [](const core::WindowAxis& axis, int in, double more) {
    return (in - 1) * axis.stride - axis.before - axis.after + axis.kernel + static_cast<int>(more);
  };
  const core::Shape larger{out, side(w.y, twin.input.height, extra[0]), side(w.x, twin.input.width, extra[1])};
  // The convolution that leads back from the output to the input; its own input gradient is this layer.
  const reference::Conv2d back{twin.batch, larger, twin.input, w, 0};
  input();
  parameter(size(std::int64_t{twin.input.channels} * out * w.y.kernel * w.x.kernel));
  parameter(size(out));
  const auto plane = size(std::int64_t{larger.height} * larger.width);
  twin.forward = [=](const Arguments& a) {
    Values y = conv2d_dinput(back, a[0], a[1]);
    for (std::size_t i = 0; i < y.size(); ++i) y[i] += a[2][i / plane % a[2].size()];
    return y;
  };
  twin.backward = [=](const Arguments& a, const Values& dy) {
    Values db(a[2].size());
    for (std::size_t i = 0; i < dy.size(); ++i) db[i / plane % db.size()] += dy[i];
    return Arguments{conv2d_forward(back, dy, a[1], {}), conv2d_dweight(back, dy, a[0]), db};
  };
}

void Maker::linear() {
  flat(9);
  const int n = twin.batch, in = twin.input.channels, out = draw.pick(1, 7);
  const bool bias = draw.coin();
  option("outFeatures", static_cast<double>(out));
  option("bias", bias);
  input();
  parameter(size(in * out));
  if (bias) parameter(size(out));
  twin.forward = [=](const Arguments& a) {
    return reference::linear_forward(n, in, out, a[0], a[1], bias ? a[2] : Values(size(out)));
  };
  twin.backward = [=](const Arguments& a, const Values& dy) {
    Arguments gradients = {reference::linear_dinput(n, in, out, dy, a[1]),
                           reference::linear_dweight(n, in, out, a[0], dy)};
    if (bias) gradients.push_back(reference::linear_dbias(n, out, dy));
    return gradients;
  };
}

void Maker::pool(bool average) {
  core::WindowGeometry w = window(3, true, !average);
  w.y.ceil = w.x.ceil = draw.coin();
  option("ceilMode", w.y.ceil);
  image(2, 5, 7);
  const bool count = average && draw.coin();
  if (average) option("countPadding", count);
  const reference::Pool2d pool{twin.batch, twin.input, *w.output(twin.input, "pool"), w};
  twin.arguments = {apart(images().size(), draw)};
  if (average) {
    twin.forward = [=](const Arguments& a) { return average_pool2d_forward(pool, count, a[0]); };
    twin.backward = [=](const Arguments&, const Values& dy) {
      return Arguments{average_pool2d_backward(pool, count, dy)};
    };
  } else {
    twin.forward = [=](const Arguments& a) { return max_pool2d_forward(pool, a[0]); };
    twin.backward = [=](const Arguments& a, const Values& dy) {
      return Arguments{max_pool2d_backward(pool, a[0], dy)};
    };
  }
}

void Maker::subsampling2d() {
  const int ky = draw.pick(1, 3), kx = draw.pick(1, 3);
  option("kernelSize", List{double(ky), double(kx)});
  image(3, 3, 7);
  const core::WindowGeometry w{{ky, ky}, {kx, kx}};
  const reference::Pool2d pool{twin.batch, twin.input, *w.output(twin.input, "pool"), w};
  const auto channels = size(twin.input.channels), plane = size(std::int64_t{pool.output.height} * pool.output.width);
  const double window_size = ky * kx;
  input();
  parameter(channels);
  parameter(channels);
  twin.forward = [=](const Arguments& a) {
    Values y = average_pool2d_forward(pool, false, a[0]);
    for (std::size_t i = 0; i < y.size(); ++i)
      y[i] = y[i] * window_size * a[1][i / plane % channels] + a[2][i / plane % channels];
    return y;
  };
  twin.backward = [=](const Arguments& a, const Values& dy) {
    const Values mean = average_pool2d_forward(pool, false, a[0]);
    Values dmean(dy.size()), dw(channels), db(channels);
    for (std::size_t i = 0; i < dy.size(); ++i) {
      const std::size_t c = i / plane % channels;
      dmean[i] = dy[i] * window_size * a[1][c];
      dw[c] += dy[i] * window_size * mean[i];
      db[c] += dy[i];
    }
    return Arguments{average_pool2d_backward(pool, false, dmean), dw, db};
  };
}

}  // namespace striate::tests

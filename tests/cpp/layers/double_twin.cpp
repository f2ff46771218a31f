#include "layers/double_twin.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

namespace striate::tests {
namespace {

namespace reference = kernels::reference;
using Arguments = std::vector<Values>;
using List = std::vector<double>;

std::size_t size(std::int64_t count) { return static_cast<std::size_t>(count); }

// Two different numbers are at least 1/64 apart and none is nearer to zero: no step of a difference crosses a kink.
Values apart(std::size_t count, Draw& draw) {
  std::vector<std::uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0u);
  core::shuffle(order, draw.rng);
  Values values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = (order[i] - std::floor(static_cast<double>(count) / 2) + 0.5) / 32;
  return values;
}

struct Maker {
  Draw& draw;
  DoubleTwin twin{};

  reference::Images images() const { return {twin.batch, twin.input}; }
  void image(int channels = 3, int least = 1, int most = 5) {
    twin.batch = draw.pick(1, 2);
    twin.input = {draw.pick(1, channels), draw.pick(least, most), draw.pick(least, most)};
  }
  void flat(int features) {
    twin.batch = draw.pick(1, 3);
    twin.input = {draw.pick(1, features), 1, 1};
  }
  void input(double scale = 1) { twin.arguments.push_back(draw.values(images().size(), scale)); }
  void parameter(std::size_t count) { twin.arguments.push_back(draw.values(count)); }
  void option(const char* name, core::OptionValue value) { twin.options.push_back({name, std::move(value)}); }

  core::WindowGeometry window(int kernel, bool pool, bool dilates) {
    core::WindowGeometry made;
    for (core::WindowAxis* axis : {&made.y, &made.x}) {
      const int k = draw.pick(1, kernel), most = pool ? k / 2 : 2;
      *axis = {k, draw.pick(1, 3), draw.pick(0, most), draw.pick(0, most), dilates ? draw.pick(1, 2) : 1};
    }
    option("kernelSize", List{double(made.y.kernel), double(made.x.kernel)});
    option("stride", List{double(made.y.stride), double(made.x.stride)});
    option("padding", List{double(made.y.before), double(made.y.after), double(made.x.before), double(made.x.after)});
    if (dilates) option("dilation", List{double(made.y.dilation), double(made.x.dilation)});
    return made;
  }

  void conv2d();
  void conv_transpose2d();
  void linear();
  void pool(bool average);
  void subsampling2d();
  void batch_norm2d();
  void group_norm();
  void local_response_norm();
  void pad();
  void upsample();
  void identity_shortcut();
  void radial_basis();
  void softmax(bool logarithm);
  void activation(const kernels::Activation& activation);
  void sum(int inputs);
  void product();
  void concat();
  void dropout();
  void same();
};

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

void Maker::conv2d() {
  const int groups = draw.coin() ? draw.pick(1, 3) : 1, out = groups * draw.pick(1, 2);
  option("outChannels", double(out));
  core::WindowGeometry w = window(3, false, true);
  image(2, 1, 4);
  twin.input.channels *= groups;
  twin.input.height += std::max(3, w.y.extent());
  twin.input.width += std::max(3, w.x.extent());
  const auto mode = static_cast<kernels::PadMode>(draw.pick(0, 2));
  option("paddingMode", std::string(mode == kernels::PadMode::constant ? "constant" : mode == kernels::PadMode::reflect ? "reflect" : "replicate"));
  const double value = 0.25 * draw.pick(-2, 2);
  option("paddingValue", value);
  List connections;
  if (groups == 1 && draw.coin()) {
    for (int co = 0; co < out; ++co) connections.push_back(draw.pick(1, (1 << twin.input.channels) - 1));
    option("connections", connections);
  } else {
    option("groups", double(groups));
  }
  const kernels::Halo sides{w.y.before, w.y.after, w.x.before, w.x.after};
  const core::Shape output = *w.output(twin.input, "conv");
  reference::Images seen = images();
  if (mode != kernels::PadMode::constant) {
    seen.shape = {seen.shape.channels, seen.shape.height + sides.top + sides.bottom, seen.shape.width + sides.left + sides.right};
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
  twin.forward = [=](const Arguments& a) { return conv2d_forward(conv, padded(a[0]), dense(a[1]), bias ? a[2] : Values{}); };
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
  option("outChannels", double(out));
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
  option("outFeatures", double(out));
  option("bias", bias);
  input();
  parameter(size(in * out));
  if (bias) parameter(size(out));
  twin.forward = [=](const Arguments& a) { return reference::linear_forward(n, in, out, a[0], a[1], bias ? a[2] : Values(size(out))); };
  twin.backward = [=](const Arguments& a, const Values& dy) {
    Arguments gradients = {reference::linear_dinput(n, in, out, dy, a[1]), reference::linear_dweight(n, in, out, a[0], dy)};
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
    twin.backward = [=](const Arguments&, const Values& dy) { return Arguments{average_pool2d_backward(pool, count, dy)}; };
  } else {
    twin.forward = [=](const Arguments& a) { return max_pool2d_forward(pool, a[0]); };
    twin.backward = [=](const Arguments& a, const Values& dy) { return Arguments{max_pool2d_backward(pool, a[0], dy)}; };
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
    for (std::size_t i = 0; i < y.size(); ++i) y[i] = y[i] * window_size * a[1][i / plane % channels] + a[2][i / plane % channels];
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

void Maker::batch_norm2d() {
  image(3, 1, 4);
  twin.batch = draw.pick(3, 5);
  const bool affine = draw.coin();
  const double eps = draw.coin() ? 0.125 : 0.5;
  option("affine", affine);
  option("eps", eps);
  input(2);
  for (int i = 0; affine && i < 2; ++i) parameter(size(twin.input.channels));
  twin.forward = [=, shape = images()](const Arguments& a) {
    return batch_norm_forward(shape, a[0], batch_statistics(shape, a[0]), affine ? a[1] : Values{}, affine ? a[2] : Values{}, eps);
  };
  twin.backward = [=, shape = images()](const Arguments& a, const Values& dy) {
    auto g = batch_norm_backward(shape, a[0], batch_statistics(shape, a[0]), affine ? a[1] : Values{}, eps, true, dy);
    return affine ? Arguments{g.dinput, g.dgamma, g.dbeta} : Arguments{g.dinput};
  };
}

void Maker::group_norm() {
  const int groups = draw.pick(1, 3);
  image(2, 1, 4);
  twin.input.channels *= groups;
  const bool affine = draw.coin();
  const double eps = draw.coin() ? 0.125 : 0.5;
  option("groups", double(groups));
  option("affine", affine);
  option("eps", eps);
  input(2);
  for (int i = 0; affine && i < 2; ++i) parameter(size(twin.input.channels));
  twin.forward = [=, shape = images()](const Arguments& a) {
    return group_norm_forward(shape, groups, a[0], affine ? a[1] : Values{}, affine ? a[2] : Values{}, eps);
  };
  twin.backward = [=, shape = images()](const Arguments& a, const Values& dy) {
    auto g = group_norm_backward(shape, groups, a[0], affine ? a[1] : Values{}, eps, dy);
    return affine ? Arguments{g.dinput, g.dgamma, g.dbeta} : Arguments{g.dinput};
  };
}

void Maker::local_response_norm() {
  image(7, 1, 3);
  const kernels::LocalResponseNorm norm{draw.pick(1, 7), 0.125f * static_cast<float>(draw.pick(0, 8)), 0.25f * static_cast<float>(draw.pick(1, 5)),
                                        0.5f * static_cast<float>(draw.pick(1, 4))};
  option("size", double(norm.size));
  option("alpha", double(norm.alpha));
  option("beta", double(norm.beta));
  option("k", double(norm.k));
  input(2);
  twin.forward = [=, shape = images()](const Arguments& a) { return local_response_norm_forward(norm, shape, a[0]); };
  twin.backward = [=, shape = images()](const Arguments& a, const Values& dy) { return Arguments{local_response_norm_backward(norm, shape, a[0], dy)}; };
}

void Maker::pad() {
  image(3, 2, 4);
  const auto mode = static_cast<kernels::PadMode>(draw.pick(0, 2));
  const kernels::Halo sides{draw.pick(0, twin.input.height - 1), draw.pick(0, twin.input.height - 1), draw.pick(0, twin.input.width - 1),
                            draw.pick(0, twin.input.width - 1)};
  option("padding", List{double(sides.top), double(sides.bottom), double(sides.left), double(sides.right)});
  option("paddingMode", std::string(mode == kernels::PadMode::constant ? "constant" : mode == kernels::PadMode::reflect ? "reflect" : "replicate"));
  const double value = 0.25 * draw.pick(-2, 2);
  option("value", value);
  input();
  twin.forward = [=, shape = images()](const Arguments& a) { return pad2d_forward(mode, sides, value, shape, a[0]); };
  twin.backward = [=, shape = images()](const Arguments&, const Values& dy) { return Arguments{pad2d_backward(mode, sides, shape, dy)}; };
}

void Maker::upsample() {
  image(2, 1, 4);
  const int height = draw.pick(1, 7), width = draw.pick(1, 7);
  const auto mode = static_cast<kernels::UpsampleMode>(draw.pick(0, 2));
  option("size", List{double(height), double(width)});
  option("mode", std::string(mode == kernels::UpsampleMode::nearest ? "nearest" : "bilinear"));
  option("alignCorners", mode == kernels::UpsampleMode::bilinear_align_corners);
  input();
  twin.forward = [=, shape = images()](const Arguments& a) { return upsample_forward(mode, shape, height, width, a[0]); };
  twin.backward = [=, shape = images()](const Arguments&, const Values& dy) { return Arguments{upsample_backward(mode, shape, height, width, dy)}; };
}

void Maker::identity_shortcut() {
  image(3, 1, 5);
  const int stride = draw.pick(1, 3), out = twin.input.channels + draw.pick(0, 4), before = (out - twin.input.channels) / 2;
  option("outChannels", double(out));
  option("stride", double(stride));
  input();
  const reference::Images from = images(), to{twin.batch, {out, (twin.input.height - 1) / stride + 1, (twin.input.width - 1) / stride + 1}};
  // f(index of the output, index of the input it shows)
  const auto each = [=](auto&& f) {
    for (int n = 0; n < from.batch; ++n) {
      for (int c = 0; c < from.shape.channels; ++c) {
        for (int y = 0; y < to.shape.height; ++y) {
          for (int x = 0; x < to.shape.width; ++x) f(to.at(n, c + before, y, x), from.at(n, c, y * stride, x * stride));
        }
      }
    }
  };
  twin.forward = [=](const Arguments& a) {
    Values y(to.size());
    each([&](std::size_t o, std::size_t i) { y[o] = a[0][i]; });
    return y;
  };
  twin.backward = [=](const Arguments&, const Values& dy) {
    Values dx(from.size());
    each([&](std::size_t o, std::size_t i) { dx[i] = dy[o]; });
    return Arguments{dx};
  };
}

void Maker::radial_basis() {
  flat(9);
  const int n = twin.batch, in = twin.input.channels, out = draw.pick(1, 7);
  option("outFeatures", double(out));
  option("codes", std::string("random"));
  input();
  parameter(size(in * out));
  twin.forward = [=](const Arguments& a) { return reference::radial_basis_forward(n, in, out, a[0], a[1]); };
  twin.backward = [=](const Arguments& a, const Values& dy) {
    return Arguments{reference::radial_basis_dinput(n, in, out, a[0], a[1], dy), reference::radial_basis_dcenters(n, in, out, a[0], a[1], dy)};
  };
}

void Maker::softmax(bool logarithm) {
  image(9, 1, 2);
  input(4);
  twin.forward = [=, shape = images()](const Arguments& a) { return softmax_forward(shape, a[0], logarithm); };
  twin.backward = [=, shape = images()](const Arguments& a, const Values& dy) { return Arguments{softmax_backward(shape, a[0], dy, logarithm)}; };
}

void Maker::activation(const kernels::Activation& f) {
  image(3, 1, 4);
  twin.arguments = {apart(images().size(), draw)};
  // Away from ±3, where hardswish bends: multiples of 1/32 plus 1/64 are.
  twin.forward = [=](const Arguments& a) { return reference::activation_forward(f, a[0]); };
  twin.backward = [=](const Arguments& a, const Values& dy) { return Arguments{reference::activation_backward(f, a[0], dy)}; };
}

void Maker::sum(int inputs) {
  image();
  twin.one_input = false;
  for (int i = 0; i < inputs; ++i) input();
  twin.forward = [](const Arguments& a) {
    Values y(a[0].size());
    for (const Values& one : a) std::transform(y.begin(), y.end(), one.begin(), y.begin(), std::plus<>());
    return y;
  };
  twin.backward = [](const Arguments& a, const Values& dy) { return Arguments(a.size(), dy); };
}

Values times(const Values& a, const Values& b) {
  Values y(a.size());
  std::transform(a.begin(), a.end(), b.begin(), y.begin(), std::multiplies<>());
  return y;
}

void Maker::product() {
  image();
  twin.one_input = false;
  input();
  input();
  twin.forward = [](const Arguments& a) { return times(a[0], a[1]); };
  twin.backward = [](const Arguments& a, const Values& dy) { return Arguments{times(dy, a[1]), times(dy, a[0])}; };
}

void Maker::concat() {
  image();
  twin.batch = 1;  // then channels one behind another are values one behind another
  twin.one_input = false;
  for (int i = draw.pick(2, 4); i > 0; --i) input();
  twin.forward = [](const Arguments& a) {
    Values y;
    for (const Values& one : a) y.insert(y.end(), one.begin(), one.end());
    return y;
  };
  twin.backward = [](const Arguments& a, const Values& dy) {
    Arguments gradients;
    auto from = dy.begin();
    for (const Values& one : a) gradients.emplace_back(from, from + static_cast<std::ptrdiff_t>(one.size())), from += static_cast<std::ptrdiff_t>(one.size());
    return gradients;
  };
}

void Maker::dropout() {
  image();
  twin.one_input = false;
  input();
  Values mask(images().size());
  for (double& value : mask) value = draw.coin() ? 0 : 2;
  twin.forward = [=](const Arguments& a) { return times(a[0], mask); };
  twin.backward = [=](const Arguments&, const Values& dy) { return Arguments{times(dy, mask)}; };
}

void Maker::same() {
  input();
  twin.forward = [](const Arguments& a) { return a[0]; };
  twin.backward = [](const Arguments&, const Values& dy) { return Arguments{dy}; };
}

}  // namespace

DoubleTwin make_double_twin(std::string_view type, Draw& draw) {
  using Kind = kernels::ActivationKind;
  Maker make{draw};
  const auto a = 0.25f * static_cast<float>(draw.pick(1, 6)), b = 0.25f * static_cast<float>(draw.pick(1, 6));
  const std::map<std::string_view, std::function<void()>> makers = {
      {"conv2d", [&] { make.conv2d(); }},
      {"convTranspose2d", [&] { make.conv_transpose2d(); }},
      {"linear", [&] { make.linear(); }},
      {"maxPool2d", [&] { make.pool(false); }},
      {"averagePool2d", [&] { make.pool(true); }},
      {"globalAveragePool2d",
       [&] {
         make.image();
         const core::WindowGeometry whole{{make.twin.input.height, 1}, {make.twin.input.width, 1}};
         const reference::Pool2d pool{make.twin.batch, make.twin.input, {make.twin.input.channels, 1, 1}, whole};
         make.input();
         make.twin.forward = [=](const Arguments& x) { return average_pool2d_forward(pool, false, x[0]); };
         make.twin.backward = [=](const Arguments&, const Values& dy) { return Arguments{average_pool2d_backward(pool, false, dy)}; };
       }},
      {"subsampling2d", [&] { make.subsampling2d(); }},
      {"batchNorm2d", [&] { make.batch_norm2d(); }},
      {"groupNorm", [&] { make.group_norm(); }},
      {"localResponseNorm", [&] { make.local_response_norm(); }},
      {"dropout", [&] { make.dropout(); }},
      {"dropout2d", [&] { make.dropout(); }},
      {"flatten", [&] { make.image(), make.same(); }},
      {"reshape", [&] { make.image(), make.option("channels", -1.0), make.same(); }},
      {"zeroPad2d", [&] { make.pad(); }},
      {"upsample", [&] { make.upsample(); }},
      {"identityShortcut", [&] { make.identity_shortcut(); }},
      {"radialBasis", [&] { make.radial_basis(); }},
      {"softmax", [&] { make.softmax(false); }},
      {"logSoftmax", [&] { make.softmax(true); }},
      {"add", [&] { make.sum(draw.pick(2, 4)); }},
      {"multiply", [&] { make.product(); }},
      {"concat", [&] { make.concat(); }},
      {"relu",
       [&] {
         make.activation({});
         make.twin.forward = [](const Arguments& x) { return reference::relu_forward(x[0]); };
         make.twin.backward = [](const Arguments& x, const Values& dy) { return Arguments{reference::relu_backward(reference::relu_forward(x[0]), dy)}; };
       }},
      {"leakyRelu", [&] { make.option("negativeSlope", double(a)), make.activation({Kind::leaky_relu, a, 1}); }},
      {"elu", [&] { make.option("alpha", double(a)), make.activation({Kind::elu, a, 1}); }},
      {"gelu",
       [&] {
         const bool exact = draw.coin();
         make.option("approximate", std::string(exact ? "none" : "tanh"));
         make.activation({exact ? Kind::gelu : Kind::gelu_tanh, 1, 1});
       }},
      {"silu", [&] { make.activation({Kind::silu, 1, 1}); }},
      {"hardswish", [&] { make.activation({Kind::hardswish, 1, 1}); }},
      {"sigmoid", [&] { make.activation({Kind::sigmoid, 1, 1}); }},
      {"tanh", [&] { make.activation({Kind::tanh, 1, 1}); }},
      {"scaledTanh",
       [&] { make.option("amplitude", double(a)), make.option("slope", double(b)), make.activation({Kind::scaled_tanh, a, b}); }},
  };
  if (const auto found = makers.find(type); found != makers.end()) found->second();
  return std::move(make.twin);
}

}  // namespace striate::tests

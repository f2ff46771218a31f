#include "layers/double_twin_maker.hpp"

#include <algorithm>
#include <functional>
#include <map>

namespace striate::tests {
namespace {

Values times(const Values& a, const Values& b) {
  Values y(a.size());
  std::transform(a.begin(), a.end(), b.begin(), y.begin(), std::multiplies<>());
  return y;
}

}  // namespace

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
    return batch_norm_forward(shape, a[0], batch_statistics(shape, a[0]), affine ? a[1] : Values{},
                              affine ? a[2] : Values{}, eps);
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
  const kernels::LocalResponseNorm norm{draw.pick(1, 7), 0.125f * static_cast<float>(draw.pick(0, 8)),
                                        0.25f * static_cast<float>(draw.pick(1, 5)),
                                        0.5f * static_cast<float>(draw.pick(1, 4))};
  option("size", double(norm.size));
  option("alpha", double(norm.alpha));
  option("beta", double(norm.beta));
  option("k", double(norm.k));
  input(2);
  twin.forward = [=, shape = images()](const Arguments& a) { return local_response_norm_forward(norm, shape, a[0]); };
  twin.backward = [=, shape = images()](const Arguments& a, const Values& dy) {
    return Arguments{local_response_norm_backward(norm, shape, a[0], dy)};
  };
}

void Maker::pad() {
  image(3, 2, 4);
  const auto mode = static_cast<kernels::PadMode>(draw.pick(0, 2));
  const kernels::Halo sides{draw.pick(0, twin.input.height - 1), draw.pick(0, twin.input.height - 1),
                            draw.pick(0, twin.input.width - 1), draw.pick(0, twin.input.width - 1)};
  option("padding", List{double(sides.top), double(sides.bottom), double(sides.left), double(sides.right)});
  option("paddingMode", std::string(mode == kernels::PadMode::constant  ? "constant"
                                    : mode == kernels::PadMode::reflect ? "reflect"
                                                                        : "replicate"));
  const double value = 0.25 * draw.pick(-2, 2);
  option("value", value);
  input();
  twin.forward = [=, shape = images()](const Arguments& a) { return pad2d_forward(mode, sides, value, shape, a[0]); };
  twin.backward = [=, shape = images()](const Arguments&, const Values& dy) {
    return Arguments{pad2d_backward(mode, sides, shape, dy)};
  };
}

void Maker::upsample() {
  image(2, 1, 4);
  const int height = draw.pick(1, 7), width = draw.pick(1, 7);
  const auto mode = static_cast<kernels::UpsampleMode>(draw.pick(0, 2));
  option("size", List{double(height), double(width)});
  option("mode", std::string(mode == kernels::UpsampleMode::nearest ? "nearest" : "bilinear"));
  option("alignCorners", mode == kernels::UpsampleMode::bilinear_align_corners);
  input();
  twin.forward = [=, shape = images()](const Arguments& a) {
    return upsample_forward(mode, shape, height, width, a[0]);
  };
  twin.backward = [=, shape = images()](const Arguments&, const Values& dy) {
    return Arguments{upsample_backward(mode, shape, height, width, dy)};
  };
}

void Maker::identity_shortcut() {
  image(3, 1, 5);
  const int stride = draw.pick(1, 3), out = twin.input.channels + draw.pick(0, 4),
            before = (out - twin.input.channels) / 2;
  option("outChannels", double(out));
  option("stride", double(stride));
  input();
  const reference::Images from = images(),
                          to{twin.batch,
                             {out, (twin.input.height - 1) / stride + 1, (twin.input.width - 1) / stride + 1}};
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
    return Arguments{reference::radial_basis_dinput(n, in, out, a[0], a[1], dy),
                     reference::radial_basis_dcenters(n, in, out, a[0], a[1], dy)};
  };
}

void Maker::softmax(bool logarithm) {
  image(9, 1, 2);
  input(4);
  twin.forward = [=, shape = images()](const Arguments& a) { return softmax_forward(shape, a[0], logarithm); };
  twin.backward = [=, shape = images()](const Arguments& a, const Values& dy) {
    return Arguments{softmax_backward(shape, a[0], dy, logarithm)};
  };
}

void Maker::activation(const kernels::Activation& f) {
  image(3, 1, 4);
  twin.arguments = {apart(images().size(), draw)};
  // Away from ±3, where hardswish bends: multiples of 1/32 plus 1/64 are.
  twin.forward = [=](const Arguments& a) { return reference::activation_forward(f, a[0]); };
  twin.backward = [=](const Arguments& a, const Values& dy) {
    return Arguments{reference::activation_backward(f, a[0], dy)};
  };
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
    for (const Values& one : a)
      gradients.emplace_back(from, from + static_cast<std::ptrdiff_t>(one.size())),
          from += static_cast<std::ptrdiff_t>(one.size());
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
         make.twin.backward = [=](const Arguments&, const Values& dy) {
           return Arguments{average_pool2d_backward(pool, false, dy)};
         };
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
         make.twin.backward = [](const Arguments& x, const Values& dy) {
           return Arguments{reference::relu_backward(reference::relu_forward(x[0]), dy)};
         };
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
       [&] {
         make.option("amplitude", double(a)), make.option("slope", double(b)),
             make.activation({Kind::scaled_tanh, a, b});
       }},
  };
  if (const auto found = makers.find(type); found != makers.end()) found->second();
  return std::move(make.twin);
}

}  // namespace striate::tests

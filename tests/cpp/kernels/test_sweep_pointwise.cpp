// Nonlinearities, arithmetic, padding, resampling and changes of layout over many shapes (shape_sweep.hpp).
//
// Bounds: ReLU, copies, padding, nearest neighbours, flatten and the conversions none; add and multiply are the
// correctly rounded float; sigmoid 34 ULP of the result, elu and gelu 18 (WebNN's), and half of |x| beside them where
// the function's own zero is a difference; bilinear 4 of the largest neighbour.
#include "shape_sweep.hpp"

using namespace striate;
using namespace striate::tests;
namespace reference = striate::kernels::reference;
using Kind = striate::kernels::ActivationKind;

namespace {

reference::Images images(Draw& draw) { return {draw.batch(), {draw.edge(5), draw.edge(7), draw.edge(9)}}; }

double ulps_of(Kind kind) { return kind == Kind::leaky_relu ? 1 : kind == Kind::elu || kind == Kind::gelu ? 18 : 34; }

}  // namespace

TEST_CASE("sweep: nonlinearities and their derivatives") {
  ShapeSweep sweep("activation", 30, 1500);
  sweep.run([&](Draw& draw) {
    const kernels::Activation all[] = {{Kind::leaky_relu, 0.01f, 1}, {Kind::elu, 1, 1},
                                       {Kind::elu, 0.3f, 1},         {Kind::gelu, 1, 1},
                                       {Kind::gelu_tanh, 1, 1},      {Kind::silu, 1, 1},
                                       {Kind::hardswish, 1, 1},      {Kind::sigmoid, 1, 1},
                                       {Kind::tanh, 1, 1},           {Kind::scaled_tanh, 1.7159f, 2.0f / 3}};
    constexpr const char* names[] = {"leakyRelu", "elu",       "elu",     "gelu", "gelu tanh",
                                     "silu",      "hardswish", "sigmoid", "tanh", "scaledTanh"};
    const int which = draw.pick(0, 9);
    const kernels::Activation& f = all[which];
    const auto shape = images(draw);
    // From 1e-4 to deep in saturation.
    Values x = draw.values(shape.size(), std::pow(10.0, draw.pick(-4, 1)) * (draw.coin() ? 1 : 4));
    const Values dy = draw.values(shape.size());
    const auto y = reference::activation_forward(f, x), dx = reference::activation_backward(f, x, dy);
    const auto relu = reference::relu_forward(x), drelu = reference::relu_backward(relu, dy);
    sweep.on_each_arch([&](const kernels::KernelTable& table, int lanes) {
      auto input = filled(shape, lanes, x, 0, {1, 0, 0, 1}), doutput = filled(shape, lanes, dy);
      BlockedTensor output(shape.shape, shape.batch, lanes, {0, 1, 1, 0}),
          dinput(shape.shape, shape.batch, lanes, {1, 1, 0, 0});
      table.activation_forward(f, input.view(), output.view());
      const bool crosses_zero = f.kind == Kind::gelu || f.kind == Kind::gelu_tanh;
      sweep.hold(names[which], share_of_bound(output.read(), y, [&](std::size_t i) {
                   return ulp * (ulps_of(f.kind) * std::abs(y[i]) + (crosses_zero ? 0.5 * std::abs(x[i]) : 0)) +
                          0x1p-126;
                 }));
      table.activation_backward(f, input.view(), output.view(), doutput.view(), dinput.view());
      sweep.hold("derivative", share_of_bound(dinput.read(), dx, [&](std::size_t i) {
                   return 16 * ulp * std::abs(dy[i]) * std::max(1.0, static_cast<double>(f.a * f.b));
                 }));
      sweep.hold("nothing outside", output.disturbed() == 0 && dinput.disturbed() == 0);
      table.relu_forward(input.view(), output.view());
      sweep.hold("relu", output.read() == relu);
      table.relu_backward(output.view(), doutput.view(), doutput.view());
      sweep.hold("relu's gradient", doutput.read() == drelu);
    });
  });
}

TEST_CASE("sweep: arithmetic of equal shapes, sums of channels, layouts there and back") {
  ShapeSweep sweep("elementwise", 31, 1500);
  sweep.run([&](Draw& draw) {
    const auto shape = images(draw);
    const auto channels = static_cast<std::size_t>(shape.shape.channels),
               plane = static_cast<std::size_t>(shape.shape.height * shape.shape.width);
    const Values a = draw.values(shape.size(), 3.0), b = draw.values(shape.size());
    Values sum(a.size()), product(a.size()), sums(channels), products(channels), sums_size(channels),
        products_size(channels);
    for (std::size_t i = 0; i < a.size(); ++i) {
      sum[i] = static_cast<float>(a[i]) + static_cast<float>(b[i]);
      product[i] = static_cast<float>(a[i]) * static_cast<float>(b[i]);
      const std::size_t c = i / plane % channels;
      sums[c] += a[i], sums_size[c] += std::abs(a[i]);
      products[c] += a[i] * b[i], products_size[c] += std::abs(a[i] * b[i]);
    }
    const double length = static_cast<double>(a.size() / channels) + 2;
    std::vector<std::vector<std::uint8_t>> bytes(static_cast<std::size_t>(shape.batch),
                                                 std::vector<std::uint8_t>(channels * plane));
    std::vector<const std::uint8_t*> pointers;
    std::vector<float> table_of_bytes(256 * channels);
    for (float& value : table_of_bytes) value = static_cast<float>(draw.values(1)[0]);
    for (auto& image : bytes) {
      for (auto& byte : image) byte = static_cast<std::uint8_t>(draw.pick(0, 255));
      pointers.push_back(image.data());
    }
    sweep.on_each_arch([&](const kernels::KernelTable& table, int lanes) {
      auto one = filled(shape, lanes, a, 0, {1, 0, 0, 1}), two = filled(shape, lanes, b, 0, {0, 1, 1, 0});
      BlockedTensor out(shape.shape, shape.batch, lanes, {1, 1, 0, 0});
      table.add(one.view(), two.view(), out.view());
      sweep.hold("add", out.read() == sum);
      table.add_relu(one.view(), two.view(), out.view());
      sweep.hold("add and ReLU", out.read() == reference::relu_forward(sum));
      table.multiply(one.view(), two.view(), out.view());
      sweep.hold("multiply", out.read() == product);
      table.copy(one.view(), out.view());
      sweep.hold("copy", out.read() == a);
      table.fill(out.view(), -0.5f);
      sweep.hold("fill", out.read() == Values(a.size(), -0.5));
      std::vector<float> of_a(channels), of_ab(channels);
      table.channel_sums(one.view(), of_a.data());
      table.channel_products(one.view(), two.view(), of_ab.data());
      sweep.hold("channel sums", share_of_ulp(to_doubles(of_a), sums, sums_size, length));
      sweep.hold("channel products", share_of_ulp(to_doubles(of_ab), products, products_size, length));
      const core::Shape flat_shape{static_cast<int>(shape.shape.elements()), 1, 1};
      BlockedTensor flat(flat_shape, shape.batch, lanes);
      table.flatten_forward(one.view(), flat.view());
      table.fill(out.view(), 0.0f);
      table.flatten_backward(flat.view(), out.view());
      sweep.hold("flatten", flat.read() == a && out.read() == a);
      table.load_bytes(pointers, table_of_bytes.data(), out.view());
      bool right = true;
      std::vector<float> back(channels * plane);
      for (int image = 0; image < shape.batch; ++image) {
        table.store_image(out.view(), image, back.data());
        for (std::size_t i = 0; i < back.size(); ++i) {
          right = right && back[i] == table_of_bytes[i / plane * 256 + bytes[static_cast<std::size_t>(image)][i]];
        }
      }
      sweep.hold("bytes in, floats out", right);
      sweep.hold("nothing outside", out.disturbed() == 0);
    });
  });
}

TEST_CASE("sweep: padding and upsampling, and their gradients") {
  ShapeSweep sweep("resample", 32, 1500);
  sweep.run([&](Draw& draw) {
    const auto shape = images(draw);
    const int height = shape.shape.height, width = shape.shape.width;
    const auto mode = static_cast<kernels::PadMode>(draw.pick(0, 2));
    const auto most = [&](int side) { return mode == kernels::PadMode::reflect ? side - 1 : 3; };
    const kernels::Halo sides{draw.pick(0, most(height)), draw.pick(0, most(height)), draw.pick(0, most(width)),
                              draw.pick(0, most(width))};
    const reference::Images padded{
        shape.batch, {shape.shape.channels, height + sides.top + sides.bottom, width + sides.left + sides.right}};
    const reference::Images larger{shape.batch, {shape.shape.channels, draw.edge(11), draw.edge(11)}};
    const auto up = static_cast<kernels::UpsampleMode>(draw.pick(0, 2));
    const Values x = draw.values(shape.size()), dpad = draw.values(padded.size()), dlarge = draw.values(larger.size());
    const auto y = reference::pad2d_forward(mode, sides, -2.5, shape, x);
    const auto dx = reference::pad2d_backward(mode, sides, shape, dpad),
               dx_size = reference::pad2d_backward(mode, sides, shape, absolute(dpad));
    const auto upsampled = reference::upsample_forward(up, shape, larger.shape.height, larger.shape.width, x);
    const auto dup = reference::upsample_backward(up, shape, larger.shape.height, larger.shape.width, dlarge);
    const bool nearest = up == kernels::UpsampleMode::nearest;
    // How many outputs an input can reach, which is how many weights are rounded.
    const double reach = (2.0 * larger.shape.height / height + 2) * (2.0 * larger.shape.width / width + 2);
    sweep.on_each_arch([&](const kernels::KernelTable& table, int lanes) {
      auto input = filled(shape, lanes, x, 0, {1, 0, 1, 0}), dpadded = filled(padded, lanes, dpad),
           doutput = filled(larger, lanes, dlarge);
      BlockedTensor output(padded.shape, shape.batch, lanes, {1, 0, 0, 1}),
          dinput(shape.shape, shape.batch, lanes, {0, 1, 0, 1});
      table.pad2d_forward(mode, sides, -2.5f, input.view(), output.view());
      sweep.hold("pad", output.read() == y && output.disturbed() == 0);
      table.pad2d_backward(mode, sides, dpadded.view(), dinput.view());
      sweep.hold("pad's gradient", share_of_ulp(dinput.read(), dx, dx_size, 16));
      const auto plan = kernels::make_upsample_plan(up, height, width, larger.shape.height, larger.shape.width);
      BlockedTensor big(larger.shape, shape.batch, lanes, {0, 1, 0, 1});
      table.upsample_forward(plan, input.view(), big.view());
      sweep.hold(nearest ? "nearest" : "bilinear",
                 share_of_bound(big.read(), upsampled, [&](std::size_t) { return nearest ? 0.0 : 4 * ulp; }));
      table.upsample_backward(plan, doutput.view(), dinput.view());
      sweep.hold("its gradient", share_of_bound(dinput.read(), dup, [&](std::size_t) { return ulp * reach * 3; }));
      sweep.hold("nothing outside", big.disturbed() == 0 && dinput.disturbed() == 0);
    });
  });
}

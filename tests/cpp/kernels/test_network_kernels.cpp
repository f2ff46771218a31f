// The kernels of the larger networks against their twins, on every arch and block size: pointwise nonlinearities, average
// pooling, padding, upsampling, the norms, softmax as a layer, radial basis output.
#include "batch_norm_gradients.hpp"
#include "blocked_tensor.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace striate;
using namespace striate::tests;
namespace reference = striate::kernels::reference;

namespace {

struct ImageDraw : Draw {
  ImageDraw(std::uint32_t item, std::uint32_t epoch) : Draw{core::Rng(21, core::RandomStream::synthetic, epoch, item)} {}
  reference::Images images(int most_channels = 7) { return {pick(1, 19), {pick(1, most_channels), pick(1, 7), pick(1, 8)}}; }
};

double largest_difference(const Values& got, const Values& expected) {
  double worst = 0;
  for (std::size_t i = 0; i < got.size(); ++i) worst = std::max(worst, std::abs(got[i] - expected[i]));
  return got.size() == expected.size() ? worst : std::numeric_limits<double>::infinity();
}

}  // namespace

TEST_CASE("nonlinearities: values and derivatives over twelve decades, within WebNN's ULP") {
  using Kind = kernels::ActivationKind;
  const kernels::Activation all[] = {{Kind::leaky_relu, 0.01f, 1}, {Kind::elu, 1, 1},     {Kind::elu, 0.3f, 1}, {Kind::gelu, 1, 1},
                                     {Kind::gelu_tanh, 1, 1},      {Kind::silu, 1, 1},    {Kind::hardswish, 1, 1},
                                     {Kind::sigmoid, 1, 1},        {Kind::tanh, 1, 1},    {Kind::scaled_tanh, 1.7159f, 2.0f / 3}};
  for (const auto& activation : all) {
    ImageDraw draw(1, static_cast<std::uint32_t>(activation.kind));
    const reference::Images images{5, {3, 8, 9}};
    Values x = draw.values(images.size());
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(x[i] * std::pow(10.0, static_cast<double>(i % 13) - 11.0));
    for (std::size_t i = 0; i < x.size(); i += 29) x[i] *= 40;  // deep into saturation
    for (double& value : x) value = static_cast<float>(value);
    const Values dy = draw.values(images.size());
    const auto y = reference::activation_forward(activation, x);
    const auto dx = reference::activation_backward(activation, x, dy);
    for_each_arch([&](const kernels::KernelTable& table, int lanes) {
      CAPTURE(table.arch);
      CAPTURE(static_cast<int>(activation.kind));
      auto input = filled(images, lanes, x, 0.5f, {1, 0, 0, 1}), output = filled(images, lanes, x, 0.5f);
      auto doutput = filled(images, lanes, dy);
      table.activation_forward(activation, input.view(), output.view());
      const auto got = output.read();
      for (std::size_t i = 0; i < got.size(); ++i) {
        CAPTURE(x[i]);
        // ULP of the result, plus what rounding x itself inside a sum with a constant can cost near a zero of the function.
        CHECK(std::abs(got[i] - y[i]) <= 0x1p-23 * (34 * std::abs(y[i]) + std::abs(x[i])) + 1e-38);
      }
      table.activation_backward(activation, input.view(), output.view(), doutput.view(), doutput.view());
      const auto gradients = doutput.read();
      for (std::size_t i = 0; i < gradients.size(); ++i) {
        CAPTURE(x[i]);
        CHECK(std::abs(gradients[i] - dx[i]) <= 2e-6 * std::abs(dy[i]) * std::max(1.0, static_cast<double>(activation.a * activation.b)));
      }
      CHECK(empty_lanes_are_zero(doutput));
    });
  }
}

TEST_CASE("average_pool2d: padding counted or not, windows over the edge, backward") {
  for (std::uint32_t item = 0; item < 60; ++item) {
    ImageDraw draw(item, 2);
    reference::Pool2d pool;
    pool.batch = draw.pick(1, 18);
    for (core::WindowAxis* axis : {&pool.window.y, &pool.window.x}) {
      const int kernel = draw.pick(1, 4);
      *axis = {kernel, draw.pick(1, 4), draw.pick(0, kernel / 2), draw.pick(0, kernel / 2), 1};
    }
    pool.input = {draw.pick(1, 5), draw.pick(4, 11), draw.pick(4, 11)};
    if (item == 0) {
      pool.window = {{pool.input.height, 1, 0, 0, 1}, {pool.input.width, 1, 0, 0, 1}};  // global
    }
    pool.output = *pool.window.output(pool.input, "pool");
    const Values x = draw.values(static_cast<std::size_t>(pool.batch * pool.input.elements()));
    const Values dy = draw.values(static_cast<std::size_t>(pool.batch * pool.output.elements()));
    for_each_arch([&](const kernels::KernelTable& table, int lanes) {
      for (const bool count_padding : {false, true}) {
        CAPTURE(table.arch);
        CAPTURE(item);
        BlockedTensor input(pool.input, pool.batch, lanes, {1, 1, 1, 1}), output(pool.output, pool.batch, lanes, {1, 0, 0, 1}),
            doutput(pool.output, pool.batch, lanes), dinput(pool.input, pool.batch, lanes, {0, 1, 1, 0});
        input.fill(x);
        doutput.fill(dy);
        table.average_pool2d_forward(pool.window, count_padding, input.view(), output.view());
        CHECK(largest_difference(output.read(), reference::average_pool2d_forward(pool, count_padding, x)) <= 1e-6);
        CHECK(output.disturbed() == 0);
        table.average_pool2d_backward(pool.window, count_padding, doutput.view(), dinput.view());
        CHECK(largest_difference(dinput.read(), reference::average_pool2d_backward(pool, count_padding, dy)) <= 2e-6);
        CHECK(dinput.disturbed() == 0);
      }
    });
  }
}

TEST_CASE("pad2d and upsample: every mode, exact places, backward") {
  for (std::uint32_t item = 0; item < 40; ++item) {
    ImageDraw draw(item, 3);
    const auto images = draw.images(4);
    const auto& shape = images.shape;
    const kernels::Halo sides{draw.pick(0, shape.height - 1), draw.pick(0, shape.height - 1), draw.pick(0, shape.width - 1),
                              draw.pick(0, shape.width - 1)};
    const reference::Images padded{images.batch, {shape.channels, shape.height + sides.top + sides.bottom,
                                                  shape.width + sides.left + sides.right}};
    const reference::Images larger{images.batch, {shape.channels, draw.pick(1, 15), draw.pick(1, 15)}};
    const Values x = draw.values(images.size()), dpad = draw.values(padded.size()), dlarge = draw.values(larger.size());
    for_each_arch([&](const kernels::KernelTable& table, int lanes) {
      CAPTURE(table.arch);
      CAPTURE(item);
      auto input = filled(images, lanes, x, 0.5f, {1, 0, 1, 0});
      for (const auto mode : {kernels::PadMode::constant, kernels::PadMode::reflect, kernels::PadMode::replicate}) {
        BlockedTensor output(padded.shape, images.batch, lanes), dinput(shape, images.batch, lanes, {0, 1, 0, 1});
        table.pad2d_forward(mode, sides, -2.5f, input.view(), output.view());
        CHECK(output.read() == reference::pad2d_forward(mode, sides, -2.5, images, x));
        auto doutput = filled(padded, lanes, dpad);
        table.pad2d_backward(mode, sides, doutput.view(), dinput.view());
        CHECK(largest_difference(dinput.read(), reference::pad2d_backward(mode, sides, images, dpad)) <= 2e-6);
        CHECK(dinput.disturbed() == 0);
      }
      for (const auto mode : {kernels::UpsampleMode::nearest, kernels::UpsampleMode::bilinear, kernels::UpsampleMode::bilinear_align_corners}) {
        CAPTURE(static_cast<int>(mode));
        const auto plan = kernels::make_upsample_plan(mode, shape.height, shape.width, larger.shape.height, larger.shape.width);
        BlockedTensor output(larger.shape, images.batch, lanes, {0, 1, 0, 1}), dinput(shape, images.batch, lanes);
        table.upsample_forward(plan, input.view(), output.view());
        CHECK(largest_difference(output.read(),
                                 reference::upsample_forward(mode, images, larger.shape.height, larger.shape.width, x)) <= 1e-6);
        CHECK(output.disturbed() == 0);
        auto doutput = filled(larger, lanes, dlarge);
        table.upsample_backward(plan, doutput.view(), dinput.view());
        CHECK(largest_difference(dinput.read(), reference::upsample_backward(mode, images, larger.shape.height,
                                                                             larger.shape.width, dlarge)) <= 3e-5);
      }
    });
  }
}

TEST_CASE("batch norm: statistics of the images there are, an offset far above the spread, both backward forms") {
  for (std::uint32_t item = 0; item < 40; ++item) {
    ImageDraw draw(item, 4);
    auto images = draw.images();
    if (images.batch * images.shape.height * images.shape.width < 2) images.batch = 2;
    const double offset = item % 4 == 0 ? 300.0 : 0.0;
    Values x = draw.values(images.size());
    for (double& value : x) value = static_cast<float>(value + offset);
    const auto channels = static_cast<std::size_t>(images.shape.channels);
    const Values gamma = draw.values(channels), beta = draw.values(channels), dy = draw.values(images.size());
    const double epsilon = 1e-5;
    const auto expected = reference::batch_statistics(images, x);
    const auto y = reference::batch_norm_forward(images, x, expected, gamma, beta, epsilon);
    for_each_arch([&](const kernels::KernelTable& table, int lanes) {
      CAPTURE(table.arch);
      CAPTURE(item);
      CAPTURE(images.batch);
      auto input = filled(images, lanes, x, 0.5f), output = filled(images, lanes, x, 0.5f);
      auto doutput = filled(images, lanes, dy);
      std::vector<float> mean(channels), variance(channels), inverse(channels), scale(channels), shift(channels);
      table.batch_norm_statistics(input.view(), images.batch, mean.data(), variance.data());
      for (std::size_t c = 0; c < channels; ++c) {
        CHECK(std::abs(mean[c] - expected.mean[c]) <= 1e-6 * (1 + offset));
        CHECK(std::abs(variance[c] - expected.variance[c]) <= 2e-6 * (1 + expected.variance[c]));
        inverse[c] = static_cast<float>(1 / std::sqrt(static_cast<double>(variance[c]) + epsilon));
        scale[c] = static_cast<float>(gamma[c]) * inverse[c];
        shift[c] = static_cast<float>(beta[c] - static_cast<double>(mean[c]) * scale[c]);
      }
      table.scale_shift(input.view(), scale.data(), shift.data(), output.view(), false);
      const double spread = *std::max_element(inverse.begin(), inverse.end());
      CHECK(largest_difference(output.read(), y) <= 2e-6 * (1 + offset) * (1 + spread));
      table.scale_shift(input.view(), scale.data(), shift.data(), output.view(), true);
      CHECK(largest_difference(output.read(), reference::relu_forward(y)) <= 2e-6 * (1 + offset) * (1 + spread));
      for (const bool of_batch : {true, false}) {
        const auto gradients = reference::batch_norm_backward(images, x, expected, gamma, epsilon, of_batch, dy);
        BlockedTensor dinput(images.shape, images.batch, lanes, {1, 0, 0, 1});
        const auto [dgamma, dbeta] = batch_norm_gradients(table, input.view(), images.batch, doutput.view(), to_floats(gamma), mean,
                                                          inverse, of_batch, dinput.view());
        const double tolerance = 4e-6 * (1 + offset) * (1 + spread * spread) * static_cast<double>(1 + images.batch);
        CHECK(largest_difference(dinput.read(), gradients.dinput) <= tolerance);
        CHECK(largest_difference(to_doubles(dgamma), gradients.dgamma) <= tolerance * 10);
        CHECK(largest_difference(to_doubles(dbeta), gradients.dbeta) <= tolerance * 10);
        CHECK(empty_lanes_are_zero(dinput));
        CHECK(dinput.disturbed() == 0);
      }
    });
  }
}

TEST_CASE("group norm: from one group to one per channel, backward") {
  for (std::uint32_t item = 0; item < 40; ++item) {
    ImageDraw draw(item, 5);
    const int groups = draw.pick(1, 4), per_group = draw.pick(1, 3);
    const reference::Images images{draw.pick(1, 18), {groups * per_group, draw.pick(2, 6), draw.pick(1, 6)}};
    const auto channels = static_cast<std::size_t>(images.shape.channels);
    const Values x = draw.values(images.size(), 2.0), dy = draw.values(images.size()), gamma = draw.values(channels), beta = draw.values(channels);
    const double epsilon = 1e-3;
    const auto y = reference::group_norm_forward(images, groups, x, gamma, beta, epsilon);
    const auto gradients = reference::group_norm_backward(images, groups, x, gamma, epsilon, dy);
    for_each_arch([&](const kernels::KernelTable& table, int lanes) {
      CAPTURE(table.arch);
      CAPTURE(item);
      auto input = filled(images, lanes, x, 0.5f), output = filled(images, lanes, x, 0.5f, {1, 0, 1, 0});
      auto doutput = filled(images, lanes, dy);
      const auto weight = to_floats(gamma), bias = to_floats(beta);
      std::vector<float> statistics(kernels::group_norm_statistics(input.view(), groups) + 1, sentinel);
      table.group_norm_forward(input.view(), groups, weight.data(), bias.data(), static_cast<float>(epsilon), output.view(), statistics.data());
      CHECK(statistics.back() == sentinel);
      CHECK(largest_difference(output.read(), y) <= 2e-5);
      BlockedTensor dinput(images.shape, images.batch, lanes);
      std::vector<float> dgamma(channels), dbeta(channels), workspace(2 * channels * static_cast<std::size_t>(table.width) + 1, sentinel);
      table.group_norm_backward(input.view(), groups, weight.data(), statistics.data(), doutput.view(), dinput.view(), dgamma.data(),
                                dbeta.data(), workspace.data());
      CHECK(workspace.back() == sentinel);
      CHECK(largest_difference(dinput.read(), gradients.dinput) <= 2e-3);
      CHECK(largest_difference(to_doubles(dgamma), gradients.dgamma) <= 1e-4 * static_cast<double>(images.batch));
      CHECK(largest_difference(to_doubles(dbeta), gradients.dbeta) <= 1e-4);
      CHECK(empty_lanes_are_zero(dinput));
    });
  }
}

TEST_CASE("local response norm: windows of odd and even size, channels at the ends, backward") {
  for (std::uint32_t item = 0; item < 30; ++item) {
    ImageDraw draw(item, 6);
    const auto images = draw.images(9);
    const kernels::LocalResponseNorm norm{draw.pick(1, 6), 0.3f * static_cast<float>(draw.pick(1, 5)), 0.25f * static_cast<float>(draw.pick(1, 6)),
                                          static_cast<float>(draw.pick(1, 2))};
    const Values x = draw.values(images.size(), 2.0), dy = draw.values(images.size());
    for_each_arch([&](const kernels::KernelTable& table, int lanes) {
      CAPTURE(table.arch);
      CAPTURE(item);
      auto input = filled(images, lanes, x, 0.5f), output = filled(images, lanes, x, 0.5f), scale = filled(images, lanes, x, 0.5f);
      auto doutput = filled(images, lanes, dy);
      BlockedTensor dinput(images.shape, images.batch, lanes);
      table.local_response_norm_forward(norm, input.view(), output.view(), scale.view());
      CHECK(largest_difference(output.read(), reference::local_response_norm_forward(norm, images, x)) <= 4e-6);
      table.local_response_norm_backward(norm, input.view(), output.view(), scale.view(), doutput.view(), dinput.view());
      CHECK(largest_difference(dinput.read(), reference::local_response_norm_backward(norm, images, x, dy)) <= 3e-5);
      CHECK(empty_lanes_are_zero(dinput));
    });
  }
}

TEST_CASE("softmax as a layer, same-shape arithmetic, and the radial basis output") {
  for (std::uint32_t item = 0; item < 30; ++item) {
    ImageDraw draw(item, 7);
    const auto images = draw.images(11);
    const Values x = draw.values(images.size(), 5.0), dy = draw.values(images.size());
    const int in = draw.pick(1, 12), out = draw.pick(1, 10);
    const reference::Images features{images.batch, {in, 1, 1}}, distances{images.batch, {out, 1, 1}};
    const Values f = draw.values(features.size()), centers = draw.values(static_cast<std::size_t>(in * out)), dd = draw.values(distances.size());
    for_each_arch([&](const kernels::KernelTable& table, int lanes) {
      CAPTURE(table.arch);
      CAPTURE(item);
      auto input = filled(images, lanes, x, 0.5f), output = filled(images, lanes, x, 0.5f);
      for (const bool logarithm : {false, true}) {
        auto doutput = filled(images, lanes, dy);
        table.softmax_forward(input.view(), output.view(), logarithm);
        CHECK(largest_difference(output.read(), reference::softmax_forward(images, x, logarithm)) <= 4e-6);
        table.softmax_backward(output.view(), doutput.view(), doutput.view(), logarithm);
        CHECK(largest_difference(doutput.read(), reference::softmax_backward(images, x, dy, logarithm)) <= 2e-5);
        CHECK(empty_lanes_are_zero(doutput));
      }
      auto other = filled(images, lanes, dy, 0.5f, {1, 1, 0, 0});
      table.add(input.view(), other.view(), output.view());
      const auto sum = output.read();
      for (std::size_t i = 0; i < sum.size(); ++i) CHECK(sum[i] == static_cast<float>(x[i]) + static_cast<float>(dy[i]));
      table.multiply(input.view(), other.view(), output.view());
      const auto product = output.read();
      for (std::size_t i = 0; i < sum.size(); ++i) CHECK(product[i] == static_cast<float>(x[i]) * static_cast<float>(dy[i]));
      table.copy(input.view(), output.view());
      CHECK(output.read() == x);

      auto flat = filled(features, lanes, f, 0.5f);
      const auto codes = to_floats(centers);
      BlockedTensor distance(distances.shape, images.batch, lanes), dflat(features.shape, images.batch, lanes);
      auto ddistance = filled(distances, lanes, dd);
      table.radial_basis_forward(flat.view(), codes.data(), distance.view());
      CHECK(largest_difference(distance.read(), reference::radial_basis_forward(images.batch, in, out, f, centers)) <= 2e-5);
      table.radial_basis_dinput(flat.view(), codes.data(), ddistance.view(), dflat.view());
      CHECK(largest_difference(dflat.read(), reference::radial_basis_dinput(images.batch, in, out, f, centers, dd)) <= 2e-5);
      std::vector<float> dcenters(codes.size());
      table.radial_basis_dcenters(flat.view(), codes.data(), ddistance.view(), dcenters.data());
      CHECK(largest_difference(to_doubles(dcenters), reference::radial_basis_dcenters(images.batch, in, out, f, centers, dd)) <= 5e-5);
    });
  }
}

TEST_CASE("dropout: the share that is dropped, the scale of the rest, and draws that no batch shape can change") {
  const core::Shape shape{5, 6, 7};
  const auto draw_mask = [&](int batch, int lanes, bool channels, std::uint32_t step) {
    BlockedTensor mask(shape, batch, lanes);
    kernels::kernels().dropout_mask(0.25f, channels, 9, step, 3, mask.view());
    return mask.read();
  };
  const auto mask = draw_mask(64, 16, false, 0);
  const auto dropped = std::count(mask.begin(), mask.end(), 0.0);
  const double share = static_cast<double>(dropped) / static_cast<double>(mask.size());
  CHECK(std::abs(share - 0.25) < 4 * std::sqrt(0.25 * 0.75 / static_cast<double>(mask.size())));
  for (const double value : mask) CHECK((value == 0.0 || value == static_cast<float>(1.0f / 0.75f)));
  auto first = draw_mask(5, 16, false, 0);
  CHECK(std::equal(first.begin(), first.end(), mask.begin()));
  CHECK(draw_mask(5, 8, false, 0) == first);
  CHECK(draw_mask(5, 8, false, 1) != first);
  const auto whole = draw_mask(40, 8, true, 0);
  for (std::size_t i = 0; i < whole.size(); i += 42) {
    for (std::size_t j = 1; j < 42; ++j) CHECK(whole[i + j] == whole[i]);
  }
}

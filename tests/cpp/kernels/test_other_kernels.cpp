// linear, pooling, ReLU, flatten, softmax cross-entropy, SGD and the layout conversions against their twins, on every
// arch and block size.
#include "blocked_tensor.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace striate;
using namespace striate::tests;
namespace reference = striate::kernels::reference;

TEST_CASE("linear: forward and gradients within 2·k rounding steps") {
  const int sizes[][3] = {{1, 1, 1}, {32, 400, 120}, {5, 84, 10}, {17, 3, 5}, {4, 16, 17}, {9, 33, 4}, {3, 7, 31}, {128, 10, 13}, {20, 256, 40}, {300, 80, 6}};
  std::uint32_t item = 0;
  for (const auto& [batch, in, out] : sizes) {
    ++item;
    core::Rng rng(3, core::RandomStream::synthetic, 0, item);
    const auto count = [](int a, int b) { return static_cast<std::size_t>(a) * static_cast<std::size_t>(b); };
    const Values x = random_values(count(batch, in), rng), w = random_values(count(out, in), rng),
                 b = random_values(count(out, 1), rng), dy = random_values(count(batch, out), rng);
    const auto weight = to_floats(w), bias = to_floats(b);
    for_each_arch([&, batch = batch, in = in, out = out](const kernels::KernelTable& table, int lanes) {
      CAPTURE(table.arch);
      CAPTURE(lanes);
      CAPTURE(batch);
      CAPTURE(in);
      CAPTURE(out);
      BlockedTensor input({in, 1, 1}, batch, lanes), output({out, 1, 1}, batch, lanes), doutput({out, 1, 1}, batch, lanes),
          dinput({in, 1, 1}, batch, lanes);
      input.fill(x, 0.5f);
      doutput.fill(dy);
      for (const bool relu : {false, true}) {
        table.linear_forward(input.view(), weight.data(), bias.data(), output.view(), relu);
        auto expected = reference::linear_forward(batch, in, out, x, w, b);
        if (relu) expected = reference::relu_forward(expected);
        CHECK(worst_error(output.read(), expected,
                          reference::linear_forward(batch, in, out, absolute(x), absolute(w), absolute(b)), 2.0 * in + 2) <= 1.0);
      }
      const auto dx = reference::linear_dinput(batch, in, out, dy, w);
      const auto dx_magnitude = reference::linear_dinput(batch, in, out, absolute(dy), absolute(w));
      const auto scratch_size = kernels::linear_workspace(in, doutput.view());
      std::vector<float> scratch(scratch_size + 1, sentinel);
      table.linear_dinput(doutput.view(), weight.data(), nullptr, {0, in}, dinput.view(), scratch.data());
      CHECK(worst_error(dinput.read(), dx, dx_magnitude, 2.0 * out) <= 1.0);
      const kernels::ConstBlockedView activation = input.view();
      table.linear_dinput(doutput.view(), weight.data(), &activation, {0, in}, dinput.view(), scratch.data());
      CHECK(worst_error(dinput.read(), reference::relu_backward(x, dx), dx_magnitude, 2.0 * out) <= 1.0);

      std::vector<float> dweight(w.size() + 1, sentinel), dbias(b.size(), sentinel);
      table.linear_dweight(input.view(), doutput.view(), {0, in}, dweight.data(), dbias.data(), scratch.data());
      CHECK(scratch[scratch_size] == sentinel);
      CHECK(dweight.back() == sentinel);
      dweight.pop_back();
      CHECK(worst_error(to_doubles(dweight), reference::linear_dweight(batch, in, out, x, dy),
                        reference::linear_dweight(batch, in, out, absolute(x), absolute(dy)), 2.0 * batch) <= 1.0);
      CHECK(worst_error(to_doubles(dbias), reference::linear_dbias(batch, out, dy),
                        reference::linear_dbias(batch, out, absolute(dy)), 2.0 * batch) <= 1.0);
    });
  }
}

TEST_CASE("max_pool2d: exact, gradients to the first maximum, overlapping windows and padding included") {
  for (std::uint32_t item = 0; item < 80; ++item) {
    core::Rng rng(7, core::RandomStream::synthetic, 2, item);
    const auto pick = [&](int low, int high) { return low + static_cast<int>(rng.below(static_cast<std::uint32_t>(high - low + 1))); };
    reference::Pool2d pool;
    if (item == 0) {
      pool.window = {{2, 2, 0, 0, 1}, {2, 2, 0, 0, 1}};
      pool.input = {6, 28, 28};
    } else {
      for (core::WindowAxis* axis : {&pool.window.y, &pool.window.x}) {
        const int kernel = pick(1, 4);
        *axis = {kernel, pick(1, 4), pick(0, kernel / 2), pick(0, kernel / 2), 1};
      }
      pool.input = {pick(1, 5), pick(4, 12), pick(4, 12)};
    }
    pool.batch = pick(1, 18);
    pool.output = *pool.window.output(pool.input, "pool");
    // Few distinct values, so that ties happen in most windows.
    Values x(static_cast<std::size_t>(pool.batch * pool.input.elements()));
    for (double& value : x) value = pick(-3, 3);
    const Values dy = random_values(static_cast<std::size_t>(pool.batch * pool.output.elements()), rng);
    for_each_arch([&](const kernels::KernelTable& table, int lanes) {
      CAPTURE(table.arch);
      CAPTURE(lanes);
      CAPTURE(item);
      BlockedTensor input(pool.input, pool.batch, lanes, {1, 1, 1, 1}), output(pool.output, pool.batch, lanes, {2, 2, 2, 2}),
          doutput(pool.output, pool.batch, lanes), dinput(pool.input, pool.batch, lanes, {0, 0, 1, 0});
      input.fill(x);
      doutput.fill(dy);
      table.max_pool2d_forward(pool.window, input.view(), output.view());
      const auto y = reference::max_pool2d_forward(pool, x);
      CHECK(output.read() == y);
      CHECK(output.disturbed() == 0);
      const Values ones(x.size(), 1.0);
      table.max_pool2d_backward(pool.window, input.view(), output.view(), doutput.view(), dinput.view(), false);
      CHECK(worst_error(dinput.read(), reference::max_pool2d_backward(pool, x, dy), ones, 16) <= 1.0);
      CHECK(dinput.disturbed() == 0);
      table.max_pool2d_backward(pool.window, input.view(), output.view(), doutput.view(), dinput.view(), true);
      const auto gated = reference::max_pool2d_backward(pool, x, reference::relu_backward(y, dy));
      CHECK(worst_error(dinput.read(), gated, ones, 16) <= 1.0);
    });
  }
}

TEST_CASE("max_pool2d: a NaN anywhere in a window comes out, as in torch") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const int stride : {2, 1}) {
    const core::WindowGeometry window{{2, stride, 0, 0, 1}, {2, stride, 0, 0, 1}};
    for (std::size_t place = 0; place < 4; ++place) {
      for_each_arch([&](const kernels::KernelTable& table, int lanes) {
        CAPTURE(table.arch);
        CAPTURE(place);
        Values x = {1, 2, 3, 4};
        x[place] = nan;
        BlockedTensor input({1, 2, 2}, 1, lanes), output({1, 1, 1}, 1, lanes);
        input.fill(x);
        table.max_pool2d_forward(window, input.view(), output.view());
        CHECK(std::isnan(output.read()[0]));
      });
    }
  }
}

TEST_CASE("sgd_update: velocities that fade do not become denormal") {
  for_each_arch([&](const kernels::KernelTable& table, int) {
    std::vector<float> w(19, 1.0f), g(19, 0.0f), v(19, 1.0f), previous(19);
    for (int step = 0; step < 900; ++step) {
      REQUIRE(table.sgd_update(w.data(), g.data(), v.data(), previous.data(), w.size(), {.rate = 0.01f, .momentum = 0.9f}));
      for (const float value : v) REQUIRE((value == 0.0f || value >= 1e-30f));
    }
    CHECK(v[0] == 0.0f);
    CHECK(v[18] == 0.0f);
  });
}

TEST_CASE("relu lets NaN through, gates gradients, and never writes −0") {
  for_each_arch([&](const kernels::KernelTable& table, int lanes) {
    CAPTURE(table.arch);
    const double nan = std::numeric_limits<double>::quiet_NaN();
    BlockedTensor input({2, 1, 3}, 1, lanes), output({2, 1, 3}, 1, lanes), gradient({2, 1, 3}, 1, lanes);
    input.fill({-1.5, -0.0, 0.0, 2.5, nan, 1e-40});
    table.relu_forward(input.view(), output.view());
    const auto y = output.read();
    CHECK(y[0] == 0.0);
    CHECK(!std::signbit(y[1]));
    CHECK(y[3] == 2.5);
    CHECK(std::isnan(y[4]));
    gradient.fill({1, 2, 3, 4, 5, 6});
    table.relu_backward(output.view(), gradient.view(), gradient.view());
    const auto g = gradient.read();
    CHECK(g[0] == 0.0);
    CHECK(g[2] == 0.0);
    CHECK(g[3] == 4.0);
  });
}

TEST_CASE("flatten is a change of strides: features in (c, h, w) order, and back") {
  for_each_arch([&](const kernels::KernelTable& table, int lanes) {
    core::Rng rng(1, core::RandomStream::synthetic);
    const core::Shape shape{3, 4, 5};
    BlockedTensor image(shape, 6, lanes, {1, 2, 3, 0}), flat({60, 1, 1}, 6, lanes), back(shape, 6, lanes, {0, 1, 0, 1});
    const Values x = random_values(360, rng);
    image.fill(x);
    table.flatten_forward(image.view(), flat.view());
    CHECK(flat.read() == x);
    table.flatten_backward(flat.view(), back.view());
    CHECK(back.read() == x);
    CHECK(back.disturbed() == 0);
  });
}

TEST_CASE("softmax and cross-entropy: values, gradient, empty lanes, and logits far apart") {
  for (const double scale : {1.0, 30.0, 2000.0}) {
    for (const int batch : {1, 3, 16, 21}) {
      for (const int classes : {1, 2, 10, 37}) {
        core::Rng rng(2, core::RandomStream::synthetic, 0, static_cast<std::uint32_t>(batch * 100 + classes));
        const Values z = random_values(static_cast<std::size_t>(batch * classes), rng, scale);
        std::vector<std::int32_t> labels(static_cast<std::size_t>(batch));
        for (auto& label : labels) label = static_cast<std::int32_t>(rng.below(static_cast<std::uint32_t>(classes)));
        const auto expected = reference::softmax_cross_entropy(batch, classes, z, labels, 0.125);
        for_each_arch([&](const kernels::KernelTable& table, int lanes) {
          CAPTURE(table.arch);
          CAPTURE(batch);
          CAPTURE(classes);
          BlockedTensor logits({classes, 1, 1}, batch, lanes), dlogits({classes, 1, 1}, batch, lanes);
          logits.fill(z);
          std::vector<float> losses(labels.size() + 1, sentinel);
          table.softmax_cross_entropy(logits.view(), labels, 0.125f, dlogits.view(), losses.data());
          CHECK(losses.back() == sentinel);
          const auto d = dlogits.read();
          for (std::size_t i = 0; i < d.size(); ++i) CHECK(std::abs(d[i] - expected.dlogits[i]) <= 0.125 * 3e-6 * classes);
          for (std::size_t i = 0; i < labels.size(); ++i) {
            const bool tiny = !std::isfinite(expected.losses[i]);  // the twin's probability underflowed; ours is a difference
            if (!tiny) CHECK(std::abs(losses[i] - expected.losses[i]) <= 1e-6 * (std::abs(expected.losses[i]) + scale + classes));
          }
          dlogits.each([&](int image, std::size_t, float& value) {
            if (image >= batch) CHECK(value == 0.0f);
          });
          table.softmax(logits.view(), dlogits.view());
          const auto p = dlogits.read();
          const auto expected_p = reference::softmax(batch, classes, z);
          for (std::size_t i = 0; i < p.size(); ++i) CHECK(std::abs(p[i] - expected_p[i]) <= 3e-6 * classes * (expected_p[i] + 1e-6));
        });
      }
    }
  }
}

TEST_CASE("sgd_update: PyTorch's form, the old weights kept, and non-finite weights reported wherever they are") {
  for (const std::size_t count : {1u, 3u, 4u, 15u, 16u, 17u, 64u, 101u}) {
    for_each_arch([&](const kernels::KernelTable& table, int) {
      core::Rng rng(9, core::RandomStream::synthetic, 0, static_cast<std::uint32_t>(count));
      Values w = random_values(count, rng), v = random_values(count, rng);
      const Values g = random_values(count, rng), before = w;
      auto weight = to_floats(w), velocity = to_floats(v);
      const auto gradient = to_floats(g);
      std::vector<float> previous(count);
      CHECK(table.sgd_update(weight.data(), gradient.data(), velocity.data(), previous.data(), count,
                             {.rate = 0.1f, .momentum = 0.9f, .weight_decay = 5e-4f}));
      reference::sgd_update(w, g, v, {.rate = 0.1f, .momentum = 0.9f, .weight_decay = 5e-4f});
      CHECK(worst_error(to_doubles(weight), w, Values(count, 2.0), 4) <= 1.0);
      CHECK(worst_error(to_doubles(velocity), v, Values(count, 2.0), 4) <= 1.0);
      CHECK(to_doubles(previous) == before);
      for (std::size_t broken = 0; broken < count; ++broken) {
        auto bad = gradient;
        bad[broken] = broken % 2 == 0 ? std::numeric_limits<float>::infinity() : std::numeric_limits<float>::quiet_NaN();
        auto a = weight, b = velocity;
        CHECK(!table.sgd_update(a.data(), bad.data(), b.data(), previous.data(), count, {.rate = 0.1f, .momentum = 0.9f}));
        CHECK(previous == weight);
      }
    });
  }
}

TEST_CASE("images into the plan: a table per channel for bytes, mean and scale for floats, zeros behind the batch") {
  for_each_arch([&](const kernels::KernelTable& table, int lanes) {
    const core::Shape shape{2, 3, 5};
    std::vector<std::vector<std::uint8_t>> images(static_cast<std::size_t>(lanes + 1), std::vector<std::uint8_t>(30));
    std::vector<float> values(512);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i) * 0.5f - 3.0f;
    core::Rng rng(4, core::RandomStream::synthetic);
    std::vector<const std::uint8_t*> pointers;
    for (auto& image : images) {
      for (auto& byte : image) byte = static_cast<std::uint8_t>(rng.below(256));
      pointers.push_back(image.data());
    }
    const int batch = lanes + 1;
    BlockedTensor input(shape, batch, lanes, {2, 2, 2, 2});
    table.load_bytes(pointers, values.data(), input.view());
    input.each([&](int image, std::size_t index, float& value) {
      const auto pixel = index % 30;
      CHECK(value == (image < batch ? values[pixel / 15 * 256 + images[static_cast<std::size_t>(image)][pixel]] : 0.0f));
    });
    CHECK(input.disturbed() == 0);

    std::vector<float> out(30), floats(30);
    table.store_image(input.view(), batch - 1, out.data());
    for (std::size_t i = 0; i < 30; ++i) CHECK(out[i] == values[i / 15 * 256 + images.back()[i]]);
    for (std::size_t i = 0; i < 30; ++i) floats[i] = static_cast<float>(i) / 8;
    const std::vector<const float*> one{floats.data()};
    const float mean[] = {0.5f, 1.0f}, factor[] = {2.0f, 4.0f};
    BlockedTensor single(shape, 1, lanes);
    table.load_floats(one, mean, factor, single.view());
    table.store_image(single.view(), 0, out.data());
    for (std::size_t i = 0; i < 30; ++i) CHECK(out[i] == (floats[i] - mean[i / 15]) * factor[i / 15]);
  });
}

TEST_CASE("the table of each arch is the one that runs, and block sizes follow the batch") {
  REQUIRE(!kernels::kernel_tables().empty());
  for (const auto* table : kernels::kernel_tables()) {
    REQUIRE(kernels::use_kernels(table->arch));
    CHECK(std::string(kernels::kernels().arch) == table->arch);
  }
  CHECK(!kernels::use_kernels("abacus"));
  REQUIRE(kernels::use_kernels(nullptr));
  CHECK(&kernels::kernels() == kernels::kernel_tables().front());
  CHECK(kernels::choose_lanes(1, 4) == 4);
  CHECK(kernels::choose_lanes(8, 4) == 8);
  CHECK(kernels::choose_lanes(32, 4) == 16);
  CHECK(kernels::choose_lanes(17, 16) == 16);
  for (int batch = 1; batch < 300; ++batch) {
    for (const int width : {4, 8, 16}) CHECK(kernels::choose_lanes(batch, width) % width == 0);
  }
  // Whole blocks of 16, and of the last one no more vectors than it needs.
  CHECK(kernels::choose_lanes(100, 4) == 16);
  CHECK(kernels::working_lanes(4, 16, 4) == 4);
  CHECK(kernels::working_lanes(9, 16, 4) == 16);
  CHECK(kernels::working_lanes(3, 8, 8) == 8);
  CHECK(kernels::working_lanes(1, 16, 16) == 16);
  for (int batch = 17; batch < 300; ++batch) {
    const double each = kernels::lanes_cost(batch, kernels::choose_lanes(batch, 4), 4) / batch;
    CHECK(each >= 1);
    CHECK(each < 1.31);
    CHECK((batch < 96 || each < 1.1));
  }
}

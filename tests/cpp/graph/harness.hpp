// Small tools for tests that run networks: dense NCHW tensors in and out of blocked views, deterministic random values,
// and a network with its weights and plan in one object.
#pragma once

#include "expect.hpp"
#include "striate/core/rng.hpp"
#include "striate/graph/builder.hpp"
#include "striate/graph/executor.hpp"
#include "striate/graph/param_store.hpp"

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace striate::tests {

using Floats = std::vector<float>;

inline Floats random_floats(std::size_t count, std::uint32_t item, float low = -1, float high = 1) {
  core::Rng rng(99, core::RandomStream::synthetic, 0, item);
  Floats values(count);
  for (float& value : values) value = rng.uniform(low, high);
  return values;
}

// `nchw` holds images one after another; the view's lanes behind them become zero.
inline void put(const kernels::KernelTable& kernels, std::span<const float> nchw, int images,
                const kernels::BlockedView& view) {
  const auto size = static_cast<std::size_t>(view.channels) * static_cast<std::size_t>(view.height) *
                    static_cast<std::size_t>(view.width);
  REQUIRE(nchw.size() == size * static_cast<std::size_t>(images));
  std::vector<const float*> pointers;
  for (int i = 0; i < images; ++i) pointers.push_back(nchw.data() + static_cast<std::size_t>(i) * size);
  const Floats mean(static_cast<std::size_t>(view.channels), 0.0f),
      scale(static_cast<std::size_t>(view.channels), 1.0f);
  kernels.load_floats(pointers, mean.data(), scale.data(), view);
}

inline Floats get(const kernels::KernelTable& kernels, const kernels::ConstBlockedView& view, int images) {
  const auto size = static_cast<std::size_t>(view.channels) * static_cast<std::size_t>(view.height) *
                    static_cast<std::size_t>(view.width);
  Floats nchw(size * static_cast<std::size_t>(images));
  for (int i = 0; i < images; ++i) kernels.store_image(view, i, nchw.data() + static_cast<std::size_t>(i) * size);
  return nchw;
}

inline double largest(std::span<const float> values) {
  double most = 0;
  for (const float value : values) most = std::fmax(most, std::fabs(static_cast<double>(value)));
  return most;
}

// Largest difference, as a share of the largest expected value (or of `least`, when all are smaller).
inline double relative_error(std::span<const float> actual, std::span<const float> expected, double least = 1.0) {
  REQUIRE(actual.size() == expected.size());
  double worst = 0;
  for (std::size_t i = 0; i < actual.size(); ++i) {
    const double difference = std::fabs(static_cast<double>(actual[i]) - static_cast<double>(expected[i]));
    worst = difference <= worst ? worst : difference;  // a NaN difference becomes the worst, and stays
    if (difference != difference) return difference;
  }
  return worst / std::fmax(least, largest(expected));
}

// The same as a share of the largest expected value, however small.
inline double error_of_largest(std::span<const float> actual, std::span<const float> expected) {
  return relative_error(actual, expected, 1e-30);
}

struct Model {
  std::unique_ptr<graph::Network> network;
  std::unique_ptr<graph::ParamStore> store;
};

inline Model make_model(const graph::NetworkSpec& spec, std::uint64_t seed = 1) {
  Model model;
  model.network = value_of(graph::build_network(spec));
  model.store = value_of(graph::ParamStore::make(*model.network, seed));
  return model;
}

inline graph::LayerSpec layer(std::string type, core::Options options = {}, std::string name = {}) {
  return {std::move(type), std::move(name), {}, std::move(options)};
}

// Calls test(table) with every arch this machine has.
template <typename Test>
void for_each_arch(Test&& test) {
  for (const kernels::KernelTable* table : kernels::kernel_tables()) {
    CAPTURE(table->arch);
    test(*table);
  }
}

inline std::vector<std::uint8_t> read_file(const std::string& path) {
  std::vector<std::uint8_t> bytes;
  std::FILE* file = std::fopen(path.c_str(), "rb");
  if (file == nullptr) FAIL("cannot open ", path);
  std::uint8_t buffer[16384];
  for (std::size_t got = 0; (got = std::fread(buffer, 1, sizeof buffer, file)) > 0;) {
    bytes.insert(bytes.end(), buffer, buffer + got);
  }
  std::fclose(file);
  return bytes;
}

}  // namespace striate::tests

// How a conv2d layer is run inside a plan: straight on the kernels; group by group on runs of channels; with a connection
// table, on weights spread to the dense form; and with reflected or repeated edges, on a padded copy of its input.
#pragma once

#include "striate/kernels/pad_mode.hpp"
#include "striate/layers/layer.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace striate::layers {

struct Conv2dSettings {
  core::WindowGeometry window;
  int out_channels = 1;
  int groups = 1;
  kernels::PadMode padding_mode = kernels::PadMode::constant;
  float padding_value = 0;
  bool bias = true;
  std::vector<std::uint64_t> connections;  // per filter, bit i: sees input map i; empty: sees all

  kernels::Halo halo() const { return {window.y.before, window.y.after, window.x.before, window.x.after}; }
  int links() const {
    int count = 0;
    for (const std::uint64_t mask : connections) count += std::popcount(mask);
    return count;
  }
};

// Calls body(position of the link's kernel among the dense weights, its floats) for each link, in order.
template <class Body>
void for_each_link(const Conv2dSettings& settings, int channels, Body&& body) {
  const auto window = static_cast<std::size_t>(settings.window.y.kernel) * static_cast<std::size_t>(settings.window.x.kernel);
  const std::size_t taps = window * static_cast<std::size_t>(channels);
  for (std::size_t co = 0; co < settings.connections.size(); ++co) {
    for (std::uint64_t left = settings.connections[co]; left != 0; left &= left - 1) {
      body(co * taps + static_cast<std::size_t>(std::countr_zero(left)) * window, window);
    }
  }
}

// The weights of the links among zeros, as those of a convolution that sees every map.
inline const float* spread_links(const Conv2dSettings& settings, int channels, const float* weight, float* dense, std::size_t floats) {
  std::fill_n(dense, floats, 0.0f);
  for_each_link(settings, channels, [&](std::size_t at, std::size_t window) {
    std::copy_n(weight, window, dense + at);
    weight += window;
  });
  return dense;
}

std::unique_ptr<PlannedLayer> plan_conv2d(const Conv2dSettings& settings, const PlanContext& context);

}  // namespace striate::layers

// How a conv2d layer is run inside a plan: straight on the kernels; group by group on runs of channels; with a connection
// table, on weights spread to the dense form; and with reflected or repeated edges, on a padded copy of its input.
#pragma once

#include "striate/kernels/pad_mode.hpp"
#include "striate/layers/layer.hpp"

#include <bit>
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

std::unique_ptr<PlannedLayer> plan_conv2d(const Conv2dSettings& settings, const PlanContext& context);

}  // namespace striate::layers

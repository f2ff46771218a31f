#include "striate/kernels/winograd_plan.hpp"

#include <algorithm>
#include <utility>

namespace striate::kernels {
namespace {

bool is_plain(const core::WindowGeometry& window, int size) {
  const auto plain = [&](const core::WindowAxis& axis) { return axis.kernel == size && axis.stride == 1 && axis.dilation == 1; };
  return plain(window.y) && plain(window.x);
}

WinogradPlan finish(WinogradPlan plan) {
  // Transformed inputs and products of one strip stay near 512 KiB.
  const int per_tile = plan.planes() * (plan.input.channels + plan.output.channels) * plan.lanes;
  const int most = std::clamp(131072 / per_tile, 1, plan.tiles_x());
  const int strips = (plan.tiles_x() + most - 1) / most;
  plan.strip = (plan.tiles_x() + strips - 1) / strips;
  return plan;
}

// Of `floats` floats, and at least four tiles, which share the cost of adding up lanes.
WinogradPlan with_long_strips(WinogradPlan plan, int blocks, int floats) {
  const int per_tile = plan.planes() * (plan.input.channels + plan.output.channels) * plan.lanes;
  plan.strip = std::min(std::max(floats / per_tile, 4), plan.tiles_y() * plan.tiles_x() * blocks);
  return plan;
}

}  // namespace

const char* convolution_name(Convolution method) {
  constexpr const char* names[] = {"automatic", "direct", "winograd2", "winograd4"};
  return names[static_cast<int>(method)];
}

Convolution choose_convolution(const core::Shape& input, const core::Shape& output, const core::WindowGeometry& window,
                               int groups, int width, Convolution wanted) {
  const int channels = std::min(input.channels, output.channels);
  const int size = std::min(output.height, output.width);
  if (groups == 1 && is_plain(window, 5)) {
    const bool taken = wanted == Convolution::automatic ? channels >= (width > 8 ? 16 : 4) && size >= 2 : wanted == Convolution::winograd2;
    return taken ? Convolution::winograd2 : Convolution::direct;
  }
  if (groups != 1 || !is_plain(window, 3)) return Convolution::direct;
  if (wanted != Convolution::automatic) return wanted;
  if (channels < 16 || size < 2) return Convolution::direct;
  return size < 4 ? Convolution::winograd2 : Convolution::winograd4;
}

std::size_t WinogradPlan::workspace() const {
  if (m == 0) return 0;
  const auto weights = static_cast<std::size_t>(input.channels) * static_cast<std::size_t>(weight_pitch());
  const auto values = static_cast<std::size_t>(plane_floats(input.channels) + plane_floats(padded_channels()));
  return static_cast<std::size_t>(planes()) * (weights + values);
}

WinogradPlan make_winograd_forward(const core::Shape& input, const core::Shape& output, const core::WindowGeometry& window,
                                   int lanes, int m) {
  WinogradPlan plan;
  plan.m = m;
  plan.r = window.x.kernel;
  plan.input = input;
  plan.output = output;
  plan.lanes = lanes;
  plan.origin_y = -window.y.before;
  plan.origin_x = -window.x.before;
  plan.top = -window.y.before;
  plan.left = -window.x.before;
  plan.bottom = input.height + window.y.after;
  plan.right = input.width + window.x.after;
  return finish(plan);
}

WinogradPlan make_winograd_dinput(const core::Shape& input, const core::Shape& output, const core::WindowGeometry& window,
                                  int lanes, int m) {
  WinogradPlan plan;
  plan.m = m;
  plan.r = window.x.kernel;
  plan.input = output;
  plan.output = input;
  plan.lanes = lanes;
  plan.gradient = true;
  plan.turned = true;
  // Input i meets output i + before − k under tap k: from i + before − 2 on, taps backwards.
  plan.origin_y = window.y.before - 2;
  plan.origin_x = window.x.before - 2;
  plan.bottom = output.height;
  plan.right = output.width;
  return finish(plan);
}

WinogradPlan make_winograd_dweight(const core::Shape& input, const core::Shape& output, const core::WindowGeometry& window,
                                   int lanes, int blocks) {
  return with_long_strips(make_winograd_forward(input, output, window, lanes, 4), blocks, 262144);
}

WinogradPlan make_winograd_gradients(const core::Shape& input, const core::Shape& output, const core::WindowGeometry& window,
                                     int lanes, int blocks) {
  return with_long_strips(make_winograd_forward(input, output, window, lanes, 2), blocks, 131072);
}

WinogradPlan WinogradPlan::from_row(int row) const {
  WinogradPlan plan = *this;
  plan.top -= row;
  plan.bottom -= row;
  return plan;
}

std::size_t WinogradPlan::dweight_workspace() const {
  if (m == 0) return 0;
  const std::ptrdiff_t values = plane_floats(input.channels) + plane_floats(output.channels) + output.channels * turned_pitch();
  return static_cast<std::size_t>(planes() * values + std::ptrdiff_t{strip} * lanes * turned_pitch());
}

WinogradPlan WinogradPlan::transposed() const {
  WinogradPlan plan = *this;
  std::swap(plan.input, plan.output);
  plan.gradient = true;
  return plan;
}

std::size_t WinogradPlan::gradients_workspace(int width) const {
  if (m == 0) return 0;
  const WinogradPlan back = transposed();
  return static_cast<std::size_t>(planes() * (plane_floats(output.channels) + plane_floats(back.padded_channels()) +
                                              partial_sums() * width + std::ptrdiff_t{output.channels} * back.weight_pitch()));
}

}  // namespace striate::kernels

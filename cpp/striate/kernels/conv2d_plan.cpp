#include "striate/kernels/conv2d_plan.hpp"

#include <algorithm>
#include <cassert>
#include <numeric>

namespace striate::kernels {
namespace {

DinputAxis make_dinput_axis(const core::WindowAxis& axis, int input, int output) {
  DinputAxis result;
  const int common = std::gcd(axis.stride, axis.dilation);
  const int tap_step = axis.stride / common;  // taps of one phase lie this far apart …
  result.output_step = axis.dilation / common;  // … and meet outputs this far apart

  // Tap d meets input i at output (i + before − d·dilation)/stride where that is whole. Which taps do depends on
  // (i + before) mod stride alone; residues that no tap reaches get no phase.
  std::vector<int> phase_of(static_cast<std::size_t>(axis.stride), -1);
  for (int first = 0; first < std::min(tap_step, axis.kernel); ++first) {
    const int residue = static_cast<int>((std::int64_t{first} * axis.dilation) % axis.stride);
    phase_of[static_cast<std::size_t>(residue)] = static_cast<int>(result.phase_taps.size());
    auto& taps = result.phase_taps.emplace_back();
    for (int tap = first; tap < axis.kernel; tap += tap_step) taps.push_back(tap);
  }
  result.phase_begin.push_back(0);
  for (const auto& taps : result.phase_taps) {
    result.phase_begin.push_back(result.phase_begin.back() + static_cast<int>(taps.size()));
  }

  result.positions.resize(static_cast<std::size_t>(input));
  for (int i = 0; i < input; ++i) {
    auto& position = result.positions[static_cast<std::size_t>(i)];
    const int phase = phase_of[static_cast<std::size_t>((i + axis.before) % axis.stride)];
    if (phase < 0) continue;
    const auto& taps = result.phase_taps[static_cast<std::size_t>(phase)];
    for (int j = 0; j < static_cast<int>(taps.size()); ++j) {
      const int numerator = i + axis.before - taps[static_cast<std::size_t>(j)] * axis.dilation;
      const int out = numerator / axis.stride;
      if (numerator < 0 || out >= output) continue;
      if (position.taps == 0) {
        position = {phase, j, 0, out};
      }
      ++position.taps;
    }
  }
  return result;
}

}  // namespace

std::size_t Conv2dPlan::dinput_workspace() const {
  // Weights regrouped per phase; channels are padded to whole tiles, which are never wider than 8.
  const auto channels = static_cast<std::size_t>(input.channels + 7);
  return channels * static_cast<std::size_t>(output.channels) * static_cast<std::size_t>(window.y.kernel) *
         static_cast<std::size_t>(window.x.kernel);
}

int Conv2dPlan::dweight_chunk(int width) const {
  // Sums of one chunk stay below 512 KiB; whole tiles of at most 4 channels.
  constexpr std::size_t most = 131072;
  const std::size_t all = dweight_floats(width) * static_cast<std::size_t>(output.channels);
  const int chunks = static_cast<int>((all + most - 1) / most);
  return ((output.channels + chunks - 1) / chunks + 3) / 4 * 4;
}

std::size_t Conv2dPlan::dweight_workspace(int width) const {
  return dweight_floats(width) * static_cast<std::size_t>(std::min(dweight_chunk(width), (output.channels + 1) / 2 * 2));
}

Conv2dPlan make_conv2d_plan(const core::Shape& input, const core::Shape& output, const core::WindowGeometry& window,
                            const ConstBlockedView& input_view, const ConstBlockedView& doutput_view) {
  Conv2dPlan plan;
  plan.input = input;
  plan.output = output;
  plan.window = window;
  plan.halo = {window.y.before, window.y.after, window.x.before, window.x.after};

  plan.forward_offsets.reserve(static_cast<std::size_t>(plan.taps()));
  for (int ci = 0; ci < input.channels; ++ci) {
    for (int ky = 0; ky < window.y.kernel; ++ky) {
      for (int kx = 0; kx < window.x.kernel; ++kx) {
        plan.forward_offsets.push_back(static_cast<std::int32_t>(
            ky * window.y.dilation * input_view.row_stride + ci * input_view.channel_stride +
            std::ptrdiff_t{kx} * window.x.dilation * input_view.lanes));
      }
    }
  }

  plan.dinput_y = make_dinput_axis(window.y, input.height, output.height);
  plan.dinput_x = make_dinput_axis(window.x, input.width, output.width);
  for (const auto& taps : plan.dinput_x.phase_taps) {
    auto& offsets = plan.dinput_offsets.emplace_back();
    for (int j = 0; j < static_cast<int>(taps.size()); ++j) {
      for (int co = 0; co < output.channels; ++co) {
        offsets.push_back(static_cast<std::int32_t>(co * doutput_view.channel_stride -
                                                    std::ptrdiff_t{j} * plan.dinput_x.output_step * doutput_view.lanes));
      }
    }
  }
  return plan;
}

}  // namespace striate::kernels

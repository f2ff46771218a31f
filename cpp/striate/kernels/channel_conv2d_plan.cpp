#include "striate/kernels/channel_conv2d_plan.hpp"

#include <algorithm>

namespace striate::kernels {
namespace {

// Vectors of a panel that `rows` pixels or images meet. A tile is a few of these times a panel; where they are single, a wider
// panel has the sums that hide the latency of a multiply-add, and where they all fit a narrow one, weights are read once.
int panel_vectors(int width, int rows) {
  if (width == 4) return rows == 3 || rows == 4 ? 2 : 4;
  if (width == 8) return rows == 1 ? 4 : 2;
  return rows == 1 ? 8 : 4;
}

// body(place among a filter's weights, ky, kx, ci), group by group, with k in the order of memory.
template <class Body>
void for_each_tap(const ChannelConv2dPlan& plan, int lanes, Body&& body) {
  const int own = plan.input.channels / plan.groups, kh = plan.window.y.kernel, kw = plan.window.x.kernel;
  for (int group = 0; group < plan.groups; ++group) {
    const int first = group * own, end = first + own;
    for (int ky = 0; ky < kh; ++ky) {
      for (int c = first; c < end;) {
        const int until = std::min(end, (c / lanes + 1) * lanes);  // channels that lie together
        for (int kx = 0; kx < kw; ++kx) {
          for (int ci = c; ci < until; ++ci) body(((ci - first) * kh + ky) * kw + kx, ky, kx, ci);
        }
        c = until;
      }
    }
  }
}

}  // namespace

std::size_t ChannelConv2dPlan::weight_floats() const {
  if (winograd.m == 0) return static_cast<std::size_t>(padded_outputs()) * static_cast<std::size_t>(taps());
  return static_cast<std::size_t>(panel_outputs()) * static_cast<std::size_t>(input.channels) * static_cast<std::size_t>(winograd.planes());
}

std::size_t ChannelConv2dPlan::workspace_floats() const {
  if (winograd.m == 0) return 0;
  return static_cast<std::size_t>(winograd.planes()) * static_cast<std::size_t>(plane_out() + together() * width) +
         (two_phases() ? 0 : inputs_floats());
}

int ChannelConv2dPlan::most_pieces() const {
  const int panels = (vectors() + panel - 1) / panel;
  if (winograd.m != 0) return two_phases() ? strips() * panels : strips();
  const int runs = along_images ? 1 : images * output.height;
  return groups == 1 ? std::max(runs, panels) : runs;
}

bool ChannelConv2dPlan::pieces_by_panel(int pieces) const {
  if (groups != 1) return false;
  return along_images || static_cast<std::int64_t>(weight_floats()) > input.elements() * images || images * output.height < pieces;
}

Convolution choose_channel_convolution(const core::Shape& input, const core::Shape& output, const core::WindowGeometry& window,
                                       int groups, int width, int images, Convolution wanted) {
  const Convolution method = choose_convolution(input, output, window, groups, width, wanted);
  if (wanted != Convolution::automatic || method != Convolution::winograd4) return method;
  const int tiles = (output.height + 3) / 4 * ((output.width + 3) / 4) * images;
  return tiles < (width == 4 ? 4 : 8) ? Convolution::winograd2 : method;
}

ChannelConv2dPlan make_channel_conv2d_plan(const core::Shape& input, const core::Shape& output, const core::WindowGeometry& window,
                                           int groups, const ConstBlockedView& view, int width, Convolution method) {
  ChannelConv2dPlan plan;
  plan.input = input;
  plan.output = output;
  plan.window = window;
  plan.groups = groups;
  plan.width = width;
  plan.images = view.blocks;
  plan.along_images = output.height == 1 && output.width == 1;
  plan.panel = panel_vectors(width, plan.along_images ? view.blocks : output.height * output.width);
  if (const int m = winograd_outputs(method); m != 0 && view.lanes == width) {
    plan.winograd = make_winograd_forward(input, output, window, width, m);
    plan.panel = product_vectors(width);
    // Transformed inputs and products near 512 KiB, or half of what the weights take, since they pass once a strip.
    const int per_tile = plan.winograd.planes() * (plan.padded_inputs() + plan.panel_outputs());
    const auto weights = static_cast<int>(std::min<std::size_t>(plan.weight_floats(), 1 << 24));
    const int most = std::clamp(std::max(131072, weights / 2) / per_tile, std::min(4, plan.tiles()), plan.tiles());
    int strips = (plan.tiles() + most - 1) / most;
    if (strips > most_shared_strips) strips = std::min((strips + 3) / 4 * 4, plan.tiles());
    plan.winograd.strip = (plan.tiles() + strips - 1) / strips;
    return plan;
  }
  plan.offsets.reserve(static_cast<std::size_t>(plan.taps() * groups));
  for_each_tap(plan, view.lanes, [&](int place, int ky, int kx, int ci) {
    plan.places.push_back(place);
    plan.offsets.push_back(static_cast<std::int32_t>(ky * window.y.dilation * view.row_stride + ci / view.lanes * view.channel_stride +
                                                     std::ptrdiff_t{kx} * window.x.dilation * view.lanes + ci % view.lanes));
  });
  // Rows whose input is near 128 KiB.
  const std::ptrdiff_t row = std::max<std::ptrdiff_t>(view.row_stride * window.y.stride, 1);
  plan.rows = static_cast<int>(std::clamp<std::ptrdiff_t>(32768 / row, 1, std::max(output.height, 1)));
  // All of a panel's weights up to 16 KiB, else 8 KiB of them beside the rows they meet; those of a single tile are read once
  // anyhow.
  const int of_tap = std::min(plan.panel, plan.vectors()) * width;
  const bool whole = plan.along_images || plan.taps() * of_tap <= 4096;
  plan.tap_run = whole ? plan.taps() : std::max(64, 2048 / of_tap);
  return plan;
}

void pack_channel_conv2d(const ChannelConv2dPlan& plan, const float* weight, const ChannelAffine& affine, float* prepared) {
  const int taps = plan.taps(), width = plan.width, of_group = plan.output.channels / plan.groups;
  for (int first = 0; first < plan.vectors();) {
    const int size = plan.panel_at(first) * width;
    float* to = prepared + std::ptrdiff_t{first} * width * taps;
    const std::int32_t* place = plan.places.data() + std::ptrdiff_t{plan.groups == 1 ? 0 : first * width / of_group} * taps;
    for (int k = 0; k < taps; ++k) {
      for (int i = 0; i < size; ++i) {
        const int co = first * width + i;
        const float scale = affine.scale == nullptr || co >= plan.output.channels ? 1.0f : affine.scale[co];
        *to++ = co >= plan.output.channels ? 0.0f : weight[std::ptrdiff_t{co} * taps + place[k]] * scale;
      }
    }
    first += size / width;
  }
}

void pack_channel_bias(const ChannelConv2dPlan& plan, const float* bias, const ChannelAffine& affine, float* prepared) {
  float* to = prepared + plan.weight_floats();
  for (int co = 0; co < plan.padded_outputs(); ++co) {
    float value = co < plan.output.channels && bias != nullptr ? bias[co] : 0.0f;
    if (co < plan.output.channels && affine.scale != nullptr) value = value * affine.scale[co] + affine.shift[co];
    to[co] = value;
  }
}

}  // namespace striate::kernels

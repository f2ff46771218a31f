// Winograd's filtering where lanes are channels: as impl/winograd.hpp, but transformed inputs are [plane][a few tiles][Ci][tile]
// and products [plane][tile][Co], so that all that a plane's matrix product reads lies in the order of its taps.
#pragma once

#include "striate/kernels/channel_conv2d_plan.hpp"
#include "striate/kernels/impl/channel_tile.hpp"
#include "striate/kernels/impl/turn.hpp"
#include "striate/kernels/impl/winograd.hpp"

#include <algorithm>
#include <type_traits>

namespace striate::kernels::impl {

template <class Arch, int R>
[[gnu::noinline]] void channel_winograd_weights(const ChannelConv2dPlan& plan, const float* weight, const float* scale, float* to) {
  const WinogradWeight transform = transforms_of<Arch>(plan.winograd).weight;
  constexpr int taps_of = R * R, width = width_of<Arch>;
  const int in = plan.input.channels, out = plan.output.channels;
  const std::ptrdiff_t plane = std::ptrdiff_t{in} * plan.panel_outputs();
  for (int first = 0; first < plan.vectors(); first += plan.panel) {
    for (int i = 0; i < in; ++i) {
      for (int v = 0; v < plan.panel; ++v) {
        float taps[taps_of][width] = {};
        const int o = (first + v) * width;
        for (int lane = 0; lane < std::min(width, out - o); ++lane) {
          const float* from = weight + (std::ptrdiff_t{o + lane} * in + i) * taps_of;
          for (int tap = 0; tap < taps_of; ++tap) taps[tap][lane] = from[tap] * (scale == nullptr ? 1.0f : scale[o + lane]);
        }
        transform(taps[0], to + (std::ptrdiff_t{first} * in + std::ptrdiff_t{i} * plan.panel + v) * width, plane);
      }
    }
  }
}

// A few tiles' transformed inputs of one vector of channels, [plane][tile][lanes], to [plane][lane][tile]. What a row has too much
// is overwritten by the next one; with `last`, nothing is written behind the rows, where another piece's begin.
template <class Arch>
[[gnu::noinline]] void channel_winograd_turn(const float* from, int planes, float* to, std::ptrdiff_t plane, bool last) {
  constexpr int width = width_of<Arch>, tiles = product_tiles(width);
  for (int p = 0; p < planes; ++p, from += tiles * width, to += plane) {
    if constexpr (tiles != width) {
      if (last) {
        float rows[(tiles + 1) * width];
        turn_square<Arch>(from, width, tiles - 1, rows, tiles);
        std::copy_n(rows, tiles * width, to);
        continue;
      }
    }
    turn_square<Arch>(from, width, tiles - 1, to, tiles);
  }
}

// products[t][v] = Σ_k input[k][t] · weight[k][v] of one plane, for some tiles and one panel, k in order.
template <class Arch, int Tiles>
[[gnu::noinline]] void channel_winograd_products(const float* input, const float* weight, int taps, float* products,
                                                 std::ptrdiff_t products_step) {
  constexpr int width = width_of<Arch>, vectors = product_vectors(width);
  Vector<Arch> sums[Tiles][vectors];
  const float* const end = weight + std::ptrdiff_t{taps} * vectors * width;
  const auto tap = [&](auto first) {
    Vector<Arch> w[vectors];
#pragma GCC unroll 16
    for (int v = 0; v < vectors; ++v) w[v] = load<Arch>(weight + v * width);
#pragma GCC unroll 16
    for (int t = 0; t < Tiles; ++t) {
      const Vector<Arch> x = splat<Arch>(input + t);
#pragma GCC unroll 16
      for (int v = 0; v < vectors; ++v) sums[t][v] = first ? x * w[v] : madd<Arch>(x, w[v], sums[t][v]);
    }
    input = unknown(input + product_tiles(width));
    weight = unknown(weight + vectors * width);
  };
  tap(std::true_type{});
  STRIATE_KEEP_LOOP
  while (weight != end) tap(std::false_type{});
#pragma GCC unroll 16
  for (int t = 0; t < Tiles; ++t) {
#pragma GCC unroll 16
    for (int v = 0; v < vectors; ++v) sums[t][v].store_unaligned(products + t * products_step + v * width);
  }
}

// The tile of one vector of output channels, whose first pixel is (y, x).
template <class Arch, int M, int R>
[[gnu::noinline]] void channel_winograd_output(const float* from, std::ptrdiff_t plane, const float* bias, bool with_relu,
                                               const ConstBlockedView* residual, const BlockedView& output, int image, int group,
                                               int y, int x) {
  constexpr int T = M + R - 1;
  const int rows = std::min(M, output.height - y), columns = std::min(M, output.width - x);
  const Vector<Arch> offset = load<Arch>(bias);
  const ReluIf<Arch> relu_if(with_relu);
  // Copies, which no store can change.
  const std::ptrdiff_t row_stride = output.row_stride, lanes = output.lanes, added_row = residual == nullptr ? 0 : residual->row_stride;
  float* const corner = output.at(image, y, group, x);
  const float* const added = residual == nullptr ? nullptr : residual->at(image, y, group, x);
  winograd_square<Arch, T, M>(
      typename WinogradPoints<Arch, M, R>::Output{},
      [&](int r, Vector<Arch> (&row)[T]) STRIATE_INLINED {
        const float* at = from + r * T * plane;
#pragma GCC unroll 8
        for (int c = 0; c < T; ++c, at += plane) row[c] = load<Arch>(at);
      },
      [&](int c, const Vector<Arch> (&column)[M]) STRIATE_INLINED {
        if (c >= columns) return;
        float* to = corner + c * lanes;
#pragma GCC unroll 8
        for (int r = 0; r < M; ++r, to += row_stride) {
          if (r >= rows) break;
          Vector<Arch> value = column[r] + offset;
          if (added != nullptr) value = value + load<Arch>(added + r * added_row + c * lanes);
          relu_if(value).store_unaligned(to);
        }
      });
}

// What channel lanes do otherwise than images as lanes.
template <class Arch>
struct ChannelWinograd {
  void (*weights)(const ChannelConv2dPlan&, const float*, const float*, float*);
  void (*output)(const float*, std::ptrdiff_t, const float*, bool, const ConstBlockedView*, const BlockedView&, int, int, int, int);
};

template <class Arch>
ChannelWinograd<Arch> channel_winograd_of(const WinogradPlan& plan) {
  if (plan.r == 5) return {channel_winograd_weights<Arch, 5>, channel_winograd_output<Arch, 2, 5>};
  if (plan.m == 2) return {channel_winograd_weights<Arch, 3>, channel_winograd_output<Arch, 2, 3>};
  return {channel_winograd_weights<Arch, 3>, channel_winograd_output<Arch, 4, 3>};
}

template <class Arch>
void channel_conv2d_winograd(const ChannelConv2dPlan& plan, const ConstBlockedView& input, const float* prepared,
                             const ConstBlockedView* residual, const BlockedView& output, bool with_relu, const ChannelPiece& own) {
  constexpr int width = width_of<Arch>;
  const WinogradPlan& winograd = plan.winograd;
  const auto transform = transforms_of<Arch>(winograd).input;
  const auto finish = channel_winograd_of<Arch>(winograd).output;
  const int m = winograd.m, planes = winograd.planes(), in = plan.input.channels;
  constexpr int together = product_tiles(width);
  const int across = winograd.tiles_x(), of_image = winograd.tiles_y() * across;
  const int all = input.blocks * of_image, strips = (all + winograd.strip - 1) / winograd.strip;
  const bool shared = plan.two_phases(), transforms = own.phase != 1, multiplies = own.phase != 0;
  // A phase of transforms is cut by input channels, one of products by strips and panels.
  const int parts = own.phase == 1 ? (own.pieces + strips - 1) / strips : 1;
  const PieceRange units(strips * parts, multiplies ? own.piece : 0, multiplies ? own.pieces : 1);
  const PieceRange channels(input.channels, multiplies ? 0 : own.piece, multiplies ? 1 : own.pieces);
  const WinogradBounds seen{winograd.top, winograd.bottom, winograd.left, winograd.right};
  const float* const bias = prepared + plan.weight_floats();
  const std::ptrdiff_t plane_in = plan.plane_in(), plane_out = plan.plane_out();
  float* const products = own.workspace;
  float* const unturned = products + planes * plane_out;
  float* const first_inputs = shared ? own.shared : unturned + planes * together * width;
  const std::ptrdiff_t panel_weights = std::ptrdiff_t{in} * plan.panel * width, outputs = plan.panel_outputs();
  for (int unit = units.first; unit < units.end; ++unit) {
    const int strip = unit / parts, first = strip * winograd.strip, tiles = std::min(winograd.strip, all - first);
    float* const inputs = first_inputs + (shared ? strip * plan.strip_in() : 0);
    const PieceRange vectors(plan.vectors(), unit % parts, parts, plan.panel);
    // Groups of nearly equal size.
    const int groups = (tiles + together - 1) / together, small = tiles / groups, larger = tiles % groups;
    const auto for_each_group = [&](float* at, auto&& body) {
      for (int g = 0, t = 0; g < groups; ++g, at += together * plan.padded_inputs()) {
        const int count = small + (g < larger ? 1 : 0);
        body(at, t, count);
        t += count;
      }
    };
    struct Place {
      int image, y, x;
    };
    const auto place_of = [&](int t) {
      const int image = (first + t) / of_image, at = (first + t) % of_image;
      return Place{image, at / across * m, at % across * m};
    };
    if (transforms) {
      for_each_group(inputs, [&](float* to, int begin, int count) {
        Place places[together];
        for (int t = 0; t < count; ++t) places[t] = place_of(begin + t);
        for (int c = channels.first; c < channels.end; ++c) {
          for (int t = 0; t < count; ++t) {
            transform(seen, input, places[t].image, c, winograd.origin_y + places[t].y, winograd.origin_x + places[t].x, width,
                      unturned + t * width, together * width);
          }
          channel_winograd_turn<Arch>(unturned, planes, to + std::ptrdiff_t{c} * together * width, plane_in, c + 1 == channels.end);
        }
      });
    }
    if (!multiplies) continue;
    for (int p = 0; p < planes; ++p) {
      const float* weight = prepared + std::ptrdiff_t{p} * outputs * in + vectors.first / plan.panel * panel_weights;
      for (int v = vectors.first; v < vectors.end; v += plan.panel, weight += panel_weights) {
        float* const to = products + p * plane_out + v * width;
        for_each_group(inputs + p * plane_in, [&](const float* from, int begin, int some_tiles) {
          with_count<together>(some_tiles, [&](auto count) {
            channel_winograd_products<Arch, count>(from, weight, in, to + begin * outputs, outputs);
          });
        });
      }
    }
    for (int t = 0; t < tiles; ++t) {
      const Place place = place_of(t);
      const float* from = products + t * outputs + vectors.first * width;
      for (int v = vectors.first; v < vectors.end; ++v, from += width) {
        finish(from, plane_out, bias + v * width, with_relu, residual, output, place.image, v, place.y, place.x);
      }
    }
  }
}

}  // namespace striate::kernels::impl

// Winograd's filtering of 3×3 and 5×5 windows (winograd_plan.hpp): conv2d forward, and the input gradient of 3×3 windows
// (the gradients of 5×5 ones: winograd_transposed.hpp).
//
// Weights are transformed once a call, to [plane][Ci][Co padded]. Then, strip by strip of a few tiles in a row: inputs to
// [plane][Ci][tile][lanes]; for each plane a small matrix product with the register tile of the direct kernel, Ci in
// order; outputs back, with bias and ReLU or with the mask of a ReLU below. A strip stays in the second-level cache.
// Pixels outside what may be read count as zeros, so that sizes need not divide by m.
#pragma once

#include "striate/kernels/impl/tile.hpp"
#include "striate/kernels/impl/winograd_points.hpp"
#include "striate/kernels/winograd_plan.hpp"

#include <algorithm>

namespace striate::kernels::impl {

#if defined(__clang__)
#define STRIATE_ROLLED _Pragma("clang loop unroll(disable)")
#else
#define STRIATE_ROLLED _Pragma("GCC unroll 1")
#endif

// Rows, then columns, of a square: From × From values read by load(r, row), To × To written by store(c, column). The outer
// loops stay loops: one row or column at a time is what 16 registers hold, and the module stays small. Two rows stay in
// registers between the loops.
template <class Arch, int From, int To, class Transform, class Load, class Store>
[[gnu::always_inline]] inline void winograd_square(const Transform& transform, Load&& load_at, Store&& store_at) {
  Vector<Arch> half[From][To];
  const auto turn_row = [&](int r) STRIATE_INLINED {
    Vector<Arch> row[From];
    load_at(r, row);
    transform(row, half[r]);
  };
  const auto turn_column = [&](int c) STRIATE_INLINED {
    Vector<Arch> column[From], done[To];
#pragma GCC unroll 8
    for (int r = 0; r < From; ++r) column[r] = half[r][c];
    transform(column, done);
    store_at(c, done);
  };
  if constexpr (From == 2) {
    turn_row(0);
    turn_row(1);
#pragma GCC unroll 8
    for (int c = 0; c < To; ++c) turn_column(c);
  } else {
    STRIATE_ROLLED
    for (int r = 0; r < From; ++r) turn_row(r);
    STRIATE_ROLLED
    for (int c = 0; c < To; ++c) turn_column(c);
  }
}

// The weights of one channel pair in each lane, [R·R][width], to one vector in each plane.
template <class Arch, int M, int R>
[[gnu::noinline]] void winograd_weight(const float* taps, float* to, std::ptrdiff_t plane) {
  constexpr int T = M + R - 1, width = width_of<Arch>;
  winograd_square<Arch, R, T>(
      typename WinogradPoints<Arch, M, R>::Weight{},
      [&](int r, Vector<Arch> (&row)[R]) STRIATE_INLINED {
        for (int c = 0; c < R; ++c) row[c] = load<Arch>(taps + (R * r + c) * width);
      },
      [&](int c, const Vector<Arch> (&column)[T]) STRIATE_INLINED {
#pragma GCC unroll 8
        for (int r = 0; r < T; ++r) column[r].store_unaligned(to + (r * T + c) * plane);
      });
}

// winograd_weight of one m; what calls it is compiled once for all.
using WinogradWeight = void (*)(const float* taps, float* to, std::ptrdiff_t plane);

template <class Arch, int R>
[[gnu::noinline]] void winograd_weights(const WinogradPlan& plan, WinogradWeight transform, const float* weight, float* to) {
  constexpr int taps_of = R * R, width = width_of<Arch>;
  const int in = plan.input.channels, out = plan.output.channels, pitch = plan.weight_pitch();
  const std::ptrdiff_t out_step = plan.gradient ? taps_of : std::ptrdiff_t{in} * taps_of;
  const std::ptrdiff_t in_step = plan.gradient ? std::ptrdiff_t{out} * taps_of : taps_of;
  const std::ptrdiff_t plane = std::ptrdiff_t{in} * pitch;
  for (int i = 0; i < in; ++i) {
    for (int o = 0; o < pitch; o += width) {
      float taps[taps_of][width] = {};
      for (int lane = 0; lane < std::min(width, out - o); ++lane) {
        const float* from = weight + (o + lane) * out_step + i * in_step;
        for (int tap = 0; tap < taps_of; ++tap) taps[tap][lane] = from[plan.turned ? taps_of - 1 - tap : tap];
      }
      transform(taps[0], to + std::ptrdiff_t{i} * pitch + o, plane);
    }
  }
}

// Rows and columns that may be read, ends exclusive.
struct WinogradBounds {
  int top, bottom, left, right;
};

// `lanes` lanes of the square of `size` pixels whose first one is (y, x), of which some lie outside: zeros stand for those.
template <class Arch>
[[gnu::noinline]] void winograd_patch(const WinogradBounds& bounds, const ConstBlockedView& input, int block, int channel, int y,
                                      int x, int size, int lanes, float* to) {
  for (int r = y; r < y + size; ++r) {
    const bool inside = r >= bounds.top && r < bounds.bottom;
    const float* const row = input.at(block, r, channel);
    for (int c = x; c < x + size; ++c) {
      const bool seen = inside && c >= bounds.left && c < bounds.right;
      for (int lane = 0; lane < lanes; lane += width_of<Arch>, to += width_of<Arch>) {
        (seen ? load<Arch>(row + c * input.lanes + lane) : Vector<Arch>(0.0f)).store_unaligned(to);
      }
    }
  }
}

// The From × From tile whose first pixel is (y, x) of one channel, its first `lanes` lanes, to the To × To planes at `to`.
template <class Arch, int From, int To, class Transform>
[[gnu::noinline]] void winograd_input(const WinogradBounds& bounds, const ConstBlockedView& input, int block, int channel,
                                      int y, int x, int lanes, float* to, std::ptrdiff_t plane) {
  // Copies, which no store can change.
  std::ptrdiff_t row_stride = input.row_stride, pixel = input.lanes;
  const float* from = input.at(block, y, channel, x);
  float patch[From * From * 16];
  if (y < bounds.top || y + From > bounds.bottom || x < bounds.left || x + From > bounds.right) {
    winograd_patch<Arch>(bounds, input, block, channel, y, x, From, lanes, patch);
    from = patch;
    pixel = lanes;
    row_stride = From * pixel;
  }
  const Transform transform;
  for (int lane = 0; lane < lanes; lane += width_of<Arch>, from += width_of<Arch>, to += width_of<Arch>) {
    winograd_square<Arch, From, To>(
        transform,
        [&](int r, Vector<Arch> (&row)[From]) STRIATE_INLINED {
          const float* at = from + r * row_stride;
#pragma GCC unroll 8
          for (int c = 0; c < From; ++c, at += pixel) row[c] = load<Arch>(at);
        },
        [&](int c, const Vector<Arch> (&column)[To]) STRIATE_INLINED {
          float* at = to + c * plane;
#pragma GCC unroll 8
          for (int r = 0; r < To; ++r, at += To * plane) column[r].store_unaligned(at);
        });
  }
}

// The tile of one output channel whose first pixel is (y, x), its first `lanes` lanes.
template <class Arch, int M, int R>
[[gnu::noinline]] void winograd_output(const float* from, std::ptrdiff_t plane, const float* bias, bool with_relu,
                                       const ConstBlockedView* relu_output, const BlockedView& output, int block,
                                       int channel, int y, int x, int lanes) {
  constexpr int T = M + R - 1;
  const int rows = std::min(M, output.height - y), columns = std::min(M, output.width - x);
  const Vector<Arch> offset(bias == nullptr ? 0.0f : bias[channel]);
  const ReluIf<Arch> relu_if(with_relu);
  // Copies, which no store can change.
  const std::ptrdiff_t pixel = output.lanes, row_stride = output.row_stride, seen_row = relu_output == nullptr ? 0 : relu_output->row_stride;
  float* const corner = output.at(block, y, channel, x);
  const float* const seen = relu_output == nullptr ? nullptr : relu_output->at(block, y, channel, x);
  const typename WinogradPoints<Arch, M, R>::Output transform;
  for (int lane = 0; lane < lanes; lane += width_of<Arch>, from += width_of<Arch>) {
    winograd_square<Arch, T, M>(
        transform,
        [&](int r, Vector<Arch> (&row)[T]) STRIATE_INLINED {
          const float* at = from + r * T * plane;
#pragma GCC unroll 8
          for (int c = 0; c < T; ++c, at += plane) row[c] = load<Arch>(at);
        },
        [&](int c, const Vector<Arch> (&column)[M]) STRIATE_INLINED {
          if (c >= columns) return;
          const std::ptrdiff_t place = c * pixel + lane;
          float* to = corner + place;
#pragma GCC unroll 8
          for (int r = 0; r < M; ++r, to += row_stride) {
            if (r >= rows) break;
            Vector<Arch> value = relu_if(column[r] + offset);
            if (seen != nullptr) value = relu_mask<Arch>(load<Arch>(seen + r * seen_row + place), value);
            value.store_unaligned(to);
          }
        });
  }
}

#undef STRIATE_ROLLED

// One plane: products of `tiles` tiles, all output channels.
template <class Arch, int Vectors>
[[gnu::noinline]] void winograd_products(const WinogradPlan& plan, const float* weights, const float* from, float* to,
                                         int tiles) {
  using Shape = TileShape<Arch, Vectors>;
  constexpr int lanes = Vectors * width_of<Arch>;
  const std::ptrdiff_t step = std::ptrdiff_t{plan.strip} * lanes;
  const auto channel_tile = [&](auto channels, int o) {
    const auto span = [&](auto pixels, int tile) {
      Tile<Arch, channels, pixels, Vectors> sums;
      const float* const first = from + std::ptrdiff_t{tile} * lanes;
      const int pitch = plan.weight_pitch();
      sums.start_with(first, lanes, weights + o, 1);
      sums.accumulate(StepWalk{first + step, step}, lanes, plan.input.channels - 1, weights + o + pitch,
                      std::integral_constant<std::ptrdiff_t, 1>{}, pitch);
      sums.store(to + o * step + std::ptrdiff_t{tile} * lanes, step, lanes, false);
    };
    for_channel_tiles<Shape::pixels(channels), false>(0, tiles, span);
  };
  if constexpr (Shape::whole_remainder) {
    for_channel_tiles<Shape::channels, true>(0, plan.output.channels, channel_tile);
  } else {
    // Weights are padded with zeros and planes have room: whole tiles do.
    const std::integral_constant<int, Shape::channels> whole;
    for (int o = 0; o < plan.output.channels; o += whole) channel_tile(whole, o);
  }
}

template <class Arch>
void winograd_all_products(const WinogradPlan& plan, const float* weights, const float* transformed, float* products, int tiles,
                           int lanes) {
  const std::ptrdiff_t plane_in = plan.plane_floats(plan.input.channels), plane_out = plan.plane_floats(plan.padded_channels());
  const std::ptrdiff_t plane_weights = std::ptrdiff_t{plan.input.channels} * plan.weight_pitch();
  with_vectors<Arch>(lanes, [&](auto vectors) {
    for (int p = 0; p < plan.planes(); ++p) {
      winograd_products<Arch, vectors>(plan, weights + p * plane_weights, transformed + p * plane_in, products + p * plane_out,
                                       tiles);
    }
  });
}

// The transforms for one m, as the loops call them.
template <class Arch>
struct WinogradTransforms {
  WinogradWeight weight;
  void (*weights)(const WinogradPlan&, WinogradWeight, const float*, float*);
  void (*input)(const WinogradBounds&, const ConstBlockedView&, int, int, int, int, int, float*, std::ptrdiff_t);
  void (*output)(const float*, std::ptrdiff_t, const float*, bool, const ConstBlockedView*, const BlockedView&, int, int, int,
                 int, int);
};

template <class Arch, int M, int R>
inline constexpr WinogradTransforms<Arch> winograd_transforms = {
    winograd_weight<Arch, M, R>,
    winograd_weights<Arch, R>,
    winograd_input<Arch, M + R - 1, M + R - 1, typename WinogradInput<Arch, M + R - 1>::Forward>,
    winograd_output<Arch, M, R>};

template <class Arch>
const WinogradTransforms<Arch>& transforms_of(const WinogradPlan& plan) {
  return plan.r == 5 ? winograd_transforms<Arch, 2, 5>
         : plan.m == 2 ? winograd_transforms<Arch, 2, 3> : winograd_transforms<Arch, 4, 3>;
}

template <class Arch>
void conv2d_winograd(const WinogradPlan& plan, const ConstBlockedView& input, const float* weight, const float* bias,
                     const ConstBlockedView* relu_output, const BlockedView& output, bool with_relu, float* workspace) {
  const auto& transforms = transforms_of<Arch>(plan);
  const int planes = plan.planes(), in = plan.input.channels, out = plan.output.channels;
  const int idle = std::max(input.idle_lanes, output.idle_lanes);
  const std::ptrdiff_t plane_in = plan.plane_floats(in), plane_out = plan.plane_floats(plan.padded_channels());
  float* const weights = workspace;
  float* const transformed = weights + planes * std::ptrdiff_t{in} * plan.weight_pitch();
  float* const products = transformed + planes * plane_in;
  const WinogradBounds seen{plan.top, plan.bottom, plan.left, plan.right};
  transforms.weights(plan, transforms.weight, weight, weights);
  for (int block = 0; block < input.blocks; ++block) {
    const int lanes = block + 1 == input.blocks ? plan.lanes - idle : plan.lanes;
    for (int y = 0; y < output.height; y += plan.m) {
      for (int tx = 0; tx < plan.tiles_x(); tx += plan.strip) {
        const int tiles = std::min(plan.strip, plan.tiles_x() - tx), x = tx * plan.m;
        for (int i = 0; i < in; ++i) {
          for (int t = 0; t < tiles; ++t) {
            transforms.input(seen, input, block, i, plan.origin_y + y, plan.origin_x + x + t * plan.m, lanes,
                             transformed + (std::ptrdiff_t{i} * plan.strip + t) * lanes, plane_in);
          }
        }
        winograd_all_products<Arch>(plan, weights, transformed, products, tiles, lanes);
        for (int o = 0; o < out; ++o) {
          for (int t = 0; t < tiles; ++t) {
            transforms.output(products + (std::ptrdiff_t{o} * plan.strip + t) * lanes, plane_out, bias, with_relu, relu_output,
                              output, block, o, y, x + t * plan.m, lanes);
          }
        }
      }
    }
  }
  clear_idle_lanes<Arch>(output, idle);
}

}  // namespace striate::kernels::impl

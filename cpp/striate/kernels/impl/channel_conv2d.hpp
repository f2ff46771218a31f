// conv2d and linear forward where lanes are channels (channel_conv2d_plan.hpp), straight or by Winograd's filtering.
//
// Direct: a few output rows → panel → run of taps → row → tile, so that a run's weights serve all these rows from the first-level
// cache; sums rest in the output between runs.
// Error ≤ 2·K rounding steps of the largest partial sum, and one more a weight where an affine map went into it.
// Winograd: as impl/winograd.hpp, but inputs transformed are [plane][tile][Ci], products [plane][tile][Co], and a plane's
// matrix product is the tile of direct convolution with tiles for pixels.
#pragma once

#include "striate/kernels/channel_conv2d_plan.hpp"
#include "striate/kernels/impl/channel_tile.hpp"
#include "striate/kernels/impl/winograd.hpp"

#include <algorithm>

namespace striate::kernels::impl {

// Piece `piece` of `pieces` of `count` things, cut at multiples of `unit`.
struct PieceRange {
  int first, end;
  PieceRange(int count, int piece, int pieces, int unit = 1)
      : first(cut(count, piece, pieces, unit)), end(cut(count, piece + 1, pieces, unit)) {}
  static int cut(int count, int piece, int pieces, int unit) {
    return piece == pieces ? count : static_cast<int>(std::int64_t{count} * piece / pieces) / unit * unit;
  }
};

template <class Arch>
void channel_conv2d_direct(const ChannelConv2dPlan& plan, const ConstBlockedView& input, const float* prepared,
                           const ConstBlockedView* residual, const BlockedView& output, bool with_relu, int piece, int pieces) {
  constexpr int width = width_of<Arch>;
  const bool by_panel = plan.pieces_by_panel(pieces);
  const int of_group = plan.vectors() / plan.groups, images = input.blocks, height = plan.output.height;
  // Lines of pixels: rows of images, or all images at once.
  const PieceRange lines(plan.along_images ? 1 : images * height, by_panel ? 0 : piece, by_panel ? 1 : pieces);
  const PieceRange vectors(plan.vectors(), by_panel ? piece : 0, by_panel ? pieces : 1, plan.panel);
  const float* const bias = prepared + plan.weight_floats();
  PanelRun run;
  const int kernel = plan.window.y.kernel, dilation = plan.window.y.dilation;
  const bool clips = plan.zero_border && plan.tap_run >= plan.taps();
  const int taps = plan.taps(), parts = (taps + plan.tap_run - 1) / plan.tap_run;
  run.input_step = plan.along_images ? input.block_stride : std::ptrdiff_t{plan.window.x.stride} * input.lanes;
  run.output_step = plan.along_images ? output.block_stride : width;
  run.output_vector = output.channel_stride;
  if (residual != nullptr) {
    run.residual_step = plan.along_images ? residual->block_stride : width;
    run.residual_vector = residual->channel_stride;
  }
  for (int line = lines.first; line < lines.end; line += plan.rows) {
    const int until = std::min(line + plan.rows, lines.end);
    for (int v = vectors.first; v < vectors.end;) {
      const int size = plan.panel_at(v);
      run.bias = bias + v * width;
      for (int part = 0; part < parts; ++part) {
        const PieceRange own(taps, part, parts);
        const bool last = part + 1 == parts;
        run.taps = own.end - own.first;
        run.goes_on = part > 0;
        run.relu = with_relu && last;
        run.weight_step = size * width;
        run.weight = prepared + (std::ptrdiff_t{v} * taps + std::ptrdiff_t{own.first} * size) * width;
        run.offsets = plan.offsets.data() + std::ptrdiff_t{v / of_group} * taps + own.first;
        for (int at = line; at < until; ++at) {
          const int image = at / height, y = at % height, top = plan.window.y.start(y);
          if (clips) {
            int first = 0, end = kernel;
            while (first < end && top + first * dilation < 0) ++first;
            while (first < end && top + (end - 1) * dilation >= input.height) --end;
            run.taps = (end - first) * (taps / kernel);
            run.weight = prepared + (std::ptrdiff_t{v} * taps + std::ptrdiff_t{first} * (taps / kernel) * size) * width;
            run.offsets = plan.offsets.data() + std::ptrdiff_t{v / of_group} * taps + first * (taps / kernel);
          }
          run.input = input.at(image, top, 0, plan.window.x.start(0));
          run.output = output.at(image, y, v);
          run.residual = residual != nullptr && last ? residual->at(image, y, v) : nullptr;
          panel_run<Arch>(run, size, plan.along_images ? images : plan.output.width);
        }
      }
      v += size;
    }
  }
}

template <class Arch, int M, int R>
[[gnu::noinline]] void channel_winograd_weights(const ChannelConv2dPlan& plan, const float* weight, const float* scale, float* to) {
  constexpr int taps_of = R * R, width = width_of<Arch>;
  const int in = plan.input.channels, out = plan.output.channels;
  const std::ptrdiff_t plane = std::ptrdiff_t{in} * plan.padded_outputs();
  for (int first = 0; first < plan.vectors();) {
    const int size = plan.panel_at(first);
    for (int i = 0; i < in; ++i) {
      for (int v = 0; v < size; ++v) {
        float taps[taps_of][width] = {};
        const int o = (first + v) * width;
        for (int lane = 0; lane < std::min(width, out - o); ++lane) {
          const float* from = weight + (std::ptrdiff_t{o + lane} * in + i) * taps_of;
          for (int tap = 0; tap < taps_of; ++tap) taps[tap][lane] = from[tap] * (scale == nullptr ? 1.0f : scale[o + lane]);
        }
        winograd_weight<Arch, M, R>(taps[0], to + (std::ptrdiff_t{first} * in + std::ptrdiff_t{i} * size + v) * width, plane);
      }
    }
    first += size;
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
  // Copies, which no store can change.
  const std::ptrdiff_t row_stride = output.row_stride, lanes = output.lanes, added_row = residual == nullptr ? 0 : residual->row_stride;
  float* const corner = output.at(image, y, group, x);
  const float* const added = residual == nullptr ? nullptr : residual->at(image, y, group, x);
  winograd_square<Arch, T, M>(
      typename WinogradPoints<Arch, M, R>::Output{},
      [&](int r, Vector<Arch> (&row)[T]) {
        const float* at = from + r * T * plane;
#pragma GCC unroll 8
        for (int c = 0; c < T; ++c, at += plane) row[c] = load<Arch>(at);
      },
      [&](int c, const Vector<Arch> (&column)[M]) {
        if (c >= columns) return;
        float* to = corner + c * lanes;
#pragma GCC unroll 8
        for (int r = 0; r < M; ++r, to += row_stride) {
          if (r >= rows) break;
          Vector<Arch> value = column[r] + offset;
          if (added != nullptr) value = value + load<Arch>(added + r * added_row + c * lanes);
          if (with_relu) value = relu<Arch>(value);
          value.store_unaligned(to);
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
  if (plan.r == 5) return {channel_winograd_weights<Arch, 2, 5>, channel_winograd_output<Arch, 2, 5>};
  if (plan.m == 2) return {channel_winograd_weights<Arch, 2, 3>, channel_winograd_output<Arch, 2, 3>};
  return {channel_winograd_weights<Arch, 4, 3>, channel_winograd_output<Arch, 4, 3>};
}

template <class Arch>
void channel_conv2d_winograd(const ChannelConv2dPlan& plan, const ConstBlockedView& input, const float* prepared,
                             const ConstBlockedView* residual, const BlockedView& output, bool with_relu, int piece, int pieces,
                             float* workspace) {
  constexpr int width = width_of<Arch>;
  const WinogradPlan& winograd = plan.winograd;
  const bool by_panel = plan.pieces_by_panel(pieces);
  const auto transform = transforms_of<Arch>(winograd).input;
  const auto finish = channel_winograd_of<Arch>(winograd).output;
  const int m = winograd.m, planes = winograd.planes(), in = plan.input.channels;
  const int across = winograd.tiles_x(), of_image = winograd.tiles_y() * across;
  const int all = input.blocks * of_image, strips = (all + winograd.strip - 1) / winograd.strip;
  const PieceRange own(strips, by_panel ? 0 : piece, by_panel ? 1 : pieces);
  const PieceRange vectors(plan.vectors(), by_panel ? piece : 0, by_panel ? pieces : 1, plan.panel);
  const WinogradBounds seen{winograd.top, winograd.bottom, winograd.left, winograd.right};
  const float* const bias = prepared + plan.weight_floats();
  float* const products = workspace + planes * plan.plane_in();
  PanelRun run;
  run.offsets = plan.offsets.data();
  run.taps = in;
  run.input_step = plan.padded_inputs();
  run.output_step = plan.padded_outputs();
  run.output_vector = width;
  for (int strip = own.first; strip < own.end; ++strip) {
    const int first = strip * winograd.strip, tiles = std::min(winograd.strip, all - first);
    const auto for_each_tile = [&](auto&& body) {
      for (int t = 0; t < tiles; ++t) {
        const int image = (first + t) / of_image, at = (first + t) % of_image;
        body(t, image, at / across * m, at % across * m);
      }
    };
    for_each_tile([&](int t, int image, int y, int x) {
      float* to = workspace + t * run.input_step;
      for (int g = 0; g < input.channels; ++g, to += width) {
        transform(seen, input, image, g, winograd.origin_y + y, winograd.origin_x + x, input.lanes, to,
                  plan.plane_in());
      }
    });
    for (int p = 0; p < planes; ++p) {
      run.input = workspace + p * plan.plane_in();
      for (int v = vectors.first; v < vectors.end;) {
        const int size = plan.panel_at(v);
        run.weight_step = size * width;
        run.weight = prepared + (std::ptrdiff_t{p} * plan.padded_outputs() + v * width) * in;
        run.output = products + p * plan.plane_out() + v * width;
        panel_run<Arch>(run, size, tiles);
        v += size;
      }
    }
    for_each_tile([&](int t, int image, int y, int x) {
      const float* from = products + t * run.output_step + vectors.first * width;
      for (int v = vectors.first; v < vectors.end; ++v, from += width) {
        finish(from, plan.plane_out(), bias + v * width, with_relu, residual, output, image, v, y, x);
      }
    });
  }
}

template <class Arch>
void channel_conv2d(const ChannelConv2dPlan& plan, const ConstBlockedView& input, const float* prepared,
                    const ConstBlockedView* residual, const BlockedView& output, bool with_relu, int piece, int pieces,
                    float* workspace) {
  if (plan.winograd.m == 0) {
    channel_conv2d_direct<Arch>(plan, input, prepared, residual, output, with_relu, piece, pieces);
  } else {
    channel_conv2d_winograd<Arch>(plan, input, prepared, residual, output, with_relu, piece, pieces, workspace);
  }
}

template <class Arch>
void channel_conv2d_weights(const ChannelConv2dPlan& plan, const float* weight, const ChannelAffine& affine, float* prepared) {
  if (plan.winograd.m == 0) return pack_channel_conv2d(plan, weight, affine, prepared);
  channel_winograd_of<Arch>(plan.winograd).weights(plan, weight, affine.scale, prepared);
}

// output = input·scale + shift, one number a channel in each: as many as the lanes show.
template <class Arch>
void channel_scale_shift(const ConstBlockedView& input, const float* scale, const float* shift, const BlockedView& output, bool with_relu) {
  constexpr int width = width_of<Arch>;
  for (int image = 0; image < input.blocks; ++image) {
    for (int y = 0; y < input.height; ++y) {
      for (int g = 0; g < input.channels; ++g) {
        const Vector<Arch> s = load<Arch>(scale + g * width), t = load<Arch>(shift + g * width);
        const float* from = input.at(image, y, g);
        float* to = output.at(image, y, g);
        for (int x = 0; x < input.width; ++x) {
          const Vector<Arch> value = madd<Arch>(load<Arch>(from + x * width), s, t);
          (with_relu ? relu<Arch>(value) : value).store_unaligned(to + x * width);
        }
      }
    }
  }
}

}  // namespace striate::kernels::impl

// conv2d and linear forward where lanes are channels (channel_conv2d_plan.hpp), straight or by Winograd's filtering
// (channel_winograd.hpp).
//
// Direct: a few output rows → panel → run of taps → row → tile, so that a run's weights serve all these rows from the first-level
// cache; sums rest in the output between runs.
// Error ≤ 2·K rounding steps of the largest partial sum, and one more a weight where an affine map went into it.
#pragma once

#include "striate/kernels/channel_conv2d_plan.hpp"
#include "striate/kernels/impl/channel_tile.hpp"
#include "striate/kernels/impl/channel_winograd.hpp"

#include <algorithm>

namespace striate::kernels::impl {

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

template <class Arch>
void channel_conv2d(const ChannelConv2dPlan& plan, const ConstBlockedView& input, const float* prepared,
                    const ConstBlockedView* residual, const BlockedView& output, bool with_relu, const ChannelPiece& own) {
  if (plan.winograd.m == 0) {
    channel_conv2d_direct<Arch>(plan, input, prepared, residual, output, with_relu, own.piece, own.pieces);
  } else {
    channel_conv2d_winograd<Arch>(plan, input, prepared, residual, output, with_relu, own);
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

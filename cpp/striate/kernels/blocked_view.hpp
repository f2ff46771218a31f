// The layout of every activation and gradient inside a plan: batch-blocked, [N/lanes][H][C][W][lanes].
//
// `lanes` images lie innermost, so that one SIMD lane is one image: no channel or pixel tails, exact borders, and
// pooling or ReLU without shuffles. lanes is 4, 8 or 16 and a multiple of the arch's vector width; the last block of a
// batch that is not a multiple of lanes holds zero images, whose gradients are zero too. Whole vectors of these are idle.
// A view may sit inside a larger buffer with a halo (rows above and below, pixels left and right of each row): that is
// how padding is read without a test in the inner loop. Strides are in floats; the stride between pixels is `lanes`.
//
//   address of (block, y, c, x, lane) = data + block*block_stride + y*row_stride + c*channel_stride + x*lanes + lane
#pragma once

#include "striate/core/shape.hpp"

#include <cstddef>

namespace striate::kernels {

struct Halo {
  int top = 0, bottom = 0, left = 0, right = 0;
  bool operator==(const Halo&) const = default;
};

template <typename Float>
struct BasicBlockedView {
  Float* data = nullptr;  // pixel (0, 0) of channel 0, image 0; the halo lies at negative offsets
  int blocks = 0, lanes = 0;
  int channels = 0, height = 0, width = 0;
  std::ptrdiff_t block_stride = 0, row_stride = 0, channel_stride = 0;
  int idle_lanes = 0;  // of the last block, at its end: convolutions and linear layers write zeros there and work nothing out

  // Lanes of a block that are worked out.
  int lanes_of(int block) const { return block + 1 == blocks ? lanes - idle_lanes : lanes; }

  Float* at(int block, int y, int channel, int x = 0) const {
    return data + block * block_stride + y * row_stride + channel * channel_stride + std::ptrdiff_t{x} * lanes;
  }
  operator BasicBlockedView<const float>() const {
    return {data, blocks, lanes, channels, height, width, block_stride, row_stride, channel_stride, idle_lanes};
  }
};

using BlockedView = BasicBlockedView<float>;
using ConstBlockedView = BasicBlockedView<const float>;

// Floats that one tensor of this shape takes, halo included.
inline std::size_t blocked_floats(const core::Shape& shape, int blocks, int lanes, const Halo& halo = {}) {
  return static_cast<std::size_t>(blocks) * static_cast<std::size_t>(shape.height + halo.top + halo.bottom) *
         static_cast<std::size_t>(shape.channels) * static_cast<std::size_t>(shape.width + halo.left + halo.right) *
         static_cast<std::size_t>(lanes);
}

// The view of a tensor stored from `storage` on. data may be null at plan time, when only the strides matter.
inline BlockedView blocked_view(float* storage, const core::Shape& shape, int blocks, int lanes, const Halo& halo = {}) {
  BlockedView view;
  view.blocks = blocks;
  view.lanes = lanes;
  view.channels = shape.channels;
  view.height = shape.height;
  view.width = shape.width;
  view.channel_stride = std::ptrdiff_t{shape.width + halo.left + halo.right} * lanes;
  view.row_stride = view.channel_stride * shape.channels;
  view.block_stride = view.row_stride * (shape.height + halo.top + halo.bottom);
  view.data = storage == nullptr ? nullptr : storage + halo.top * view.row_stride + std::ptrdiff_t{halo.left} * lanes;
  return view;
}

}  // namespace striate::kernels

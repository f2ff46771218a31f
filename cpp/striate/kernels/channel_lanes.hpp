// The other meaning of a blocked view: its lanes are channels and its blocks are images, [N][H][C/lanes][W][lanes].
//
// For batches that would leave most lanes of a block of images empty. The geometry is that of blocked_view.hpp with the roles
// of image and channel exchanged: a view of ceil(C/lanes) "channels", each of them `lanes` neighbouring channels. Whatever
// works lane by lane (pooling, ReLU, addition, padding) runs on it as it is. lanes is the vector width, or 1 for a plain
// [N][H][C][W] image, which is how a plan takes its input. What the lanes behind the last channel hold is nobody's.
//
//   address of (image, y, c, x) = data + image*block_stride + y*row_stride + (c/lanes)*channel_stride + x*lanes + c%lanes
#pragma once

#include "striate/core/shape.hpp"
#include "striate/kernels/blocked_view.hpp"

#include <cstddef>

namespace striate::kernels {

// What the lanes of a plan's views are. automatic: the plan decides, from shapes and batch alone.
enum class Lanes { automatic, images, channels };

inline int channel_groups(int channels, int lanes) { return (channels + lanes - 1) / lanes; }

// The shape that a view of so many lanes shows.
inline core::Shape channel_lanes_shape(const core::Shape& shape, int lanes) {
  return {channel_groups(shape.channels, lanes), shape.height, shape.width};
}

template <typename Float>
Float* channel_at(const BasicBlockedView<Float>& view, int image, int y, int channel, int x = 0) {
  return view.at(image, y, channel / view.lanes, x) + channel % view.lanes;
}

// Features in (c, h, w) order, one image after another `pitch` floats apart.
inline void flatten_channels(const ConstBlockedView& input, int channels, float* features, std::ptrdiff_t pitch) {
  for (int image = 0; image < input.blocks; ++image, features += pitch) {
    float* to = features;
    for (int c = 0; c < channels; ++c) {
      const float* plane = channel_at(input, image, 0, c);
      for (int y = 0; y < input.height; ++y, plane += input.row_stride) {
        for (int x = 0; x < input.width; ++x) *to++ = plane[std::ptrdiff_t{x} * input.lanes];
      }
    }
  }
}

// And back. The lanes behind the last channel stay as they are.
inline void unflatten_channels(const float* features, std::ptrdiff_t pitch, int channels, const BlockedView& output) {
  for (int image = 0; image < output.blocks; ++image, features += pitch) {
    const float* from = features;
    for (int c = 0; c < channels; ++c) {
      float* plane = channel_at(output, image, 0, c);
      for (int y = 0; y < output.height; ++y, plane += output.row_stride) {
        for (int x = 0; x < output.width; ++x) plane[std::ptrdiff_t{x} * output.lanes] = *from++;
      }
    }
  }
}

// From lanes that are images.
inline void images_to_channels(const ConstBlockedView& input, const BlockedView& output) {
  for (int image = 0; image < output.blocks; ++image) {
    for (int c = 0; c < input.channels; ++c) {
      for (int y = 0; y < input.height; ++y) {
        const float* from = input.at(image / input.lanes, y, c) + image % input.lanes;
        float* to = channel_at(output, image, y, c);
        for (int x = 0; x < input.width; ++x, from += input.lanes, to += output.lanes) *to = *from;
      }
    }
  }
}

// To lanes that are images; those behind the last image become zero.
inline void channels_to_images(const ConstBlockedView& input, const BlockedView& output) {
  for (int image = 0; image < output.blocks * output.lanes; ++image) {
    for (int c = 0; c < output.channels; ++c) {
      for (int y = 0; y < output.height; ++y) {
        float* to = output.at(image / output.lanes, y, c) + image % output.lanes;
        const float* from = image < input.blocks ? channel_at(input, image, y, c) : nullptr;
        for (int x = 0; x < output.width; ++x, to += output.lanes) *to = from == nullptr ? 0.0f : from[std::ptrdiff_t{x} * input.lanes];
      }
    }
  }
}

}  // namespace striate::kernels

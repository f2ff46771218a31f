// Between the world's layout, NCHW one image after another, and the plan's batch-blocked one; flatten and its backward;
// the halo that padding reads.
#pragma once

#include "striate/kernels/impl/simd.hpp"

#include <algorithm>
#include <cstdint>
#include <span>

namespace striate::kernels::impl {

inline void fill_halo(const BlockedView& view, const Halo& halo, float value) {
  const int lanes = view.lanes;
  const auto fill = [&](int block, int y, int c, int from, int until) {
    float* row = view.at(block, y, c);
    std::fill(row + std::ptrdiff_t{from} * lanes, row + std::ptrdiff_t{until} * lanes, value);
  };
  for (int block = 0; block < view.blocks; ++block) {
    for (int y = -halo.top; y < view.height + halo.bottom; ++y) {
      for (int c = 0; c < view.channels; ++c) {
        if (y < 0 || y >= view.height) {
          fill(block, y, c, -halo.left, view.width + halo.right);
        } else {
          fill(block, y, c, -halo.left, 0);
          fill(block, y, c, view.width, view.width + halo.right);
        }
      }
    }
  }
}

// row(image, c, index) gives a function of x, for the images there are; zero goes into the lanes behind them.
template <class Row>
inline void load_images(int count, const BlockedView& output, Row&& row) {
  const int lanes = output.lanes, width = output.width;
  for (int block = 0; block < output.blocks; ++block) {
    const int first = block * lanes;
    const int used = std::clamp(count - first, 0, lanes);
    for (int y = 0; y < output.height; ++y) {
      for (int c = 0; c < output.channels; ++c) {
        const std::ptrdiff_t index = (std::ptrdiff_t{c} * output.height + y) * width;
        float* to = output.at(block, y, c);
        for (int i = 0; i < used; ++i, ++to) {
          const auto value = row(first + i, c, index);
          STRIATE_KEEP_LOOP
          for (int x = 0; x < width; ++x) to[std::ptrdiff_t{x} * lanes] = value(x);
        }
        for (int i = used; i < lanes; ++i, ++to) {
          STRIATE_KEEP_LOOP
          for (int x = 0; x < width; ++x) to[std::ptrdiff_t{x} * lanes] = 0.0f;
        }
      }
    }
  }
}

inline void load_bytes(std::span<const std::uint8_t* const> images, const float* value_of_byte, const BlockedView& output) {
  load_images(static_cast<int>(images.size()), output, [&](int image, int c, std::ptrdiff_t index) {
    return [values = value_of_byte + c * 256, from = images[static_cast<std::size_t>(image)] + index](int x) { return values[from[x]]; };
  });
}

inline void load_floats(std::span<const float* const> images, const float* mean, const float* scale, const BlockedView& output) {
  load_images(static_cast<int>(images.size()), output, [&](int image, int c, std::ptrdiff_t index) {
    return [from = images[static_cast<std::size_t>(image)] + index, less = mean[c], times = scale[c]](int x) { return (from[x] - less) * times; };
  });
}

inline void store_image(const ConstBlockedView& input, int image, float* nchw) {
  const int block = image / input.lanes, lane = image % input.lanes;
  for (int c = 0; c < input.channels; ++c) {
    for (int y = 0; y < input.height; ++y) {
      const float* from = input.at(block, y, c) + lane;
      for (int x = 0; x < input.width; ++x, from += input.lanes) *nchw++ = *from;
    }
  }
}

// Copies between [H][C][W] rows and flat features in (c, h, w) order; `image_side` and `flat_side` as the direction says.
template <class Arch, class ImageView, class FlatView, class Copy>
inline void for_each_feature(const ImageView& image, const FlatView& flat, Copy&& copy) {
  const int lanes = image.lanes;
  for (int block = 0; block < image.blocks; ++block) {
    for (int y = 0; y < image.height; ++y) {
      for (int c = 0; c < image.channels; ++c) {
        auto* pixels = image.at(block, y, c);
        auto* features = flat.at(block, 0, (c * image.height + y) * image.width);
        for (int x = 0; x < image.width; ++x) {
          for (int v = 0; v < lanes; v += width_of<Arch>) {
            copy(pixels + std::ptrdiff_t{x} * lanes + v, features + x * flat.channel_stride + v);
          }
        }
      }
    }
  }
}

template <class Arch>
void flatten_forward(const ConstBlockedView& input, const BlockedView& output) {
  for_each_feature<Arch>(input, output, [](const float* pixel, float* feature) { load<Arch>(pixel).store_unaligned(feature); });
}

template <class Arch>
void flatten_backward(const ConstBlockedView& doutput, const BlockedView& dinput) {
  for_each_feature<Arch>(dinput, doutput, [](float* pixel, const float* feature) { load<Arch>(feature).store_unaligned(pixel); });
}

}  // namespace striate::kernels::impl

// Gradients where lanes are channels (channel_lanes.hpp), for batches of a few images.
//
// conv2d, stride and dilation 1:
//   dinput   is a convolution of the output gradient, with a border of zeros, with the kernel turned by 180° and the channels'
//            roles exchanged: channel_conv2d_plan.hpp's, on weights packed at every step.
//   dweight  (k, co) = Σ_{n, oy, ox} input(window of (oy, ox), k) · doutput(oy, ox, co): the same tile with pixels for taps and
//            neighbouring taps for pixels, on the output gradient as rows of whole vectors.
// linear works on weights [out][in] as they lie: dot products forward, rows scaled and added backward.
#pragma once

#include "striate/kernels/channel_conv2d_plan.hpp"

namespace striate::kernels {

struct ChannelGradientPlan {
  ChannelConv2dPlan forward;
  ChannelConv2dPlan turned;  // of the input gradient; reads a copy of the output gradient within `border`
  Halo border;
  std::vector<std::int32_t> turned_places;  // per tap of `turned` and input channel 0: which of the weights it is

  // Weight gradient: taps whose inputs lie a fixed step apart.
  struct TapRun {
    int first = 0, count = 0;
    std::ptrdiff_t step = 0;
  };
  std::vector<TapRun> runs;
  std::vector<std::int32_t> pixels;  // floats from the first window to each one, image by image

  std::size_t dinput_workspace() const;   // turned weights and the copy
  std::size_t dweight_workspace() const;  // rows of the output gradient, and sums by tap
};

// As make_channel_conv2d_plan, direct; dinput: whether the input's gradient is wanted.
ChannelGradientPlan make_channel_gradient_plan(const core::Shape& input, const core::Shape& output,
                                               const core::WindowGeometry& window, const ConstBlockedView& input_view, int width,
                                               bool dinput);

// The turned kernel's panels, with a bias of zero.
void pack_turned_conv2d(const ChannelGradientPlan& plan, const float* weight, float* prepared);

}  // namespace striate::kernels

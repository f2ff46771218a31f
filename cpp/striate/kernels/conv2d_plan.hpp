// Where a convolution's windows read and write: offset tables worked out once, when a plan is made.
//
// forward   output(oy, ox, co) = bias(co) + Σ_k weight(co, k) · input(oy·S − P + ky·D, ox·S − P + kx·D, ci),  k = (ci, ky, kx)
// dweight   dweight(co, k)     = Σ_{n, oy, ox} doutput(oy, ox, co) · input(the same place)
// dinput    dinput(iy, ix, ci) = Σ over the windows that saw (iy, ix) of weight · doutput
//
// The input must have a halo of at least the padding (Conv2dPlan::halo), filled with the padding's value before
// forward and dweight; dinput needs none, since each input pixel lists the taps that really touched it.
// Source: lecture, "Свёрточный слой" and "Дополнение и шаг"; PyTorch torch.nn.Conv2d (cross-correlation).
#pragma once

#include "striate/core/window_geometry.hpp"
#include "striate/kernels/blocked_view.hpp"

#include <cstdint>
#include <vector>

namespace striate::kernels {

// One axis of the input gradient. A stride of S splits the taps into phases; inside a phase, tap j meets output
// position (o0 − j·output_step). For each input position: which phase, which run of its taps is inside the output.
struct DinputAxis {
  struct Position {
    int phase = -1;      // −1: no window ever touched this position
    int first_tap = 0;   // j of the first tap whose output position exists
    int taps = 0;
    int first_output = 0;  // output position of tap first_tap; falls by output_step for each further tap
  };
  std::vector<Position> positions;          // one per input position
  std::vector<std::vector<int>> phase_taps; // per phase: kernel index of tap j
  std::vector<int> phase_begin;             // per phase: taps of the phases before it; one entry more at the end
  int output_step = 1;
};

struct Conv2dPlan {
  core::Shape input, output;
  core::WindowGeometry window;
  Halo halo;                                // what the input buffer must offer

  std::vector<std::int32_t> forward_offsets;  // per k: floats from the window's first pixel to its tap
  DinputAxis dinput_y, dinput_x;
  std::vector<std::vector<std::int32_t>> dinput_offsets;  // per x phase, per (tap j, co): floats from output column o0

  int taps() const { return input.channels * window.y.kernel * window.x.kernel; }  // K = Ci·Kh·Kw

  // Scratch the kernels need, in floats; `width` is the arch's vector width.
  std::size_t dinput_workspace() const;
  std::size_t dweight_workspace(int width) const;
  int dweight_chunk(int width) const;  // filters whose sums the weight gradient keeps at a time
  // One vector of partial sums per weight of a filter, taps padded to whole tiles of at most 6.
  std::size_t dweight_floats(int width) const { return (static_cast<std::size_t>(taps()) + 5) * static_cast<std::size_t>(width); }
};

// `input` and `doutput` give strides only (their data may be null); the strides must be those of the views used later.
Conv2dPlan make_conv2d_plan(const core::Shape& input, const core::Shape& output, const core::WindowGeometry& window,
                            const ConstBlockedView& input_view, const ConstBlockedView& doutput_view);

}  // namespace striate::kernels

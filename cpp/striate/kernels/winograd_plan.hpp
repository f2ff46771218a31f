// Winograd's minimal filtering for 3×3 windows with stride 1: m×m outputs at once from (m + 2)² products a channel pair
// instead of 9·m².
//
//   Y = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A,  summed over input channels between the two transforms        m = 2: 4/9 of the products
//                                                                                               m = 4: 1/4
// The input gradient of such a convolution is the same thing on the output gradient, with the kernel turned by 180° and
// the channels' roles exchanged. In the batch-blocked layout a lane is an image: the transforms need no shuffles.
//
// Error: in ULP of Σ|products| and for the random tensors of the tests, m = 2 stays within direct convolution's own bound,
// 2·9·Ci, from 4 channels on, m = 4 from 16 channels on (tests/cpp/kernels/test_sweep_winograd.cpp).
// Source: Lavin, Gray, "Fast algorithms for convolutional neural networks", 2015.
#pragma once

#include "striate/core/shape.hpp"
#include "striate/core/window_geometry.hpp"
#include "striate/kernels/blocked_view.hpp"

#include <cstddef>

namespace striate::kernels {

// How a convolution is worked out. automatic: choose_convolution decides, from shapes alone.
enum class Convolution { automatic, direct, winograd2, winograd4 };

const char* convolution_name(Convolution method);

// What pays for this layer, forward and back, or what is `wanted` where it can be had; never `automatic`. Depends on nothing
// but its arguments.
Convolution choose_convolution(const core::Shape& input, const core::Shape& output, const core::WindowGeometry& window,
                               int groups, Convolution wanted = Convolution::automatic);
// Outputs along each axis of one tile; 0 for direct.
inline int winograd_outputs(Convolution method) {
  return method == Convolution::winograd4 ? 4 : method == Convolution::winograd2 ? 2 : 0;
}

struct WinogradPlan {
  int m = 0;                   // outputs of one tile along each axis; 0: not to be used
  core::Shape input, output;   // of what it reads and writes: doutput and dinput for a gradient
  int origin_y = 0, origin_x = 0;            // where the first window begins
  int top = 0, left = 0, bottom = 0, right = 0;  // what may be read, ends exclusive; zeros lie outside
  bool gradient = false;       // weights turned and transposed
  int lanes = 0;
  int strip = 1;               // tiles of a row that are transformed together

  int tile() const { return m + 2; }
  int planes() const { return tile() * tile(); }
  int tiles_y() const { return (output.height + m - 1) / m; }
  int tiles_x() const { return (output.width + m - 1) / m; }
  // Floats from one plane to the next: an odd number of cache lines, since powers of two meet in the same sets.
  std::ptrdiff_t plane_floats(int channels) const { return ((std::ptrdiff_t{channels} * strip * lanes + 15) / 16 | 1) * 16; }
  int padded_channels() const { return (output.channels + 3) / 4 * 4; }
  int weight_pitch() const { return (output.channels + 15) / 16 * 16; }
  // Of a plan by make_winograd_dweight: floats from one row of input channels to the next, no power of two.
  std::ptrdiff_t turned_pitch() const { return ((std::ptrdiff_t{input.channels} + 15) / 16 | 1) * 16; }
  std::size_t workspace() const;
  std::size_t dweight_workspace() const;
};

// `window` is the convolution's: 3×3, stride and dilation 1.
WinogradPlan make_winograd_forward(const core::Shape& input, const core::Shape& output, const core::WindowGeometry& window,
                                   int lanes, int m);
WinogradPlan make_winograd_dinput(const core::Shape& input, const core::Shape& output, const core::WindowGeometry& window,
                                  int lanes, int m);

// Whether the weight gradient pays too, beside `method`: with 16 floats in a vector its sums are too short.
inline bool winograd_dweight_pays(Convolution method, int width) { return method == Convolution::winograd4 && width <= 8; }
// Weight gradient, m = 4. strip: tiles of any rows and blocks that are transformed together.
WinogradPlan make_winograd_dweight(const core::Shape& input, const core::Shape& output, const core::WindowGeometry& window,
                                   int lanes, int blocks);

}  // namespace striate::kernels

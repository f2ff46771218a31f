// Winograd's minimal filtering for r×r windows with stride 1, r = 3 or 5: m×m outputs at once from (m + r − 1)² products a
// channel pair instead of r²·m².
//
//   Y = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A,  summed over input channels between the two transforms
//                                                           r = 3, m = 2: 4/9 of the products     r = 5, m = 2: 9/25
//                                                           r = 3, m = 4: 1/4
// The input gradient of a 3×3 convolution is the same thing on the output gradient, with the kernel turned by 180° and the
// channels' roles exchanged; that of a 5×5 one goes the forward pass's steps backwards (impl/winograd_transposed.hpp).
// In the batch-blocked layout a lane is an image: the transforms need no shuffles.
//
// Error: in ULP of Σ|products| and for the random tensors of the tests, r = 3, m = 2 stays within direct convolution's own
// bound, 2·r²·Ci, from 4 channels on, m = 4 from 16 channels on, r = 5 from 4 on (tests/cpp/kernels/test_sweep_winograd.cpp).
// Source: Lavin, Gray, "Fast algorithms for convolutional neural networks", 2015.
#pragma once

#include "striate/core/shape.hpp"
#include "striate/core/window_geometry.hpp"
#include "striate/kernels/blocked_view.hpp"

#include <cstddef>

namespace striate::kernels {

// How a convolution is worked out: winograd2 and winograd4 by tiles of 2×2 and 4×4 outputs. automatic: choose_convolution
// decides, from shapes alone.
enum class Convolution { automatic, direct, winograd2, winograd4 };

const char* convolution_name(Convolution method);

// What pays for this layer, forward and back, or what is `wanted` where it can be had; never `automatic`. Depends on nothing
// but its arguments; width: floats in a vector.
Convolution choose_convolution(const core::Shape& input, const core::Shape& output, const core::WindowGeometry& window,
                               int groups, int width, Convolution wanted = Convolution::automatic);
// Outputs along each axis of one tile; 0 for direct.
inline int winograd_outputs(Convolution method) {
  return method == Convolution::winograd4 ? 4 : method == Convolution::winograd2 ? 2 : 0;
}

struct WinogradPlan {
  int m = 0;                   // outputs of one tile along each axis; 0: not to be used
  int r = 3;                   // size of the window
  core::Shape input, output;   // of what it reads and writes: doutput and dinput for a gradient
  int origin_y = 0, origin_x = 0;            // where the first window begins
  int top = 0, left = 0, bottom = 0, right = 0;  // what may be read, ends exclusive; zeros lie outside
  bool gradient = false;       // weights transposed
  bool turned = false;         // and turned by 180°
  int lanes = 0;
  int strip = 1;               // tiles of a row that are transformed together

  int tile() const { return m + r - 1; }
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

  // For views that begin with row `row` of input and output.
  WinogradPlan from_row(int row) const;

  // Of a plan by make_winograd_gradients: the plan of its products with the weights, from output to input channels; vectors of
  // partial sums of the weight gradient a plane, whole register tiles of them.
  WinogradPlan transposed() const;
  std::ptrdiff_t partial_sums() const { return std::ptrdiff_t{(input.channels + 1) / 2 * 2} * ((output.channels + 3) / 4 * 4); }
  std::size_t gradients_workspace(int width) const;
};

// `window` is the convolution's: 3×3 or, but for its input gradient alone, 5×5; stride and dilation 1.
WinogradPlan make_winograd_forward(const core::Shape& input, const core::Shape& output, const core::WindowGeometry& window,
                                   int lanes, int m);
WinogradPlan make_winograd_dinput(const core::Shape& input, const core::Shape& output, const core::WindowGeometry& window,
                                  int lanes, int m);

// Whether the weight gradient pays too, beside `method`: with 16 floats in a vector its sums are too short.
inline bool winograd_dweight_pays(Convolution method, const core::WindowGeometry& window, int width) {
  return width <= 8 && (method == Convolution::winograd4 || (method == Convolution::winograd2 && window.x.kernel == 5));
}
// Weight gradient of 3×3 windows, m = 4. strip: tiles of any rows and blocks that are transformed together.
WinogradPlan make_winograd_dweight(const core::Shape& input, const core::Shape& output, const core::WindowGeometry& window,
                                   int lanes, int blocks);
// Both gradients of 5×5 windows, m = 2; strip as above.
WinogradPlan make_winograd_gradients(const core::Shape& input, const core::Shape& output, const core::WindowGeometry& window,
                                     int lanes, int blocks);

}  // namespace striate::kernels

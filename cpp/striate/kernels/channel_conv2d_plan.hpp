// A convolution, or a linear layer, whose lanes are channels (channel_lanes.hpp): sizes, offsets, and weights put in order.
//
//   output(oy, ox, co) = bias(co) + Σ_k weight(co, k) · input(oy·S − P + ky·D, ox·S − P + kx·D, ci)
//
// A vector holds neighbouring output channels; inputs are splat from where they lie, with k in the order of memory
// (ky, ci/lanes, kx, ci%lanes). Weights lie in panels of a few vectors, [panel][k][vectors·width], and the bias behind them; 3×3
// and 5×5 windows of stride 1 may go by Winograd's filtering (winograd_plan.hpp), with whole panels for each of its planes. These
// prepared weights are made once for each version of the parameters; an affine map of every channel (batch norm at inference)
// goes into them. A linear layer is a 1×1 convolution of a 1×1 image.
// Requires: outputs of each group fill whole vectors when there are several groups.
#pragma once

#include "striate/core/window_geometry.hpp"
#include "striate/kernels/blocked_view.hpp"
#include "striate/kernels/winograd_plan.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace striate::kernels {

// Tiles at most, and vectors of a panel, that Winograd's products hold in registers.
constexpr int product_tiles(int width) { return width == 4 ? 4 : 6; }
constexpr int product_vectors(int width) { return width == 16 ? 4 : 2; }
// More strips are pieces themselves; there are then a multiple of four, for even shares.
constexpr int most_shared_strips = 4;

struct ChannelConv2dPlan {
  core::Shape input, output;
  core::WindowGeometry window;
  int groups = 1;
  int width = 4;                      // floats in a vector
  std::vector<std::int32_t> places;   // per group and k: which of a filter's weights it is; none with Winograd
  int panel = 4;                      // vectors in a panel, a power of two; what is left over makes smaller ones if direct
  bool along_images = false;          // neighbours in a tile are images, since outputs are single pixels
  std::vector<std::int32_t> offsets;  // per group and k: floats from the window's first pixel; none with Winograd
  int rows = 1;                       // output rows that are worked on before the next panel's turn
  int tap_run = 1;                    // taps of a filter at most that are worked through before the next row's turn
  bool zero_border = false;           // the padding is zeros: its rows are left out

  WinogradPlan winograd;  // m = 0: direct. strip: tiles of any rows and images that are transformed together
  int images = 1;         // that the plan is made for

  int taps() const { return input.channels / groups * window.y.kernel * window.x.kernel; }
  int vectors() const { return (output.channels + width - 1) / width; }
  int padded_outputs() const { return vectors() * width; }
  int padded_inputs() const { return (input.channels + width - 1) / width * width; }
  // Of Winograd's planes: outputs in whole panels; tiles whose transformed inputs lie side by side, channel by channel; floats
  // from one plane to the next, with room for a vector behind the last tiles.
  int panel_outputs() const { return (vectors() + panel - 1) / panel * panel * width; }
  int together() const { return product_tiles(width); }
  std::ptrdiff_t strip_in() const {
    return std::ptrdiff_t{padded_inputs()} * ((winograd.strip + together() - 1) / together() * together());
  }
  std::ptrdiff_t plane_in() const { return odd_lines(strip_in() * (two_phases() ? strips() : 1) + width); }
  std::ptrdiff_t plane_out() const { return odd_lines(std::ptrdiff_t{panel_outputs()} * winograd.strip); }
  int tiles() const { return winograd.tiles_y() * winograd.tiles_x() * images; }
  int strips() const { return (tiles() + winograd.strip - 1) / winograd.strip; }
  // Whether Winograd's strips are too few to be pieces. These are panels of a strip then, and what they read is transformed before,
  // in a phase of its own, once for all of them.
  bool two_phases() const { return winograd.m != 0 && strips() <= most_shared_strips; }

  std::size_t weight_floats() const;
  std::size_t prepared_floats() const { return weight_floats() + static_cast<std::size_t>(padded_outputs()); }
  std::size_t workspace_floats() const;  // of one piece
  std::size_t shared_floats() const { return two_phases() ? inputs_floats() : 0; }  // the transformed inputs

  // How many vectors a direct convolution's panel holds that begins with vector `first`.
  int panel_at(int first) const {
    const int of_group = vectors() / groups;
    int size = panel;
    while (size > of_group - first % of_group) size /= 2;
    return size;
  }
  // Of a direct convolution: whether pieces are runs of panels; else of rows. Depends on shapes and on how many pieces there are to be.
  bool pieces_by_panel(int pieces) const;
  int most_pieces() const;  // more would be empty

 private:
  std::size_t inputs_floats() const { return static_cast<std::size_t>(winograd.planes()) * static_cast<std::size_t>(plane_in()); }
  // An odd number of cache lines, since powers of two meet in the same sets.
  static std::ptrdiff_t odd_lines(std::ptrdiff_t floats) { return ((floats + 15) / 16 | 1) * 16; }
};

// As choose_convolution, for so many images: F(2×2) where tiles are few, since then the time goes into reading the weights, which
// F(4×4) makes four times as many of, and F(2×2) not quite twice. The wider the vectors, the more tiles it takes.
Convolution choose_channel_convolution(const core::Shape& input, const core::Shape& output, const core::WindowGeometry& window,
                                       int groups, int width, int images, Convolution wanted);

// One call's part of the work.
struct ChannelPiece {
  int piece = 0, pieces = 1;  // at most plan.most_pieces()
  int phase = -1;             // with plan.two_phases(): 0 transforms inputs into `shared`, 1 makes outputs of all of them; −1: both
  float* workspace = nullptr;  // plan.workspace_floats(), of this piece alone
  float* shared = nullptr;     // plan.shared_floats()
};

// `method` is what choose_channel_convolution says; a plain image goes direct. The strides of `input_view` must be those of the
// views used later; its blocks are the images.
ChannelConv2dPlan make_channel_conv2d_plan(const core::Shape& input, const core::Shape& output, const core::WindowGeometry& window,
                                           int groups, const ConstBlockedView& input_view, int width, Convolution method);

// An affine map of each output channel behind the convolution; null: none.
struct ChannelAffine {
  const float* scale = nullptr;
  const float* shift = nullptr;
};

// Direct convolution's panels. weight [Co][Ci/groups][Kh][Kw]; bias may be null.
void pack_channel_conv2d(const ChannelConv2dPlan& plan, const float* weight, const ChannelAffine& affine, float* prepared);
// The bias behind the weights of either kind: bias·scale + shift.
void pack_channel_bias(const ChannelConv2dPlan& plan, const float* bias, const ChannelAffine& affine, float* prepared);

}  // namespace striate::kernels

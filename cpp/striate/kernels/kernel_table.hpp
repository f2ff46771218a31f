// The one table that binds each operation to its kernel. One table per arch, each made in its own translation unit
// from the same templates (arch/table_<arch>.cpp); the best one this machine can run is chosen at start.
//
// Kernels are pure functions on pointers and sizes: they know no layer, allocate nothing, and write every element of
// their outputs. Activations and gradients are batch-blocked (blocked_view.hpp); weights are PyTorch's: convolution
// [Co][Ci][Kh][Kw], linear [out][in], bias [Co]. Gradients are written, not added to.
#pragma once

#include "striate/kernels/activation_kind.hpp"
#include "striate/kernels/blocked_view.hpp"
#include "striate/kernels/channel_conv2d_plan.hpp"
#include "striate/kernels/channel_train_plan.hpp"
#include "striate/kernels/conv2d_plan.hpp"
#include "striate/kernels/linear_workspace.hpp"
#include "striate/kernels/local_response_norm.hpp"
#include "striate/kernels/pad_mode.hpp"
#include "striate/kernels/update_settings.hpp"
#include "striate/kernels/upsample_plan.hpp"
#include "striate/kernels/winograd_plan.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace striate::kernels {

struct KernelTable {
  const char* arch;  // "wasm", "wasm-relaxed", "sse4_2", "avx2", "avx512", "neon64",
                     // "neon64_strict"
  int width;         // floats in one vector; every plan's lanes are a multiple of it

  // Sets the halo of `view` to `value`. The interior is not touched.
  void (*fill_halo)(const BlockedView& view, const Halo& halo, float value);

  // Convolution. relu: output = max(0, ·) in the same pass.
  void (*conv2d_forward)(const Conv2dPlan& plan, const ConstBlockedView& input, const float* weight, const float* bias,
                         const BlockedView& output, bool relu);
  // relu_output: null, or the layer input's values where they came out of a ReLU; dinput is then zero where they are
  // ≤ 0, so that the ReLU's own backward pass is done too. dinput, and relu_output, show rows of the input from first_row on.
  // workspace: plan.dinput_workspace() floats.
  void (*conv2d_dinput)(const Conv2dPlan& plan, const ConstBlockedView& doutput, const float* weight,
                        const ConstBlockedView* relu_output, int first_row, const BlockedView& dinput, float* workspace);
  // workspace: plan.dweight_workspace(width) floats. dbias may be null.
  void (*conv2d_dweight)(const Conv2dPlan& plan, const ConstBlockedView& input, const ConstBlockedView& doutput,
                         float* dweight, float* dbias, float* workspace);

  // Forward of a 3×3 or 5×5 convolution or input gradient of a 3×3 one, as the plan says (winograd_plan.hpp). bias and
  // relu_output may be null. workspace: plan.workspace() floats.
  void (*conv2d_winograd)(const WinogradPlan& plan, const ConstBlockedView& input, const float* weight, const float* bias,
                          const ConstBlockedView* relu_output, const BlockedView& output, bool relu, float* workspace);

  // The weight gradient of a 3×3 one the same way. workspace: plan.dweight_workspace() floats. dbias may be null.
  void (*conv2d_winograd_dweight)(const WinogradPlan& plan, const ConstBlockedView& input, const ConstBlockedView& doutput,
                                  float* dweight, float* dbias, float* workspace);
  // Both gradients of a 5×5 one. dweight, dbias, relu_output and dinput may be null. workspace: plan.gradients_workspace(width)
  // floats.
  void (*conv2d_winograd_gradients)(const WinogradPlan& plan, const ConstBlockedView& input, const ConstBlockedView& doutput,
                                    const float* weight, const ConstBlockedView* relu_output, float* dweight, float* dbias,
                                    const BlockedView* dinput, float* workspace);

  // Convolution and linear layers whose lanes are channels (channel_conv2d_plan.hpp). weights: puts them in order, all but the
  // bias. Pieces of a phase may run beside each other. residual: null, or what is added before the ReLU.
  void (*channel_conv2d_weights)(const ChannelConv2dPlan& plan, const float* weight, const ChannelAffine& affine, float* prepared);
  void (*channel_conv2d)(const ChannelConv2dPlan& plan, const ConstBlockedView& input, const float* prepared,
                         const ConstBlockedView* residual, const BlockedView& output, bool relu, const ChannelPiece& own);
  void (*channel_scale_shift)(const ConstBlockedView& input, const float* scale, const float* shift, const BlockedView& output,
                              bool relu);

  // Gradients, and linear, on views whose lanes are channels, for a few images (channel_train_plan.hpp). dbias may be null.
  // workspace: plan.dweight_workspace() floats. outputs: the numbers 0 … out − 1.
  void (*channel_conv2d_dweight)(const ChannelGradientPlan& plan, const ConstBlockedView& input, const ConstBlockedView& doutput,
                                 float* dweight, float* dbias, float* workspace);
  void (*channel_linear_forward)(const ConstBlockedView& input, int in, const float* weight, const float* bias, int out,
                                 const BlockedView& output, bool relu);
  void (*channel_linear_dinput)(const ConstBlockedView& doutput, int out, const float* weight, int in,
                                const std::int32_t* outputs, const BlockedView& dinput);
  void (*channel_linear_dweight)(const ConstBlockedView& input, int in, const ConstBlockedView& doutput, int out, float* dweight,
                                 float* dbias);

  // Linear on flat views {F, 1, 1} without halo. output(o) = bias(o) + Σ_i weight(o, i) · input(i).
  // Gradients of some of the input's features, from a multiple of linear_lanes on; workspace: linear_workspace floats.
  void (*linear_forward)(const ConstBlockedView& input, const float* weight, const float* bias, const BlockedView& output,
                         bool relu);
  void (*linear_dinput)(const ConstBlockedView& doutput, const float* weight, const ConstBlockedView* relu_output,
                        FeatureRange features, const BlockedView& dinput, float* workspace);
  void (*linear_dweight)(const ConstBlockedView& input, const ConstBlockedView& doutput, FeatureRange features, float* dweight,
                         float* dbias, float* workspace);

  // relu_forward: output = max(0, input). relu_backward: dinput = doutput where output > 0, else 0; the views may alias.
  void (*relu_forward)(const ConstBlockedView& input, const BlockedView& output);
  void (*relu_backward)(const ConstBlockedView& output, const ConstBlockedView& doutput, const BlockedView& dinput);

  // The other nonlinearities (activation_kind.hpp). dinput may be doutput.
  void (*activation_forward)(const Activation& activation, const ConstBlockedView& input, const BlockedView& output);
  void (*activation_backward)(const Activation& activation, const ConstBlockedView& input, const ConstBlockedView& output,
                              const ConstBlockedView& doutput, const BlockedView& dinput);

  // Same-shape arithmetic; output may be one of the inputs.
  void (*fill)(const BlockedView& view, float value);
  void (*copy)(const ConstBlockedView& input, const BlockedView& output);
  void (*add)(const ConstBlockedView& a, const ConstBlockedView& b, const BlockedView& output);
  void (*add_relu)(const ConstBlockedView& a, const ConstBlockedView& b, const BlockedView& output);  // max(0, a + b)
  void (*multiply)(const ConstBlockedView& a, const ConstBlockedView& b, const BlockedView& output);

  // Per channel, over all images and pixels: Σ view, and Σ a·b.
  void (*channel_sums)(const ConstBlockedView& view, float* sums);
  void (*channel_products)(const ConstBlockedView& a, const ConstBlockedView& b, float* sums);

  // Max pooling; padding counts as −∞. Backward sends each gradient to the first maximum of its window, as PyTorch
  // does. relu: the input came out of a ReLU whose backward is done too (zero where the maximum is ≤ 0).
  void (*max_pool2d_forward)(const core::WindowGeometry& window, const ConstBlockedView& input, const BlockedView& output);
  void (*max_pool2d_backward)(const core::WindowGeometry& window, const ConstBlockedView& input,
                              const ConstBlockedView& output, const ConstBlockedView& doutput, const BlockedView& dinput,
                              bool relu);

  // Average pooling; count_padding: the padding's zeros count in the mean.
  void (*average_pool2d_forward)(const core::WindowGeometry& window, bool count_padding, const ConstBlockedView& input,
                                 const BlockedView& output);
  void (*average_pool2d_backward)(const core::WindowGeometry& window, bool count_padding, const ConstBlockedView& doutput,
                                  const BlockedView& dinput);

  // Rows and columns around the image: sides says how many.
  void (*pad2d_forward)(PadMode mode, const Halo& sides, float value, const ConstBlockedView& input, const BlockedView& output);
  void (*pad2d_backward)(PadMode mode, const Halo& sides, const ConstBlockedView& doutput, const BlockedView& dinput);

  void (*upsample_forward)(const UpsamplePlan& plan, const ConstBlockedView& input, const BlockedView& output);
  void (*upsample_backward)(const UpsamplePlan& plan, const ConstBlockedView& doutput, const BlockedView& dinput);

  // Batch norm: statistics per channel over the images that are there, then scale_shift with scale = γ/√(σ² + ε) and
  // shift = β − μ·scale. Backward the same way: sums over the images that are there, then dx of them (impl/batch_norm.hpp).
  void (*batch_norm_statistics)(const ConstBlockedView& input, int images, float* mean, float* variance);
  void (*scale_shift)(const ConstBlockedView& input, const float* scale, const float* shift, const BlockedView& output,
                      bool relu);
  void (*batch_norm_sums)(const ConstBlockedView& input, int images, const ConstBlockedView& doutput, const float* mean, double* sums,
                          double* products);
  void (*batch_norm_dinput)(const ConstBlockedView& input, int images, const ConstBlockedView& doutput, const float* mean,
                            const float* factor, const float* slope, const float* offset, const BlockedView& dinput);

  // statistics: group_norm_statistics floats, kept for backward. workspace: 2·channels·width floats.
  void (*group_norm_forward)(const ConstBlockedView& input, int groups, const float* gamma, const float* beta, float epsilon,
                             const BlockedView& output, float* statistics);
  void (*group_norm_backward)(const ConstBlockedView& input, int groups, const float* gamma, const float* statistics,
                              const ConstBlockedView& doutput, const BlockedView& dinput, float* dgamma, float* dbeta,
                              float* workspace);

  // scale: a view of the output's shape, kept for backward. dinput must not be doutput.
  void (*local_response_norm_forward)(const LocalResponseNorm& norm, const ConstBlockedView& input, const BlockedView& output,
                                      const BlockedView& scale);
  void (*local_response_norm_backward)(const LocalResponseNorm& norm, const ConstBlockedView& input,
                                       const ConstBlockedView& output, const ConstBlockedView& scale,
                                       const ConstBlockedView& doutput, const BlockedView& dinput);

  // Softmax or log-softmax across channels at every pixel.
  void (*softmax_forward)(const ConstBlockedView& input, const BlockedView& output, bool logarithm);
  void (*softmax_backward)(const ConstBlockedView& output, const ConstBlockedView& doutput, const BlockedView& dinput,
                           bool logarithm);

  // mask: 0 or 1/(1 − probability); dropping is a multiply by it, forward and backward. stream tells layers apart.
  void (*dropout_mask)(float probability, bool whole_channels, std::uint64_t seed, std::uint32_t step, std::uint32_t stream,
                       const BlockedView& mask);

  // LeNet-98's output: minus the squared distance to each center. centers [out][in].
  void (*radial_basis_forward)(const ConstBlockedView& input, const float* centers, const BlockedView& output);
  void (*radial_basis_dinput)(const ConstBlockedView& input, const float* centers, const ConstBlockedView& doutput,
                              const BlockedView& dinput);
  void (*radial_basis_dcenters)(const ConstBlockedView& input, const float* centers, const ConstBlockedView& doutput,
                                float* dcenters);

  // Same values, other strides: flatten {C,H,W} → {C·H·W,1,1} (feature order c, h, w), and back for the gradient.
  void (*flatten_forward)(const ConstBlockedView& input, const BlockedView& output);
  void (*flatten_backward)(const ConstBlockedView& doutput, const BlockedView& dinput);

  // Softmax along the features of a flat view {classes, 1, 1}.
  void (*softmax)(const ConstBlockedView& logits, const BlockedView& probabilities);
  // Cross-entropy of softmax(logits) against labels[0 … count): losses[i] = log Σ exp(logit) − logit[label], and
  // dlogits = (softmax − onehot) · scale, zero for the empty lanes behind `count`. labels and losses have count entries.
  void (*softmax_cross_entropy)(const ConstBlockedView& logits, std::span<const std::int32_t> labels, float scale,
                                const BlockedView& dlogits, float* losses);

  // The other losses (impl/losses.hpp has the formulas): losses[i] per image, dlogits the gradient of scale·Σ losses, zero
  // in the empty lanes. targets: a view of the logits' shape.
  void (*target_cross_entropy)(const ConstBlockedView& logits, const ConstBlockedView& targets, int images, float scale,
                               const BlockedView& dlogits, float* losses);
  void (*focal_loss)(const ConstBlockedView& logits, std::span<const std::int32_t> labels, const float* weights, float gamma,
                     float scale, const BlockedView& dlogits, float* losses);
  void (*mean_squared_error)(const ConstBlockedView& output, const ConstBlockedView& targets, int images, float scale,
                             const BlockedView& doutput, float* losses);
  void (*radial_basis_loss)(const ConstBlockedView& logits, std::span<const std::int32_t> labels, float cap, float scale,
                            const BlockedView& dlogits, float* losses);

  // Optimizer steps, PyTorch's forms (impl/update.hpp). The old weights are kept in `previous`. False when any new weight
  // is not finite.
  bool (*sgd_update)(float* parameter, const float* gradient, float* velocity, float* previous, std::size_t count,
                     const SgdSettings& settings);
  bool (*adam_update)(float* parameter, const float* gradient, float* first_moment, float* second_moment, float* previous,
                      std::size_t count, const AdamSettings& settings);
  bool (*rmsprop_update)(float* parameter, const float* gradient, float* square, float* mean, float* velocity, float* previous,
                         std::size_t count, const RmspropSettings& settings);
  double (*sum_of_squares)(const float* values, std::size_t count);
  void (*scale)(float* values, std::size_t count, float factor);
  void (*clamp)(float* values, std::size_t count, float limit);
  // average ← keep·average + (1 − keep)·values
  void (*moving_average)(float* average, const float* values, std::size_t count, float keep);

  // Images into a planned input; the lanes behind images.size() become zero. images: one pointer per image, to its NCHW
  // pixels. Byte b of channel c becomes value_of_byte[c·256 + b]; a float p becomes (p − mean[c])·scale[c].
  void (*load_bytes)(std::span<const std::uint8_t* const> images, const float* value_of_byte, const BlockedView& output);
  void (*load_floats)(std::span<const float* const> images, const float* mean, const float* scale,
                      const BlockedView& output);
  // One image of a blocked tensor, out as NCHW.
  void (*store_image)(const ConstBlockedView& input, int image, float* nchw);

  // Multiply-adds held in registers, for the peak that every share is measured against. Returns FLOP done.
  double (*peak)(std::int64_t iterations);
};

inline std::size_t group_norm_statistics(const ConstBlockedView& input, int groups) {
  return 2 * static_cast<std::size_t>(input.blocks) * static_cast<std::size_t>(groups) * static_cast<std::size_t>(input.lanes);
}

// The tables this build holds and this machine can run, best first; never empty.
std::span<const KernelTable* const> kernel_tables();

// The first of them, or the one forced by use_kernels (tests run each in turn).
const KernelTable& kernels();
// False when this build or machine has no such arch; nothing changes then. Null: back to the best.
bool use_kernels(const char* arch);

// How many images lie innermost for a batch of n: the choice that costs least. Depends on n and width alone.
int choose_lanes(int batch, int width);
// Lanes that are worked out in a block that holds so many images: one, two or four vectors.
int working_lanes(int images, int lanes, int width);
// What a batch costs so, counted in images of a full block of 16 lanes.
double lanes_cost(int batch, int lanes, int width);

}  // namespace striate::kernels

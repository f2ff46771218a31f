// The one table that binds each operation to its kernel. One table per arch, each made in its own translation unit
// from the same templates (arch/table_<arch>.cpp); the best one this machine can run is chosen at start.
//
// Kernels are pure functions on pointers and sizes: they know no layer, allocate nothing, and write every element of
// their outputs. Activations and gradients are batch-blocked (blocked_view.hpp); weights are PyTorch's: convolution
// [Co][Ci][Kh][Kw], linear [out][in], bias [Co]. Gradients are written, not added to.
#pragma once

#include "striate/kernels/blocked_view.hpp"
#include "striate/kernels/conv2d_plan.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace striate::kernels {

struct KernelTable {
  const char* arch;  // "wasm", "sse4_2", "avx2", "avx512"
  int width;         // floats in one vector; every plan's lanes are a multiple of it

  // Sets the halo of `view` to `value`. The interior is not touched.
  void (*fill_halo)(const BlockedView& view, const Halo& halo, float value);

  // Convolution. relu: output = max(0, ·) in the same pass.
  void (*conv2d_forward)(const Conv2dPlan& plan, const ConstBlockedView& input, const float* weight, const float* bias,
                         const BlockedView& output, bool relu);
  // relu_output: null, or the layer input's values where they came out of a ReLU; dinput is then zero where they are
  // ≤ 0, so that the ReLU's own backward pass is done too. workspace: plan.dinput_workspace() floats.
  void (*conv2d_dinput)(const Conv2dPlan& plan, const ConstBlockedView& doutput, const float* weight,
                        const ConstBlockedView* relu_output, const BlockedView& dinput, float* workspace);
  // workspace: plan.dweight_workspace(width) floats. dbias may be null.
  void (*conv2d_dweight)(const Conv2dPlan& plan, const ConstBlockedView& input, const ConstBlockedView& doutput,
                         float* dweight, float* dbias, float* workspace);

  // Linear on flat views {F, 1, 1} without halo. output(o) = bias(o) + Σ_i weight(o, i) · input(i).
  void (*linear_forward)(const ConstBlockedView& input, const float* weight, const float* bias, const BlockedView& output,
                         bool relu);
  void (*linear_dinput)(const ConstBlockedView& doutput, const float* weight, const ConstBlockedView* relu_output,
                        const BlockedView& dinput);
  // workspace: blocks·lanes·in floats (linear_dweight_workspace).
  void (*linear_dweight)(const ConstBlockedView& input, const ConstBlockedView& doutput, float* dweight, float* dbias,
                         float* workspace);

  // relu_forward: output = max(0, input). relu_backward: dinput = doutput where output > 0, else 0; the views may alias.
  void (*relu_forward)(const ConstBlockedView& input, const BlockedView& output);
  void (*relu_backward)(const ConstBlockedView& output, const ConstBlockedView& doutput, const BlockedView& dinput);

  // Max pooling; padding counts as −∞. Backward sends each gradient to the first maximum of its window, as PyTorch
  // does. relu: the input came out of a ReLU whose backward is done too (zero where the maximum is ≤ 0).
  void (*max_pool2d_forward)(const core::WindowGeometry& window, const ConstBlockedView& input, const BlockedView& output);
  void (*max_pool2d_backward)(const core::WindowGeometry& window, const ConstBlockedView& input,
                              const ConstBlockedView& output, const ConstBlockedView& doutput, const BlockedView& dinput,
                              bool relu);

  // Same values, other strides: flatten {C,H,W} → {C·H·W,1,1} (feature order c, h, w), and back for the gradient.
  void (*flatten_forward)(const ConstBlockedView& input, const BlockedView& output);
  void (*flatten_backward)(const ConstBlockedView& doutput, const BlockedView& dinput);

  // Softmax along the features of a flat view {classes, 1, 1}.
  void (*softmax)(const ConstBlockedView& logits, const BlockedView& probabilities);
  // Cross-entropy of softmax(logits) against labels[0 … count): losses[i] = log Σ exp(logit) − logit[label], and
  // dlogits = (softmax − onehot) · scale, zero for the empty lanes behind `count`. labels and losses have count entries.
  void (*softmax_cross_entropy)(const ConstBlockedView& logits, std::span<const std::int32_t> labels, float scale,
                                const BlockedView& dlogits, float* losses);

  // SGD, PyTorch's form: g = gradient + weight_decay·w;  v = momentum·v + g;  w = w − rate·v. The old w is kept in
  // `previous`. Returns false when any new w is not finite.
  bool (*sgd_update)(float* parameter, const float* gradient, float* velocity, float* previous, std::size_t count, float rate,
                     float momentum, float weight_decay);

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

inline std::size_t linear_dweight_workspace(const ConstBlockedView& input) {
  return static_cast<std::size_t>(input.blocks) * static_cast<std::size_t>(input.lanes) *
         static_cast<std::size_t>(input.channels);
}

// The tables this build holds and this machine can run, best first; never empty.
std::span<const KernelTable* const> kernel_tables();

// The first of them, or the one forced by use_kernels (tests run each in turn).
const KernelTable& kernels();
// False when this build or machine has no such arch; nothing changes then. Null: back to the best.
bool use_kernels(const char* arch);

// How many images lie innermost for a batch of n: the choice that wastes the fewest lanes. Depends on n and width alone.
int choose_lanes(int batch, int width);

}  // namespace striate::kernels

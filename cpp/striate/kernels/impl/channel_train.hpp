// Gradients, and linear on weights as they lie, where lanes are channels (channel_train_plan.hpp).
//
// Sums run over pixels, image by image, in order. A linear output is a sum by lanes of every width-th product, the lanes added
// pairwise, then what is left over, then the bias. Error ≤ 2 rounding steps a term, as everywhere.
#pragma once

#include "striate/kernels/channel_train_plan.hpp"
#include "striate/kernels/impl/channel_tile.hpp"

#include <algorithm>

namespace striate::kernels::impl {

template <class Arch>
void channel_conv2d_dweight(const ChannelGradientPlan& plan, const ConstBlockedView& input, const ConstBlockedView& doutput,
                            float* dweight, float* dbias, float* workspace) {
  constexpr int width = width_of<Arch>;
  const ChannelConv2dPlan& forward = plan.forward;
  const int taps = forward.taps(), pitch = forward.padded_outputs(), out = forward.output.channels;
  const int pixels = doutput.blocks * doutput.height * doutput.width;
  float* const rows = workspace;
  float* const sums = workspace + std::ptrdiff_t{pixels} * pitch;
  float* to = rows;
  for (int image = 0; image < doutput.blocks; ++image) {
    for (int y = 0; y < doutput.height; ++y, to += std::ptrdiff_t{doutput.width} * pitch) {
      for (int g = 0; g < doutput.channels; ++g) {
        const float* from = doutput.at(image, y, g);
        for (int x = 0; x < doutput.width; ++x) load<Arch>(from + x * width).store_unaligned(to + std::ptrdiff_t{x} * pitch + g * width);
      }
    }
  }
  PanelRun run;
  run.offsets = plan.pixels.data();
  run.taps = pixels;
  run.weight_step = run.output_step = pitch;
  run.output_vector = width;
  const float* const window = input.at(0, forward.window.y.start(0), 0, forward.window.x.start(0));
  for (int v = 0; v < forward.vectors();) {
    const int size = forward.panel_at(v);
    run.weight = rows + v * width;
    for (const ChannelGradientPlan::TapRun& own : plan.runs) {
      run.input = window + forward.offsets[static_cast<std::size_t>(own.first)];
      run.input_step = own.step;
      run.output = sums + std::ptrdiff_t{own.first} * pitch + v * width;
      panel_run<Arch>(run, size, own.count);
    }
    v += size;
  }
  for (int k = 0; k < taps; ++k) {
    float* gradient = dweight + forward.places[static_cast<std::size_t>(k)];
    const float* sum = sums + std::ptrdiff_t{k} * pitch;
    for (int co = 0; co < out; ++co) gradient[std::ptrdiff_t{co} * taps] = sum[co];
  }
  if (dbias == nullptr) return;
  for (int v = 0; v < forward.vectors(); ++v) {
    Vector<Arch> sum(0.0f);
    for (int p = 0; p < pixels; ++p) sum = sum + load<Arch>(rows + std::ptrdiff_t{p} * pitch + v * width);
    float lanes[width];
    sum.store_unaligned(lanes);
    std::copy_n(lanes, std::min(width, out - v * width), dbias + v * width);
  }
}

// output(o) = bias(o) + Σ_i weight(o, i)·input(i), Rows of them.
template <class Arch, int Rows>
inline void channel_linear_rows(const float* input, const float* weight, const float* bias, int in, float* output, bool with_relu) {
  constexpr int width = width_of<Arch>;
  Vector<Arch> sums[Rows];
#pragma GCC unroll 8
  for (int r = 0; r < Rows; ++r) sums[r] = Vector<Arch>(0.0f);
  int i = 0;
  STRIATE_KEEP_LOOP
  for (; i + width <= in; i += width) {
    const Vector<Arch> x = load<Arch>(input + i);
#pragma GCC unroll 8
    for (int r = 0; r < Rows; ++r) sums[r] = madd<Arch>(load<Arch>(weight + std::ptrdiff_t{r} * in + i), x, sums[r]);
  }
  float totals[Rows];
#pragma GCC unroll 8
  for (int r = 0; r < Rows; ++r) totals[r] = sum_lanes<Arch>(sums[r]);
  STRIATE_KEEP_LOOP
  for (int r = 0; r < Rows; ++r) {
    float sum = totals[r];
    for (int rest = i; rest < in; ++rest) sum += weight[std::ptrdiff_t{r} * in + rest] * input[rest];
    if (bias != nullptr) sum += bias[r];
    output[r] = with_relu && sum <= 0.0f ? 0.0f : sum;
  }
}

template <class Arch>
void channel_linear_forward(const ConstBlockedView& input, int in, const float* weight, const float* bias, int out,
                            const BlockedView& output, bool with_relu) {
  constexpr int rows = width_of<Arch> == 4 ? 6 : 8;
  for (int image = 0; image < input.blocks; ++image) {
    const float* x = input.at(image, 0, 0);
    float* y = output.at(image, 0, 0);
    for_channel_tiles<rows, false>(0, out, [&](auto count, int o) {
      channel_linear_rows<Arch, count>(x, weight + std::ptrdiff_t{o} * in, bias == nullptr ? nullptr : bias + o, in, y + o, with_relu);
    });
  }
}

// outputs: 0 … out − 1.
template <class Arch>
void channel_linear_dinput(const ConstBlockedView& doutput, int out, const float* weight, int in, const std::int32_t* outputs,
                           const BlockedView& dinput) {
  constexpr int width = width_of<Arch>;
  PanelRun run;
  run.input = doutput.at(0, 0, 0);
  run.input_step = doutput.block_stride;
  run.offsets = outputs;
  run.taps = out;
  run.weight_step = in;
  run.output_step = dinput.block_stride;
  run.output_vector = width;
  int i = 0;
  for (int size = PanelShape<Arch>::most_vectors; size > 0;) {
    if (i + size * width > in) {
      size /= 2;
      continue;
    }
    run.weight = weight + i;
    run.output = dinput.at(0, 0, 0) + i;
    panel_run<Arch>(run, size, doutput.blocks);
    i += size * width;
  }
  for (; i < in; ++i) {
    for (int image = 0; image < doutput.blocks; ++image) {
      const float* d = doutput.at(image, 0, 0);
      float sum = 0;
      for (int o = 0; o < out; ++o) sum += d[o] * weight[std::ptrdiff_t{o} * in + i];
      dinput.at(image, 0, 0)[i] = sum;
    }
  }
}

template <class Arch>
void channel_linear_dweight(const ConstBlockedView& input, int in, const ConstBlockedView& doutput, int out, float* dweight, float* dbias) {
  constexpr int width = width_of<Arch>;
  for (int image = 0; image < input.blocks; ++image) {
    const float* x = input.at(image, 0, 0);
    const float* d = doutput.at(image, 0, 0);
    const bool first = image == 0;
    for (int o = 0; o < out; ++o) {
      float* to = dweight + std::ptrdiff_t{o} * in;
      const Vector<Arch> gradient = splat<Arch>(d + o);
      int i = 0;
      if (first) {
        for (; i + width <= in; i += width) (load<Arch>(x + i) * gradient).store_unaligned(to + i);
      } else {
        for (; i + width <= in; i += width) madd<Arch>(load<Arch>(x + i), gradient, load<Arch>(to + i)).store_unaligned(to + i);
      }
      for (; i < in; ++i) to[i] = first ? x[i] * d[o] : to[i] + x[i] * d[o];
      if (dbias != nullptr) dbias[o] = first ? d[o] : dbias[o] + d[o];
    }
  }
}

}  // namespace striate::kernels::impl

#include "striate/layers/conv2d_plan.hpp"

#include "striate/kernels/conv2d_plan.hpp"
#include "striate/layers/channel_range.hpp"

#include <algorithm>

namespace striate::layers {
namespace {

class PlannedConv2d final : public PlannedLayer {
 public:
  PlannedConv2d(const Conv2dSettings& settings, const PlanContext& context)
      : settings_(settings), input_(context.input_shapes[0]), relu_(context.relu), relu_input_(context.relu_input),
        training_(context.training) {
    const bool wants_dinput = training_ && !context.dinputs.empty() && context.dinputs[0].lanes != 0;
    core::WindowGeometry window = settings.window;
    kernels::ConstBlockedView from = context.inputs[0];
    Shape shape = input_;
    if (copies_input()) {
      const kernels::Halo sides = settings.halo();
      shape = {input_.channels, input_.height + sides.top + sides.bottom, input_.width + sides.left + sides.right};
      padded_ = shape;
      from = kernels::blocked_view(nullptr, padded_, context.inputs[0].blocks, context.inputs[0].lanes);
      window.y.before = window.y.after = window.x.before = window.x.after = 0;
      padded_floats_ = kernels::blocked_floats(padded_, from.blocks, from.lanes);
    }
    const int groups = settings.groups;
    const Shape group_input{shape.channels / groups, shape.height, shape.width};
    const Shape group_output{context.output_shape.channels / groups, context.output_shape.height, context.output_shape.width};
    // Inference has no output gradient; the table for it is then made for the output's strides and never read.
    plan_ = kernels::make_conv2d_plan(group_input, group_output, window, from, training_ ? context.doutput : context.output);
    taps_ = static_cast<std::size_t>(plan_.taps());
    const kernels::Convolution method =
        kernels::choose_convolution(input_, context.output_shape, settings.window, groups, context.kernels.width, context.convolution);
    const int m = kernels::winograd_outputs(method);
    // A test that asks for it gets it on every arch.
    const int width = context.kernels.width;
    const bool dweight = training_ && kernels::winograd_dweight_pays(method, window, method == context.convolution ? 4 : width);
    if (m != 0) forward_ = kernels::make_winograd_forward(shape, context.output_shape, window, from.lanes, m);
    if (m != 0 && window.x.kernel == 5) {
      dweight_together_ = dweight;
      if (dweight || wants_dinput) {
        gradients_ = kernels::make_winograd_gradients(shape, context.output_shape, window, from.lanes, from.blocks);
      }
    } else {
      if (m != 0 && wants_dinput) dinput_ = kernels::make_winograd_dinput(shape, context.output_shape, window, from.lanes, m);
      if (dweight) dweight_ = kernels::make_winograd_dweight(shape, context.output_shape, window, from.lanes, from.blocks);
    }
    if (training_ && dweight_.m == 0 && !dweight_together_) scratch_ = plan_.dweight_workspace(width);
    if (wants_dinput && m == 0) scratch_ = std::max(scratch_, plan_.dinput_workspace());
    scratch_ = std::max({scratch_, forward_.workspace(), dinput_.workspace(), dweight_.dweight_workspace(),
                         gradients_.gradients_workspace(width)});
    if (!settings.connections.empty()) dense_floats_ = taps_ * static_cast<std::size_t>(settings.out_channels);
    if (copies_input() && wants_dinput) dpadded_floats_ = padded_floats_;
  }

  // The padded copy is read again by the weight gradient.
  std::size_t saved_floats() const override { return padded_floats_; }
  // Dense weights, their gradient, the padded input's gradient, and what the kernels ask for.
  std::size_t workspace_floats() const override { return 2 * dense_floats_ + dpadded_floats_ + scratch_; }

  int forward_band_rows() const override { return copies_input() ? 0 : std::max(forward_.m, 1); }
  // Both gradients of a 5×5 window come from one transform of the output's.
  int dinput_band_rows() const override { return copies_input() || gradients_.m != 0 ? 0 : std::max(dinput_.m, 1); }

  void start(const ForwardContext& c) override {
    if (!copies_input() && plan_.halo != kernels::Halo{}) c.kernels.fill_halo(c.inputs[0], plan_.halo, settings_.padding_value);
  }

  void forward(const ForwardContext& c) override {
    BlockedView input = c.inputs[0];
    const BlockedView output = row_range(c.output, c.rows);
    if (c.rows.whole()) start(c);
    if (copies_input()) {
      input = kernels::blocked_view(c.saved, padded_, c.output.blocks, c.output.lanes);
      c.kernels.pad2d_forward(settings_.padding_mode, settings_.halo(), 0, c.inputs[0], input);
    } else {
      input.data += c.rows.first * settings_.window.y.stride * input.row_stride;
    }
    const float* weight = dense_weight(c.parameters[0], c.workspace);
    if (forward_.m != 0) {
      c.kernels.conv2d_winograd(forward_.from_row(c.rows.first), input, weight, settings_.bias ? c.parameters[1] : nullptr, nullptr,
                                output, relu_, scratch(c.workspace));
      return;
    }
    for (int group = 0; group < settings_.groups; ++group) {
      c.kernels.conv2d_forward(plan_, group_in(ConstBlockedView(input), group), weight + group_weights(group),
                               settings_.bias ? c.parameters[1] + group * plan_.output.channels : nullptr,
                               group_out(output, group), relu_);
    }
  }

  void backward(const BackwardContext& c) override {
    const ConstBlockedView input =
        copies_input() ? kernels::blocked_view(c.saved, padded_, c.doutput.blocks, c.doutput.lanes) : c.inputs[0];
    const float* weight = dense_weight(c.parameters[0], c.workspace);
    const bool wants_dweight = !c.gradients.empty(), wants_dinput = c.dinputs[0].data != nullptr;
    float* const dweight = !wants_dweight ? nullptr : settings_.connections.empty() ? c.gradients[0] : c.workspace + dense_floats_;
    float* const dbias = wants_dweight && settings_.bias ? c.gradients[1] : nullptr;
    BlockedView dinput = c.dinputs[0];
    if (copies_input()) dinput = kernels::blocked_view(c.workspace + 2 * dense_floats_, padded_, c.doutput.blocks, c.doutput.lanes);
    const bool masks = relu_input_ && !copies_input();
    if (gradients_.m != 0 && (wants_dinput || (wants_dweight && dweight_together_))) {
      c.kernels.conv2d_winograd_gradients(gradients_, input, c.doutput, weight, masks ? &input : nullptr,
                                          dweight_together_ ? dweight : nullptr, dweight_together_ ? dbias : nullptr,
                                          wants_dinput ? &dinput : nullptr, scratch(c.workspace));
    }
    if (wants_dweight) {
      if (dweight_.m != 0) c.kernels.conv2d_winograd_dweight(dweight_, input, c.doutput, dweight, dbias, scratch(c.workspace));
      for (int group = 0; dweight_.m == 0 && !dweight_together_ && group < settings_.groups; ++group) {
        c.kernels.conv2d_dweight(plan_, group_in(input, group), group_out(c.doutput, group), dweight + group_weights(group),
                                 dbias == nullptr ? nullptr : dbias + group * plan_.output.channels, scratch(c.workspace));
      }
      if (!settings_.connections.empty()) gather_links(dweight, c.gradients[0]);
    }
    if (!wants_dinput) return;
    const ConstBlockedView seen = row_range(input, c.rows);
    dinput = row_range(dinput, c.rows);
    if (dinput_.m != 0) {
      ConstBlockedView doutput = c.doutput;
      doutput.data += c.rows.first * doutput.row_stride;
      c.kernels.conv2d_winograd(dinput_.from_row(c.rows.first), doutput, weight, nullptr, masks ? &seen : nullptr, dinput, false,
                                scratch(c.workspace));
    }
    for (int group = 0; dinput_.m == 0 && gradients_.m == 0 && group < settings_.groups; ++group) {
      const ConstBlockedView activation = group_in(seen, group);
      c.kernels.conv2d_dinput(plan_, group_out(c.doutput, group), weight + group_weights(group), masks ? &activation : nullptr,
                              c.rows.first, group_in(dinput, group), scratch(c.workspace));
    }
    if (!copies_input()) return;
    c.kernels.pad2d_backward(settings_.padding_mode, settings_.halo(), dinput, c.dinputs[0]);
    if (relu_input_) c.kernels.relu_backward(c.inputs[0], c.dinputs[0], c.dinputs[0]);
  }

 private:
  float* scratch(float* workspace) const { return workspace + 2 * dense_floats_ + dpadded_floats_; }
  bool copies_input() const { return settings_.padding_mode != kernels::PadMode::constant; }
  template <class View>
  View group_in(const View& view, int group) const { return channel_range(view, group * plan_.input.channels, plan_.input.channels); }
  template <class View>
  View group_out(const View& view, int group) const { return channel_range(view, group * plan_.output.channels, plan_.output.channels); }
  std::ptrdiff_t group_weights(int group) const {
    return std::ptrdiff_t{group} * plan_.output.channels * static_cast<std::ptrdiff_t>(taps_);
  }

  // Links that are not there have weight zero.
  const float* dense_weight(const float* weight, float* dense) const {
    if (settings_.connections.empty()) return weight;
    return spread_links(settings_, input_.channels, weight, dense, dense_floats_);
  }

  void gather_links(const float* dense, float* gradient) const {
    for_each_link(settings_, input_.channels, [&](std::size_t at, std::size_t window) { gradient = std::copy_n(dense + at, window, gradient); });
  }

  Conv2dSettings settings_;
  Shape input_, padded_;
  kernels::Conv2dPlan plan_;
  kernels::WinogradPlan forward_, dinput_, dweight_, gradients_;  // gradients_: of 5×5 windows, both
  bool dweight_together_ = false;                                 // or, without this, the input's alone
  bool relu_, relu_input_, training_;
  std::size_t taps_ = 0, scratch_ = 0, dense_floats_ = 0, padded_floats_ = 0, dpadded_floats_ = 0;
};

}  // namespace

std::unique_ptr<PlannedLayer> plan_conv2d(const Conv2dSettings& settings, const PlanContext& context) {
  return std::make_unique<PlannedConv2d>(settings, context);
}

}  // namespace striate::layers

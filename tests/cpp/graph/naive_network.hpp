// A network run layer by layer through the double-precision reference kernels, on dense tensors, with every value and
// every gradient kept: what the executor, with its arena, halos, fusion and blocks, must agree with.
#pragma once

#include "harness.hpp"
#include "striate/kernels/reference/reference.hpp"

#include <string>
#include <vector>

namespace striate::tests {

namespace reference = kernels::reference;
using reference::Values;

struct NaiveRun {
  std::vector<Values> values, gradients;                 // one per value of the network; gradients[v] = dloss/dvalue
  std::vector<std::vector<Values>> parameter_gradients;  // per node, weight and bias
};

// doutput: the loss gradient at the network's output. Chains only.
inline NaiveRun run_naively(const Model& model, int batch, const Floats& input, const Floats& doutput) {
  const auto nodes = model.network->nodes();
  const auto parameter = [&](int node, int which) {
    const auto values = model.store->values(model.store->first_of(node) + which);
    return Values(values.begin(), values.end());
  };
  const auto conv_of = [&](const graph::Node& node) {
    return reference::Conv2d{batch, node.input_shapes[0], node.shape, node.description.window,
                             static_cast<double>(node.layer->input_halo(0).value)};
  };
  NaiveRun run;
  run.values.emplace_back(input.begin(), input.end());
  for (int i = 0; i < static_cast<int>(nodes.size()); ++i) {
    const graph::Node& node = nodes[static_cast<std::size_t>(i)];
    REQUIRE(node.inputs == std::vector<int>{i});
    const Values& x = run.values.back();
    const bool bias = node.parameters.size() == 2;
    const auto out = static_cast<std::size_t>(node.shape.channels);
    const auto bias_values = [&] { return bias ? parameter(i, 1) : Values(out, 0.0); };
    Values y = x;
    if (node.type == "conv2d") y = reference::conv2d_forward(conv_of(node), x, parameter(i, 0), bias_values());
    if (node.type == "linear") {
      y = reference::linear_forward(batch, node.input_shapes[0].channels, node.shape.channels, x, parameter(i, 0),
                                    bias_values());
    }
    if (node.type == "relu") y = reference::relu_forward(x);
    if (node.type == "maxPool2d") {
      y = reference::max_pool2d_forward({batch, node.input_shapes[0], node.shape, node.description.window}, x);
    }
    run.values.push_back(std::move(y));
  }

  run.gradients.resize(run.values.size());
  run.parameter_gradients.resize(nodes.size());
  run.gradients.back() = Values(doutput.begin(), doutput.end());
  for (int i = static_cast<int>(nodes.size()) - 1; i >= 0; --i) {
    const auto at = static_cast<std::size_t>(i);
    const graph::Node& node = nodes[at];
    const Values &x = run.values[at], &y = run.values[at + 1], &dy = run.gradients[at + 1];
    auto& dparameters = run.parameter_gradients[at];
    Values dx = dy;
    if (node.type == "conv2d") {
      const reference::Conv2d conv = conv_of(node);
      dx = reference::conv2d_dinput(conv, dy, parameter(i, 0));
      dparameters = {reference::conv2d_dweight(conv, x, dy), reference::conv2d_dbias(conv, dy)};
    }
    if (node.type == "linear") {
      const int in = node.input_shapes[0].channels, out = node.shape.channels;
      dx = reference::linear_dinput(batch, in, out, dy, parameter(i, 0));
      dparameters = {reference::linear_dweight(batch, in, out, x, dy), reference::linear_dbias(batch, out, dy)};
    }
    if (node.type == "relu") dx = reference::relu_backward(y, dy);
    if (node.type == "maxPool2d") {
      dx = reference::max_pool2d_backward({batch, node.input_shapes[0], node.shape, node.description.window}, x, dy);
    }
    run.gradients[at] = std::move(dx);
  }
  return run;
}

inline Floats to_single(const Values& values) { return {values.begin(), values.end()}; }

}  // namespace striate::tests

// Which layers work in the backward pass of a training plan, and which values share the buffer of a gradient.
#pragma once

#include "striate/graph/execution_plan.hpp"

namespace striate::graph {

// Whether a gradient is wanted for any parameter of the node.
bool trains_parameters(const ParamStore& store, int node);

// Fills in the values' wants_gradient and gradient_root and the steps' backward and relu_input.
// Requires: values, their consumers and the forward steps are described.
void choose_backward(const Network& network, const ParamStore& store, const ExecutorOptions& options, ExecutionPlan& plan);

}  // namespace striate::graph

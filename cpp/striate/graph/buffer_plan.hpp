// Buffer plan: which buffers a plan needs, from when to when each lives, and where it lies. Values, gradients, workspaces, what
// layers keep from forward to backward, partial sums of parameters' gradients.
#pragma once

#include "striate/graph/execution_plan.hpp"

#include <cstddef>

namespace striate::graph {

// At least so many floats, up to the end of a cache line.
std::ptrdiff_t whole_lines(std::size_t floats);

// Whether a value is to stay readable after the pass.
bool is_pinned(const Network& network, const ExecutorOptions& options, int value);

// Chooses chains (step_chains.hpp) and fills in all offsets, and the plan's bytes.
// Requires: strides, layers and pieces are planned.
void place_buffers(const Network& network, const ExecutorOptions& options, ExecutionPlan& plan);

}  // namespace striate::graph

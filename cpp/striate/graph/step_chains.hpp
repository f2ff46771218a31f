// Step chains: runs of steps that go block by block, done as one. A thread takes a piece of the images through all of them before
// it asks for the next piece, so that threads meet once a chain and not once a layer.
//
//   forward   conv1 → relu → pool → conv2 → … → fc3       backward   pool2 → conv2 → pool1 → conv1
//
// The pieces are those of the steps alone (step_pieces.hpp): no bit depends on it. But threads are at different steps at a time,
// so whatever a chain uses lives from its first moment to its last, and shares no bytes inside.
#pragma once

#include "striate/graph/execution_plan.hpp"

#include <vector>

namespace striate::graph {

enum class Chains { none, forward, both };

// Moments, both inclusive.
struct Span {
  int first = 0, last = 0;
};

// Numbers the chains in the plan's steps, whose layers are planned. For each moment: those of its chain, or itself alone.
std::vector<Span> choose_chains(ExecutionPlan& plan, Chains wanted);

}  // namespace striate::graph

// Step chains: runs of steps that go block by block, done as one. A thread takes a piece of the images through all of them before
// it asks for the next piece, so that threads meet once a chain and not once a layer.
//
//   forward   conv1 → relu → pool → conv2 → … → fc3       backward   pool2 → conv2 → pool1 → conv1
//
// The pieces are those of the steps alone (step_pieces.hpp): no bit depends on it. But threads are at different steps at a time,
// so whatever a chain uses lives from its first moment to its last, and shares no bytes inside: of a long run, memory may allow
// several shorter chains.
#pragma once

#include "striate/graph/execution_plan.hpp"
#include "striate/graph/memory_plan.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace striate::graph {

// Moments, both inclusive.
struct Span {
  int first = 0, last = 0;
};

// Numbers the chains in the steps of a plan without any, whose buffers live as `lifetimes` say, workspaces not among them. Each
// chain is as long as `room` bytes hold all that lives during it. For each moment: those of its chain, or itself alone.
std::vector<Span> choose_chains(ExecutionPlan& plan, std::span<const Lifetime> lifetimes, std::uint64_t room);

}  // namespace striate::graph

// Memory plan: from lifetimes to offsets in one arena, so that buffers that never live together share bytes.
//
// Largest first, each goes into the smallest gap that fits among those already placed that live at the same time
// (greedy by size; Pisarchyk & Lee, "Efficient memory management for deep neural net inference", 2020).
// Ensures: offsets are 64-byte aligned; no two buffers whose lifetimes meet overlap; the result depends on the list
// alone. Sizes are 64 bits wide in every build, so that a plan too large for a wasm32 memory still adds up and can be
// refused.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace striate::graph {

struct Lifetime {
  std::uint64_t bytes = 0;
  int first = 0;  // the moment it is first written
  int last = 0;   // the last moment it is read, inclusive
};

struct MemoryPlan {
  std::vector<std::uint64_t> offsets;  // bytes, one per lifetime
  std::uint64_t bytes = 0;             // of the whole arena
};

MemoryPlan plan_memory(std::span<const Lifetime> lifetimes);

}  // namespace striate::graph

#include "striate/graph/memory_plan.hpp"

#include "striate/core/arena.hpp"

#include <algorithm>

namespace striate::graph {
namespace {

constexpr std::uint64_t round_up(std::uint64_t bytes) {
  return (bytes + core::alignment - 1) / core::alignment * core::alignment;
}

bool meet(const Lifetime& a, const Lifetime& b) { return a.first <= b.last && b.first <= a.last; }

}  // namespace

MemoryPlan plan_memory(std::span<const Lifetime> lifetimes) {
  MemoryPlan plan;
  plan.offsets.assign(lifetimes.size(), 0);
  // Behind those it does not come before: a stable order.
  const auto insert = [](std::vector<std::size_t>& sorted, std::size_t index, const auto& before) {
    sorted.insert(std::upper_bound(sorted.begin(), sorted.end(), index, before), index);
  };
  std::vector<std::size_t> order, placed;  // placed: by offset
  for (std::size_t i = 0; i < lifetimes.size(); ++i) {
    insert(order, i, [&](std::size_t a, std::size_t b) {
      const Lifetime &one = lifetimes[a], &other = lifetimes[b];
      return one.bytes != other.bytes ? one.bytes > other.bytes : one.first < other.first;
    });
  }
  for (const std::size_t index : order) {
    const std::uint64_t bytes = round_up(lifetimes[index].bytes);
    if (bytes == 0) continue;
    std::uint64_t best = 0, best_gap = UINT64_MAX, end = 0;
    for (const std::size_t other : placed) {
      if (!meet(lifetimes[index], lifetimes[other])) continue;
      const std::uint64_t from = plan.offsets[other];
      if (from > end && from - end >= bytes && from - end < best_gap) {
        best = end;
        best_gap = from - end;
      }
      end = std::max(end, from + round_up(lifetimes[other].bytes));
    }
    plan.offsets[index] = best_gap == UINT64_MAX ? end : best;
    plan.bytes = std::max(plan.bytes, plan.offsets[index] + bytes);
    insert(placed, index, [&](std::size_t a, std::size_t b) { return plan.offsets[a] < plan.offsets[b]; });
  }
  return plan;
}

}  // namespace striate::graph

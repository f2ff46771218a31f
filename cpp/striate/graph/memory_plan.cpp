#include "striate/graph/memory_plan.hpp"

#include "striate/core/arena.hpp"

#include <algorithm>
#include <numeric>

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
  std::vector<std::size_t> order(lifetimes.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    const Lifetime &one = lifetimes[a], &other = lifetimes[b];
    return one.bytes != other.bytes ? one.bytes > other.bytes : one.first < other.first;
  });

  std::vector<std::size_t> placed;  // by offset
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
    const auto place = std::upper_bound(placed.begin(), placed.end(), index, [&](std::size_t a, std::size_t b) {
      return plan.offsets[a] < plan.offsets[b];
    });
    placed.insert(place, index);
  }
  return plan;
}

}  // namespace striate::graph

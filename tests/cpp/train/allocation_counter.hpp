// Counts heap allocations in a stretch of the program: with glibc and under AddressSanitizer every malloc, calloc,
// realloc and aligned_alloc, whoever calls it; elsewhere (wasm) every operator new. And trainings to count in.
#pragma once

#include "striate/train/trainer.hpp"

#include <cstdint>

namespace striate::tests {

class AllocationCounter {
 public:
  AllocationCounter();  // starts at zero
  std::int64_t count() const;

 private:
  std::int64_t start_;
};

template <typename Work>
std::int64_t allocations_in(Work&& work) {
  const AllocationCounter counter;
  work();
  return counter.count();
}

// Trains to the end; the sum of the losses, far below zero when a step fails.
inline double sum_of_losses(train::Trainer& trainer) {
  double sum = 0;
  while (!trainer.done()) {
    const auto report = trainer.step();
    sum += report ? report->loss : -1e9;
  }
  return sum;
}

}  // namespace striate::tests

// Counts heap allocations in a stretch of the program: with glibc and under AddressSanitizer every malloc, calloc,
// realloc and aligned_alloc, whoever calls it; elsewhere (wasm) every operator new.
#pragma once

#include <cstdint>

namespace striate::tests {

class AllocationCounter {
 public:
  AllocationCounter();  // starts at zero
  std::int64_t count() const;

 private:
  std::int64_t start_;
};

}  // namespace striate::tests

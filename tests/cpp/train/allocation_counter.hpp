// Counts heap allocations in a stretch of the program. With glibc every malloc, calloc, realloc and aligned_alloc counts,
// whoever calls it; elsewhere, and under a sanitizer that owns malloc, every operator new.
#pragma once

#include <cstdint>

namespace striate::tests {

class AllocationCounter {
 public:
  AllocationCounter();   // starts at zero
  std::int64_t count() const;

 private:
  std::int64_t start_;
};

}  // namespace striate::tests

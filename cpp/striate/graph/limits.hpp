// Limits: how large a network or plan may be before it is refused, with the numbers, and nothing has been allocated.
//
// They keep every size in 31 bits and a plan inside the 4 GiB of a wasm32 memory.
#pragma once

#include <cstddef>
#include <cstdint>

namespace striate::graph {

struct Limits {
  std::size_t plan_bytes = std::size_t{3} << 30;  // arena of one plan
  int batch = 65'536;
  int layers = 4'096;
  std::int64_t value_elements = std::int64_t{1} << 28;  // of one activation of one image
  std::int64_t parameters = std::int64_t{1} << 28;      // of the whole network
};

}  // namespace striate::graph

#include "striate/kernels/kernel_table.hpp"

#include <array>
#include <string_view>

namespace striate::kernels {

// One of these per translation unit that the build compiled; see CMakeLists.txt.
extern const KernelTable table_wasm, table_sse4_2, table_avx2, table_avx512, table_neon64, table_neon64_strict;

namespace {

struct Available {
  std::array<const KernelTable*, 4> tables{};
  std::size_t count = 0;

  Available() {
#if defined(STRIATE_HAS_AVX512)
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512bw")) {
      tables[count++] = &table_avx512;
    }
#endif
#if defined(STRIATE_HAS_AVX2)
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) tables[count++] = &table_avx2;
#endif
#if defined(STRIATE_HAS_SSE4_2)
    tables[count++] = &table_sse4_2;
#endif
#if defined(STRIATE_HAS_NEON64)
    tables[count++] = &table_neon64;
#endif
#if defined(STRIATE_HAS_NEON64_STRICT)
    tables[count++] = &table_neon64_strict;
#endif
#if defined(__wasm_simd128__)
    tables[count++] = &table_wasm;
#endif
  }
};

const Available& available() {
  static const Available found;
  return found;
}

const KernelTable* forced = nullptr;

}  // namespace

std::span<const KernelTable* const> kernel_tables() { return {available().tables.data(), available().count}; }

const KernelTable& kernels() { return forced != nullptr ? *forced : *available().tables[0]; }

bool use_kernels(const char* arch) {
  if (arch == nullptr) {
    forced = nullptr;
    return true;
  }
  for (const KernelTable* table : kernel_tables()) {
    if (std::string_view(table->arch) == arch) {
      forced = table;
      return true;
    }
  }
  return false;
}

int choose_lanes(int batch, int width) {
  // Cost of one image in thousandths, by block size: fewer lanes reuse each weight for fewer images. Measured figures
  // are in README.md.
  struct Choice { int lanes, cost; };
  constexpr Choice choices[] = {{16, 1000}, {8, 1060}, {4, 1200}};
  int best = width > 4 ? width : 4;
  std::int64_t best_cost = -1;
  for (const auto& [lanes, cost] : choices) {
    if (lanes % width != 0) continue;
    const std::int64_t blocks = (std::int64_t{batch} + lanes - 1) / lanes;
    const std::int64_t total = blocks * lanes * cost;
    if (best_cost < 0 || total < best_cost) {
      best = lanes;
      best_cost = total;
    }
  }
  return best;
}

}  // namespace striate::kernels

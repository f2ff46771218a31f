#include "striate/kernels/kernel_table.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace striate::kernels {

// One of these per translation unit that the build compiled; see CMakeLists.txt.
extern const KernelTable table_wasm, table_sse4_2, table_avx2, table_avx512, table_emulated512, table_neon64, table_neon64_strict;

namespace {

struct Available {
  std::array<const KernelTable*, 4> tables{};
  std::size_t count = 0;

  Available() {
#if defined(STRIATE_HAS_EMULATED512)
    tables[count++] = &table_emulated512;
#endif
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

int working_lanes(int images, int lanes, int width) {
  int working = width;
  while (working < images) working *= 2;
  return std::min(working, lanes);
}

double lanes_cost(int batch, int lanes, int width) {
  // Fewer lanes reuse each weight for fewer images. The figures are in README.md.
  const auto of_block = [](int working) { return working * (working == 16 ? 1.0 : working == 8 ? 1.14 : 1.33); };
  const int whole = batch / lanes, left = batch % lanes;
  return whole * of_block(lanes) + (left == 0 ? 0.0 : of_block(working_lanes(left, lanes, width)));
}

int choose_lanes(int batch, int width) {
  int best = 16;
  for (int lanes = 8; lanes >= width && lanes >= 4; lanes /= 2) {
    if (lanes_cost(batch, lanes, width) <= lanes_cost(batch, best, width)) best = lanes;
  }
  return best;
}

}  // namespace striate::kernels

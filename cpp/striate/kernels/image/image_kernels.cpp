#include "striate/kernels/image/image_kernels.hpp"

#include "striate/kernels/kernel_table.hpp"

#include <string_view>

namespace striate::kernels::image {

// One of these per translation unit that the build compiled; see CMakeLists.txt.
extern const ImageKernels image_wasm, image_sse4_2, image_avx2, image_avx512, image_neon64;

const ImageKernels& image_kernels() {
  [[maybe_unused]] const std::string_view arch = kernels().arch;
#if defined(STRIATE_HAS_AVX512)
  if (arch == "avx512") return image_avx512;
#endif
#if defined(STRIATE_HAS_AVX2)
  if (arch == "avx2") return image_avx2;
#endif
#if defined(STRIATE_HAS_SSE4_2)
  return image_sse4_2;
#elif defined(__aarch64__)
  return image_neon64;
#else
  return image_wasm;
#endif
}

int border_index(std::ptrdiff_t i, int size, Border border) {
  if (i >= 0 && i < size) return static_cast<int>(i);
  switch (border) {
    case Border::constant: return -1;
    case Border::replicate: return i < 0 ? 0 : size - 1;
    case Border::wrap: {
      const std::ptrdiff_t place = i % size;
      return static_cast<int>(place < 0 ? place + size : place);
    }
    case Border::reflect:
    case Border::reflect_101: {
      if (size == 1) return 0;
      // The period holds the image forwards and backwards, its ends twice (reflect) or once (reflect_101).
      const std::ptrdiff_t ends = border == Border::reflect ? 0 : 1;
      const std::ptrdiff_t period = 2 * (size - ends);
      std::ptrdiff_t place = i % period;
      if (place < 0) place += period;
      return static_cast<int>(place < size ? place : period - place - (1 - ends));
    }
  }
  return -1;
}

}  // namespace striate::kernels::image

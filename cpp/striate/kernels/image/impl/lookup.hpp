// out = table[in], 256 bytes. No loop becomes a table in registers, so the instructions stand here by name: two permutes of
// AVX-512 VBMI, asked for when it runs, or 16 shuffles of AVX2; else eight bytes a load and a store.
// `in` and `out` may be the same block.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#if defined(__AVX2__)
#include <immintrin.h>
#endif

namespace striate::kernels::image::impl {

template <class Arch>
inline void lookup_words(const std::uint8_t* in, std::uint8_t* out, std::size_t count, const std::uint8_t* table) {
  std::size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    std::uint64_t bytes, made = 0;
    std::memcpy(&bytes, in + i, 8);
    made = std::uint64_t{table[bytes & 255]} | std::uint64_t{table[bytes >> 8 & 255]} << 8 |
           std::uint64_t{table[bytes >> 16 & 255]} << 16 | std::uint64_t{table[bytes >> 24 & 255]} << 24 |
           std::uint64_t{table[bytes >> 32 & 255]} << 32 | std::uint64_t{table[bytes >> 40 & 255]} << 40 |
           std::uint64_t{table[bytes >> 48 & 255]} << 48 | std::uint64_t{table[bytes >> 56]} << 56;
    std::memcpy(out + i, &made, 8);
  }
  for (; i < count; ++i) out[i] = table[in[i]];
}

#if defined(__AVX2__)
template <class Arch>
inline std::size_t lookup_avx2(const std::uint8_t* in, std::uint8_t* out, std::size_t count, const std::uint8_t* table) {
  __m256i parts[16];
  for (int t = 0; t < 16; ++t) {
    parts[t] = _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(table + 16 * t)));
  }
  const __m256i high = _mm256_set1_epi8(0x70);
  std::size_t i = 0;
  for (; i + 32 <= count; i += 32) {
    const __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(in + i));
    __m256i made = _mm256_setzero_si256();
    for (int t = 0; t < 16; ++t) {
      // 0x70 … 0x7F for the 16 bytes of this part; others get their highest bit, for which a shuffle gives 0.
      const __m256i place = _mm256_adds_epu8(_mm256_xor_si256(bytes, _mm256_set1_epi8(static_cast<char>(16 * t))), high);
      made = _mm256_or_si256(made, _mm256_shuffle_epi8(parts[t], place));
    }
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + i), made);
  }
  return i;
}
#endif

#if defined(__AVX512BW__)
template <class Arch>
__attribute__((target("avx512vbmi"))) std::size_t lookup_vbmi(const std::uint8_t* in, std::uint8_t* out, std::size_t count,
                                                              const std::uint8_t* table) {
  const __m512i a = _mm512_loadu_si512(table), b = _mm512_loadu_si512(table + 64), c = _mm512_loadu_si512(table + 128),
                d = _mm512_loadu_si512(table + 192);
  std::size_t i = 0;
  for (; i + 64 <= count; i += 64) {
    const __m512i bytes = _mm512_loadu_si512(in + i);
    const __m512i low = _mm512_permutex2var_epi8(a, bytes, b), high = _mm512_permutex2var_epi8(c, bytes, d);
    _mm512_storeu_si512(out + i, _mm512_mask_blend_epi8(_mm512_movepi8_mask(bytes), low, high));
  }
  return i;
}
#endif

template <class Arch>
void lookup(const std::uint8_t* in, std::uint8_t* out, std::size_t count, const std::uint8_t* table) {
  std::size_t done = 0;
#if defined(__AVX512BW__)
  if (__builtin_cpu_supports("avx512vbmi")) {
    done = lookup_vbmi<Arch>(in, out, count, table);
  } else {
    done = lookup_avx2<Arch>(in, out, count, table);
  }
#elif defined(__AVX2__)
  done = lookup_avx2<Arch>(in, out, count, table);
#endif
  lookup_words<Arch>(in + done, out + done, count - done, table);
}

}  // namespace striate::kernels::image::impl

// The kernels of AVX2 with FMA, eight lanes, compiled with -mavx2 -mfma.
#include "striate/kernels/impl/make_table.hpp"

namespace striate::kernels {

extern const KernelTable table_avx2;
const KernelTable table_avx2 = impl::make_table<xsimd::fma3<xsimd::avx2>>("avx2");

}  // namespace striate::kernels

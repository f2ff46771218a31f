// The kernels of AVX-512, sixteen lanes, compiled with -mavx512f -mavx512cd -mavx512dq -mavx512bw.
#include "striate/kernels/impl/make_table.hpp"

namespace striate::kernels {

extern const KernelTable table_avx512;
const KernelTable table_avx512 = impl::make_table<xsimd::avx512bw>("avx512");

}  // namespace striate::kernels

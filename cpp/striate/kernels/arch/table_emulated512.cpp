// The kernels of sixteen lanes, AVX-512's, made of plain floats: to test them where no machine has AVX-512. For tests alone.
#include "striate/kernels/impl/make_table.hpp"

namespace striate::kernels {

extern const KernelTable table_emulated512;
const KernelTable table_emulated512 = impl::make_table<xsimd::emulated<512>>("emulated512");

}  // namespace striate::kernels

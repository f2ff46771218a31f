// The kernels of SSE4.2, four lanes without FMA, compiled with -msse4.2; also the native strict build's, since it rounds as WebAssembly does.
#include "striate/kernels/impl/make_table.hpp"

namespace striate::kernels {

extern const KernelTable table_sse4_2;
const KernelTable table_sse4_2 = impl::make_table<xsimd::sse4_2>("sse4_2");

}  // namespace striate::kernels

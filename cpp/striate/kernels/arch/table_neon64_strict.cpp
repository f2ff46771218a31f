// The kernels of NEON without FMA: they round as SSE4.2 and WebAssembly do, for the strict build.
#include "striate/kernels/impl/make_table.hpp"
#include "striate/kernels/impl/neon.hpp"

namespace striate::kernels {

extern const KernelTable table_neon64_strict;
const KernelTable table_neon64_strict = impl::make_table<impl::Neon64Strict>("neon64_strict");

}  // namespace striate::kernels

// The kernels of NEON with FMA, four lanes: every 64-bit ARM has both.
#include "striate/kernels/impl/make_table.hpp"
#include "striate/kernels/impl/neon.hpp"

namespace striate::kernels {

extern const KernelTable table_neon64;
const KernelTable table_neon64 = impl::make_table<impl::Neon64>("neon64");

}  // namespace striate::kernels

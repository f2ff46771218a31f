// The kernels of WebAssembly's simd128, four lanes without FMA, compiled with -msimd128.
#include "striate/kernels/impl/make_table.hpp"

namespace striate::kernels {

extern const KernelTable table_wasm;
const KernelTable table_wasm = impl::make_table<xsimd::wasm>("wasm");

}  // namespace striate::kernels

// The kernels of WebAssembly: four lanes. Compiled twice, for two modules: with -msimd128 alone, which has no FMA, and
// with -mrelaxed-simd, where madd is what the machine does fastest.
#include "striate/kernels/impl/make_table.hpp"

namespace striate::kernels {

extern const KernelTable table_wasm;
const KernelTable table_wasm = impl::make_table<xsimd::wasm>(
#if defined(__wasm_relaxed_simd__)
    "wasm-relaxed"
#else
    "wasm"
#endif
);

}  // namespace striate::kernels

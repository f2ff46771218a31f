// The image kernels of WebAssembly's simd128, compiled with -msimd128.
#include "striate/kernels/image/impl/make_table.hpp"

namespace striate::kernels::image {

namespace {
struct ThisArch {};
}  // namespace

extern const ImageKernels image_wasm;
const ImageKernels image_wasm = impl::make_table<ThisArch>("wasm");

}  // namespace striate::kernels::image

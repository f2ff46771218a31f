// The image kernels of AVX2, compiled with -mavx2 -mfma.
#include "striate/kernels/image/impl/make_table.hpp"

namespace striate::kernels::image {

namespace {
struct ThisArch {};
}  // namespace

extern const ImageKernels image_avx2;
const ImageKernels image_avx2 = impl::make_table<ThisArch>("avx2");

}  // namespace striate::kernels::image

// The image kernels of AVX-512, compiled with -mavx512f -mavx512cd -mavx512dq -mavx512bw -mavx512vl.
#include "striate/kernels/image/impl/make_table.hpp"

namespace striate::kernels::image {

namespace {
struct ThisArch {};
}  // namespace

extern const ImageKernels image_avx512;
const ImageKernels image_avx512 = impl::make_table<ThisArch>("avx512");

}  // namespace striate::kernels::image

// The image kernels of SSE4.2, compiled with -msse4.2.
#include "striate/kernels/image/impl/make_table.hpp"

namespace striate::kernels::image {

namespace {
struct ThisArch {};
}  // namespace

extern const ImageKernels image_sse4_2;
const ImageKernels image_sse4_2 = impl::make_table<ThisArch>("sse4_2");

}  // namespace striate::kernels::image

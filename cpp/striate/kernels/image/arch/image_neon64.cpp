// The image kernels of NEON on 64-bit ARM, which every such machine has.
#include "striate/kernels/image/impl/make_table.hpp"

namespace striate::kernels::image {

namespace {
struct ThisArch {};
}  // namespace

extern const ImageKernels image_neon64;
const ImageKernels image_neon64 = impl::make_table<ThisArch>("neon64");

}  // namespace striate::kernels::image

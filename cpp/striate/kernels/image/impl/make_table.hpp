// Every image kernel, bound for one arch. Included by arch/image_<arch>.cpp only, which is compiled with that arch's
// flags; every function is a template on the arch, so that no two of them can be taken for one by the linker.
#pragma once

#include "striate/kernels/image/image_kernels.hpp"
#include "striate/kernels/image/impl/affine.hpp"
#include "striate/kernels/image/impl/colour.hpp"
#include "striate/kernels/image/impl/distort.hpp"
#include "striate/kernels/image/impl/fields.hpp"
#include "striate/kernels/image/impl/jpeg.hpp"
#include "striate/kernels/image/impl/lookup.hpp"
#include "striate/kernels/image/impl/median.hpp"
#include "striate/kernels/image/impl/noise.hpp"
#include "striate/kernels/image/impl/order.hpp"
#include "striate/kernels/image/impl/pointwise.hpp"
#include "striate/kernels/image/impl/rows.hpp"
#include "striate/kernels/image/impl/warp.hpp"

namespace striate::kernels::image::impl {

template <class Arch>
constexpr ImageKernels make_table(const char* name) {
  return {
      .arch = name,
      .lookup = lookup<Arch>,
      .scale = scale<Arch>,
      .scale_floats = scale_floats<Arch>,
      .gamma_table = gamma_table<Arch>,
      .invert_above = invert_above<Arch>,
      .blend = blend<Arch>,
      .mirror_rows = mirror_rows<Arch>,
      .transpose = transpose<Arch>,
      .gray = gray<Arch>,
      .rgb_to_hsv = rgb_to_hsv<Arch>,
      .hsv_to_rgb = hsv_to_rgb<Arch>,
      .rgb_to_hls = rgb_to_hls<Arch>,
      .hls_to_rgb = hls_to_rgb<Arch>,
      .to_floats = to_floats<Arch>,
      .to_bytes = to_bytes<Arch>,
      .weigh = weigh<Arch>,
      .pick = pick<Arch>,
      .box_row = box_row<Arch>,
      .box_step = box_step<Arch>,
      .extreme = extreme<Arch>,
      .median_row = median_row<Arch>,
      .add_field = add_field<Arch>,
      .multiply_field = multiply_field<Arch>,
      .shade = shade<Arch>,
      .noise_uniform = noise_uniform<Arch>,
      .noise_normal = noise_normal<Arch>,
      .thin_plate_row = thin_plate_row<Arch>,
      .inverse_distance_row = inverse_distance_row<Arch>,
      .rgb_to_ycc = rgb_to_ycc<Arch>,
      .ycc_to_rgb = ycc_to_rgb<Arch>,
      .halve_rows = halve_rows<Arch>,
      .double_row = double_row<Arch>,
      .jpeg_blocks = jpeg_blocks<Arch>,
      .pack = pack<Arch>,
      .unpack = unpack<Arch>,
      .pack_neighbours = pack_neighbours<Arch>,
      .ramp = ramp<Arch>,
      .sample = sample<Arch>,
      .sample_affine = sample_affine<Arch>,
  };
}

}  // namespace striate::kernels::image::impl

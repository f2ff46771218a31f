// The one table that binds each operation on byte images to its kernel, one table per arch like kernel_table.hpp.
//
// The kernels are plain C++ loops that the compiler turns into vector code; each arch compiles the same templates with
// its own flags (arch/image_<arch>.cpp). They use integers, and float additions, multiplications and divisions without
// contraction, in an order that does not depend on the width: every arch gives the same bits.
// Planes are [height][width] without gaps; `count` is a number of pixels of one plane unless said otherwise.
#pragma once

#include <cstddef>
#include <cstdint>

namespace striate::kernels::image {

// OpenCV's numbers. What lies outside an image …5 4 3 | 3 4 5…: constant f f f |, replicate 3 3 3 |, reflect 5 4 3 |,
// wrap 7 8 9 |, reflect_101 6 5 4 |.
enum class Border : int { constant, replicate, reflect, wrap, reflect_101 };
enum class Interpolation : int { nearest, linear, cubic, area, lanczos4, linear_exact, nearest_exact };

// The place inside 0 … size-1 that stands for i; -1 for the constant.
int border_index(std::ptrdiff_t i, int size, Border border);

// Up to four planes as words 0xDDCCBBAA, what warps read.
// framed: the image's border stands around it in memory, one pixel above and to the left, two below and to the right, so
// that bilinear sampling with a constant or replicated border needs no branches; of one channel, each word then holds its
// pixel and the neighbours to the right, below and diagonally below.
struct PackedImage {
  const std::uint32_t* pixels = nullptr;  // pixel (0, 0)
  int height = 0, width = 0;
  int stride = 0;    // from row to row
  int channels = 4;  // bytes of each word that count
  bool framed = false;
  Border border = Border::constant;
  std::uint32_t fill = 0;
};

// Where the pixels of an output lie in the input: (x + column · x_by_column + row · x_by_row, y + …), 32 binary places.
struct AffinePlaces {
  std::int64_t x, y, x_by_column, y_by_column, x_by_row, y_by_row;
};

struct ImageKernels {
  const char* arch;

  // ---- pointwise -----------------------------------------------------------------------------------------------------
  // out = table[in]
  void (*lookup)(const std::uint8_t* in, std::uint8_t* out, std::size_t count, const std::uint8_t* table);
  // out = in · scale + offset, cut to 0…255, the fraction dropped.
  void (*scale)(const std::uint8_t* in, std::uint8_t* out, std::size_t count, float scale, float offset);
  // out = in · scale + offset, cut to ±limit.
  void (*scale_floats)(const std::uint8_t* in, float* out, std::size_t count, float scale, float offset, float limit);
  // out = 255 · e^(gamma · logarithms) + 1e-6, at most 255, the fraction dropped.
  void (*gamma_table)(const double* logarithms, double gamma, std::uint8_t* out, std::size_t count);
  // out = v where v < threshold, else 255 − v, with v = in & mask.
  void (*invert_above)(const std::uint8_t* in, std::uint8_t* out, std::size_t count, int threshold, std::uint8_t mask);
  // out = a·weight_a + b·weight_b + offset, rounded and cut.
  void (*blend)(const std::uint8_t* a, float weight_a, const std::uint8_t* b, float weight_b, float offset, std::uint8_t* out,
                std::size_t count);

  // ---- order of pixels -------------------------------------------------------------------------------------------------
  void (*mirror_rows)(const std::uint8_t* in, std::uint8_t* out, int height, int width);
  // out [width][height] = the transpose of in [height][width].
  void (*transpose)(const std::uint8_t* in, std::uint8_t* out, int height, int width);

  // ---- colour ----------------------------------------------------------------------------------------------------------
  // RGB → gray: (4899 r + 9617 g + 1868 b + 2^13) / 2^14, as OpenCV.
  void (*gray)(const std::uint8_t* r, const std::uint8_t* g, const std::uint8_t* b, std::uint8_t* out, std::size_t count);
  // RGB → HSV (hue 0…179), as OpenCV's 8-bit conversion, and back.
  void (*rgb_to_hsv)(const std::uint8_t* r, const std::uint8_t* g, const std::uint8_t* b, std::uint8_t* h, std::uint8_t* s,
                     std::uint8_t* v, std::size_t count);
  void (*hsv_to_rgb)(const std::uint8_t* h, const std::uint8_t* s, const std::uint8_t* v, std::uint8_t* r, std::uint8_t* g,
                     std::uint8_t* b, std::size_t count);

  // RGB → HLS in floats (h in degrees, l and s in 0…1), and back; h beyond a turn wraps, l is cut to 0…1.
  void (*rgb_to_hls)(const std::uint8_t* r, const std::uint8_t* g, const std::uint8_t* b, float* h, float* l, float* s, std::size_t count);
  void (*hls_to_rgb)(const float* h, const float* l, const float* s, std::uint8_t* r, std::uint8_t* g, std::uint8_t* b, std::size_t count);

  // ---- rows ------------------------------------------------------------------------------------------------------------
  void (*to_floats)(const std::uint8_t* in, float* out, std::size_t count);
  // The nearest whole numbers (halves to even), cut to 0…255.
  void (*to_bytes)(const float* in, std::uint8_t* out, std::size_t count);
  // out = offset + Σ weights[k] · rows[k]
  void (*weigh)(const float* const* rows, const float* weights, int terms, float offset, float* out, std::size_t count);
  // out[i] = Σ weights[k · count + i] · row[first[i] + k]
  void (*pick)(const float* row, const std::int32_t* first, const float* weights, int taps, float* out, int count);
  // out[i] = Σ row[i + j], j < k ≤ 255
  void (*box_row)(const std::uint8_t* row, int k, std::uint16_t* out, std::size_t count);
  // sums += entering − leaving; out = sums · scale, rounded: at most 255 by the caller's scale.
  void (*box_step)(const std::uint16_t* entering, const std::uint16_t* leaving, std::int32_t* sums, float scale, std::uint8_t* out,
                   std::size_t count);
  // The largest or smallest of `terms` rows.
  void (*extreme)(const std::uint8_t* const* rows, int terms, bool largest, std::uint8_t* out, std::size_t count);
  // Median of k × k, k = 3, 5 or 7. rows: k rows of a padded image, out[x] has its corner at rows[0] + x.
  void (*median_row)(const std::uint8_t* const* rows, int k, std::uint8_t* out, int width);

  // ---- bytes and fields ------------------------------------------------------------------------------------------------
  // out = in + the whole part of field · scale + offset, cut.
  void (*add_field)(const std::uint8_t* in, const float* field, float scale, float offset, std::uint8_t* out, std::size_t count);
  // out = in · factors, cut, the fraction dropped.
  void (*multiply_field)(const std::uint8_t* in, const float* factors, std::uint8_t* out, std::size_t count);
  // out = in · factors + addends, rounded and cut.
  void (*shade)(const std::uint8_t* in, const float* factors, const float* addends, std::uint8_t* out, std::size_t count);

  // ---- fields of noise (noise_word.hpp) --------------------------------------------------------------------------------
  // In [0, 1), multiples of 2^-24.
  void (*noise_uniform)(std::uint32_t seed, std::uint32_t stream, float* out, std::size_t count);
  // Mean 0, variance 1. The values depend on `count` too.
  void (*noise_normal)(std::uint32_t seed, std::uint32_t stream, float* out, std::size_t count);

  // ---- maps of distortions (impl/distort.hpp) --------------------------------------------------------------------------
  void (*thin_plate_row)(const float* points, const float* weights, int count, float y, float step, float* out_x, float* out_y, int width);
  void (*inverse_distance_row)(const float* points, const float* targets, int count, float y, float* out_x, float* out_y, float* sums, int width);

  // ---- JPEG (impl/jpeg.hpp) --------------------------------------------------------------------------------------------
  void (*rgb_to_ycc)(const std::uint8_t* r, const std::uint8_t* g, const std::uint8_t* b, std::uint8_t* y, std::uint8_t* cb, std::uint8_t* cr,
                     std::size_t count);
  void (*ycc_to_rgb)(const std::uint8_t* y, const std::uint8_t* cb, const std::uint8_t* cr, std::uint8_t* r, std::uint8_t* g, std::uint8_t* b,
                     std::size_t count);
  // Chroma at half the size, `count` pixels a row, and back.
  void (*halve_rows)(const std::uint8_t* a, const std::uint8_t* b, std::uint8_t* out, std::size_t count);
  void (*double_row)(const std::uint8_t* near, const std::uint8_t* far, std::uint8_t* out, std::size_t count);
  void (*jpeg_blocks)(std::uint8_t* pixels, std::size_t stride, int blocks, const std::uint8_t* steps);

  // ---- resampling ------------------------------------------------------------------------------------------------------
  // The first `count` pixels of each plane.
  void (*pack)(const std::uint8_t* planes, std::size_t plane_size, std::size_t count, int channels, std::uint32_t* out);
  void (*unpack)(const std::uint32_t* in, std::size_t count, std::uint8_t* planes, std::size_t plane_size, int channels);
  // out[i] = the image at (x[i], y[i]), pixels with 16 binary places; pixel centres are whole numbers.
  // out[i] = in[i] | in[i + 1] << 8 | in[i + stride] << 16 | in[i + stride + 1] << 24
  void (*pack_neighbours)(const std::uint8_t* in, std::size_t stride, std::size_t count, std::uint32_t* out);
  // out[i] = the low 32 bits of (start + i · step) >> 16
  void (*ramp)(std::int64_t start, std::int64_t step, int count, std::int32_t* out);
  void (*sample)(const PackedImage& image, Interpolation interpolation, const std::int32_t* x, const std::int32_t* y, int count,
                 std::uint32_t* out);
  // All of height × width pixels, bilinear or nearest, into image.channels planes. The image is framed; no place, also none
  // up to 31 columns behind a row's end, lies further than 2000 pixels from (0, 0).
  void (*sample_affine)(const PackedImage& image, Interpolation interpolation, const AffinePlaces& map, int height, int width,
                        std::uint8_t* planes, std::size_t plane_size);
};

// The table of the arch that kernels() stands for.
const ImageKernels& image_kernels();

}  // namespace striate::kernels::image

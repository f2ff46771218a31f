// ImageCompression: the marks that JPEG leaves, without writing a JPEG.
//
// RGB → YCbCr, chroma at half the size, 8 × 8 blocks transformed, quantised by the standard tables at the drawn quality,
// and all the way back. Coding loses nothing and is left out. Channel 0 is red; Albumentations hands RGB to a coder that
// takes it for BGR, so its marks have red and blue changed about. A gray image is luma alone. WebP is not offered.
// Drawn: quality.
// Source: ITU-T T.81 (1992), tables K.1 and K.2; quality as libjpeg: a step is base · s / 100, s = 5000 / q below 50, else 200 − 2q.
#include "striate/augment/families.hpp"

#include <algorithm>
#include <cstring>

namespace striate::augment {
namespace {

constexpr std::uint8_t luma_steps[64] = {16, 11, 10, 16, 24,  40,  51,  61,  12, 12, 14, 19, 26,  58,  60,  55,  14, 13, 16, 24, 40,  57,
                                         69, 56, 14, 17, 22,  29,  51,  87,  80, 62, 18, 22, 37,  56,  68,  109, 103, 77, 24, 35, 55,  64,
                                         81, 104, 113, 92, 49, 64, 78,  87,  103, 121, 120, 101, 72, 92, 95,  98,  112, 100, 103, 99};
// The chroma table is 99 beyond its first corner of 4 × 4.
constexpr std::uint8_t chroma_corner[4][4] = {{17, 18, 24, 47}, {18, 21, 26, 66}, {24, 26, 56, 99}, {47, 66, 99, 99}};

void quantisation(int quality, bool chroma, std::uint8_t* steps) {
  const int scale = quality < 50 ? 5000 / quality : 200 - 2 * quality;
  for (int i = 0; i < 64; ++i) {
    const int base = !chroma ? luma_steps[i] : i / 8 < 4 && i % 8 < 4 ? chroma_corner[i / 8][i % 8] : 99;
    steps[i] = static_cast<std::uint8_t>(std::clamp((base * scale + 50) / 100, 1, 255));
  }
}

std::size_t padded(int side, int to) { return static_cast<std::size_t>((side + to - 1) / to * to); }

// Repeats the last pixels of each row, and the last row, up to whole blocks.
void extend(std::uint8_t* plane, int height, int width, std::size_t stride, std::size_t rows) {
  for (std::size_t y = 0; y < static_cast<std::size_t>(height); ++y) {
    std::uint8_t* row = plane + y * stride;
    std::memset(row + width, row[width - 1], stride - static_cast<std::size_t>(width));
  }
  for (std::size_t y = static_cast<std::size_t>(height); y < rows; ++y) std::memcpy(plane + y * stride, plane + (y - 1) * stride, stride);
}

void code(std::uint8_t* plane, std::size_t stride, std::size_t rows, const std::uint8_t* steps, const ImageKernels& kernels) {
  for (std::size_t y = 0; y < rows; y += 8) kernels.jpeg_blocks(plane + y * stride, stride, static_cast<int>(stride / 8), steps);
}

class ImageCompression final : public Transform {
 public:
  explicit ImageCompression(const Options& o) : quality_(o.range("quality_range")) {}
  void draw(Draw& d) const override { d.put("quality", d.integer(quality_)); }
  core::Status apply(const Job& job) const override {
    const int quality = job.parameters.integer("quality", 1, 100);
    const int height = job.in.shape.height, width = job.in.shape.width;
    std::uint8_t luma[64], chroma[64];
    quantisation(quality, false, luma);
    quantisation(quality, true, chroma);
    const bool colours = job.in.shape.channels == 3;
    const std::size_t stride = padded(width, colours ? 16 : 8), rows = padded(height, colours ? 16 : 8);
    const auto row = static_cast<std::size_t>(width);
    STRIATE_TAKE(std::uint8_t, y_plane, job.scratch, stride * rows);
    if (!colours) {
      for (int y = 0; y < height; ++y) std::memcpy(y_plane + static_cast<std::size_t>(y) * stride, job.in.row(0, y), row);
      extend(y_plane, height, width, stride, rows);
      code(y_plane, stride, rows, luma, job.kernels);
      for (int y = 0; y < height; ++y) std::memcpy(job.out.row(0, y), y_plane + static_cast<std::size_t>(y) * stride, row);
      return {};
    }
    // Two rows of full chroma at a time.
    const int small_height = (height + 1) / 2, small_width = (width + 1) / 2;
    const std::size_t small_stride = stride / 2, small_rows = rows / 2;
    STRIATE_TAKE(std::uint8_t, small, job.scratch, 2 * small_stride * small_rows);
    STRIATE_TAKE(std::uint8_t, full, job.scratch, 4 * stride);
    for (int pair = 0; pair < small_height; ++pair) {
      for (int k = 0; k < 2; ++k) {
        const int y = std::min(2 * pair + k, height - 1);
        std::uint8_t *cb = full + static_cast<std::size_t>(k) * stride, *cr = full + static_cast<std::size_t>(2 + k) * stride;
        job.kernels.rgb_to_ycc(job.in.row(0, y), job.in.row(1, y), job.in.row(2, y), y_plane + static_cast<std::size_t>(y) * stride, cb, cr, row);
        std::memset(cb + row, cb[row - 1], stride - row);
        std::memset(cr + row, cr[row - 1], stride - row);
      }
      for (std::size_t c = 0; c < 2; ++c) {
        job.kernels.halve_rows(full + 2 * c * stride, full + (2 * c + 1) * stride, small + c * small_stride * small_rows + static_cast<std::size_t>(pair) * small_stride,
                               small_stride);
      }
    }
    extend(y_plane, height, width, stride, rows);
    code(y_plane, stride, rows, luma, job.kernels);
    for (std::size_t c = 0; c < 2; ++c) {
      extend(small + c * small_stride * small_rows, small_height, static_cast<int>(small_stride), small_stride, small_rows);
      code(small + c * small_stride * small_rows, small_stride, small_rows, chroma, job.kernels);
    }
    for (int y = 0; y < height; ++y) {
      const int near = y / 2, far = std::clamp(y % 2 == 0 ? near - 1 : near + 1, 0, small_height - 1);
      for (std::size_t c = 0; c < 2; ++c) {
        const std::uint8_t* plane = small + c * small_stride * small_rows;
        const std::uint8_t* close = plane + static_cast<std::size_t>(near) * small_stride;
        std::uint8_t* wide = full + c * stride;
        if (small_width > 2) {
          job.kernels.double_row(close, plane + static_cast<std::size_t>(far) * small_stride, wide, static_cast<std::size_t>(small_width));
        } else {
          for (std::size_t x = 0; x < row; ++x) wide[x] = close[x / 2];
        }
      }
      job.kernels.ycc_to_rgb(y_plane + static_cast<std::size_t>(y) * stride, full, full + stride, job.out.row(0, y), job.out.row(1, y), job.out.row(2, y), row);
    }
    return {};
  }

 private:
  Range quality_;
};

using namespace option;

constexpr OptionSpec compression_options[] = {
    choice("compression_type", "jpeg", 0, "JPEG is the one that there is."),
    integer_range("quality_range", {99, 100}, {1, 100}, Single::refused, "From coarse to fine."),
};

constexpr TransformSpec jpeg_specs[] = {
    {.name = "ImageCompression", .family = "degrade", .doc = "The marks that JPEG leaves.", .channels = Channels::rgb_or_gray, .options = compression_options, .make = make_transform<ImageCompression>},
};

}  // namespace

std::span<const TransformSpec> jpeg_transforms() { return jpeg_specs; }

}  // namespace striate::augment

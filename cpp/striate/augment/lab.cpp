#include "striate/augment/lab.hpp"

#include "striate/augment/exact_math.hpp"
#include "striate/augment/tables.hpp"

#include <algorithm>
#include <cmath>

namespace striate::augment {
namespace {

// Rows of the matrix from linear sRGB to XYZ divided by the white point, in 1/4096.
constexpr int to_x[3] = {1777, 1541, 778}, to_y[3] = {871, 2929, 296}, to_z[3] = {73, 448, 3575};

int descale(int value, int bits) { return (value + (1 << (bits - 1))) >> bits; }

}  // namespace

LabTables::LabTables() {
  for (int i = 0; i < 256; ++i) {
    const double v = i / 255.0;
    const double linear = v <= 0.04045 ? v / 12.92 : exact_pow((v + 0.055) / 1.055, 2.4);
    linear_[static_cast<std::size_t>(i)] = static_cast<std::uint16_t>(linear * 255 * 8 + 0.5);
    lightness_[static_cast<std::size_t>(i)] = static_cast<float>((i * 100.0 / 255 + 16) / 116);
  }
  for (int i = 0; i < 3072; ++i) {
    const double t = i / (255.0 * 8);
    const double f = t < 216.0 / 24389 ? t * (841.0 / 108) + 16.0 / 116 : exact_pow(t, 1.0 / 3);
    root_[static_cast<std::size_t>(i)] = static_cast<std::uint16_t>(f * 32768 + 0.5);
  }
  for (int i = 0; i <= 4096; ++i) {
    const double v = i / 4096.0;
    const double curved = v <= 0.0031308 ? v * 12.92 : 1.055 * exact_pow(v, 1 / 2.4) - 0.055;
    gamma_[static_cast<std::size_t>(i)] = round_byte(255 * curved);
  }
}

const LabTables& LabTables::get() {
  static const LabTables tables;
  return tables;
}

void LabTables::from_rgb(const std::uint8_t* r, const std::uint8_t* g, const std::uint8_t* b, std::uint8_t* l, std::uint8_t* a,
                         std::uint8_t* b_out, std::size_t count) const {
  constexpr int scale = (116 * 255 + 50) / 100, shift = -((16 * 255 * (1 << 15) + 50) / 100);
  const auto root = [&](const int (&row)[3], int red, int green, int blue) {
    return int{root_[static_cast<std::size_t>(descale(red * row[0] + green * row[1] + blue * row[2], 12))]};
  };
  for (std::size_t i = 0; i < count; ++i) {
    const int red = linear_[r[i]], green = linear_[g[i]], blue = linear_[b[i]];
    const int y = root(to_y, red, green, blue);
    l[i] = static_cast<std::uint8_t>(std::clamp(descale(scale * y + shift, 15), 0, 255));
    if (a == nullptr) continue;
    const int x = root(to_x, red, green, blue), z = root(to_z, red, green, blue);
    a[i] = static_cast<std::uint8_t>(std::clamp(descale(500 * (x - y) + 128 * (1 << 15), 15), 0, 255));
    b_out[i] = static_cast<std::uint8_t>(std::clamp(descale(200 * (y - z) + 128 * (1 << 15), 15), 0, 255));
  }
}

void LabTables::to_rgb(const std::uint8_t* l, const std::uint8_t* a, const std::uint8_t* b_in, std::uint8_t* r, std::uint8_t* g, std::uint8_t* b,
                       std::size_t count) const {
  const auto cube = [](float f) { return f > 6.0f / 29 ? f * f * f : (f - 16.0f / 116) * (108.0f / 841); };
  const auto level = [&](float v) { return gamma_[static_cast<std::size_t>(static_cast<int>(std::min(std::max(v, 0.0f), 1.0f) * 4096.0f + 0.5f))]; };
  for (std::size_t i = 0; i < count; ++i) {
    const float fy = lightness_[l[i]];
    const float fx = fy + static_cast<float>(a[i] - 128) * (1.0f / 500), fz = fy - static_cast<float>(b_in[i] - 128) * (1.0f / 200);
    const float x = cube(fx) * 0.950456f, y = cube(fy), z = cube(fz) * 1.088754f;
    r[i] = level(3.240479f * x - 1.53715f * y - 0.498535f * z);
    g[i] = level(-0.969256f * x + 1.875991f * y + 0.041556f * z);
    b[i] = level(0.055648f * x - 0.204043f * y + 1.057311f * z);
  }
}

}  // namespace striate::augment

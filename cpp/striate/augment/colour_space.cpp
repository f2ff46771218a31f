#include "striate/augment/colour_space.hpp"

#include "striate/augment/exact_math.hpp"

#include <algorithm>

namespace striate::augment {
namespace {

constexpr std::size_t chunk = 4096;

core::Status convert(const ConstImage& in, const Image& out, const Table* hue, const Table* saturation, const Table* value,
                     Scratch& scratch, const ImageKernels& kernels) {
  const Scratch::Mark mark = scratch.mark();
  STRIATE_TAKE(std::uint8_t, planes, scratch, 3 * chunk);
  std::uint8_t *h = planes, *s = planes + chunk, *v = planes + 2 * chunk;
  for (std::size_t first = 0; first < in.plane_size(); first += chunk) {
    const std::size_t count = std::min(chunk, in.plane_size() - first);
    kernels.rgb_to_hsv(in.plane(0) + first, in.plane(1) + first, in.plane(2) + first, h, s, v, count);
    if (hue != nullptr) kernels.lookup(h, h, count, hue->data());
    if (saturation != nullptr) kernels.lookup(s, s, count, saturation->data());
    if (value != nullptr) kernels.lookup(v, v, count, value->data());
    kernels.hsv_to_rgb(h, s, v, out.plane(0) + first, out.plane(1) + first, out.plane(2) + first, count);
  }
  scratch.release(mark);
  return {};
}

}  // namespace

void hue_table(double by, Table& table) {
  const int turned = static_cast<int>(floor_of(std::clamp(by, -1e6, 1e6))) % 180, first = turned < 0 ? turned + 180 : turned;
  for (int i = 0; i < 256; ++i) {
    const int place = i + first;  // below 435
    table[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(place - (place >= 180 ? 180 : 0) - (place >= 360 ? 180 : 0));
  }
}

void hls_to_bytes(float* h, const float* l, float* s, std::uint8_t* lightness, std::size_t count) {
  constexpr float large = 12582912.0f;  // adding it rounds to the nearest whole number, halves to even
  for (std::size_t i = 0; i < count; ++i) {
    h[i] = ((h[i] * 0.5f + large) - large) * 2.0f;
    s[i] = ((s[i] * 255.0f + large) - large) * (1.0f / 255.0f);
    lightness[i] = static_cast<std::uint8_t>(static_cast<int>((l[i] * 255.0f + large) - large));
  }
}

core::Status through_hsv(const ConstImage& in, const Image& out, const Table& hue, const Table& saturation, const Table& value,
                         Scratch& scratch, const ImageKernels& kernels) {
  return convert(in, out, &hue, &saturation, &value, scratch, kernels);
}

core::Status turn_hue(const ConstImage& in, const Image& out, const Table& hue, Scratch& scratch, const ImageKernels& kernels) {
  return convert(in, out, &hue, nullptr, nullptr, scratch, kernels);
}

}  // namespace striate::augment

#include "striate/data/synthetic.hpp"

#include "striate/core/buffer.hpp"
#include "striate/core/rng.hpp"
#include "striate/core/text.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>
#include <utility>
#include <vector>

namespace striate::data {

using core::Error;
using core::ErrorCode;
using core::Rng;

namespace {

constexpr std::int64_t most_images = 1'000'000, least_size = 8, most_size = 128;
constexpr int pixel = 256;     // lengths
constexpr int one = 1 << 14;   // sines and cosines
constexpr int hues = 6 * 256;  // a full circle, red at 0
enum Form { disc, square, triangle, stripes, checks };

using Colour = std::array<int, 3>;

// What one image is made of, drawn in a fixed order.
class SyntheticImage {
 public:
  SyntheticImage(std::uint64_t seed, std::uint32_t index, int size)
      : rng_(seed, core::RandomStream::synthetic, 0, index), size_(size), form_(static_cast<Form>(index % 10 / 2)) {
    const bool cold = index % 2 == 1;
    // One draw a statement: compilers differ in the order of a call's arguments.
    const int ink_hue = cold ? between(480, 1088) : between(-64, 224);
    const int ink_saturation = between(130, 255), ink_value = between(130, 255);
    ink_ = hsv(ink_hue, ink_saturation, ink_value);
    for (Colour& colour : ground_) {
      const int hue = between(0, hues - 1), saturation = between(0, 60), value = between(30, 225);
      colour = hsv(hue, saturation, value);
    }
    turn(ground_cosine_, ground_sine_);
    turn(cosine_, sine_);
    const int side = size * pixel;
    if (form_ >= stripes) {
      period_ = between(side * 6 / 32, side * 11 / 32);
      middle_x_ = between(0, side), middle_y_ = between(0, side);
    } else {
      radius_ = between(side * 6 / 32, side * 11 / 32);
      middle_x_ = between(radius_, side - radius_), middle_y_ = between(radius_, side - radius_);
    }
    noise_ = between(2, 10);
  }

  // Three planes of size × size.
  void draw(std::uint8_t* out) {
    const int plane = size_ * size_;
    for (int y = 0; y < size_; ++y) {
      for (int x = 0; x < size_; ++x) {
        const int inked = samples_inside(x, y), share = ground_share(x, y);
        const std::uint32_t words[3] = {rng_.next_u32(), rng_.next_u32(), rng_.next_u32()};
        for (int c = 0; c < 3; ++c) {
          const auto channel = static_cast<std::size_t>(c);
          const int ground = (ground_[0][channel] * (256 - share) + ground_[1][channel] * share) / 256;
          const int value = (ink_[channel] * inked + ground * (4 - inked)) / 4 + noise(words[c]);
          out[c * plane + y * size_ + x] = static_cast<std::uint8_t>(std::clamp(value, 0, 255));
        }
      }
    }
  }

 private:
  int between(int low, int high) { return low + static_cast<int>(rng_.below(static_cast<std::uint32_t>(high - low + 1))); }

  // An angle from anywhere on the circle: (1 − t², 2t) / (1 + t²) runs through a quarter of it, swaps give the others.
  void turn(int& cosine, int& sine) {
    const std::int64_t t = between(0, 1023), whole = 1024 * 1024 + t * t;
    cosine = static_cast<int>((1024 * 1024 - t * t) * one / whole);
    sine = static_cast<int>(2 * 1024 * t * one / whole);
    for (std::uint32_t quarters = rng_.below(4); quarters > 0; --quarters) {
      const int before = cosine;
      cosine = -sine, sine = before;
    }
  }

  static Colour hsv(int hue, int saturation, int value) {
    hue = (hue + hues) % hues;
    const int part = hue % 256, low = value * (255 - saturation) / 255;
    const int falling = value * (255 * 256 - saturation * part) / (255 * 256);
    const int rising = value * (255 * 256 - saturation * (256 - part)) / (255 * 256);
    switch (hue / 256) {
      case 0: return {value, rising, low};
      case 1: return {falling, value, low};
      case 2: return {low, value, rising};
      case 3: return {low, falling, value};
      case 4: return {rising, low, value};
      default: return {value, low, falling};
    }
  }

  // How many of the pixel's four samples the form covers.
  int samples_inside(int x, int y) const {
    int count = 0;
    for (int sample = 0; sample < 4; ++sample) {
      const int dx = x * pixel + 64 + sample % 2 * 128 - middle_x_, dy = y * pixel + 64 + sample / 2 * 128 - middle_y_;
      const int u = static_cast<int>((std::int64_t{dx} * cosine_ + std::int64_t{dy} * sine_) / one);
      const int v = static_cast<int>((std::int64_t{dy} * cosine_ - std::int64_t{dx} * sine_) / one);
      count += inside(u, v) ? 1 : 0;
    }
    return count;
  }

  // (u, v): the sample as the form sees it, from its middle and along its axes.
  bool inside(int u, int v) const {
    switch (form_) {
      case disc: return std::int64_t{u} * u + std::int64_t{v} * v <= std::int64_t{radius_} * radius_;
      case square: {  // half side √π/2 · r
        const int half = radius_ * 907 / 1024;
        return u <= half && -u <= half && v <= half && -v <= half;
      }
      case triangle: {  // of three equal sides, each √(π / 3√3) · r from the middle
        const int reach = radius_ * 796 / 1024, slanted = u * 887 / 1024;
        return -v <= reach && v / 2 + slanted <= reach && v / 2 - slanted <= reach;
      }
      case stripes: return odd_half(v);
      default: return odd_half(u) != odd_half(v);
    }
  }

  bool odd_half(int along) const {
    const int place = (along % period_ + period_) % period_;
    return place * 2 >= period_;
  }

  // How far the ground has run from its first colour to its second, 0 … 256.
  int ground_share(int x, int y) const {
    const int half = size_ / 2;
    const std::int64_t along = std::int64_t{x - half} * ground_cosine_ + std::int64_t{y - half} * ground_sine_;
    return static_cast<int>(std::clamp<std::int64_t>(128 + along * 256 / (std::int64_t{one} * size_), 0, 256));
  }

  // Four bytes summed are nearly normal, with a deviation of 148; noise_ is the deviation of a pixel's value.
  int noise(std::uint32_t word) const {
    const int sum = static_cast<int>((word & 255) + (word >> 8 & 255) + (word >> 16 & 255) + (word >> 24)) - 510;
    return sum * noise_ / 148;
  }

  Rng rng_;
  int size_ = 0;
  Form form_ = disc;
  Colour ink_{};
  std::array<Colour, 2> ground_{};
  int ground_cosine_ = 0, ground_sine_ = 0, cosine_ = 0, sine_ = 0;
  int middle_x_ = 0, middle_y_ = 0, radius_ = 0, period_ = 1, noise_ = 0;
};

}  // namespace

core::Result<MemoryDataset> make_synthetic(const SyntheticOptions& options) {
  if (options.count < 1 || options.count > most_images) {
    return Error{ErrorCode::invalid_argument, core::text("synthetic images: count is ", options.count),
                 "Ask for 1 to 1000000 images."};
  }
  if (options.size < least_size || options.size > most_size) {
    return Error{ErrorCode::invalid_argument, core::text("synthetic images: size is ", options.size),
                 "Give a height and width of 8 to 128 pixels."};
  }
  const int size = static_cast<int>(options.size);
  const auto count = static_cast<std::uint64_t>(options.count);
  const std::uint64_t each = 3 * static_cast<std::uint64_t>(size * size);
  STRIATE_TRY(dataset, MemoryDataset::make({3, size, size}, PixelKind::bytes, synthetic_classes));
  core::Buffer<std::uint8_t> block;
  const std::uint64_t bytes = std::min<std::uint64_t>(count * each, std::numeric_limits<std::size_t>::max());
  STRIATE_CHECK(block.resize(static_cast<std::size_t>(bytes), "synthetic images"));
  std::vector<std::int32_t> labels(static_cast<std::size_t>(count));
  for (std::uint32_t i = 0; i < count; ++i) {
    labels[i] = static_cast<std::int32_t>(i % synthetic_classes);
    SyntheticImage(options.seed, i, size).draw(block.data() + i * static_cast<std::size_t>(each));
  }
  STRIATE_CHECK(dataset.adopt(std::move(block), 0, PixelKind::bytes, labels));
  return std::move(dataset);
}

}  // namespace striate::data

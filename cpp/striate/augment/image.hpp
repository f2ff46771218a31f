// Views of one image while it is augmented: bytes in planes, [channels][height][width], without gaps.
//
// Planes, because nearly every operation treats channels alike or apart, and neighbours in x then lie side by side for
// any number of channels; warps pack up to four planes into words for themselves.
#pragma once

#include "striate/core/shape.hpp"

#include <cstddef>
#include <cstdint>

namespace striate::augment {

struct ConstImage {
  const std::uint8_t* pixels = nullptr;
  core::Shape shape;

  std::size_t plane_size() const { return static_cast<std::size_t>(shape.height) * static_cast<std::size_t>(shape.width); }
  std::size_t size() const { return plane_size() * static_cast<std::size_t>(shape.channels); }
  const std::uint8_t* plane(int c) const { return pixels + plane_size() * static_cast<std::size_t>(c); }
  const std::uint8_t* row(int c, int y) const { return plane(c) + static_cast<std::size_t>(y) * static_cast<std::size_t>(shape.width); }
};

struct Image {
  std::uint8_t* pixels = nullptr;
  core::Shape shape;

  operator ConstImage() const { return {pixels, shape}; }
  std::size_t plane_size() const { return ConstImage(*this).plane_size(); }
  std::size_t size() const { return ConstImage(*this).size(); }
  std::uint8_t* plane(int c) const { return pixels + plane_size() * static_cast<std::size_t>(c); }
  std::uint8_t* row(int c, int y) const { return plane(c) + static_cast<std::size_t>(y) * static_cast<std::size_t>(shape.width); }
};

}  // namespace striate::augment

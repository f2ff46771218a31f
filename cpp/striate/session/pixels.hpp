// Pixels: images as a caller hands them over: bytes 0…255 or floats 0…1, NCHW, in one owned block.
#pragma once

#include "striate/core/buffer.hpp"
#include "striate/data/memory_dataset.hpp"

#include <cstddef>
#include <cstdint>

namespace striate::session {

using data::PixelKind;

struct Pixels {
  PixelKind kind = PixelKind::bytes;
  core::Buffer<std::uint8_t> storage;  // 4 bytes a value for floats; 64-byte aligned

  std::size_t count() const { return kind == PixelKind::bytes ? storage.size() : storage.size() / sizeof(float); }
  const std::uint8_t* bytes() const { return storage.data(); }
  const float* floats() const { return reinterpret_cast<const float*>(storage.data()); }
};

}  // namespace striate::session

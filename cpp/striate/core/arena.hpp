// Arena: one aligned block of memory, reserved once, from which a plan hands out places by offset.
//
// Ensures: the block is 64-byte aligned and zeroed; reserve() either succeeds whole or leaves the old block as it was.
// Errors: out_of_memory with the bytes asked for; nothing is thrown.
#pragma once

#include "striate/core/result.hpp"

#include <cstddef>
#include <string_view>

namespace striate::core {

inline constexpr std::size_t alignment = 64;  // bytes: a cache line, and one AVX-512 register

constexpr std::size_t align_up(std::size_t bytes, std::size_t to = alignment) { return (bytes + to - 1) / to * to; }

class Arena {
 public:
  Arena() = default;
  Arena(Arena&& other) noexcept;
  Arena& operator=(Arena&& other) noexcept;
  ~Arena();

  // Replaces the block by one of `bytes` zeroed bytes. `what` names the owner in the error ("training plan for batch
  // 512").
  Status reserve(std::size_t bytes, std::string_view what);

  std::size_t size() const { return bytes_; }
  std::byte* data() const { return data_; }
  float* floats(std::size_t byte_offset = 0) const { return reinterpret_cast<float*>(data_ + byte_offset); }

 private:
  std::byte* data_ = nullptr;
  std::size_t bytes_ = 0;
};

}  // namespace striate::core

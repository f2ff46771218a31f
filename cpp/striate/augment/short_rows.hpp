// Copies of short rows: for the rows of small images a call of memcpy or memset takes longer than the copy itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace striate::augment {

// `count` bytes from one block to another; a row's last piece may overlap the one before.
inline void copy_row(const std::uint8_t* from, std::uint8_t* to, std::size_t count) {
  constexpr std::size_t longest = 128, piece = 16;
  if (count > longest) {
    std::memcpy(to, from, count);
  } else if (count >= piece) {
    for (std::size_t i = 0; i + piece < count; i += piece) std::memcpy(to + i, from + i, piece);
    std::memcpy(to + count - piece, from + count - piece, piece);
  } else if (count >= 4) {
    if (count >= 8) {
      std::memcpy(to, from, 8);
      std::memcpy(to + count - 8, from + count - 8, 8);
    } else {
      std::memcpy(to, from, 4);
      std::memcpy(to + count - 4, from + count - 4, 4);
    }
  } else {
    for (std::size_t i = 0; i < count; ++i) to[i] = from[i];
  }
}

inline void fill_row(std::uint8_t* to, std::uint8_t value, std::size_t count) {
  constexpr std::size_t longest = 128;
  if (count > longest) {
    std::memset(to, value, count);
    return;
  }
  const std::uint64_t eight = 0x0101010101010101ull * value;
  if (count < 8) {
    if (count < 4) {
      for (std::size_t i = 0; i < count; ++i) to[i] = value;
    } else {
      std::memcpy(to, &eight, 4);
      std::memcpy(to + count - 4, &eight, 4);
    }
    return;
  }
  std::size_t i = 0;
  for (; i + 8 <= count; i += 8) std::memcpy(to + i, &eight, 8);
  std::memcpy(to + count - 8, &eight, 8);
}

}  // namespace striate::augment

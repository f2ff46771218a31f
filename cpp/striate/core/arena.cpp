#include "striate/core/arena.hpp"
#include "striate/core/text.hpp"

#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>

namespace striate::core {

Arena::Arena(Arena&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}

Arena& Arena::operator=(Arena&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

Arena::~Arena() { std::free(data_); }

Status Arena::reserve(std::size_t bytes, std::string_view what) {
  const std::size_t rounded = align_up(bytes == 0 ? 1 : bytes);
  void* block = rounded < bytes ? nullptr : std::aligned_alloc(alignment, rounded);
  if (block == nullptr) {
    return Error{ErrorCode::out_of_memory,
                 text(what, " needs ", bytes >> 10, " KiB and the system has no such block free"),
                 "Use a smaller batch, smaller images or fewer channels, or close other pages."};
  }
  std::memset(block, 0, rounded);
  std::free(data_);
  data_ = static_cast<std::byte*>(block);
  bytes_ = rounded;
  return {};
}

}  // namespace striate::core

// Buffer<T>: a growable block of plain values whose growth can fail politely.
//
// std::vector cannot say "no memory" in a build without exceptions: it aborts, and takes the worker with it. Whatever
// is sized by a caller's file or dataset (pixels, tensors, saved bytes) lives in a Buffer; small tables stay vectors.
// Ensures: 64-byte aligned, values uninitialised until written; a failed resize leaves the buffer as it was.
// Errors: out_of_memory naming `what` and the bytes asked for.
#pragma once

#include "striate/core/arena.hpp"
#include "striate/core/result.hpp"

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

namespace striate::core {

// The error of a Buffer that cannot grow to `size` values of `value_bytes` each.
Error buffer_refused(std::string_view what, std::size_t size, std::size_t value_bytes);

template <typename T>
class Buffer {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  Buffer() = default;
  Buffer(Buffer&& other) noexcept : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  Buffer& operator=(Buffer&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~Buffer() { std::free(data_); }

  // Keeps the first min(old, new) values; those added are uninitialised.
  Status resize(std::size_t size, std::string_view what) {
    constexpr std::size_t most = std::numeric_limits<std::size_t>::max() / 2 / sizeof(T);
    void* block = size > most ? nullptr : std::aligned_alloc(alignment, align_up(size == 0 ? 1 : size * sizeof(T)));
    if (block == nullptr) {
      return buffer_refused(what, size, sizeof(T));
    }
    if (size_ != 0 && size != 0) std::memcpy(block, data_, (size_ < size ? size_ : size) * sizeof(T));
    std::free(data_);
    data_ = static_cast<T*>(block);
    size_ = size;
    return {};
  }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T* data() const { return data_; }
  T& operator[](std::size_t i) const { return data_[i]; }
  std::span<T> span() const { return {data_, size_}; }

 private:
  T* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace striate::core

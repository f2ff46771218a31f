// Scratch: memory of one worker for what a transform needs while it runs, handed out in pieces and taken back at once.
//
// Ensures: pieces are 64-byte aligned and uninitialised; they stay in place until reset(). After the first images of a
// run nothing is allocated any more: reset() joins the blocks into one that holds them all.
// Errors: take() gives null when the system has no memory left; STRIATE_TAKE turns that into an Error.
#pragma once

#include "striate/core/arena.hpp"
#include "striate/core/buffer.hpp"
#include "striate/core/result.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace striate::augment {

class Scratch {
 public:
  template <typename T>
  T* take(std::size_t count) {
    return reinterpret_cast<T*>(take_bytes(core::align_up(count * sizeof(T) + 1)));
  }

  // Takes everything back.
  void reset();
  // Where the next piece begins, and back to there: for loops whose turns need the same memory again.
  struct Mark {
    std::size_t block = 0, used = 0;
  };
  Mark mark() const { return {block_, used_}; }
  void release(Mark mark) {
    block_ = mark.block;
    used_ = mark.used;
  }

 private:
  std::byte* take_bytes(std::size_t bytes);

  std::vector<core::Buffer<std::byte>> blocks_;
  std::size_t block_ = 0;  // the block being handed out
  std::size_t used_ = 0;   // of it
};

inline core::Error scratch_error(std::size_t bytes) {
  return {core::ErrorCode::out_of_memory,
          "augmentation needs " + std::to_string(bytes >> 10) + " KiB of working memory and the system has no such block free",
          "Use smaller images, or close other pages."};
}

}  // namespace striate::augment

// Declares `type* name` with room for `count`, or returns out_of_memory from the enclosing function.
#define STRIATE_TAKE(type, name, scratch, count)                       \
  type* const name = (scratch).template take<type>(count);             \
  if (name == nullptr) return ::striate::augment::scratch_error((count) * sizeof(type))

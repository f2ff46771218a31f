#include "striate/augment/scratch.hpp"

#include <algorithm>
#include <utility>

namespace striate::augment {

void Scratch::reset() {
  if (blocks_.size() > 1) {
    std::size_t all = 0;
    for (const auto& block : blocks_) all += block.size();
    core::Buffer<std::byte> joined;
    if (joined.resize(all, "augmentation")) {
      blocks_.clear();
      blocks_.push_back(std::move(joined));
    }
  }
  block_ = 0;
  used_ = 0;
}

std::byte* Scratch::take_bytes(std::size_t bytes) {
  while (block_ < blocks_.size() && blocks_[block_].size() - used_ < bytes) {
    ++block_;
    used_ = 0;
  }
  if (block_ == blocks_.size()) {
    constexpr std::size_t least = std::size_t{1} << 16;
    core::Buffer<std::byte> more;
    if (!more.resize(std::max(bytes, least), "augmentation")) return nullptr;
    blocks_.push_back(std::move(more));
    used_ = 0;
  }
  std::byte* piece = blocks_[block_].data() + used_;
  used_ += bytes;
  return piece;
}

}  // namespace striate::augment

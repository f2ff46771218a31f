// MemoryDataset: labelled images held in memory, as bytes 0…255 or as floats, each in NCHW order [count][C][H][W].
//
// A dataset is a list of samples; a sample points into a block of pixels that datasets share and nobody changes. So a
// split or a slice copies no pixels, and appending a drawn digit adds one small block.
// Requires: sizes ≥ 1, one label per image, 0 ≤ label < classes, float pixels finite.
// Errors: invalid_shape, invalid_argument or not_finite, naming the image and the value; out_of_memory. On error
// nothing was appended.
#pragma once

#include "striate/core/buffer.hpp"
#include "striate/core/result.hpp"
#include "striate/core/shape.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace striate::data {

enum class PixelKind { bytes, floats };

class MemoryDataset {
 public:
  // An empty dataset of images of one shape. classes: how many labels there are.
  static core::Result<MemoryDataset> make(const core::Shape& shape, PixelKind kind, int classes);

  // Copies labels.size() images. The pixels' type must be the dataset's kind.
  core::Status append(std::span<const std::uint8_t> pixels, std::span<const std::int32_t> labels);
  core::Status append(std::span<const float> pixels, std::span<const std::int32_t> labels);
  // Takes over a block whose pixels, of the given kind, begin at byte `offset` (0 for floats) and run to its end.
  // On error the block is left with the caller.
  core::Status adopt(core::Buffer<std::uint8_t>&& block, std::size_t offset, PixelKind kind,
                     std::span<const std::int32_t> labels);

  // The samples at `indices`, in that order, sharing the pixels. Error invalid_argument names an index past the end.
  core::Result<MemoryDataset> select(std::span<const std::uint32_t> indices) const;

  const core::Shape& shape() const { return shape_; }
  PixelKind kind() const { return kind_; }
  int classes() const { return classes_; }
  std::size_t count() const { return samples_.size(); }
  std::span<const std::int32_t> labels() const { return labels_; }

  // Pixels of one image, C·H·W of them. The kind must match.
  const std::uint8_t* bytes(std::size_t index) const { return samples_[index]; }
  const float* floats(std::size_t index) const { return reinterpret_cast<const float*>(samples_[index]); }

 private:
  using Block = core::Buffer<std::uint8_t>;

  MemoryDataset() = default;
  core::Status check(std::size_t pixels, PixelKind kind, std::span<const std::int32_t> labels) const;
  core::Status append_copy(std::span<const std::uint8_t> pixels, PixelKind kind, std::span<const std::int32_t> labels);

  core::Shape shape_;
  PixelKind kind_ = PixelKind::bytes;
  int classes_ = 0;
  std::vector<std::shared_ptr<const Block>> blocks_;  // keeps alive what samples_ points into
  std::vector<const std::uint8_t*> samples_;
  std::vector<std::int32_t> labels_;
};

}  // namespace striate::data

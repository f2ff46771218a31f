#include "striate/data/memory_dataset.hpp"

#include "striate/core/bytes.hpp"
#include "striate/core/text.hpp"

#include <cassert>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <utility>

namespace striate::data {

using core::Error;
using core::ErrorCode;
using core::Result;
using core::Status;

namespace {

std::size_t pixel_size(PixelKind kind) { return kind == PixelKind::bytes ? 1 : sizeof(float); }
const char* pixel_name(PixelKind kind) { return kind == PixelKind::bytes ? "bytes" : "floats"; }

}  // namespace

Result<MemoryDataset> MemoryDataset::make(const core::Shape& shape, PixelKind kind, int classes) {
  std::uint64_t pixels = 0;
  if (shape.channels < 1 || shape.height < 1 || shape.width < 1 ||
      !core::checked_product(static_cast<std::uint64_t>(shape.height), static_cast<std::uint64_t>(shape.width),
                             pixels) ||
      !core::checked_product(pixels, static_cast<std::uint64_t>(shape.channels), pixels) ||
      pixels > static_cast<std::uint64_t>(std::numeric_limits<std::int32_t>::max())) {
    return Error{ErrorCode::invalid_shape,
                 core::text("dataset: ", core::to_string(shape), " is not the shape of an image"),
                 "channels, height and width are whole numbers from 1 whose product fits 31 bits."};
  }
  if (classes < 1) {
    return Error{ErrorCode::invalid_argument, core::text("dataset: ", classes, " classes"), "Give at least one class."};
  }
  MemoryDataset made;
  made.shape_ = shape;
  made.kind_ = kind;
  made.classes_ = classes;
  return made;
}

Status MemoryDataset::check(std::size_t pixels, PixelKind kind, std::span<const std::int32_t> labels) const {
  if (kind != kind_) {
    return Error{ErrorCode::invalid_argument,
                 core::text("dataset holds ", pixel_name(kind_), " and was given ", pixel_name(kind)),
                 core::text("Give the pixels as ", pixel_name(kind_), ", or make a new dataset.")};
  }
  const auto each = static_cast<std::size_t>(shape_.elements());
  if (pixels % each != 0 || pixels / each != labels.size()) {
    return Error{ErrorCode::invalid_shape,
                 core::text("dataset: ", pixels, " pixels are not ", labels.size(), " images (one per label) of ",
                            core::to_string(shape_), " = ", each, " pixels each"),
                 "Give count·channels·height·width pixels in NCHW order and count labels."};
  }
  if (samples_.size() + labels.size() > std::numeric_limits<std::uint32_t>::max()) {
    return Error{ErrorCode::invalid_argument, "dataset: more than 2^32 - 1 images", "Use fewer images."};
  }
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] < 0 || labels[i] >= classes_) {
      return Error{ErrorCode::invalid_argument,
                   core::text("dataset: label ", labels[i], " of image ", i, " is not one of the ", classes_,
                              " classes 0…", classes_ - 1),
                   "Count classes from 0, and say how many there are."};
    }
  }
  return {};
}

Status MemoryDataset::adopt(Block&& block, std::size_t offset, PixelKind kind, std::span<const std::int32_t> labels) {
  assert(offset <= block.size() && (kind == PixelKind::bytes || offset == 0));
  const std::size_t values = (block.size() - offset) / pixel_size(kind);
  STRIATE_CHECK(check(values, kind, labels));
  if (labels.empty()) return {};
  const auto each = static_cast<std::size_t>(shape_.elements());
  if (kind == PixelKind::floats) {
    const auto* pixels = reinterpret_cast<const float*>(block.data());
    for (std::size_t i = 0; i < values; ++i) {
      if (std::isfinite(pixels[i])) continue;
      return Error{ErrorCode::not_finite,
                   core::text("dataset: pixel ", i % each, " of image ", i / each, " is NaN or infinite"),
                   "Clean the images; pixels are finite numbers, 0…1 as a rule."};
    }
  }
  const std::uint8_t* first = block.data() + offset;
  blocks_.push_back(std::make_shared<const Block>(std::move(block)));
  for (std::size_t i = 0; i < labels.size(); ++i) samples_.push_back(first + i * each * pixel_size(kind));
  labels_.insert(labels_.end(), labels.begin(), labels.end());
  return {};
}

Status MemoryDataset::append_copy(std::span<const std::uint8_t> pixels, PixelKind kind,
                                  std::span<const std::int32_t> labels) {
  STRIATE_CHECK(check(pixels.size() / pixel_size(kind), kind, labels));
  Block block;
  STRIATE_CHECK(block.resize(pixels.size(), core::text("dataset of ", labels.size(), " images")));
  if (!pixels.empty()) std::memcpy(block.data(), pixels.data(), pixels.size());
  return adopt(std::move(block), 0, kind, labels);
}

Status MemoryDataset::append(std::span<const std::uint8_t> pixels, std::span<const std::int32_t> labels) {
  return append_copy(pixels, PixelKind::bytes, labels);
}

Status MemoryDataset::append(std::span<const float> pixels, std::span<const std::int32_t> labels) {
  return append_copy({reinterpret_cast<const std::uint8_t*>(pixels.data()), pixels.size_bytes()}, PixelKind::floats,
                     labels);
}

Result<MemoryDataset> MemoryDataset::select(std::span<const std::uint32_t> indices) const {
  MemoryDataset chosen;
  chosen.shape_ = shape_;
  chosen.kind_ = kind_;
  chosen.classes_ = classes_;
  chosen.blocks_ = blocks_;
  chosen.samples_.reserve(indices.size());
  chosen.labels_.reserve(indices.size());
  for (const std::uint32_t index : indices) {
    if (index >= samples_.size()) {
      return Error{ErrorCode::invalid_argument,
                   core::text("dataset: image ", index, " of ", samples_.size(), " does not exist"),
                   "Images are counted from 0."};
    }
    chosen.samples_.push_back(samples_[index]);
    chosen.labels_.push_back(labels_[index]);
  }
  return chosen;
}

}  // namespace striate::data

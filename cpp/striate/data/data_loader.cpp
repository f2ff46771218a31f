#include "striate/data/data_loader.hpp"

#include "striate/core/rng.hpp"
#include "striate/core/text.hpp"

#include <algorithm>
#include <cassert>
#include <numeric>
#include <string>
#include <utility>

namespace striate::data {

using core::Error;
using core::ErrorCode;

core::Result<DataLoader> DataLoader::make(std::shared_ptr<const MemoryDataset> dataset, Normalization normalization,
                                          SampleOrder order, std::uint64_t seed, int largest_batch) {
  assert(dataset != nullptr);
  if (dataset->count() == 0) {
    return Error{ErrorCode::invalid_argument, "the dataset has no images", "Add images before using it."};
  }
  if (largest_batch < 1) {
    return Error{ErrorCode::invalid_argument, core::text("batch size ", largest_batch),
                 "A batch has at least 1 image."};
  }
  assert(normalization.mean.size() == static_cast<std::size_t>(dataset->shape().channels));
  DataLoader made;
  made.dataset_ = std::move(dataset);
  made.normalization_ = std::move(normalization);
  made.order_ = order;
  made.seed_ = seed;
  made.reserve(largest_batch);
  made.start_epoch(0);
  return made;
}

void DataLoader::reserve(int largest_batch) {
  const auto size = static_cast<std::size_t>(largest_batch);
  batch_labels_.reserve(size);
  if (dataset_->kind() == PixelKind::bytes) {
    byte_images_.reserve(size);
  } else {
    float_images_.reserve(size);
  }
}

void DataLoader::start_epoch(std::uint32_t epoch) {
  position_ = {epoch, 0};
  order_of_epoch_.resize(dataset_->count());
  std::iota(order_of_epoch_.begin(), order_of_epoch_.end(), std::uint32_t{0});
  if (order_ == SampleOrder::shuffled) {
    core::Rng rng(seed_, core::RandomStream::shuffle, epoch);
    core::shuffle(order_of_epoch_, rng);
  }
}

void DataLoader::seek(LoaderPosition position) {
  start_epoch(position.epoch);
  if (position.sample >= order_of_epoch_.size()) {
    start_epoch(position.epoch + 1);
  } else {
    position_ = position;
  }
}

std::size_t DataLoader::batches_per_epoch(int batch_size) const {
  const auto size = static_cast<std::size_t>(batch_size);
  return (images_per_epoch() + size - 1) / size;
}

Batch DataLoader::next(int batch_size) {
  assert(batch_size >= 1);
  // The new epoch begins when its first batch is asked for: until then the indices handed out last stay valid.
  if (position_.sample >= order_of_epoch_.size()) start_epoch(position_.epoch + 1);
  const std::size_t left = order_of_epoch_.size() - position_.sample;
  const std::size_t count = std::min(left, static_cast<std::size_t>(batch_size));

  Batch batch;
  batch.indices = std::span<const std::uint32_t>(order_of_epoch_).subspan(position_.sample, count);
  batch.epoch = position_.epoch;
  batch.last_of_epoch = count == left;
  batch_labels_.clear();
  for (const std::uint32_t index : batch.indices) batch_labels_.push_back(dataset_->labels()[index]);
  batch.labels = batch_labels_;
  position_.sample += static_cast<std::uint32_t>(count);
  return batch;
}

void DataLoader::load(const Batch& batch, const kernels::KernelTable& kernels, const kernels::BlockedView& input) {
  assert(batch.count() <= input.blocks * input.lanes);
  if (dataset_->kind() == PixelKind::bytes) {
    byte_images_.clear();
    for (const std::uint32_t index : batch.indices) byte_images_.push_back(dataset_->bytes(index));
    kernels.load_bytes(byte_images_, normalization_.value_of_byte.data(), input);
  } else {
    float_images_.clear();
    for (const std::uint32_t index : batch.indices) float_images_.push_back(dataset_->floats(index));
    kernels.load_floats(float_images_, normalization_.mean.data(), normalization_.scale.data(), input);
  }
}

}  // namespace striate::data

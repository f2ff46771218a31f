#include "striate/data/data_loader.hpp"

#include "striate/core/rng.hpp"
#include "striate/core/text.hpp"
#include "striate/core/thread_pool.hpp"

#include <algorithm>
#include <cassert>
#include <numeric>
#include <string>
#include <utility>

namespace striate::data {

using core::Error;
using core::ErrorCode;

namespace {

// Values below which a batch is written before other threads have heard of it.
constexpr std::int64_t least_parallel_values = 20'000;

// body(images, view) for runs of the view's blocks and the images that belong there, on the pool's threads.
template <typename Image, typename Body>
void by_blocks(std::span<const Image* const> images, const kernels::BlockedView& view, const Body& body) {
  core::ThreadPool& pool = core::thread_pool();
  const std::int64_t values = std::int64_t{view.channels} * view.height * view.width * static_cast<std::int64_t>(images.size());
  const int pieces = values >= least_parallel_values ? std::min(view.blocks, 2 * pool.threads()) : 1;
  pool.run(pieces, pool.threads(), [&](int piece, int) {
    const int first = view.blocks * piece / pieces, end = view.blocks * (piece + 1) / pieces;
    kernels::BlockedView part = view;
    part.data += first * view.block_stride;
    part.blocks = end - first;
    const std::size_t begin = std::min(images.size(), static_cast<std::size_t>(first) * static_cast<std::size_t>(view.lanes));
    const std::size_t size = static_cast<std::size_t>(part.blocks) * static_cast<std::size_t>(view.lanes);
    body(images.subspan(begin, std::min(size, images.size() - begin)), part);
  });
}

}  // namespace

core::Result<DataLoader> DataLoader::make(std::shared_ptr<const MemoryDataset> dataset, Normalization normalization,
                                          SampleOrder order, std::uint64_t seed, int largest_batch,
                                          bool drop_last, std::shared_ptr<const augment::Policy> policy) {
  assert(dataset != nullptr);
  if (dataset->count() == 0) {
    return Error{ErrorCode::invalid_argument, "the dataset has no images", "Add images before using it."};
  }
  if (largest_batch < 1) {
    return Error{ErrorCode::invalid_argument, core::text("batch size ", largest_batch),
                 "A batch has at least 1 image."};
  }
  DataLoader made;
  if (policy != nullptr) {
    STRIATE_TRY(augmentation, OnlineAugmentation::make(std::move(policy), dataset, seed));
    made.augmentation_ = std::move(augmentation);
  }
  made.dataset_ = std::move(dataset);
  made.normalization_ = std::move(normalization);
  made.order_ = order;
  made.seed_ = seed;
  made.drop_last_ = drop_last;
  assert(made.normalization_.mean.size() == static_cast<std::size_t>(made.shape().channels));
  STRIATE_CHECK(made.reserve(largest_batch));
  made.start_epoch(0);
  return made;
}

core::Status DataLoader::reserve(int largest_batch) {
  const auto size = static_cast<std::size_t>(largest_batch);
  latest_ = {};
  batch_labels_.reserve(size);
  if (dataset_->kind() == PixelKind::bytes) {
    byte_images_.reserve(size);
  } else {
    float_images_.reserve(size);
  }
  return augmentation_ ? augmentation_->reserve(largest_batch) : core::Status();
}

void DataLoader::start_epoch(std::uint32_t epoch) {
  position_ = {epoch, 0};
  order_of_epoch_.resize(dataset_->count());
  if (order_ == SampleOrder::balanced) return draw_balanced(epoch);
  std::iota(order_of_epoch_.begin(), order_of_epoch_.end(), std::uint32_t{0});
  if (order_ == SampleOrder::shuffled) {
    core::Rng rng(seed_, core::RandomStream::shuffle, epoch);
    core::shuffle(order_of_epoch_, rng);
  }
}

void DataLoader::draw_balanced(std::uint32_t epoch) {
  const std::span<const std::int32_t> labels = dataset_->labels();
  const auto classes = static_cast<std::size_t>(dataset_->classes());
  if (by_class_.size() != labels.size()) {  // at the start, and when images were appended
    by_class_.resize(labels.size());
    class_start_.assign(classes + 1, 0);
    for (const std::int32_t label : labels) ++class_start_[static_cast<std::size_t>(label) + 1];
    for (std::size_t c = 0; c < classes; ++c) class_start_[c + 1] += class_start_[c];
    filled_classes_.reserve(classes);
  }
  // In image order again: the order of an epoch must not depend on the epochs before it.
  for (std::size_t i = labels.size(); i-- > 0;) {
    by_class_[--class_start_[static_cast<std::size_t>(labels[i]) + 1]] = static_cast<std::uint32_t>(i);
  }
  for (std::size_t c = 0; c < classes; ++c) class_start_[c] = class_start_[c + 1];
  class_start_[classes] = static_cast<std::uint32_t>(labels.size());
  filled_classes_.clear();
  for (std::size_t c = 0; c < classes; ++c) {
    if (class_start_[c + 1] != class_start_[c]) filled_classes_.push_back(static_cast<std::uint32_t>(c));
  }

  core::Rng rng(seed_, core::RandomStream::shuffle, epoch);
  core::shuffle(filled_classes_, rng);
  const std::size_t total = order_of_epoch_.size(), filled = filled_classes_.size();
  std::size_t placed = 0;
  for (std::size_t k = 0; k < filled; ++k) {
    const std::uint32_t c = filled_classes_[k];
    const std::span<std::uint32_t> members =
        std::span(by_class_).subspan(class_start_[c], class_start_[c + 1] - class_start_[c]);
    core::Rng own(seed_, core::RandomStream::shuffle, epoch, c + 1);
    const std::size_t wanted = total / filled + (k < total % filled ? 1 : 0);
    for (std::size_t i = 0; i < wanted; ++i) {
      if (i % members.size() == 0) core::shuffle(members, own);
      order_of_epoch_[placed++] = members[i % members.size()];
    }
  }
  core::shuffle(order_of_epoch_, rng);
}

void DataLoader::seek(LoaderPosition position) {
  latest_ = {};
  start_epoch(position.epoch);
  if (position.sample >= order_of_epoch_.size()) {
    start_epoch(position.epoch + 1);
  } else {
    position_ = position;
  }
}

std::size_t DataLoader::batches_per_epoch(int batch_size) const {
  const auto size = static_cast<std::size_t>(batch_size);
  return (images_per_epoch() + (drop_last_ ? 0 : size - 1)) / size;
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
  batch.first = position_.sample;
  // A tail that nobody announced (the batch has grown meanwhile) is handed out, so that every epoch has an end.
  batch.last_of_epoch = count == left || (drop_last_ && left - count < static_cast<std::size_t>(batch_size));
  batch_labels_.clear();
  for (const std::uint32_t index : batch.indices) batch_labels_.push_back(dataset_->labels()[index]);
  batch.labels = batch_labels_;
  position_.sample += static_cast<std::uint32_t>(batch.last_of_epoch ? left : count);
  latest_ = batch;
  return batch;
}

core::Status DataLoader::load(const Batch& batch, const kernels::KernelTable& kernels,
                              const kernels::BlockedView& input) {
  assert(batch.count() <= input.blocks * input.lanes);
  if (augmentation_) {
    STRIATE_CHECK(augmentation_->apply({.indices = batch.indices,
                                        .epoch = batch.epoch,
                                        .first = batch.first,
                                        .pool = order_of_epoch_.size(),
                                        .by_place = order_ == SampleOrder::balanced}));
    load_bytes(augmentation_->images(), kernels, input);
  } else if (dataset_->kind() == PixelKind::bytes) {
    byte_images_.clear();
    for (const std::uint32_t index : batch.indices) byte_images_.push_back(dataset_->bytes(index));
    load_bytes(byte_images_, kernels, input);
  } else {
    float_images_.clear();
    for (const std::uint32_t index : batch.indices) float_images_.push_back(dataset_->floats(index));
    by_blocks(std::span<const float* const>(float_images_), input, [&](auto images, const kernels::BlockedView& part) {
      kernels.load_floats(images, normalization_.mean.data(), normalization_.scale.data(), part);
    });
  }
  return {};
}

void DataLoader::load_bytes(std::span<const std::uint8_t* const> images, const kernels::KernelTable& kernels,
                            const kernels::BlockedView& input) const {
  by_blocks(images, input, [&](auto some, const kernels::BlockedView& part) {
    kernels.load_bytes(some, normalization_.value_of_byte.data(), part);
  });
}

}  // namespace striate::data

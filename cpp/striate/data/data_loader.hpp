// DataLoader: walks a dataset in a seeded order and writes batches straight into the planned input of a network.
//
// The order of epoch e is one permutation drawn from (seed, e) alone; a batch is the next images of it. So neither the
// batch size nor a pause nor a restart changes which image comes after which. The last batch of an epoch may be
// smaller (the tail is not filled up from the next epoch), or is left out with drop_last.
//
// balanced: an epoch has as many images as the dataset, but every class that has images equally often (±1; which
// classes get one more is drawn). Each class is gone through in shuffled rounds, so that no image comes twice more often than
// another of its class; an image of a rare class then comes several times an epoch.
//
// With a policy, load() changes every image on its way (online_augmentation.hpp), keyed by (seed, epoch, its index in the
// dataset), or in balanced order, where an image comes several times an epoch, by its place in the epoch.
//
// Ensures: no heap allocation in next() and load() (the permutation of a new epoch allocates only when the dataset has
// grown). Images appended to the dataset join at the next epoch.
// Source: PyTorch's DataLoader with shuffle and drop_last; permutation by Fisher–Yates over Philox (core/rng).
#pragma once

#include "striate/core/result.hpp"
#include "striate/data/memory_dataset.hpp"
#include "striate/data/normalization.hpp"
#include "striate/data/online_augmentation.hpp"
#include "striate/kernels/kernel_table.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace striate::data {

enum class SampleOrder { shuffled, sequential, balanced };

// Where a loader stands: the next image to hand out. Together with the seed this is all that a checkpoint needs.
struct LoaderPosition {
  std::uint32_t epoch = 0;   // epochs finished
  std::uint32_t sample = 0;  // images handed out in this epoch
  bool operator==(const LoaderPosition&) const = default;
};

struct Batch {
  std::span<const std::uint32_t> indices;  // into the dataset; valid until the next call of next()
  std::span<const std::int32_t> labels;
  std::uint32_t epoch = 0;  // the epoch it belongs to, from 0
  std::uint32_t first = 0;  // place of its first image in the epoch
  bool last_of_epoch = false;

  int count() const { return static_cast<int>(indices.size()); }
};

class DataLoader {
 public:
  // Shares the dataset; fails when it is empty. `largest_batch` is what is reserved for. policy: null for the images
  // as they are. The normalization is for the channels that come out.
  static core::Result<DataLoader> make(std::shared_ptr<const MemoryDataset> dataset, Normalization normalization,
                                       SampleOrder order, std::uint64_t seed, int largest_batch,
                                       bool drop_last = false,
                                       std::shared_ptr<const augment::Policy> policy = nullptr);

  // The next min(batch_size, what the epoch has left) images.
  Batch next(int batch_size);

  // Normalizes the batch's pixels into `input` ([N/lanes][H][C][W][lanes] of shape()); empty lanes become 0. Fails only
  // with a policy, when memory runs out.
  core::Status load(const Batch& batch, const kernels::KernelTable& kernels, const kernels::BlockedView& input);

  // The batch that next() gave last; empty before the first one, after seek() and after reserve().
  const Batch& latest() const { return latest_; }
  // Its images as load() made them for the network, where there is a policy; else empty.
  std::span<const std::uint8_t* const> augmented_images() const {
    return augmentation_ ? augmentation_->images() : std::span<const std::uint8_t* const>();
  }

  // The shape of the images that load() gives.
  const core::Shape& shape() const { return augmentation_ ? augmentation_->shape() : dataset_->shape(); }
  // Whether images are mixed, so that soft_targets() and not the labels say what is wanted.
  bool mixes() const { return augmentation_ && augmentation_->mixes(); }
  // The targets of the batch loaded last, {classes, 1, 1}; only when mixes().
  void soft_targets(const kernels::BlockedView& targets) const { augmentation_->soft_targets(targets); }

  // Makes room for larger batches (allocates).
  core::Status reserve(int largest_batch);

  LoaderPosition position() const { return position_; }
  // Continues from there, as if next() had been called up to it. A sample past the epoch's end starts the next epoch.
  void seek(LoaderPosition position);

  const MemoryDataset& dataset() const { return *dataset_; }
  std::uint64_t seed() const { return seed_; }
  std::size_t images_per_epoch() const { return order_of_epoch_.size(); }  // of the epoch now running
  // Batches in a full epoch at this size, the tail's included unless it is dropped.
  std::size_t batches_per_epoch(int batch_size) const;

 private:
  DataLoader() = default;
  void load_bytes(std::span<const std::uint8_t* const> images, const kernels::KernelTable& kernels,
                  const kernels::BlockedView& input) const;
  void start_epoch(std::uint32_t epoch);
  void draw_balanced(std::uint32_t epoch);

  std::shared_ptr<const MemoryDataset> dataset_;
  Normalization normalization_;
  SampleOrder order_ = SampleOrder::sequential;
  bool drop_last_ = false;
  std::uint64_t seed_ = 0;
  LoaderPosition position_;
  Batch latest_;
  std::vector<std::uint32_t> order_of_epoch_;
  std::vector<std::uint32_t> by_class_, class_start_, filled_classes_;  // balanced: images sorted by class
  std::vector<std::int32_t> batch_labels_;
  std::vector<const std::uint8_t*> byte_images_;
  std::vector<const float*> float_images_;
  std::unique_ptr<OnlineAugmentation> augmentation_;  // null: none
};

}  // namespace striate::data

// OnlineAugmentation: changes the images of a batch, afresh in each epoch, on their way from the dataset to the network.
//
// What becomes of an image depends on the policy, the seed, the epoch and its number alone: not on batches, their order,
// or a restart. Images mix with others of the dataset; soft_targets() tells the mixed labels then.
//   target of an image mixed with another: weight · [c = own label] + (1 − weight) · [c = the other's label]
// Ensures: after make() and reserve() no heap allocation, for transforms whose working memory does not grow with what is
// drawn; for others, none once the largest was met.
// Errors: invalid_argument for a dataset of floats, and for a policy that ends in Normalize or ToFloat, since the network
// says itself how its input is normalized; invalid_shape when images would come out in several sizes, or cannot be worked on.
#pragma once

#include "striate/augment/augmenter.hpp"
#include "striate/augment/policy.hpp"
#include "striate/core/buffer.hpp"
#include "striate/core/result.hpp"
#include "striate/core/shape.hpp"
#include "striate/data/memory_dataset.hpp"
#include "striate/kernels/blocked_view.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace striate::data {

class OnlineAugmentation {
 public:
  static core::Result<std::unique_ptr<OnlineAugmentation>> make(std::shared_ptr<const augment::Policy> policy,
                                                                std::shared_ptr<const MemoryDataset> dataset,
                                                                std::uint64_t seed);

  // Room for batches of that many images (allocates).
  core::Status reserve(int largest_batch);

  struct Request {
    std::span<const std::uint32_t> indices;  // into the dataset
    std::uint32_t epoch = 0;
    std::uint32_t first = 0;  // place of the first of them in its epoch
    std::size_t pool = 0;     // the first so many images of the dataset may be mixed in
    bool by_place = false;    // draws are keyed by the place in the epoch: for images that come several times in one
  };
  // At most as many images as there is room for.
  core::Status apply(const Request& request);

  // Of the last batch: one an image, as the kernels take them.
  std::span<const std::uint8_t* const> images() const { return images_; }
  // Targets {classes, 1, 1} of the last batch, zero behind its last image.
  void soft_targets(const kernels::BlockedView& targets) const;

  bool mixes() const { return mixes_; }
  const core::Shape& shape() const { return shape_; }  // of what comes out

 private:
  class Pool final : public augment::ImagePool {
   public:
    explicit Pool(std::shared_ptr<const MemoryDataset> dataset) : dataset_(std::move(dataset)) {}
    std::size_t count() const override { return count_; }
    augment::ConstImage image(std::size_t index) const override { return {dataset_->bytes(index), dataset_->shape()}; }
    void set_count(std::size_t count) { count_ = count; }
    const MemoryDataset& dataset() const { return *dataset_; }

   private:
    std::shared_ptr<const MemoryDataset> dataset_;
    std::size_t count_ = 0;
  };

  OnlineAugmentation(std::shared_ptr<const augment::Policy> policy, std::shared_ptr<const MemoryDataset> dataset,
                     std::uint64_t seed)
      : pool_(std::move(dataset)), augmenter_(std::move(policy), &pool_), seed_(seed) {}
  core::Status warm_up();

  struct Target {
    std::int32_t own = 0, other = 0;
    float weight = 1;
  };

  Pool pool_;
  augment::Augmenter augmenter_;
  std::uint64_t seed_;
  bool mixes_ = false;
  core::Shape shape_;
  core::Buffer<std::uint8_t> pixels_;
  std::vector<const std::uint8_t*> images_;
  std::vector<Target> targets_;
};

}  // namespace striate::data

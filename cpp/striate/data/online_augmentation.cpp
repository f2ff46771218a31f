#include "striate/data/online_augmentation.hpp"

#include "striate/core/text.hpp"

#include <algorithm>
#include <utility>

namespace striate::data {

using core::Error;
using core::ErrorCode;
using core::Status;

core::Result<std::unique_ptr<OnlineAugmentation>> OnlineAugmentation::make(
    std::shared_ptr<const augment::Policy> policy, std::shared_ptr<const MemoryDataset> dataset, std::uint64_t seed) {
  if (dataset->kind() != PixelKind::bytes) {
    return Error{ErrorCode::invalid_argument, "augmentation: the dataset holds floats",
                 "Make the dataset from bytes 0…255; the network turns them into floats."};
  }
  if (policy->float_output() != nullptr) {
    return Error{ErrorCode::invalid_argument, "augmentation: the policy turns bytes into floats (Normalize or ToFloat)",
                 "Leave that out, and give mean and std in the network's input: they hold in prediction too."};
  }
  STRIATE_TRY(sizes, policy->sizes(dataset->shape()));
  if (!sizes.fixed()) {
    return Error{ErrorCode::invalid_shape,
                 core::text("augmentation: images would come out ", sizes.least_height, "…", sizes.most_height, " high and ",
                            sizes.least_width, "…", sizes.most_width, " wide"),
                 "End the policy with a size of its own, such as Resize or RandomCrop."};
  }
  std::unique_ptr<OnlineAugmentation> made(new OnlineAugmentation(std::move(policy), std::move(dataset), seed));
  made->shape_ = {sizes.channels, sizes.least_height, sizes.least_width};
  made->mixes_ = made->augmenter_.policy().mixes();
  STRIATE_CHECK(made->reserve(1));
  STRIATE_CHECK(made->warm_up());
  return made;
}

Status OnlineAugmentation::reserve(int largest_batch) {
  const auto count = static_cast<std::size_t>(largest_batch);
  const std::size_t bytes = count * static_cast<std::size_t>(shape_.elements());
  if (pixels_.size() < bytes) STRIATE_CHECK(pixels_.resize(bytes, "the augmented batch"));
  images_.reserve(count);
  if (mixes_) targets_.reserve(count);
  return {};
}

// Lets the worker grow its memory before training begins, and tells what fails on such images.
Status OnlineAugmentation::warm_up() {
  constexpr std::uint32_t draws = 32;
  const std::uint32_t index = 0;
  for (std::uint32_t epoch = 0; epoch < draws; ++epoch) {
    STRIATE_CHECK(apply({.indices = {&index, 1}, .epoch = epoch, .pool = pool_.dataset().count()}));
  }
  return {};
}

Status OnlineAugmentation::apply(const Request& request) {
  const MemoryDataset& dataset = pool_.dataset();
  const auto each = static_cast<std::size_t>(shape_.elements());
  pool_.set_count(mixes_ ? request.pool : 0);
  images_.clear();
  targets_.clear();
  for (std::size_t i = 0; i < request.indices.size(); ++i) {
    const std::uint32_t index = request.indices[i];
    std::uint8_t* out = pixels_.data() + i * each;
    const std::uint32_t sample = request.by_place ? request.first + static_cast<std::uint32_t>(i) : index;
    augmenter_.draw(dataset.shape(), {seed_, request.epoch, sample});
    STRIATE_CHECK(augmenter_.apply({dataset.bytes(index), dataset.shape()}, out));
    images_.push_back(out);
    if (!mixes_) continue;
    const augment::LabelMix mix = augmenter_.label_mix().value_or(augment::LabelMix{index, 1.0f});
    targets_.push_back({dataset.labels()[index], dataset.labels()[mix.partner], mix.weight});
  }
  return {};
}

void OnlineAugmentation::soft_targets(const kernels::BlockedView& targets) const {
  for (int block = 0; block < targets.blocks; ++block) {
    for (int c = 0; c < targets.channels; ++c) {
      std::fill_n(targets.at(block, 0, c), targets.lanes, 0.0f);
    }
  }
  for (std::size_t i = 0; i < targets_.size(); ++i) {
    const int block = static_cast<int>(i) / targets.lanes, lane = static_cast<int>(i) % targets.lanes;
    targets.at(block, 0, targets_[i].own)[lane] += targets_[i].weight;
    targets.at(block, 0, targets_[i].other)[lane] += 1 - targets_[i].weight;
  }
}

}  // namespace striate::data

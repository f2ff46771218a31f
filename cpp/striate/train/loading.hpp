// What trainer and evaluator check and make alike: that a dataset fits a network, and the loader over it.
//
// With a policy the images are those that it makes of the dataset's.
//
// Errors: invalid_shape naming both shapes; invalid_argument for a dataset with more classes than the network has
// outputs, or without images.
#pragma once

#include "striate/core/result.hpp"
#include "striate/data/data_loader.hpp"
#include "striate/graph/builder.hpp"

#include <cstdint>
#include <memory>

namespace striate::train {

struct LoaderOptions {
  data::SampleOrder order = data::SampleOrder::sequential;
  std::uint64_t seed = 0;
  int largest_batch = 1;
  bool drop_last = false;
  std::shared_ptr<const augment::Policy> policy = nullptr;
  bool any_size = false;  // the caller makes the network's input of the images by itself; load() is of no use
};

core::Result<data::DataLoader> make_loader(const graph::Network& network,
                                           std::shared_ptr<const data::MemoryDataset> dataset, LoaderOptions options);

}  // namespace striate::train

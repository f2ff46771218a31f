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

core::Result<data::DataLoader> make_loader(const graph::Network& network,
                                           std::shared_ptr<const data::MemoryDataset> dataset, data::SampleOrder order,
                                           std::uint64_t seed, int largest_batch, bool drop_last = false,
                                           std::shared_ptr<const augment::Policy> policy = nullptr);

}  // namespace striate::train

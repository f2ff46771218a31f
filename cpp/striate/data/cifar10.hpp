// CIFAR-10's binary version: one or more of data_batch_1.bin … data_batch_5.bin and test_batch.bin, one after another.
//
// A record is 1 byte label (0 … 9), then 3·32·32 bytes of pixels in CHW order (red, green, blue planes); a file is
// nothing but records, 10,000 in the published ones.
// Result: a byte dataset [count][3][32][32] of ten classes.
// Errors: invalid_file naming the image, the value and what was expected: empty, gzipped, a broken last record, a label
// beyond 9.
// Source: A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", and the page that publishes the files.
#pragma once

#include "striate/core/result.hpp"
#include "striate/data/memory_dataset.hpp"

#include <cstdint>
#include <span>

namespace striate::data {

core::Result<MemoryDataset> read_cifar10(std::span<const std::uint8_t> records);

}  // namespace striate::data

// IDX: the file format of MNIST and its relatives, read strictly.
//
// images: u32 magic 0x00000803, u32 count, u32 height, u32 width, then count·height·width bytes   (all big-endian)
// labels: u32 magic 0x00000801, u32 count, then count bytes
// Result: a byte dataset [count][1][height][width]; classes = largest label + 1, unless `classes` says how many.
// Errors: invalid_file naming the file, the field, its value and what was expected: wrong magic, truncated, trailing
// bytes, zero sizes, sizes beyond the file, counts that differ, a label out of range. Nothing is allocated before the
// sizes are known to be those of the bytes at hand.
// Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits".
#pragma once

#include "striate/core/buffer.hpp"
#include "striate/core/result.hpp"
#include "striate/data/memory_dataset.hpp"

#include <cstdint>
#include <optional>
#include <span>

namespace striate::data {

core::Result<MemoryDataset> read_idx(std::span<const std::uint8_t> images, std::span<const std::uint8_t> labels,
                                     std::optional<int> classes = std::nullopt);
// The same without a copy: the dataset keeps the whole file. On error the file is left with the caller.
core::Result<MemoryDataset> read_idx(core::Buffer<std::uint8_t>&& images, std::span<const std::uint8_t> labels,
                                     std::optional<int> classes = std::nullopt);

}  // namespace striate::data

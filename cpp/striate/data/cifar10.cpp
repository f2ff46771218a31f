#include "striate/data/cifar10.hpp"

#include "striate/core/buffer.hpp"
#include "striate/core/text.hpp"

#include <cstring>
#include <utility>
#include <vector>

namespace striate::data {

using core::Error;
using core::ErrorCode;

namespace {

constexpr core::Shape shape{3, 32, 32};
constexpr std::size_t pixels = 3 * 32 * 32, record = 1 + pixels;
constexpr int classes = 10;

}  // namespace

core::Result<MemoryDataset> read_cifar10(std::span<const std::uint8_t> file) {
  const std::size_t size = file.size(), count = size / record;
  if (size >= 2 && file[0] == 0x1f && file[1] == 0x8b) {
    return Error{ErrorCode::invalid_file, "CIFAR-10 file: the bytes of a gzip file, not of records", "Unpack it first."};
  }
  if (count == 0 || size % record != 0) {
    return Error{ErrorCode::invalid_file,
                 core::text("CIFAR-10 file: ", size, " bytes are ", count, " records of 3073 bytes and ", size % record, " more"),
                 "Give whole files of the binary version, such as data_batch_1.bin."};
  }
  std::vector<std::int32_t> labels(count);
  for (std::size_t i = 0; i < count; ++i) {
    labels[i] = file[i * record];
    if (labels[i] < classes) continue;
    return Error{ErrorCode::invalid_file, core::text("CIFAR-10 file: label ", labels[i], " of image ", i, " is beyond 9"),
                 "Give files of CIFAR-10's binary version; those of CIFAR-100 have two labels a record."};
  }
  STRIATE_TRY(dataset, MemoryDataset::make(shape, PixelKind::bytes, classes));
  core::Buffer<std::uint8_t> block;
  STRIATE_CHECK(block.resize(count * pixels, "CIFAR-10 images"));
  for (std::size_t i = 0; i < count; ++i) std::memcpy(block.data() + i * pixels, file.data() + i * record + 1, pixels);
  STRIATE_CHECK(dataset.adopt(std::move(block), 0, PixelKind::bytes, labels));
  return std::move(dataset);
}

}  // namespace striate::data

// safetensors: named tensors and text metadata in one file, read strictly and written plainly.
//
//   u64 header size (little-endian) · header: JSON {name: {dtype, shape, data_offsets: [begin, end)}, "__metadata__":
//   {text: text}} padded with spaces · the tensors' bytes, offsets counted from the end of the header
//
// Refused: a header over 1 MiB or not an object, unknown members or types, negative or fractional sizes, products past
// 64 bits, offsets that do not match dtype and shape, holes, overlaps, trailing bytes, duplicate names, metadata that
// is not text. Nothing is allocated for data: a view points into the bytes given. Errors: invalid_file (invalid_json
// for the header's text), naming the tensor and the numbers. Source: the safetensors format description and its
// reference implementation (validation rules).
#pragma once

#include "striate/core/buffer.hpp"
#include "striate/core/result.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace striate::io {

using Metadata = std::vector<std::pair<std::string, std::string>>;

struct TensorView {
  std::string name;
  std::string dtype;  // "F32"
  std::vector<std::int64_t> shape;
  std::span<const std::uint8_t> bytes;  // little-endian, maybe unaligned

  std::uint64_t elements() const;
  // The values of an F32 tensor; invalid_file for another dtype. values.size() must be elements().
  core::Status copy_floats(std::span<float> values) const;
};

struct SafetensorsView {
  std::vector<TensorView> tensors;  // in the order of their bytes
  Metadata metadata;

  const TensorView* find(std::string_view name) const;
  const std::string* find_metadata(std::string_view key) const;
};

// The views point into `bytes`, which must outlive them.
core::Result<SafetensorsView> read_safetensors(std::span<const std::uint8_t> bytes);

struct TensorSource {
  std::string name;
  std::vector<std::int64_t> shape;
  std::span<const float> values;  // as many as the shape's product
};

// Tensors are stored as F32 in the order given; names must be unique. The same input gives the same bytes.
core::Result<core::Buffer<std::uint8_t>> write_safetensors(std::span<const TensorSource> tensors,
                                                           const Metadata& metadata);

}  // namespace striate::io

// ONNX reader: ModelProto bytes → a small OnnxGraph: nodes with attributes, constant tensors, inputs and outputs.
//
// Nothing is interpreted here beyond the format itself; onnx_import.hpp makes a network of it.
// Refused: broken wire format, tensors whose dims and data disagree (products in 64 bits), negative dims, more than 8
// dims, external data, sparse tensors, strings as data, more than 65,536 nodes. Fields that nobody here needs are
// skipped. Large data are not copied: tensors view the bytes given, which must outlive the graph.
// Errors: invalid_file naming the tensor or message. Source: onnx/onnx.proto (IR version 10 and before).
#pragma once

#include "striate/core/result.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace striate::io {

enum class OnnxType : std::int32_t {
  none = 0,
  float32 = 1,
  uint8 = 2,
  int8 = 3,
  uint16 = 4,
  int16 = 5,
  int32 = 6,
  int64 = 7,
  text = 8,
  boolean = 9,
  float16 = 10,
  float64 = 11,
  uint32 = 12,
  uint64 = 13,
  bfloat16 = 16,
};
int onnx_type_bytes(OnnxType type);         // of one value; 0 for one that is not read
std::string onnx_type_name(OnnxType type);  // "float32", or the number of one that has no name here

struct OnnxTensor {
  std::string name;
  OnnxType type = OnnxType::none;
  std::vector<std::int64_t> dims;     // none: a scalar
  std::span<const std::uint8_t> raw;  // little-endian values, or:
  std::vector<float> floats;
  std::vector<std::int64_t> integers;  // float16 as its bits
  std::optional<float> fill;           // or all values are this one; made by the importer, not read

  std::uint64_t elements() const;  // the reader has checked that it fits
  bool is_real() const { return type == OnnxType::float32 || type == OnnxType::float64 || type == OnnxType::float16; }
  bool is_whole() const { return type == OnnxType::int64 || type == OnnxType::int32; }
  // values.size() is elements(). Real and whole types are converted to float; invalid_file for others.
  core::Status copy_floats(std::span<float> values) const;
  // Of int64 and int32, at most 65,536 of them; invalid_file else.
  core::Result<std::vector<std::int64_t>> whole_numbers() const;
};

struct OnnxAttribute {
  std::string name;
  float real = 0;
  std::int64_t whole = 0;
  std::string text;
  std::vector<float> reals;
  std::vector<std::int64_t> wholes;
  std::vector<OnnxTensor> tensor;  // one or none
};

struct OnnxNode {
  std::string name, type, domain;
  std::vector<std::string> inputs, outputs;  // an empty name: an optional one left out
  std::vector<OnnxAttribute> attributes;

  const OnnxAttribute* find(std::string_view name) const;
};

struct OnnxValue {
  std::string name;
  OnnxType type = OnnxType::none;
  bool has_shape = false;
  std::vector<std::int64_t> dims;  // −1 where a dimension has a name or nothing
};

struct OnnxGraph {
  std::string name, producer;
  std::int64_t ir_version = 0;
  std::int64_t opset = 0;  // of the standard operators
  std::vector<OnnxNode> nodes;
  std::vector<OnnxTensor> initializers;
  std::vector<OnnxValue> inputs, outputs;  // inputs may name initializers too
  std::vector<std::pair<std::string, std::string>> metadata;
};

core::Result<OnnxGraph> read_onnx(std::span<const std::uint8_t> bytes);
// A TensorProto on its own, as ONNX's test data are.
core::Result<OnnxTensor> read_onnx_tensor(std::span<const std::uint8_t> bytes);

// At most 80 bytes of a name from a file, for messages.
std::string quoted(std::string_view name);

}  // namespace striate::io

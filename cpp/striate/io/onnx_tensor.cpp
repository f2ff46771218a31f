// The values of ONNX tensors.
#include "striate/core/bytes.hpp"
#include "striate/core/text.hpp"
#include "striate/io/onnx_reader.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace striate::io {

using core::Error;
using core::ErrorCode;
using core::Result;
using core::Status;

namespace {

constexpr std::size_t most_whole_numbers = 65'536;

core::ErrorBox tensor_refusal(std::initializer_list<core::TextPiece> pieces) {
  return core::ErrorBox(Error{ErrorCode::invalid_file, core::text("ONNX file: ", core::join_text(pieces)),
                              "The file is damaged or not an ONNX model."});
}

template <typename... Pieces>
core::ErrorBox invalid_values(const Pieces&... pieces) {
  return tensor_refusal({core::TextPiece(pieces)...});
}

struct TypeName {
  OnnxType type;
  std::string_view name;
  int bytes;  // of a value; 0: not read here
};
constexpr TypeName type_names[] = {
    {OnnxType::float32, "float32", 4},   {OnnxType::float64, "float64", 8}, {OnnxType::float16, "float16", 2},
    {OnnxType::int64, "int64", 8},       {OnnxType::int32, "int32", 4},     {OnnxType::uint8, "uint8", 1},
    {OnnxType::int8, "int8", 1},         {OnnxType::boolean, "bool", 1},    {OnnxType::uint16, "uint16", 2},
    {OnnxType::int16, "int16", 2},       {OnnxType::uint32, "uint32", 4},   {OnnxType::uint64, "uint64", 8},
    {OnnxType::bfloat16, "bfloat16", 2}, {OnnxType::text, "string", 0},
};

const TypeName* find_type(OnnxType type) {
  for (const TypeName& known : type_names) {
    if (known.type == type) return &known;
  }
  return nullptr;
}

float half_to_float(std::uint16_t bits) {
  const int exponent = bits >> 10 & 31, fraction = bits & 1023;
  const float size = exponent == 31  ? (fraction == 0 ? std::numeric_limits<float>::infinity() : std::nanf(""))
                     : exponent == 0 ? std::ldexp(static_cast<float>(fraction), -24)
                                     : std::ldexp(static_cast<float>(fraction + 1024), exponent - 25);
  return (bits & 0x8000) != 0 ? -size : size;
}

std::uint64_t little(std::span<const std::uint8_t> bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) value = value << 8 | bytes[i];
  return value;
}

// A whole number from the raw bytes of an integer type.
std::int64_t whole_from(OnnxType type, std::uint64_t bits) {
  switch (type) {
    case OnnxType::int32:
      return static_cast<std::int32_t>(bits);
    case OnnxType::int16:
      return static_cast<std::int16_t>(bits);
    case OnnxType::int8:
      return static_cast<std::int8_t>(bits);
    default:
      return static_cast<std::int64_t>(bits);
  }
}

}  // namespace

int onnx_type_bytes(OnnxType type) {
  const TypeName* known = find_type(type);
  return known == nullptr ? 0 : known->bytes;
}

std::string quoted(std::string_view name) {
  constexpr std::size_t most = 80;
  return core::text("'", name.substr(0, most), name.size() > most ? "…'" : "'");
}

std::string onnx_type_name(OnnxType type) {
  const TypeName* known = find_type(type);
  return known != nullptr ? std::string(known->name) : core::text("number ", static_cast<std::int32_t>(type));
}

std::uint64_t OnnxTensor::elements() const {
  std::uint64_t count = 1;
  for (const std::int64_t side : dims) count *= static_cast<std::uint64_t>(side);
  return count;
}

Status OnnxTensor::copy_floats(std::span<float> values) const {
  if (values.size() != elements() || (!is_real() && find_type(type) == nullptr) || type == OnnxType::bfloat16) {
    return invalid_values("tensor ", quoted(name), " of ", onnx_type_name(type), " with ", elements(), " values, not ",
                   values.size(), " numbers");
  }
  if (fill) {
    std::fill(values.begin(), values.end(), *fill);
    return {};
  }
  if (!floats.empty()) {
    std::copy(floats.begin(), floats.end(), values.begin());
    return {};
  }
  if (!integers.empty()) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      values[i] = type == OnnxType::float16 ? half_to_float(static_cast<std::uint16_t>(integers[i]))
                                            : static_cast<float>(integers[i]);
    }
    return {};
  }
  if (type == OnnxType::float32) {
    core::f32_little_to_floats(raw, values);
    return {};
  }
  const auto width = static_cast<std::size_t>(find_type(type)->bytes);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::uint64_t bits = little(raw.subspan(i * width, width));
    values[i] = type == OnnxType::float64   ? static_cast<float>(std::bit_cast<double>(bits))
                : type == OnnxType::float16 ? half_to_float(static_cast<std::uint16_t>(bits))
                                            : static_cast<float>(whole_from(type, bits));
  }
  return {};
}

Result<std::vector<std::int64_t>> OnnxTensor::whole_numbers() const {
  if (!is_whole() || fill || elements() > most_whole_numbers) {
    return invalid_values("tensor ", quoted(name), " of ", onnx_type_name(type), " with ", elements(),
                   " values, where a few whole numbers are wanted");
  }
  if (!integers.empty()) return integers;
  std::vector<std::int64_t> values;
  const std::size_t width = type == OnnxType::int64 ? 8 : 4;
  for (std::size_t i = 0; i < raw.size(); i += width) values.push_back(whole_from(type, little(raw.subspan(i, width))));
  return values;
}

}  // namespace striate::io

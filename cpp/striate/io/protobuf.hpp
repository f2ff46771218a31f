// Protocol Buffers' wire format, as much of it as ONNX needs: fields read one after another, and messages written.
//
//   field = varint (number·8 + wire type) · payload
//   wire type 0: varint, 7 bits a byte, lowest first   1: 8 bytes little-endian   2: varint size · bytes   5: 4 bytes
//
// Bytes are hostile until parsed: every read is checked against what is left, a varint has at most 10 bytes, groups
// (wire types 3 and 4) and field number 0 are refused. The reader copies nothing and recurses nowhere.
// Errors: invalid_file naming the message and the offset. Source: protobuf.dev, "Encoding".
#pragma once

#include "striate/core/bytes.hpp"
#include "striate/core/result.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace striate::io {

enum class WireType : std::uint8_t { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

struct ProtoField {
  std::uint32_t number = 0;
  WireType wire = WireType::varint;
  std::uint64_t value = 0;              // of varint, fixed64 and fixed32
  std::span<const std::uint8_t> bytes;  // of bytes

  std::string_view text() const { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }
  float real() const;  // of a fixed32
};

class ProtoReader {
 public:
  // `what` names the message in errors and must outlive the reader.
  ProtoReader(std::span<const std::uint8_t> bytes, std::string_view what) : reader_(bytes, what), what_(what) {}

  bool done() const { return reader_.remaining() == 0; }
  core::Result<ProtoField> next();
  core::Result<std::uint64_t> varint();

 private:
  core::Error invalid(std::string_view problem) const;

  core::ByteReader reader_;
  std::string_view what_;
};

// A repeated number may be packed into one bytes field or come value by value; both append here.
core::Status append_varints(const ProtoField& field, std::string_view what, std::vector<std::int64_t>& values);
core::Status append_reals(const ProtoField& field, std::string_view what, std::vector<float>& values);

// A message being written. Fields of a message stand in the order of the calls.
class ProtoWriter {
 public:
  void number(std::uint32_t field, std::int64_t value);
  void real(std::uint32_t field, float value);
  void bytes(std::uint32_t field, std::string_view value);
  void message(std::uint32_t field, const ProtoWriter& value) { bytes(field, value.out_); }
  void numbers(std::uint32_t field, std::span<const std::int64_t> values);  // packed
  // The head of a bytes field whose `size` bytes are written by somebody else.
  void head(std::uint32_t field, std::uint64_t size);
  void append(std::string_view encoded) { out_.append(encoded); }

  const std::string& text() const { return out_; }

 private:
  void varint(std::uint64_t value);
  void tag(std::uint32_t field, WireType wire) { varint(std::uint64_t{field} << 3 | static_cast<std::uint64_t>(wire)); }
  std::string out_;
};

}  // namespace striate::io

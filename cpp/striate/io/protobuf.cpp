#include "striate/io/protobuf.hpp"

#include "striate/core/text.hpp"

#include <bit>

namespace striate::io {

using core::Error;
using core::ErrorCode;
using core::Result;
using core::Status;

float ProtoField::real() const { return std::bit_cast<float>(static_cast<std::uint32_t>(value)); }

Error ProtoReader::invalid(std::string_view problem) const {
  return {ErrorCode::invalid_file, core::text(what_, ": ", problem, " before offset ", reader_.position()),
          "The file is damaged or of another format; get it again."};
}

Result<std::uint64_t> ProtoReader::varint() {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 70; shift += 7) {
    STRIATE_TRY(byte, reader_.u8("a number"));
    // The tenth byte has room for one bit.
    if (shift == 63 && byte > 1) return invalid("a number wider than 64 bits");
    value |= std::uint64_t{byte & 0x7fu} << shift;
    if ((byte & 0x80) == 0) return value;
  }
  return invalid("a number longer than 10 bytes");
}

Result<ProtoField> ProtoReader::next() {
  STRIATE_TRY(tag, varint());
  ProtoField field;
  if (tag >> 3 == 0 || tag >> 3 >= (std::uint64_t{1} << 29)) return invalid(core::text("field number ", tag >> 3));
  field.number = static_cast<std::uint32_t>(tag >> 3);
  field.wire = static_cast<WireType>(tag & 7);
  switch (field.wire) {
    case WireType::varint: {
      STRIATE_TRY(value, varint());
      field.value = value;
      return field;
    }
    case WireType::fixed64: {
      STRIATE_TRY(value, reader_.u64_little("a fixed number"));
      field.value = value;
      return field;
    }
    case WireType::fixed32: {
      STRIATE_TRY(value, reader_.u32_little("a fixed number"));
      field.value = value;
      return field;
    }
    case WireType::bytes: {
      STRIATE_TRY(size, varint());
      STRIATE_TRY(part, reader_.take(size, "a field"));
      field.bytes = part;
      return field;
    }
  }
  return invalid(core::text("wire type ", tag & 7));
}

Status append_varints(const ProtoField& field, std::string_view what, std::vector<std::int64_t>& values) {
  if (field.wire != WireType::bytes) {
    values.push_back(static_cast<std::int64_t>(field.value));
    return {};
  }
  ProtoReader reader(field.bytes, what);
  while (!reader.done()) {
    STRIATE_TRY(value, reader.varint());
    values.push_back(static_cast<std::int64_t>(value));
  }
  return {};
}

Status append_reals(const ProtoField& field, std::string_view what, std::vector<float>& values) {
  if (field.wire == WireType::fixed32) {
    values.push_back(field.real());
    return {};
  }
  if (field.wire != WireType::bytes || field.bytes.size() % 4 != 0) {
    return Error{ErrorCode::invalid_file, core::text(what, ": a list of reals of ", field.bytes.size(), " bytes"),
                 "The file is damaged or of another format; get it again."};
  }
  const std::size_t before = values.size();
  values.resize(before + field.bytes.size() / 4);
  core::f32_little_to_floats(field.bytes, std::span(values).subspan(before));
  return {};
}

void ProtoWriter::varint(std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out_ += static_cast<char>(value | 0x80);
  out_ += static_cast<char>(value);
}

void ProtoWriter::number(std::uint32_t field, std::int64_t value) {
  tag(field, WireType::varint);
  varint(static_cast<std::uint64_t>(value));
}

void ProtoWriter::real(std::uint32_t field, float value) {
  tag(field, WireType::fixed32);
  const auto bits = std::bit_cast<std::uint32_t>(value);
  for (int shift = 0; shift < 32; shift += 8) out_ += static_cast<char>(bits >> shift);
}

void ProtoWriter::head(std::uint32_t field, std::uint64_t size) {
  tag(field, WireType::bytes);
  varint(size);
}

void ProtoWriter::bytes(std::uint32_t field, std::string_view value) {
  head(field, value.size());
  out_.append(value);
}

void ProtoWriter::numbers(std::uint32_t field, std::span<const std::int64_t> values) {
  ProtoWriter packed;
  for (const std::int64_t value : values) packed.varint(static_cast<std::uint64_t>(value));
  bytes(field, packed.out_);
}

}  // namespace striate::io

#include "striate/core/bytes.hpp"
#include "striate/core/text.hpp"

#include <bit>
#include <cassert>
#include <cstring>
#include <limits>

namespace striate::core {
namespace {

std::uint64_t assemble(std::span<const std::uint8_t> bytes, bool big) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const std::size_t shift = 8 * (big ? bytes.size() - 1 - i : i);
    value |= std::uint64_t{bytes[i]} << shift;
  }
  return value;
}

}  // namespace

Result<std::span<const std::uint8_t>> ByteReader::take(std::uint64_t count, std::string_view field) {
  if (count > remaining()) {
    return Error{ErrorCode::invalid_file,
                 text(what_, " is truncated: ", field, " takes ", count, " bytes from offset ", position_, ", and ",
                      remaining(), " are left"),
                 "Get the file again; it may have been cut short."};
  }
  const auto part = bytes_.subspan(position_, static_cast<std::size_t>(count));
  position_ += part.size();
  return part;
}

Result<std::uint8_t> ByteReader::u8(std::string_view field) {
  STRIATE_TRY(part, take(1, field));
  return part[0];
}

Result<std::uint32_t> ByteReader::u32_big(std::string_view field) {
  STRIATE_TRY(part, take(4, field));
  return static_cast<std::uint32_t>(assemble(part, true));
}

Result<std::uint32_t> ByteReader::u32_little(std::string_view field) {
  STRIATE_TRY(part, take(4, field));
  return static_cast<std::uint32_t>(assemble(part, false));
}

Result<std::uint64_t> ByteReader::u64_little(std::string_view field) {
  STRIATE_TRY(part, take(8, field));
  return assemble(part, false);
}

bool ByteWriter::room(std::size_t count) {
  if (overrun_ || count > bytes_.size() - position_) overrun_ = true;
  return !overrun_;
}

void ByteWriter::put(std::uint64_t value, int count, bool big) {
  if (!room(static_cast<std::size_t>(count))) return;
  for (int i = 0; i < count; ++i) {
    const int shift = 8 * (big ? count - 1 - i : i);
    bytes_[position_++] = static_cast<std::uint8_t>(value >> shift);
  }
}

void ByteWriter::text(std::string_view text) {
  if (text.empty() || !room(text.size())) return;
  std::memcpy(bytes_.data() + position_, text.data(), text.size());
  position_ += text.size();
}

void ByteWriter::f32_little(std::span<const float> values) {
  if (values.empty() || !room(values.size() * 4)) return;
  if constexpr (std::endian::native == std::endian::little) {
    std::memcpy(bytes_.data() + position_, values.data(), values.size() * 4);
    position_ += values.size() * 4;
  } else {
    for (const float value : values) u32_little(std::bit_cast<std::uint32_t>(value));
  }
}

void f32_little_to_floats(std::span<const std::uint8_t> source, std::span<float> values) {
  assert(source.size() == values.size() * 4);
  if (values.empty()) return;
  if constexpr (std::endian::native == std::endian::little) {
    std::memcpy(values.data(), source.data(), source.size());
  } else {
    for (std::size_t i = 0; i < values.size(); ++i) {
      values[i] = std::bit_cast<float>(static_cast<std::uint32_t>(assemble(source.subspan(4 * i, 4), false)));
    }
  }
}

bool checked_product(std::uint64_t a, std::uint64_t b, std::uint64_t& product) {
  if (a != 0 && b > std::numeric_limits<std::uint64_t>::max() / a) return false;
  product = a * b;
  return true;
}

}  // namespace striate::core

// Bytes: reading and writing numbers in foreign files, with every bound checked.
//
// A reader walks a span it does not own and never looks past its end; a writer fills a span of the exact size.
// Numbers are put together from single bytes, so neither alignment nor the machine's byte order matters.
// Errors: reading past the end is invalid_file, naming the file, the field, the offset and what was left.
#pragma once

#include "striate/core/result.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace striate::core {

class ByteReader {
 public:
  // `what` names the file in errors ("images file") and must outlive the reader.
  ByteReader(std::span<const std::uint8_t> bytes, std::string_view what) : bytes_(bytes), what_(what) {}

  std::size_t position() const { return position_; }
  std::size_t remaining() const { return bytes_.size() - position_; }

  // `field` names what is read ("magic number").
  Result<std::uint8_t> u8(std::string_view field);
  Result<std::uint32_t> u32_big(std::string_view field);
  Result<std::uint32_t> u32_little(std::string_view field);
  Result<std::uint64_t> u64_little(std::string_view field);
  // The next `count` bytes, not copied.
  Result<std::span<const std::uint8_t>> take(std::uint64_t count, std::string_view field);

 private:
  std::span<const std::uint8_t> bytes_;
  std::string_view what_;
  std::size_t position_ = 0;
};

// Writes into a span; a write that does not fit is dropped and remembered, so that the check can wait for finish().
class ByteWriter {
 public:
  explicit ByteWriter(std::span<std::uint8_t> bytes) : bytes_(bytes) {}

  void u8(std::uint8_t value) { put(value, 1, false); }
  void u32_big(std::uint32_t value) { put(value, 4, true); }
  void u32_little(std::uint32_t value) { put(value, 4, false); }
  void u64_little(std::uint64_t value) { put(value, 8, false); }
  void text(std::string_view text);
  // IEEE single precision, little-endian.
  void f32_little(std::span<const float> values);

  std::size_t position() const { return position_; }
  // True when every write fitted and the span is exactly full.
  bool finish() const { return !overrun_ && position_ == bytes_.size(); }

 private:
  void put(std::uint64_t value, int count, bool big);
  bool room(std::size_t count);

  std::span<std::uint8_t> bytes_;
  std::size_t position_ = 0;
  bool overrun_ = false;
};

// Little-endian singles into floats; source holds 4 bytes a value and may be unaligned.
void f32_little_to_floats(std::span<const std::uint8_t> source, std::span<float> values);

// a·b, or false when it does not fit 64 bits.
bool checked_product(std::uint64_t a, std::uint64_t b, std::uint64_t& product);

}  // namespace striate::core

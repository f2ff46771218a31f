// Bytes: both byte orders, every bound, and the exact-fit rule of the writer.
#include "striate/core/bytes.hpp"
#include "striate/core/shape.hpp"

#include "expect.hpp"

#include <array>
#include <cmath>
#include <limits>
#include <vector>

using namespace striate;
using namespace striate::tests;

TEST_CASE("bytes: the reader knows both orders and counts what is left") {
  const std::vector<std::uint8_t> bytes = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18};
  core::ByteReader reader(bytes, "test file");
  CHECK(value_of(reader.u8("a")) == 1);
  CHECK(value_of(reader.u32_big("b")) == 0x02030405);
  CHECK(value_of(reader.u32_little("c")) == 0x09080706);
  CHECK(value_of(reader.u64_little("d")) == 0x11100f0e0d0c0b0aull);
  CHECK(reader.position() == 17);
  CHECK(reader.remaining() == 1);
  const auto rest = value_of(reader.take(1, "e"));
  CHECK(rest[0] == 18);
  CHECK(value_of(reader.take(0, "nothing")).empty());
}

TEST_CASE("bytes: past the end the file, the field, the offset and the rest are named, and nothing moves") {
  const std::vector<std::uint8_t> bytes = {1, 2, 3};
  core::ByteReader reader(bytes, "labels file");
  CHECK(value_of(reader.u8("first")) == 1);
  CHECK_ERROR(reader.u32_big("the count"), invalid_file,
              "labels file is truncated: the count takes 4 bytes from offset 1, and 2 are left");
  CHECK_ERROR(reader.u32_little("x"), invalid_file, "truncated");
  CHECK_ERROR(reader.u64_little("x"), invalid_file, "truncated");
  CHECK_ERROR(reader.take(std::numeric_limits<std::uint64_t>::max(), "x"), invalid_file, "18446744073709551615");
  CHECK(reader.position() == 1);
  core::ByteReader empty({}, "empty file");
  CHECK_ERROR(empty.u8("x"), invalid_file, "empty file");
}

TEST_CASE("bytes: what the writer writes the reader reads") {
  std::array<std::uint8_t, 25> bytes{};
  core::ByteWriter writer(bytes);
  writer.u8(7);
  writer.u32_big(0x01020304);
  writer.u32_little(0x01020304);
  writer.u64_little(0x1122334455667788ull);
  writer.text("abcd");
  CHECK_FALSE(writer.finish());
  const float value[] = {-1.5f};
  writer.f32_little(value);
  CHECK(writer.finish());
  CHECK(bytes[1] == 1);
  CHECK(bytes[5] == 4);
  core::ByteReader reader(bytes, "test");
  CHECK(value_of(reader.u8("")) == 7);
  CHECK(value_of(reader.u32_big("")) == 0x01020304);
  CHECK(value_of(reader.u32_little("")) == 0x01020304);
  CHECK(value_of(reader.u64_little("")) == 0x1122334455667788ull);
  CHECK(value_of(reader.take(4, ""))[3] == 'd');
  std::array<float, 1> back{};
  core::f32_little_to_floats(value_of(reader.take(4, "")), back);
  CHECK(back[0] == -1.5f);
}

TEST_CASE("bytes: a write that does not fit leaves the span alone, for good") {
  std::array<std::uint8_t, 5> bytes{};
  core::ByteWriter writer(bytes);
  writer.u32_little(1);
  writer.u32_little(0xffffffff);
  writer.u8(9);  // would fit, but the file is already wrong
  CHECK_FALSE(writer.finish());
  CHECK(writer.position() == 4);
  CHECK(bytes[4] == 0);
}

TEST_CASE("bytes: floats keep their bits") {
  const std::vector<float> values = {0.0f, -0.0f, 1e-45f, std::numeric_limits<float>::infinity(), 3.14159265f};
  std::vector<std::uint8_t> bytes(values.size() * 4 + 1);  // odd offset: unaligned on purpose
  core::ByteWriter writer(std::span<std::uint8_t>(bytes).subspan(1));
  writer.f32_little(values);
  REQUIRE(writer.finish());
  std::vector<float> back(values.size());
  core::f32_little_to_floats(std::span<std::uint8_t>(bytes).subspan(1), back);
  for (std::size_t i = 0; i < values.size(); ++i) {
    CHECK(back[i] == values[i]);
    CHECK(std::signbit(back[i]) == std::signbit(values[i]));
  }
}

TEST_CASE("checked_product finds the last product that fits") {
  std::uint64_t product = 0;
  CHECK(core::checked_product(1ull << 32, (1ull << 32) - 1, product));
  CHECK(product == 0xffffffff00000000ull);
  CHECK_FALSE(core::checked_product(1ull << 32, 1ull << 32, product));
  CHECK(core::checked_product(0, ~0ull, product));
  CHECK(product == 0);
  CHECK(core::checked_product(~0ull, 1, product));
}

TEST_CASE("shape: text, elements beyond 31 bits") {
  CHECK(core::to_string(core::Shape{6, 28, 27}) == "6×28×27");
  CHECK(core::Shape{1 << 16, 1 << 16, 4}.elements() == (std::int64_t{1} << 34));
}

TEST_CASE("error codes keep their public spelling") {
  CHECK(std::string(core::to_string(core::ErrorCode::invalid_argument)) == "invalid_argument");
  CHECK(std::string(core::to_string(core::ErrorCode::invalid_shape)) == "invalid_shape");
  CHECK(std::string(core::to_string(core::ErrorCode::invalid_file)) == "invalid_file");
  CHECK(std::string(core::to_string(core::ErrorCode::invalid_json)) == "invalid_json");
  CHECK(std::string(core::to_string(core::ErrorCode::unknown_layer)) == "unknown_layer");
  CHECK(std::string(core::to_string(core::ErrorCode::not_finite)) == "not_finite");
  CHECK(std::string(core::to_string(core::ErrorCode::out_of_memory)) == "out_of_memory");
  CHECK(std::string(core::to_string(core::ErrorCode::invalid_state)) == "invalid_state");
  CHECK(std::string(core::to_string(core::ErrorCode::not_found)) == "not_found");
  CHECK(std::string(core::to_string(core::ErrorCode::io)) == "io");
}

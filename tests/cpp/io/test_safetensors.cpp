// safetensors: round trip, and every rule that a hostile or damaged file can break.
#include "striate/io/safetensors.hpp"

#include "striate/core/bytes.hpp"

#include "expect.hpp"

#include <string>
#include <vector>

using namespace striate;
using namespace striate::tests;

namespace {

using Bytes = std::vector<std::uint8_t>;

// A file from its header's text and as many data bytes 0, 1, 2, …
Bytes make_file(const std::string& header, std::size_t data, std::uint64_t claimed) {
  Bytes bytes(8 + header.size() + data);
  core::ByteWriter writer(bytes);
  writer.u64_little(claimed);
  writer.text(header);
  for (std::size_t i = 0; i < data; ++i) writer.u8(static_cast<std::uint8_t>(i));
  return bytes;
}
Bytes make_file(const std::string& header, std::size_t data) { return make_file(header, data, header.size()); }

}  // namespace

TEST_CASE("safetensors: tensors and metadata come back, bit for bit, and the same input gives the same bytes") {
  const std::vector<float> weight = {1, -2, 3.5f, -0.0f, 1e-40f, 6}, scalar = {9}, none;
  const std::vector<io::TensorSource> tensors = {
      {"conv1.weight", {1, 2, 3, 1}, weight}, {"empty", {0, 4}, none}, {"scale \"q\"", {}, scalar}};
  const io::Metadata metadata = {{"format", "pt"}, {"note", "naïve \n"}};
  const auto bytes = value_of(io::write_safetensors(tensors, metadata));
  const auto again = value_of(io::write_safetensors(tensors, metadata));
  REQUIRE(bytes.size() == again.size());
  CHECK(std::memcmp(bytes.data(), again.data(), bytes.size()) == 0);

  core::ByteReader reader(bytes.span(), "test");
  CHECK(value_of(reader.u64_little("")) % 8 == 0);

  const auto view = value_of(io::read_safetensors(bytes.span()));
  REQUIRE(view.tensors.size() == 3);
  CHECK(*view.find_metadata("note") == "naïve \n");
  CHECK(view.find_metadata("absent") == nullptr);
  const io::TensorView* read = view.find("conv1.weight");
  REQUIRE(read != nullptr);
  CHECK(read->shape == std::vector<std::int64_t>{1, 2, 3, 1});
  CHECK(read->dtype == "F32");
  std::vector<float> values(6);
  succeed(read->copy_floats(values));
  CHECK(std::memcmp(values.data(), weight.data(), 24) == 0);
  CHECK(view.find("empty")->elements() == 0);
  CHECK(view.find("scale \"q\"")->elements() == 1);
  CHECK(view.find("nobody") == nullptr);
  values.resize(5);
  CHECK_ERROR(read->copy_floats(values), invalid_file, "F32 with 6 values, not F32 with 5");
}

TEST_CASE("safetensors: other dtypes, spaces behind the header and any order of entries are read") {
  const auto bytes = make_file(
      R"({"b":{"dtype":"F64","shape":[1],"data_offsets":[2,10]},"a":{"dtype":"BF16","shape":[1,1],"data_offsets":[0,2]}}   )",
      10);
  const auto view = value_of(io::read_safetensors(bytes));
  CHECK(view.tensors[0].name == "a");
  CHECK(view.tensors[1].bytes[0] == 2);
  std::vector<float> value(1);
  CHECK_ERROR(view.tensors[0].copy_floats(value), invalid_file, "BF16");
  CHECK(value_of(io::read_safetensors(make_file("{}", 0))).tensors.empty());
}

TEST_CASE("safetensors: a file that breaks a rule is refused with the rule") {
  struct Case {
    std::string header;
    std::size_t data;
    std::string part;
  };
  const std::string one = R"("dtype":"F32","shape":[1],"data_offsets":[0,4])";
  const Case cases[] = {
      {R"({"a":{)" + one + R"(},"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}})", 12, "hole"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", 8, "hole"},
      {R"({"a":{)" + one + R"(},"b":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}})", 6, "overlap"},
      {R"({"a":{)" + one + R"(},"b":{)" + one + R"(}})", 4, "overlap"},
      {R"({"a":{)" + one + "}}", 5, "trailing"},
      {R"({"a":{)" + one + "}}", 3, "truncated"},
      {"{}", 1, "trailing"},
      {R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", 4, "takes 8"},
      {R"({"a":{"dtype":"F32","shape":[],"data_offsets":[0,8]}})", 8, "takes 4"},
      {R"({"a":{"dtype":"F31","shape":[1],"data_offsets":[0,4]}})", 4, "dtype \"F31\""},
      {R"({"a":{"dtype":4,"shape":[1],"data_offsets":[0,4]}})", 4, "dtype 4"},
      {R"({"a":{"dtype":"F32","shape":1,"data_offsets":[0,4]}})", 4, "shape"},
      {R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", 4, "size -1"},
      {R"({"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}})", 4, "size 1.5"},
      {R"({"a":{"dtype":"F32","shape":["1"],"data_offsets":[0,4]}})", 4, "size \"1\""},
      {R"({"a":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,4]}})", 4, "at most 8"},
      {R"({"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}})", 0, "overflows 64 bits"},
      {R"({"a":{"dtype":"F32","shape":[9007199254740992,4096,1],"data_offsets":[0,0]}})", 0, "overflows 64 bits"},
      {R"({"a":{"dtype":"F32","shape":[1e17],"data_offsets":[0,4]}})", 4, "whole number"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}})", 4, "[begin, end]"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}})", 4, "[begin, end]"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}})", 4, "[begin, end]"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}})", 4, "[begin, end]"},
      {R"({"a":{"dtype":"F32","shape":[1]}})", 4, "not all there"},
      {R"({"a":{)" + one + R"(,"extra":1}})", 4, "unknown member 'extra'"},
      {R"({"a":[]})", 0, "not an object"},
      {R"({"__metadata__":{"a":1}})", 0, "metadata 'a' is not text"},
      {R"({"__metadata__":"x"})", 0, "__metadata__"},
      {"[]", 0, "does not begin with '{'"},
      {" {}", 0, "does not begin with '{'"},
      {"", 0, "does not begin with '{'"},
  };
  for (const Case& broken : cases) {
    CAPTURE(broken.header);
    CHECK_ERROR(io::read_safetensors(make_file(broken.header, broken.data)), invalid_file, broken.part);
  }
}

TEST_CASE("safetensors: the header's text is strict JSON without duplicate names") {
  const std::string one = R"({"dtype":"F32","shape":[1],"data_offsets":[0,4]})";
  CHECK_ERROR(io::read_safetensors(make_file("{\"a\":" + one + ",\"a\":" + one + "}", 4)), invalid_json,
              "appears twice");
  CHECK_ERROR(io::read_safetensors(make_file("{\"a\":" + one + "} x", 4)), invalid_json, "something follows");
  CHECK_ERROR(io::read_safetensors(make_file("{\"a\":" + one + "," + "}", 4)), invalid_json, "key");
}

TEST_CASE("safetensors: sizes are checked before they are used") {
  CHECK_ERROR(io::read_safetensors({}), invalid_file, "truncated");
  CHECK_ERROR(io::read_safetensors(Bytes{1, 0, 0}), invalid_file, "truncated");
  CHECK_ERROR(io::read_safetensors(make_file("{}", 0, 3)), invalid_file, "truncated");
  CHECK_ERROR(io::read_safetensors(make_file("{}", 0, (1u << 20) + 1)), invalid_file, "past the limit");
  CHECK_ERROR(io::read_safetensors(make_file("{}", 0, ~0ull)), invalid_file, "past the limit");
}

TEST_CASE("safetensors: every prefix of a good file is refused") {
  const std::vector<float> values = {1, 2, 3};
  const std::vector<io::TensorSource> tensors = {{"a", {3}, values}};
  const auto bytes = value_of(io::write_safetensors(tensors, {{"k", "v"}}));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    CHECK_FALSE(io::read_safetensors(bytes.span().first(size)).ok());
  }
}

TEST_CASE("safetensors: the writer refuses values that do not fill the shape") {
  const std::vector<float> values = {1, 2, 3};
  for (const std::vector<std::int64_t>& shape :
       {std::vector<std::int64_t>{2}, {4}, {-3}, {}, {std::int64_t{1} << 40, std::int64_t{1} << 40}}) {
    const std::vector<io::TensorSource> tensors = {{"a", shape, values}};
    CHECK_ERROR(io::write_safetensors(tensors, {}), invalid_shape, "tensor 'a'");
  }
}

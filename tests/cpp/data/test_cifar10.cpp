// CIFAR-10: records become images, and every way in which a file can be wrong has its own words.
#include "striate/data/cifar10.hpp"

#include "expect.hpp"

#include <vector>

using namespace striate;
using namespace striate::tests;

namespace {

constexpr std::size_t record = 3073;

std::vector<std::uint8_t> records(const std::vector<std::uint8_t>& labels) {
  std::vector<std::uint8_t> bytes;
  for (const std::uint8_t label : labels) {
    bytes.push_back(label);
    for (std::size_t i = 0; i + 1 < record; ++i) bytes.push_back(static_cast<std::uint8_t>(i * 7 + label));
  }
  return bytes;
}

}  // namespace

TEST_CASE("cifar10: records become images of ten classes") {
  const auto file = records({3, 0, 9});
  const auto dataset = value_of(data::read_cifar10(file));
  CHECK(dataset.count() == 3);
  CHECK(dataset.shape() == core::Shape{3, 32, 32});
  CHECK(dataset.classes() == 10);
  CHECK(dataset.kind() == data::PixelKind::bytes);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(dataset.labels()[i] == file[i * record]);
    for (const std::size_t pixel : {0, 1, 1023, 1024, 3071}) CHECK(dataset.bytes(i)[pixel] == file[i * record + 1 + pixel]);
  }
}

TEST_CASE("cifar10: every wrong file is refused in its own words") {
  const auto refused = [](std::vector<std::uint8_t> file, const char* words) {
    INFO(words);
    const core::Error error = error_of(data::read_cifar10(file));
    CHECK(error.code == core::ErrorCode::invalid_file);
    CHECK(error.message.find(words) != std::string::npos);
    CHECK(!error.hint.empty());
  };
  refused({}, "0 bytes are 0 records");
  refused({1, 2, 3}, "3 bytes are 0 records of 3073 bytes and 3 more");
  auto file = records({1, 2});
  file.pop_back();
  refused(file, "6145 bytes are 1 records of 3073 bytes and 3072 more");
  file = records({1, 2});
  file[record] = 10;
  refused(file, "label 10 of image 1 is beyond 9");
  file = records({1});
  file[0] = 0x1f;
  file[1] = 0x8b;
  refused(file, "gzip");
}

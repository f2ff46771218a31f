// IDX: a good pair, and every way in which a pair can be wrong, each with its own words.
#include "striate/data/idx.hpp"

#include "expect.hpp"

#include <vector>

using namespace striate;
using namespace striate::tests;

namespace {

using Bytes = std::vector<std::uint8_t>;

void put(Bytes& bytes, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<std::uint8_t>(value >> shift));
}

Bytes images_file(std::uint32_t count, std::uint32_t height, std::uint32_t width, std::size_t pixels,
                  std::uint32_t magic = 0x803) {
  Bytes bytes;
  for (const std::uint32_t word : {magic, count, height, width}) put(bytes, word);
  for (std::size_t i = 0; i < pixels; ++i) bytes.push_back(static_cast<std::uint8_t>(i));
  return bytes;
}

Bytes labels_file(const std::vector<std::uint8_t>& labels, std::uint32_t count, std::uint32_t magic = 0x801) {
  Bytes bytes;
  put(bytes, magic);
  put(bytes, count);
  bytes.insert(bytes.end(), labels.begin(), labels.end());
  return bytes;
}

const Bytes good_images = images_file(3, 2, 4, 24);
const Bytes good_labels = labels_file({7, 0, 2}, 3);

}  // namespace

TEST_CASE("idx: a good pair becomes a dataset, copied or taken over") {
  const auto copied = value_of(data::read_idx(good_images, good_labels));
  CHECK(copied.count() == 3);
  CHECK(copied.shape() == core::Shape{1, 2, 4});
  CHECK(copied.classes() == 8);
  CHECK(copied.labels()[0] == 7);
  CHECK(copied.bytes(2)[0] == 16);

  core::Buffer<std::uint8_t> file;
  succeed(file.resize(good_images.size(), "test"));
  std::copy(good_images.begin(), good_images.end(), file.data());
  const std::uint8_t* place = file.data();
  const auto taken = value_of(data::read_idx(std::move(file), good_labels));
  CHECK(taken.bytes(0) == place + 16);
  CHECK(taken.bytes(2)[7] == 23);
  CHECK(value_of(data::read_idx(good_images, good_labels, 10)).classes() == 10);
}

TEST_CASE("idx: every wrong file is refused in its own words") {
  struct Case {
    Bytes images, labels;
    const char* part;
  };
  const Bytes gzip = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  const Case cases[] = {
      {{}, good_labels, "images file is truncated: the magic number"},
      {{0, 0}, good_labels, "images file is truncated: the magic number"},
      {{0, 0, 8, 3, 0, 0}, good_labels, "images file is truncated: the count"},
      {{0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0}, good_labels, "images file is truncated: the width"},
      {images_file(3, 2, 4, 24, 0x1234), good_labels, "images file: magic number 0x00001234, not 0x00000803"},
      {good_labels, good_images, "images file: magic number 0x00000801"},
      {gzip, good_labels, "magic number 0x1f8b0800"},
      {images_file(3, 2, 4, 24, 0xd03), good_labels, "magic number 0x00000d03"},  // IDX of floats
      {images_file(0, 2, 4, 0), good_labels, "a size is zero"},
      {images_file(3, 0, 4, 0), good_labels, "3 images of 0×4: a size is zero"},
      {images_file(3, 2, 0, 0), good_labels, "a size is zero"},
      {images_file(3, 2, 4, 23), good_labels, "images file: truncated: 3 images of 2×4 take 24 bytes, and 23 are left"},
      {images_file(3, 2, 4, 0), good_labels, "truncated"},
      {images_file(3, 2, 4, 25), good_labels, "images file: 1 trailing bytes"},
      {images_file(0xffffffff, 0xffffffff, 0xffffffff, 24), good_labels, "beyond any image"},
      {images_file(0xffffffff, 65536, 65536, 24), good_labels, "truncated"},
      {images_file(3, 65537, 1, 24), good_labels, "beyond any image"},
      {good_images, {}, "labels file is truncated: the magic number"},
      {good_images, {0, 0, 8, 1}, "labels file is truncated: the count"},
      {good_images, labels_file({7, 0, 2}, 3, 0x802), "labels file: magic number 0x00000802, not 0x00000801"},
      {good_images, good_images, "labels file: magic number 0x00000803"},
      {good_images, labels_file({7, 0}, 2), "2 labels for 3 images"},
      {good_images, labels_file({7, 0, 1, 1}, 4), "4 labels for 3 images"},
      {good_images, labels_file({7, 0}, 3), "labels file: truncated: 3 labels take 3 bytes, and 2 are left"},
      {good_images, labels_file({7, 0, 1, 1}, 3), "labels file: 1 trailing bytes"},
  };
  for (const Case& wrong : cases) {
    CAPTURE(std::string(wrong.part));
    CHECK_ERROR(data::read_idx(wrong.images, wrong.labels), invalid_file, wrong.part);
  }
}

TEST_CASE("idx: a label past the stated classes is out of range") {
  CHECK_ERROR(data::read_idx(good_images, good_labels, 7), invalid_file,
              "label 7 of image 0 is out of range: 7 classes are 0…6");
}

TEST_CASE("idx: hints tell gzip, swapped files and cut files apart") {
  const Bytes gzip = {0x1f, 0x8b, 8, 0};
  CHECK(contains(error_of(data::read_idx(gzip, good_labels)).hint, "gzip"));
  CHECK(contains(error_of(data::read_idx(good_labels, good_images)).hint, "swapped"));
  CHECK(contains(error_of(data::read_idx(images_file(3, 2, 4, 20), good_labels)).hint, "cut short"));
}

TEST_CASE("idx: on error a file that would have been taken over stays with the caller") {
  core::Buffer<std::uint8_t> file;
  succeed(file.resize(good_images.size(), "test"));
  std::copy(good_images.begin(), good_images.end(), file.data());
  CHECK_FALSE(data::read_idx(std::move(file), labels_file({1}, 1)).ok());
  CHECK(file.size() == good_images.size());
}

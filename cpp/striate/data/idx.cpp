#include "striate/data/idx.hpp"

#include "striate/core/bytes.hpp"
#include "striate/core/text.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace striate::data {

using core::ByteReader;
using core::Error;
using core::ErrorCode;
using core::Result;
using core::Status;

namespace {

constexpr std::uint32_t images_magic = 0x00000803;  // 08: unsigned bytes; 03: three dimensions
constexpr std::uint32_t labels_magic = 0x00000801;

std::string hex(std::uint32_t value) {
  constexpr char digits[] = "0123456789abcdef";
  std::string text = "0x";
  for (int shift = 28; shift >= 0; shift -= 4) text += digits[value >> shift & 15];
  return text;
}

Error invalid(std::string_view file, const std::string& message, std::string hint) {
  return Error{ErrorCode::invalid_file, core::text(file, ": ", message), std::move(hint)};
}

Status check_magic(std::uint32_t magic, std::uint32_t wanted, std::string_view file, std::string_view dimensions) {
  if (magic == wanted) return {};
  std::string hint = core::text("Give an IDX file of unsigned bytes with ", dimensions, ".");
  if (magic >> 16 == 0x1f8b) hint = "This is a gzip file: unpack it first.";
  if (magic == images_magic) hint = "This is an images file: are the two files swapped?";
  if (magic == labels_magic) hint = "This is a labels file: are the two files swapped?";
  return invalid(file, core::text("magic number ", hex(magic), ", not ", hex(wanted), ": not the IDX file expected"),
                 hint);
}

Status check_size(const ByteReader& reader, std::uint64_t wanted, std::string_view file, const std::string& what) {
  if (reader.remaining() < wanted) {
    return invalid(file,
                   core::text("truncated: ", what, " take ", wanted, " bytes, and ", reader.remaining(), " are left"),
                   "Get the file again; it may have been cut short.");
  }
  if (reader.remaining() > wanted) {
    return invalid(file, core::text(reader.remaining() - wanted, " trailing bytes behind ", what),
                   "The file is not what its header says; get it again.");
  }
  return {};
}

constexpr std::size_t image_header = 16;  // bytes

// The two headers and the labels, checked against each other and against the bytes at hand.
struct Contents {
  core::Shape shape;
  std::vector<std::int32_t> labels;
  int classes = 0;
};

Result<Contents> check_files(std::span<const std::uint8_t> images, std::span<const std::uint8_t> labels,
                             std::optional<int> classes) {
  constexpr std::string_view images_file = "images file", labels_file = "labels file";

  ByteReader image_reader(images, images_file);
  STRIATE_TRY(image_magic, image_reader.u32_big("the magic number"));
  STRIATE_CHECK(check_magic(image_magic, images_magic, images_file, "three dimensions (count, height, width)"));
  STRIATE_TRY(count, image_reader.u32_big("the count"));
  STRIATE_TRY(height, image_reader.u32_big("the height"));
  STRIATE_TRY(width, image_reader.u32_big("the width"));
  const std::string sizes = core::text(count, " images of ", height, "×", width);
  if (count == 0 || height == 0 || width == 0) {
    return invalid(images_file, core::text(sizes, ": a size is zero"),
                   "Give at least one image of at least one pixel.");
  }
  std::uint64_t total = 0;
  constexpr std::uint32_t longest = 1u << 16;  // keeps a row and an image inside int
  if (height > longest || width > longest || !core::checked_product(std::uint64_t{height} * width, count, total)) {
    return invalid(images_file, core::text(sizes, ": beyond any image"),
                   "Sides are at most 65536; the header may be damaged.");
  }
  STRIATE_CHECK(check_size(image_reader, total, images_file, sizes));

  ByteReader label_reader(labels, labels_file);
  STRIATE_TRY(label_magic, label_reader.u32_big("the magic number"));
  STRIATE_CHECK(check_magic(label_magic, labels_magic, labels_file, "one dimension (count)"));
  STRIATE_TRY(label_count, label_reader.u32_big("the count"));
  if (label_count != count) {
    return invalid(labels_file, core::text(label_count, " labels for ", count, " images"),
                   "Give the labels that belong to these images.");
  }
  STRIATE_CHECK(check_size(label_reader, label_count, labels_file, core::text(label_count, " labels")));

  STRIATE_TRY(label_bytes, label_reader.take(label_count, "labels"));
  Contents contents;
  contents.shape = {1, static_cast<int>(height), static_cast<int>(width)};
  contents.classes = classes.value_or(*std::max_element(label_bytes.begin(), label_bytes.end()) + 1);
  contents.labels.assign(label_bytes.begin(), label_bytes.end());
  for (std::size_t i = 0; i < contents.labels.size(); ++i) {
    if (contents.labels[i] >= contents.classes) {
      return invalid(labels_file,
                     core::text("label ", contents.labels[i], " of image ", i, " is out of range: ", contents.classes,
                                " classes are 0…", contents.classes - 1),
                     "Say how many classes there are, or give the labels that belong to these images.");
    }
  }
  return contents;
}

}  // namespace

Result<MemoryDataset> read_idx(std::span<const std::uint8_t> images, std::span<const std::uint8_t> labels,
                               std::optional<int> classes) {
  STRIATE_TRY(contents, check_files(images, labels, classes));
  STRIATE_TRY(dataset, MemoryDataset::make(contents.shape, PixelKind::bytes, contents.classes));
  STRIATE_CHECK(dataset.append(images.subspan(image_header), contents.labels));
  return std::move(dataset);
}

Result<MemoryDataset> read_idx(core::Buffer<std::uint8_t>&& images, std::span<const std::uint8_t> labels,
                               std::optional<int> classes) {
  STRIATE_TRY(contents, check_files(images.span(), labels, classes));
  STRIATE_TRY(dataset, MemoryDataset::make(contents.shape, PixelKind::bytes, contents.classes));
  STRIATE_CHECK(dataset.adopt(std::move(images), image_header, PixelKind::bytes, contents.labels));
  return std::move(dataset);
}

}  // namespace striate::data

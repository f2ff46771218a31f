#include "striate/io/safetensors.hpp"

#include "striate/core/bytes.hpp"
#include "striate/core/text.hpp"
#include "striate/io/json.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <numeric>

namespace striate::io {

using core::Error;
using core::ErrorCode;
using core::Result;
using core::Status;

namespace {

constexpr std::uint64_t largest_header = std::uint64_t{1} << 20;
constexpr std::size_t most_dimensions = 8;
constexpr double largest_exact = 9007199254740992.0;  // 2^53, past which JSON numbers are not exact
constexpr std::string_view metadata_key = "__metadata__";
constexpr std::string_view file = "safetensors file";

struct DataType {
  std::string_view name;
  std::uint64_t bytes;
};
constexpr DataType data_types[] = {{"F32", 4}, {"F64", 8}, {"F16", 2}, {"BF16", 2}, {"I64", 8}, {"I32", 4}, {"I16", 2},
                                   {"I8", 1},  {"U64", 8}, {"U32", 4}, {"U16", 2},  {"U8", 1},  {"BOOL", 1}};

Error invalid(const std::string& message) {
  return Error{ErrorCode::invalid_file, core::text(file, ": ", message),
               "The file is damaged or not a safetensors file; save it again."};
}

Error invalid_tensor(std::string_view name, const std::string& message) {
  return invalid(core::text("tensor '", name, "': ", message));
}

bool whole(const Json& value, std::uint64_t& number) {
  if (!value.is(Json::Kind::number)) return false;
  const double given = value.number();
  if (given < 0 || given > largest_exact || given != std::floor(given)) return false;
  number = static_cast<std::uint64_t>(given);
  return true;
}

struct Range {
  std::uint64_t begin = 0, end = 0;
};

Status read_metadata(const Json& object, Metadata& metadata) {
  if (!object.is(Json::Kind::object)) return invalid("__metadata__ is not an object");
  for (const Json::Member& entry : object.members()) {
    if (!entry.second.is(Json::Kind::string)) return invalid(core::text("metadata '", entry.first, "' is not text"));
    metadata.emplace_back(entry.first, entry.second.string());
  }
  return {};
}

Status read_entry(const std::string& name, const Json& entry, TensorView& tensor, Range& range) {
  if (!entry.is(Json::Kind::object)) return invalid_tensor(name, "its entry is not an object");
  for (const Json::Member& member : entry.members()) {
    if (member.first != "dtype" && member.first != "shape" && member.first != "data_offsets") {
      return invalid_tensor(name, core::text("unknown member '", member.first, "'"));
    }
  }
  const Json* dtype = entry.find("dtype");
  const Json* shape = entry.find("shape");
  const Json* offsets = entry.find("data_offsets");
  if (dtype == nullptr || shape == nullptr || offsets == nullptr) {
    return invalid_tensor(name, "dtype, shape and data_offsets are not all there");
  }
  const auto type = std::find_if(std::begin(data_types), std::end(data_types), [&](const DataType& known) {
    return dtype->is(Json::Kind::string) && known.name == dtype->string();
  });
  if (type == std::end(data_types)) return invalid_tensor(name, core::text("dtype ", dtype->text(), " is unknown"));
  if (!shape->is(Json::Kind::array) || shape->items().size() > most_dimensions) {
    return invalid_tensor(name, core::text("its shape is not a list of at most ", most_dimensions, " sizes"));
  }
  tensor.name = name;
  tensor.dtype = dtype->string();
  std::uint64_t size = type->bytes;
  for (const Json& item : shape->items()) {
    std::uint64_t side = 0;
    if (!whole(item, side))
      return invalid_tensor(name, core::text("size ", item.text(), " is not a whole number from 0"));
    if (!core::checked_product(size, side, size))
      return invalid_tensor(name, core::text("shape ", shape->text(), " overflows 64 bits"));
    tensor.shape.push_back(static_cast<std::int64_t>(side));
  }
  if (!offsets->is(Json::Kind::array) || offsets->items().size() != 2 || !whole(offsets->items()[0], range.begin) ||
      !whole(offsets->items()[1], range.end) || range.begin > range.end) {
    return invalid_tensor(name, core::text("data_offsets ", offsets->text(), " are not [begin, end]"));
  }
  if (range.end - range.begin != size) {
    return invalid_tensor(name, core::text("data_offsets ", offsets->text(), " hold ", range.end - range.begin,
                                           " bytes, and ", tensor.dtype, " ", shape->text(), " takes ", size));
  }
  return {};
}

}  // namespace

std::uint64_t TensorView::elements() const {
  std::uint64_t count = 1;  // cannot overflow: the reader has checked the product
  for (const std::int64_t side : shape) count *= static_cast<std::uint64_t>(side);
  return count;
}

Status TensorView::copy_floats(std::span<float> values) const {
  if (dtype != "F32" || values.size() != elements()) {
    return invalid_tensor(name, core::text(dtype, " with ", elements(), " values, not F32 with ", values.size()));
  }
  core::f32_little_to_floats(bytes, values);
  return {};
}

const TensorView* SafetensorsView::find(std::string_view name) const {
  for (const TensorView& tensor : tensors) {
    if (tensor.name == name) return &tensor;
  }
  return nullptr;
}

const std::string* SafetensorsView::find_metadata(std::string_view key) const {
  for (const auto& entry : metadata) {
    if (entry.first == key) return &entry.second;
  }
  return nullptr;
}

Result<SafetensorsView> read_safetensors(std::span<const std::uint8_t> bytes) {
  core::ByteReader reader(bytes, file);
  STRIATE_TRY(header_size, reader.u64_little("the header's size"));
  if (header_size > largest_header) {
    return invalid(core::text("a header of ", header_size, " bytes is past the limit of ", largest_header));
  }
  STRIATE_TRY(header_bytes, reader.take(header_size, "the header"));
  const std::string_view text(reinterpret_cast<const char*>(header_bytes.data()), header_bytes.size());
  if (text.empty() || text.front() != '{') return invalid("the header does not begin with '{'");
  STRIATE_TRY(header, parse_json(text, "safetensors header"));

  struct Found {
    TensorView tensor;
    Range range;
  };
  SafetensorsView view;
  std::vector<Found> found;
  for (const Json::Member& member : header.members()) {
    if (member.first == metadata_key) {
      STRIATE_CHECK(read_metadata(member.second, view.metadata));
      continue;
    }
    Found entry;
    STRIATE_CHECK(read_entry(member.first, member.second, entry.tensor, entry.range));
    found.push_back(std::move(entry));
  }

  // In the order of their bytes each must begin where the one before ended: neither hole nor overlap.
  std::vector<std::size_t> order(found.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto before = [&](std::size_t a, std::size_t b) {
    const Range& x = found[a].range;
    const Range& y = found[b].range;
    return x.begin != y.begin ? x.begin < y.begin : x.end != y.end ? x.end < y.end : a < b;
  };
  std::make_heap(order.begin(), order.end(), before);
  std::sort_heap(order.begin(), order.end(), before);
  std::uint64_t expected = 0;
  for (const std::size_t index : order) {
    const Found& entry = found[index];
    if (entry.range.begin != expected) {
      return invalid_tensor(entry.tensor.name,
                            core::text("its data begin at ", entry.range.begin,
                                       (entry.range.begin < expected ? " and overlap" : " and leave a hole behind"),
                                       " the data that end at ", expected));
    }
    expected = entry.range.end;
  }
  if (expected != reader.remaining()) {
    return invalid(core::text("the header describes ", expected, " bytes of data, and ", reader.remaining(),
                              " follow it", (expected > reader.remaining() ? ": truncated" : ": trailing bytes")));
  }
  for (const std::size_t index : order) {
    Found& entry = found[index];
    STRIATE_TRY(data, reader.take(entry.range.end - entry.range.begin, entry.tensor.name));
    entry.tensor.bytes = data;
    view.tensors.push_back(std::move(entry.tensor));
  }
  return view;
}

Result<core::Buffer<std::uint8_t>> write_safetensors(std::span<const TensorSource> tensors, const Metadata& metadata) {
  Json header = Json::object();
  if (!metadata.empty()) {
    Json entries = Json::object();
    for (const auto& entry : metadata) entries.set(entry.first, entry.second);
    header.set(std::string(metadata_key), std::move(entries));
  }
  std::uint64_t offset = 0;
  for (const TensorSource& tensor : tensors) {
    Json shape = Json::array();
    std::uint64_t count = 1;
    for (const std::int64_t side : tensor.shape) {
      shape.push(side);
      if (side < 0 || !core::checked_product(count, static_cast<std::uint64_t>(side), count)) count = ~std::uint64_t{0};
    }
    if (count != tensor.values.size()) {
      return Error{
          ErrorCode::invalid_shape,
          core::text("tensor '", tensor.name, "' of shape ", shape.text(), " has ", tensor.values.size(), " values"),
          "Give as many values as the shape holds."};
    }
    const std::uint64_t end = offset + count * 4;
    header.set(
        tensor.name,
        Json::object({{"dtype", "F32"}, {"shape", std::move(shape)}, {"data_offsets", Json::array(offset, end)}}));
    offset = end;
  }
  std::string text = header.text();
  text.append((8 - text.size() % 8) % 8, ' ');  // the data begin 8-byte aligned, as the format asks
  if (text.size() > largest_header) {
    return Error{ErrorCode::invalid_argument, core::text("a safetensors header of ", text.size(), " bytes"),
                 "Readers refuse headers over 1 MiB; use fewer layers or less metadata."};
  }

  core::Buffer<std::uint8_t> bytes;
  STRIATE_CHECK(bytes.resize(8 + text.size() + static_cast<std::size_t>(offset), "the saved file"));
  core::ByteWriter writer(bytes.span());
  writer.u64_little(text.size());
  writer.text(text);
  for (const TensorSource& tensor : tensors) writer.f32_little(tensor.values);
  assert(writer.finish());
  return bytes;
}

}  // namespace striate::io

#include "striate/io/onnx_reader.hpp"

#include "striate/core/text.hpp"
#include "striate/io/protobuf.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace striate::io {

using core::Error;
using core::ErrorCode;
using core::Result;
using core::Status;

namespace {

constexpr std::string_view onnx_file = "ONNX file";
constexpr std::size_t most_nodes = 65'536, most_onnx_dimensions = 8;

core::ErrorBox refusal(std::initializer_list<core::TextPiece> pieces) {
  return core::ErrorBox(Error{ErrorCode::invalid_file, core::text(onnx_file, ": ", core::join_text(pieces)),
                              "The file is damaged or not an ONNX model."});
}

template <typename... Pieces>
core::ErrorBox invalid(const Pieces&... pieces) {
  return refusal({core::TextPiece(pieces)...});
}

core::ErrorBox wrong_wire(std::string_view what, const ProtoField& field) {
  return invalid("field ", field.number, " of ", what, " has wire type ", static_cast<int>(field.wire));
}

// Dims and data agree, in 64 bits, before anybody takes memory for them.
Status check_tensor(const OnnxTensor& tensor) {
  const auto width = static_cast<std::uint64_t>(onnx_type_bytes(tensor.type));
  const std::string name = quoted(tensor.name);
  if (width == 0) {
    return invalid("tensor ", name, " has the type ", onnx_type_name(tensor.type), ", which is not read");
  }
  if (tensor.dims.size() > most_onnx_dimensions) {
    return invalid("tensor ", name, " has ", tensor.dims.size(), " dimensions, more than ", most_onnx_dimensions);
  }
  std::uint64_t count = 1;
  for (const std::int64_t side : tensor.dims) {
    if (side < 0 || !core::checked_product(count, static_cast<std::uint64_t>(side), count) ||
        count > (std::uint64_t{1} << 40)) {
      return invalid("tensor ", name, " has a dimension of ", side, ", or too many values");
    }
  }
  const std::uint64_t held = !tensor.floats.empty()     ? tensor.floats.size()
                             : !tensor.integers.empty() ? tensor.integers.size()
                                                        : tensor.raw.size() / width;
  const bool fits_type = tensor.floats.empty() || tensor.type == OnnxType::float32 || tensor.type == OnnxType::float64;
  const bool whole_bytes = tensor.raw.size() % width == 0;
  const bool one_place =
      (tensor.raw.empty() ? 0 : 1) + (tensor.floats.empty() ? 0 : 1) + (tensor.integers.empty() ? 0 : 1) <= 1;
  if (held == count && fits_type && whole_bytes && one_place) return {};
  return invalid("tensor ", name, " of ", onnx_type_name(tensor.type), " has ", count,
                 " values by its dims, and its data hold ", held);
}

Result<OnnxTensor> read_tensor(std::span<const std::uint8_t> bytes) {
  OnnxTensor tensor;
  ProtoReader reader(bytes, "ONNX tensor");
  bool packed_floats = false;
  while (!reader.done()) {
    STRIATE_TRY(field, reader.next());
    switch (field.number) {
      case 1:
        STRIATE_CHECK(append_varints(field, "ONNX tensor dims", tensor.dims));
        break;
      case 2:
        tensor.type = static_cast<OnnxType>(static_cast<std::int32_t>(field.value));
        break;
      case 4:
        // One packed block is left where it is; more of them, or single values, are collected.
        if (field.wire == WireType::bytes && tensor.floats.empty() && tensor.raw.empty()) {
          tensor.raw = field.bytes;
          packed_floats = true;
          break;
        }
        if (packed_floats) {
          STRIATE_CHECK(append_reals({.number = 4, .wire = WireType::bytes, .value = 0, .bytes = tensor.raw},
                                     "float_data", tensor.floats));
          tensor.raw = {};
          packed_floats = false;
        }
        STRIATE_CHECK(append_reals(field, "float_data", tensor.floats));
        break;
      case 5:
      case 7:
        STRIATE_CHECK(append_varints(field, "int_data", tensor.integers));
        break;
      case 8:
        tensor.name = field.text();
        break;
      case 9:
        if (field.wire != WireType::bytes) return wrong_wire("a tensor", field);
        tensor.raw = field.bytes;
        packed_floats = false;
        break;
      case 10:
        if (field.wire == WireType::bytes) tensor.raw = field.bytes;
        if (field.wire == WireType::fixed64)
          tensor.floats.push_back(static_cast<float>(std::bit_cast<double>(field.value)));
        break;
      case 14:
        if (field.value != 0) {
          return Error{ErrorCode::invalid_file,
                       core::text(onnx_file, ": the data of tensor ", quoted(tensor.name), " are in another file"),
                       "Save the model as one file, without external data."};
        }
        break;
      case 3:
        return invalid("a tensor in segments, which are not read");
      default:
        break;
    }
  }
  if (packed_floats && tensor.type != OnnxType::float32)
    return invalid("tensor ", quoted(tensor.name), " has float_data and another type");
  STRIATE_CHECK(check_tensor(tensor));
  return tensor;
}

Result<OnnxAttribute> read_attribute(std::span<const std::uint8_t> bytes) {
  OnnxAttribute attribute;
  ProtoReader reader(bytes, "ONNX attribute");
  while (!reader.done()) {
    STRIATE_TRY(field, reader.next());
    switch (field.number) {
      case 1:
        attribute.name = field.text();
        break;
      case 2:
        attribute.real = field.real();
        break;
      case 3:
        attribute.whole = static_cast<std::int64_t>(field.value);
        break;
      case 4:
        attribute.text = field.text();
        break;
      case 5: {
        STRIATE_TRY(tensor, read_tensor(field.bytes));
        attribute.tensor.clear();
        attribute.tensor.push_back(std::move(tensor));
        break;
      }
      case 7:
        STRIATE_CHECK(append_reals(field, "ONNX attribute", attribute.reals));
        break;
      case 8:
        STRIATE_CHECK(append_varints(field, "ONNX attribute", attribute.wholes));
        break;
      default:
        break;
    }
  }
  return attribute;
}

Result<OnnxNode> read_node(std::span<const std::uint8_t> bytes) {
  OnnxNode node;
  ProtoReader reader(bytes, "ONNX node");
  while (!reader.done()) {
    STRIATE_TRY(field, reader.next());
    switch (field.number) {
      case 1:
        node.inputs.emplace_back(field.text());
        break;
      case 2:
        node.outputs.emplace_back(field.text());
        break;
      case 3:
        node.name = field.text();
        break;
      case 4:
        node.type = field.text();
        break;
      case 5: {
        STRIATE_TRY(attribute, read_attribute(field.bytes));
        node.attributes.push_back(std::move(attribute));
        break;
      }
      case 7:
        node.domain = field.text();
        break;
      default:
        break;
    }
  }
  return node;
}

Result<std::int64_t> read_dimension(std::span<const std::uint8_t> bytes) {
  std::int64_t side = -1;
  ProtoReader reader(bytes, "ONNX dimension");
  while (!reader.done()) {
    STRIATE_TRY(field, reader.next());
    if (field.number == 1 && field.wire == WireType::varint) side = static_cast<std::int64_t>(field.value);
  }
  return side < 0 ? -1 : side;
}

// ValueInfoProto → TypeProto → Tensor → TensorShapeProto: each a message in field `wanted` of the one around it.
Result<OnnxValue> read_value(std::span<const std::uint8_t> bytes) {
  OnnxValue value;
  ProtoReader outer(bytes, "ONNX value");
  std::span<const std::uint8_t> type, tensor, shape;
  while (!outer.done()) {
    STRIATE_TRY(field, outer.next());
    if (field.number == 1) value.name = field.text();
    if (field.number == 2) type = field.bytes;
  }
  ProtoReader types(type, "ONNX type");
  while (!types.done()) {
    STRIATE_TRY(field, types.next());
    if (field.number == 1) tensor = field.bytes;
  }
  ProtoReader parts(tensor, "ONNX tensor type");
  while (!parts.done()) {
    STRIATE_TRY(field, parts.next());
    if (field.number == 1) value.type = static_cast<OnnxType>(static_cast<std::int32_t>(field.value));
    if (field.number != 2) continue;
    shape = field.bytes;
    value.has_shape = true;
  }
  ProtoReader sides(shape, "ONNX shape");
  while (!sides.done()) {
    STRIATE_TRY(field, sides.next());
    if (field.number != 1) continue;
    STRIATE_TRY(side, read_dimension(field.bytes));
    value.dims.push_back(side);
  }
  return value;
}

Status read_graph(std::span<const std::uint8_t> bytes, OnnxGraph& graph) {
  ProtoReader reader(bytes, "ONNX graph");
  while (!reader.done()) {
    STRIATE_TRY(field, reader.next());
    const bool known = field.number <= 2 || field.number == 5 || field.number == 11 || field.number == 12;
    if (known && field.wire != WireType::bytes) return wrong_wire("the graph", field);
    switch (field.number) {
      case 1: {
        if (graph.nodes.size() == most_nodes) return invalid("more than ", most_nodes, " nodes");
        STRIATE_TRY(node, read_node(field.bytes));
        graph.nodes.push_back(std::move(node));
        break;
      }
      case 2:
        graph.name = field.text();
        break;
      case 5: {
        STRIATE_TRY(tensor, read_tensor(field.bytes));
        graph.initializers.push_back(std::move(tensor));
        break;
      }
      case 11:
      case 12: {
        STRIATE_TRY(value, read_value(field.bytes));
        (field.number == 11 ? graph.inputs : graph.outputs).push_back(std::move(value));
        break;
      }
      case 15:
        return invalid("sparse tensors, which are not read");
      default:
        break;
    }
  }
  return {};
}

// A message of two fields: {1: text, 2: number or text}.
Result<std::pair<std::string, ProtoField>> read_pair(std::span<const std::uint8_t> bytes) {
  std::pair<std::string, ProtoField> pair;
  ProtoReader reader(bytes, "ONNX entry");
  while (!reader.done()) {
    STRIATE_TRY(field, reader.next());
    if (field.number == 1) pair.first = field.text();
    if (field.number == 2) pair.second = field;
  }
  return pair;
}

}  // namespace

const OnnxAttribute* OnnxNode::find(std::string_view wanted) const {
  for (const OnnxAttribute& attribute : attributes) {
    if (attribute.name == wanted) return &attribute;
  }
  return nullptr;
}

Result<OnnxTensor> read_onnx_tensor(std::span<const std::uint8_t> bytes) { return read_tensor(bytes); }

Result<OnnxGraph> read_onnx(std::span<const std::uint8_t> bytes) {
  OnnxGraph graph;
  ProtoReader reader(bytes, onnx_file);
  bool found = false;
  while (!reader.done()) {
    STRIATE_TRY(field, reader.next());
    switch (field.number) {
      case 1:
        graph.ir_version = static_cast<std::int64_t>(field.value);
        break;
      case 2:
        graph.producer = field.text();
        break;
      case 7:
        if (found || field.wire != WireType::bytes) return invalid("not one graph");
        found = true;
        STRIATE_CHECK(read_graph(field.bytes, graph));
        break;
      case 8: {
        STRIATE_TRY(pair, read_pair(field.bytes));
        if (pair.first.empty() || pair.first == "ai.onnx") graph.opset = static_cast<std::int64_t>(pair.second.value);
        break;
      }
      case 14: {
        STRIATE_TRY(pair, read_pair(field.bytes));
        graph.metadata.emplace_back(pair.first, pair.second.text());
        break;
      }
      default:
        break;
    }
  }
  if (!found) return invalid("no graph in it");
  if (graph.opset < 1 || graph.opset > 1000) return invalid("version ", graph.opset, " of the operators");
  return graph;
}

}  // namespace striate::io

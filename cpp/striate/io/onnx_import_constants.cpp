// ONNX operators that make constants, and those that work out shapes from them.
#include "striate/core/bytes.hpp"
#include "striate/core/text.hpp"
#include "striate/io/onnx_importer.hpp"

#include <algorithm>

namespace striate::io {

using core::Status;

namespace {

// Everything here is computed in float32.
Status cast(OnnxImporter& in) {
  const auto to = static_cast<OnnxType>(in.whole("to", 0));
  const bool real = to == OnnxType::float32 || to == OnnxType::float64 || to == OnnxType::float16;
  const bool whole =
      in.is_constant(0) && (to == OnnxType::int64 || to == OnnxType::int32) && in.operand(0).constant->is_whole();
  if (!real && !whole) return in.refuse("casts to ", onnx_type_name(to), "; only float types are computed with");
  return in.pass_through();
}

Status constant(OnnxImporter& in) {
  OnnxTensor tensor;
  if (const OnnxAttribute* value = in.node().find("value"); value != nullptr && !value->tensor.empty()) {
    tensor = value->tensor[0];
  } else if (const OnnxAttribute* real = in.node().find("value_float"); real != nullptr) {
    tensor.type = OnnxType::float32;
    tensor.floats = {real->real};
  } else if (const OnnxAttribute* reals = in.node().find("value_floats"); reals != nullptr) {
    tensor.type = OnnxType::float32;
    tensor.floats = reals->reals;
    tensor.dims = {static_cast<std::int64_t>(tensor.floats.size())};
  } else if (const OnnxAttribute* whole = in.node().find("value_int"); whole != nullptr) {
    tensor.type = OnnxType::int64;
    tensor.integers = {whole->whole};
  } else if (const OnnxAttribute* wholes = in.node().find("value_ints"); wholes != nullptr) {
    tensor.type = OnnxType::int64;
    tensor.integers = wholes->wholes;
    tensor.dims = {static_cast<std::int64_t>(tensor.integers.size())};
  } else {
    return in.refuse("has no number as its value");
  }
  if (tensor.name.empty()) tensor.name = in.node().outputs[0];
  in.output({.constant = &in.own(std::move(tensor))});
  return {};
}

Status constant_of_shape(OnnxImporter& in) {
  STRIATE_TRY(dims, in.settings(0, ""));
  OnnxTensor tensor;
  tensor.name = in.node().outputs[0];
  tensor.type = OnnxType::float32;
  tensor.fill = 0.0f;
  if (const OnnxAttribute* value = in.node().find("value"); value != nullptr && !value->tensor.empty()) {
    if (!value->tensor[0].is_real() || value->tensor[0].elements() != 1)
      return in.refuse("fills with something else than a float");
    float fill = 0;
    STRIATE_CHECK(value->tensor[0].copy_floats({&fill, 1}));
    tensor.fill = fill;
  }
  std::uint64_t count = 1;
  for (const std::int64_t side : dims) {
    if (side < 0 || dims.size() > 8 || !core::checked_product(count, static_cast<std::uint64_t>(side), count) ||
        count > (std::uint64_t{1} << 28))
      return in.refuse("makes a constant that is too large");
  }
  tensor.dims = std::move(dims);
  in.output({.constant = &in.own(std::move(tensor))});
  return {};
}

// The images' dimension is given as 0, which Reshape reads as "as it is".
Status shape_of(OnnxImporter& in) {
  STRIATE_TRY(x, in.value(0));
  std::vector<std::int64_t> dims = x.dims();
  dims.insert(dims.begin(), 0);
  const auto rank = static_cast<std::int64_t>(dims.size());
  const std::int64_t start = in.whole("start", 0), end = in.whole("end", rank);
  const auto clamped = [&](std::int64_t at) { return std::clamp<std::int64_t>(at < 0 ? at + rank : at, 0, rank); };
  const std::int64_t first = clamped(start), last = std::max(first, clamped(end));
  return in.output_whole({dims.begin() + first, dims.begin() + last}, {last - first});
}

Status gather(OnnxImporter& in) {
  STRIATE_TRY(list, in.settings(0, ""));
  STRIATE_TRY(indices, in.settings(1, ""));
  if (!in.has(0) || !in.has(1) || in.whole("axis", 0) != 0)
    return in.refuse("gathers; only constant lists can be gathered from");
  std::vector<std::int64_t> values;
  for (const std::int64_t index : indices) {
    const int at = OnnxImporter::axis_of(index, static_cast<int>(list.size()));
    if (at < 0) return in.contradiction("gathers from behind the end");
    values.push_back(list[static_cast<std::size_t>(at)]);
  }
  return in.output_whole(std::move(values), in.operand(1).constant->dims);
}

constexpr OnnxOperator constant_operators[] = {
    {"Constant", constant}, {"ConstantOfShape", constant_of_shape}, {"Shape", shape_of}, {"Gather", gather},
    {"Cast", cast},
};

}  // namespace

std::span<const OnnxOperator> onnx_constant_operators() { return constant_operators; }

}  // namespace striate::io

// ONNX operators on shapes: layouts, padding, slices.
#include "striate/core/bytes.hpp"
#include "striate/core/text.hpp"
#include "striate/io/onnx_importer.hpp"

#include <algorithm>

namespace striate::io {

using core::Result;
using core::Status;

namespace {

// The value of input 0 with `dims` behind the images' dimension, which hold as many values.
Status take_shape(OnnxImporter& in, const std::vector<std::int64_t>& dims) {
  STRIATE_TRY(x, in.value(0));
  if (dims.size() > 3) return in.refuse("makes ", dims.size() + 1, " dimensions; there are at most four here");
  core::Shape shape{1, 1, 1};
  int* sides[] = {&shape.channels, &shape.height, &shape.width};
  for (std::size_t i = 0; i < dims.size(); ++i) {
    if (dims[i] < 1 || dims[i] > (i == 0 ? 1 << 24 : 65'535)) return in.refuse("makes a dimension of ", dims[i]);
    *sides[i] = static_cast<int>(dims[i]);
  }
  if (shape.elements() != x.shape.elements())
    return in.refuse("makes ", to_string(shape), " of ", to_string(x.shape), " and so mixes images");
  const int rank = static_cast<int>(dims.size()) + 1;
  if (shape == x.shape) {
    x.rank = rank;
    in.output(x);
    return {};
  }
  const bool flat = shape.height == 1 && shape.width == 1;
  LayerOptions options;
  if (!flat) options.shape(shape);
  STRIATE_TRY(out, in.emit(flat ? "flatten" : "reshape", options, x));
  out.rank = rank;
  in.output(out);
  return {};
}

// A constant under other dims.
Status reshape_constant(OnnxImporter& in, std::vector<std::int64_t> dims) {
  OnnxTensor tensor = *in.operand(0).constant;
  std::uint64_t count = 1;
  for (const std::int64_t side : dims) {
    if (side < 0 || !core::checked_product(count, static_cast<std::uint64_t>(side), count))
      return in.contradiction("has a dimension out of range");
  }
  if (count != tensor.elements() || dims.size() > 8) return in.contradiction("changes the number of values");
  tensor.dims = std::move(dims);
  in.output({.constant = &in.own(std::move(tensor))});
  return {};
}

Status flatten(OnnxImporter& in) {
  STRIATE_TRY(x, in.value(0));
  const std::int64_t axis = in.whole("axis", 1);
  if (axis != 1 && axis + x.rank != 1)
    return in.refuse("flattens from axis ", axis, "; only the dimensions behind the images' can become one");
  return take_shape(in, {x.shape.elements()});
}

// 0 keeps a dimension, −1 takes what is left. The images' dimension stays the first.
Status reshape(OnnxImporter& in) {
  STRIATE_TRY(wanted, in.settings(1, "shape"));
  const bool of_constant = in.is_constant(0);
  const std::vector<std::int64_t> own = in.has(0) ? in.operand(0).dims() : std::vector<std::int64_t>();
  if (of_constant) {
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      if (wanted[i] == 0 && i < own.size()) wanted[i] = own[i];
    }
    std::int64_t known = 1, open = -1;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      if (wanted[i] == -1)
        open = static_cast<std::int64_t>(i);
      else if (wanted[i] < 1 || wanted[i] > (1 << 28) || (known *= wanted[i]) > (std::int64_t{1} << 31))
        return in.refuse("has a shape out of range");
    }
    if (open >= 0)
      wanted[static_cast<std::size_t>(open)] = static_cast<std::int64_t>(in.operand(0).constant->elements()) / known;
    return reshape_constant(in, std::move(wanted));
  }
  STRIATE_TRY(x, in.value(0));
  if (wanted.empty()) return in.refuse("has no images in its shape");
  std::vector<std::int64_t> dims(wanted.begin() + 1, wanted.end());
  std::int64_t known = 1;
  int open = -1;
  for (std::size_t i = 0; i < dims.size(); ++i) {
    if (dims[i] == 0) {
      if (i >= own.size() || in.whole("allowzero", 0) != 0)
        return in.refuse("has a dimension of 0 that stands for none");
      dims[i] = own[i];
    }
    if (dims[i] == -1 && open < 0 && wanted[0] != -1) {
      open = static_cast<int>(i);
    } else if (dims[i] < 1 || dims[i] > (1 << 24) || (known *= dims[i]) > (std::int64_t{1} << 31)) {
      return in.refuse("has a shape out of range");
    }
  }
  if (open >= 0) dims[static_cast<std::size_t>(open)] = x.shape.elements() / known;
  return take_shape(in, dims);
}

Status squeeze(OnnxImporter& in) {
  STRIATE_TRY(axes, in.settings(1, "axes"));
  const bool of_constant = in.is_constant(0);
  std::vector<std::int64_t> dims = in.has(0) ? in.operand(0).dims() : std::vector<std::int64_t>();
  if (!of_constant) dims.insert(dims.begin(), -1);
  std::vector<char> gone(dims.size(), axes.empty());
  for (const std::int64_t axis : axes) {
    const int at = OnnxImporter::axis_of(axis, static_cast<int>(dims.size()));
    if (at < 0) return in.contradiction("names an axis that does not exist");
    gone[static_cast<std::size_t>(at)] = true;
  }
  std::vector<std::int64_t> left;
  for (std::size_t i = 0; i < dims.size(); ++i) {
    if (gone[i] && dims[i] == 1) continue;
    if (gone[i] && !axes.empty()) return in.refuse("takes away a dimension that is not 1");
    left.push_back(dims[i]);
  }
  if (of_constant) return reshape_constant(in, std::move(left));
  return take_shape(in, {left.begin() + 1, left.end()});
}

// x [N, 1, F] − codes [K, F] → sum of squares over F → negative: the radial basis output.
Result<bool> radial_basis_pattern(OnnxImporter& in, const std::vector<std::int64_t>& axes) {
  if (axes.size() != 1 || axes[0] != 1) return false;
  const int difference = in.only_reader(in.node().outputs[0], "Sub");
  if (difference < 0 || in.node_at(difference).inputs.size() != 2 ||
      in.node_at(difference).inputs[0] != in.node().outputs[0])
    return false;
  const OnnxTensor* codes = in.constant_named(in.node_at(difference).inputs[1]);
  const int squares = in.only_reader(in.node_at(difference).outputs[0], "ReduceSumSquare");
  if (codes == nullptr || codes->dims.size() != 2 || squares < 0) return false;
  const OnnxAttribute* over = in.node_at(squares).find("axes");
  const OnnxAttribute* kept = in.node_at(squares).find("keepdims");
  if (over == nullptr || over->wholes != std::vector<std::int64_t>{2} || kept == nullptr || kept->whole != 0)
    return false;
  const int negative = in.only_reader(in.node_at(squares).outputs[0], "Neg");
  STRIATE_TRY(x, in.value(0));
  if (negative < 0 || x.rank != 2 || codes->dims[1] != x.shape.channels) return false;
  LayerOptions options;
  options.number("outFeatures", static_cast<double>(codes->dims[0])).text("codes", "random");
  STRIATE_TRY(out, in.emit("radialBasis", options, x, OnnxImporter::layer_of(*codes)));
  in.give("weight", *codes);
  for (const int index : {difference, squares, negative}) in.swallow(index);
  in.output_as(in.node_at(negative).outputs[0], out);
  return true;
}

Status unsqueeze(OnnxImporter& in) {
  STRIATE_TRY(axes, in.settings(1, "axes"));
  const bool of_constant = in.is_constant(0);
  if (!of_constant) {
    STRIATE_TRY(found, radial_basis_pattern(in, axes));
    if (found) return {};
  }
  std::vector<std::int64_t> dims = in.has(0) ? in.operand(0).dims() : std::vector<std::int64_t>();
  if (!of_constant) dims.insert(dims.begin(), -1);
  const std::size_t rank = dims.size() + axes.size();
  if (rank > 8) return in.refuse("makes too many dimensions");
  std::vector<std::int64_t> added(rank, 0);
  for (const std::int64_t axis : axes) {
    const int at = OnnxImporter::axis_of(axis, static_cast<int>(rank));
    if (at < 0 || added[static_cast<std::size_t>(at)] != 0)
      return in.contradiction("names an axis that does not exist");
    added[static_cast<std::size_t>(at)] = 1;
  }
  std::size_t next = 0;
  for (std::int64_t& side : added) {
    if (side == 0) side = dims[next++];
  }
  if (of_constant) return reshape_constant(in, std::move(added));
  if (added.empty() || added[0] != -1) return in.refuse("puts a dimension before the images'");
  return take_shape(in, {added.begin() + 1, added.end()});
}

Status identity(OnnxImporter& in) { return in.pass_through(); }

Status concat(OnnxImporter& in) {
  if (in.is_constant(0)) {
    std::vector<std::int64_t> all;
    for (std::size_t i = 0; i < in.node().inputs.size(); ++i) {
      STRIATE_TRY(part, in.settings(i, ""));
      all.insert(all.end(), part.begin(), part.end());
      if (all.size() > 64) return in.refuse("makes a long list of constants");
    }
    const auto count = static_cast<std::int64_t>(all.size());
    return in.output_whole(std::move(all), {count});
  }
  std::vector<Operand> values;
  for (std::size_t i = 0; i < in.node().inputs.size(); ++i) {
    STRIATE_TRY(x, in.value(i));
    if (!values.empty() && x.rank != values[0].rank) return in.refuse("joins values of different dimensions");
    values.push_back(x);
  }
  if (values.empty() || OnnxImporter::axis_of(in.whole("axis", 1), values[0].rank) != 1)
    return in.refuse("joins along axis ", in.whole("axis", 1), "; values are joined along their channels, axis 1");
  if (values.size() == 1) {
    in.output(values[0]);
    return {};
  }
  LayerOptions none;
  STRIATE_TRY(out, in.emit("concat", none, values, values[0].rank));
  in.output(out);
  return {};
}

Status pad(OnnxImporter& in) {
  STRIATE_TRY(x, in.value(0));
  STRIATE_TRY(pads, in.settings(1, "pads"));
  STRIATE_TRY(fill, in.constant(2));
  STRIATE_TRY(axes, in.settings(3, ""));
  if (!in.has(3)) {
    for (int axis = 0; axis < x.rank; ++axis) axes.push_back(axis);
  }
  if (pads.size() != 2 * axes.size()) return in.contradiction("has pads that do not fit its axes");
  std::int64_t before[4] = {}, after[4] = {};
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const int at = OnnxImporter::axis_of(axes[i], x.rank);
    if (at < 0) return in.contradiction("names an axis that does not exist");
    before[at] = pads[i];
    after[at] = pads[i + axes.size()];
    if (before[at] < 0 || after[at] < 0 || before[at] > 65'535 || after[at] > 65'535)
      return in.refuse("has pads out of range (0 to 65535)");
  }
  float value = in.real("value", 0);
  if (fill != nullptr && fill->elements() == 1) STRIATE_CHECK(fill->copy_floats({&value, 1}));
  const std::string_view mode = in.text("mode", "constant");
  if (mode != "constant" && mode != "reflect" && mode != "edge")
    return in.refuse("pads in mode ", quoted(mode), "; there are constant, reflect and edge");
  if (before[0] + after[0] != 0) return in.refuse("adds images");
  const bool spatial = before[2] + after[2] + before[3] + after[3] != 0;
  if (before[1] + after[1] != 0) {
    // Channels of zeros, half of them in front: a shortcut of stride 1.
    if (spatial || mode != "constant" || value != 0 || before[1] != (before[1] + after[1]) / 2)
      return in.refuse("adds channels other than zeros, half in front and half behind");
    const double channels = static_cast<double>(x.shape.channels + before[1] + after[1]);
    return in.becomes("identityShortcut", LayerOptions().number("outChannels", channels).number("stride", 1));
  }
  if (!spatial) return in.pass_through();
  LayerOptions options;
  options.list("padding", {double(before[2]), double(after[2]), double(before[3]), double(after[3])});
  options.number("value", static_cast<double>(value)).text("paddingMode", mode == "edge" ? "replicate" : mode);
  return in.becomes("zeroPad2d", options);
}

// Of values every n-th row and column; of constants a part.
Status slice(OnnxImporter& in) {
  STRIATE_TRY(starts, in.settings(1, "starts"));
  STRIATE_TRY(ends, in.settings(2, "ends"));
  STRIATE_TRY(axes, in.settings(3, "axes"));
  STRIATE_TRY(steps, in.settings(4, ""));
  if (axes.empty()) {
    for (std::size_t i = 0; i < starts.size(); ++i) axes.push_back(static_cast<std::int64_t>(i));
  }
  if (steps.empty()) steps.assign(starts.size(), 1);
  if (starts.size() != ends.size() || starts.size() != axes.size() || starts.size() != steps.size())
    return in.contradiction("has starts, ends, axes and steps of different lengths");
  if (in.is_constant(0)) {
    STRIATE_TRY(list, in.settings(0, ""));
    const auto size = static_cast<std::int64_t>(list.size());
    if (starts.size() != 1 || steps[0] != 1 || axes[0] != 0)
      return in.refuse("takes a part of a constant other than one run");
    const auto clamped = [&](std::int64_t at) {
      return std::clamp<std::int64_t>(at < 0 ? std::max(at, -size) + size : at, 0, size);
    };
    const std::int64_t first = clamped(starts[0]), last = std::max(first, clamped(ends[0]));
    return in.output_whole({list.begin() + first, list.begin() + last}, {last - first});
  }
  STRIATE_TRY(x, in.value(0));
  const std::vector<std::int64_t> dims = x.dims();
  std::int64_t step[4] = {1, 1, 1, 1};
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const int at = OnnxImporter::axis_of(axes[i], x.rank);
    const bool whole = at >= 0 && starts[i] == 0 &&
                       (at == 0 ? ends[i] > (1 << 30) : ends[i] >= dims[static_cast<std::size_t>(at - 1)]);
    if (!whole || steps[i] < 1 || steps[i] > 65'535 || (at < 2 && steps[i] != 1))
      return in.refuse("cuts a part out; only every n-th row and column of the whole can be taken");
    step[at] = steps[i];
  }
  if (step[2] == 1 && step[3] == 1) return in.pass_through();
  const bool even = step[2] == step[3] || x.rank == 3;
  LayerOptions options;
  if (even)
    options.number("outChannels", x.shape.channels).number("stride", static_cast<double>(step[2]));
  else
    options.number("kernelSize", 1).list("stride", {double(step[2]), double(step[3])});
  return in.becomes(even ? "identityShortcut" : "maxPool2d", options);
}

constexpr OnnxOperator shape_operators[] = {
    {"Flatten", flatten}, {"Reshape", reshape}, {"Squeeze", squeeze}, {"Unsqueeze", unsqueeze},
    {"Concat", concat},   {"Pad", pad},         {"Slice", slice},     {"Identity", identity},
};

}  // namespace

std::span<const OnnxOperator> onnx_shape_operators() { return shape_operators; }

}  // namespace striate::io

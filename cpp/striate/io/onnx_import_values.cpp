// ONNX operators on values: activations, arithmetic, matrices.
#include "striate/core/text.hpp"
#include "striate/io/onnx_importer.hpp"

#include <algorithm>
#include <cmath>

namespace striate::io {

using core::Buffer;
using core::Result;
using core::Status;
using Sense = OnnxImporter::Sense;

namespace {

Status plain(OnnxImporter& in, std::string_view type) {
  LayerOptions none;
  return in.becomes(type, none);
}

Status relu(OnnxImporter& in) { return plain(in, "relu"); }
Status sigmoid(OnnxImporter& in) { return plain(in, "sigmoid"); }
Status tanh(OnnxImporter& in) { return plain(in, "tanh"); }
Status hard_swish(OnnxImporter& in) { return plain(in, "hardswish"); }
Status leaky_relu(OnnxImporter& in) {
  return in.becomes("leakyRelu", LayerOptions().number("negativeSlope", static_cast<double>(in.real("alpha", 0.01f))));
}
Status elu(OnnxImporter& in) {
  return in.becomes("elu", LayerOptions().number("alpha", static_cast<double>(in.real("alpha", 1.0f))));
}
Status gelu(OnnxImporter& in) {
  return in.becomes("gelu", LayerOptions().text("approximate", in.text("approximate", "none")));
}

// One slope for all channels is a leaky ReLU.
Status p_relu(OnnxImporter& in) {
  STRIATE_TRY(slope, in.constant(1));
  if (slope == nullptr || slope->elements() == 0) return in.contradiction("has no slope");
  STRIATE_TRY(values, in.floats(*slope));
  for (const float value : values.span()) {
    if (value != values[0]) return in.refuse("has several slopes; leakyRelu has one");
  }
  return in.becomes("leakyRelu", LayerOptions().number("negativeSlope", static_cast<double>(values[0])));
}

// Before version 13 all dimensions from the axis on are one; since then the axis is one alone, and the last by default.
Status softmax_like(OnnxImporter& in, std::string_view type) {
  STRIATE_TRY(x, in.value(0));
  const int axis = OnnxImporter::axis_of(in.whole("axis", in.opset() < 13 ? 1 : -1), x.rank);
  if (axis != 1)
    return in.refuse("runs along axis ", in.whole("axis", in.opset() < 13 ? 1 : -1), " of ", x.rank, "; ", type,
                     " runs along the channels, axis 1");
  const core::Shape shape = x.shape;
  const bool joined = in.opset() < 13 && (shape.height > 1 || shape.width > 1);
  if (joined) {
    STRIATE_TRY(flat, in.emit("flatten", x));
    x = flat;
  }
  STRIATE_TRY(out, in.emit(type, x));
  if (joined) {
    STRIATE_TRY(back, in.emit("reshape", LayerOptions().shape(shape), out));
    out = back;
  }
  in.output(out);
  return {};
}
Status softmax(OnnxImporter& in) { return softmax_like(in, "softmax"); }
Status log_softmax(OnnxImporter& in) { return softmax_like(in, "logSoftmax"); }

Status dropout(OnnxImporter& in) {
  STRIATE_TRY(ratio, in.constant(1));
  STRIATE_TRY(training, in.constant(2));
  double p = static_cast<double>(in.real("ratio", 0.5f));
  if (training != nullptr && training->elements() == 1) {
    STRIATE_TRY(values, in.floats(*training));
    if (values[0] != 0) return in.refuse("is in training mode; export the model for inference");
  }
  if (ratio != nullptr && ratio->elements() == 1) {
    STRIATE_TRY(values, in.floats(*ratio));
    p = static_cast<double>(values[0]);
  }
  // A probability of 1 is legal there, and nothing at inference.
  return in.becomes("dropout", LayerOptions().number("p", std::clamp(p, 0.0, 0.999)));
}

// x/√2 → Erf → + 1 → · x → · ½: how gelu is written without an operator of its own. `x` is input 0 of this node.
Result<bool> gelu_pattern(OnnxImporter& in, float factor) {
  if (std::fabs(factor - 0.70710678f) > 1e-4f) return false;
  const auto is_constant = [&](const std::string& name, float wanted) {
    const OnnxTensor* tensor = in.constant_named(name);
    float value = 0;
    return tensor != nullptr && tensor->elements() == 1 && tensor->copy_floats({&value, 1}).ok() && value == wanted;
  };
  const auto other = [](const OnnxNode& node, const std::string& name) -> const std::string& {
    return node.inputs[0] == name ? node.inputs[1] : node.inputs[0];
  };
  int chain[4];
  const std::string* name = &in.node().outputs[0];
  constexpr const char* types[] = {"Erf", "Add", "Mul", "Mul"};
  for (int i = 0; i < 4; ++i) {
    chain[i] = in.only_reader(*name, types[i]);
    if (chain[i] < 0 || (i > 0 && in.node_at(chain[i]).inputs.size() != 2)) return false;
    const OnnxNode& node = in.node_at(chain[i]);
    if (i == 1 && !is_constant(other(node, *name), 1.0f)) return false;
    if (i == 2 && other(node, *name) != in.node().inputs[0]) return false;
    if (i == 3 && !is_constant(other(node, *name), 0.5f)) return false;
    name = &node.outputs[0];
  }
  STRIATE_TRY(x, in.value(0));
  STRIATE_TRY(out, in.emit("gelu", x));
  for (const int index : chain) in.swallow(index);
  in.output_as(*name, out);
  return true;
}

// Two values of one shape; one of 1×1 is first spread over the other's rows and columns.
Result<bool> spread(OnnxImporter& in, Operand& small, const Operand& large) {
  if (small.shape == large.shape || small.shape.channels != large.shape.channels || small.shape.height != 1 ||
      small.shape.width != 1)
    return false;
  LayerOptions options;
  options.list("size", {double(large.shape.height), double(large.shape.width)});
  STRIATE_TRY(out, in.emit("upsample", options, small));
  small = out;
  return true;
}

Status merge(OnnxImporter& in, std::string_view type, Operand a, Operand b) {
  if (a.rank != b.rank) return in.refuse("meets values of ", a.rank, " and ", b.rank, " dimensions");
  STRIATE_TRY(first, spread(in, a, b));
  if (!first) STRIATE_CHECK(spread(in, b, a));
  const Operand both[] = {a, b};
  LayerOptions none;
  STRIATE_TRY(out, in.emit(type, none, both, a.rank));
  in.output(out);
  return {};
}

// The constant of two operands, and the value; both values: null.
struct Pair {
  const OnnxTensor* constant = nullptr;
  Operand value;
  bool constant_first = false;
};
Result<Pair> pair_of(OnnxImporter& in) {
  if (in.node().inputs.size() != 2 || !in.has(0) || !in.has(1)) return in.contradiction("needs two inputs");
  Pair pair;
  pair.constant_first = in.operand(0).constant != nullptr;
  STRIATE_TRY(value, in.value(pair.constant_first ? 1 : 0));
  pair.value = value;
  pair.constant = in.operand(pair.constant_first ? 0 : 1).constant;
  // Before version 7 an axis said where the second operand's dimensions begin; since then they end together.
  const std::int64_t axis = in.opset() < 7 ? in.whole("axis", -1) : -1;
  if (axis >= 0 && pair.constant != nullptr) {
    OnnxTensor aligned = *pair.constant;
    const std::int64_t missing = pair.value.rank - axis - static_cast<std::int64_t>(aligned.dims.size());
    if (missing < 0) return in.contradiction("has an axis that does not fit its inputs");
    if (missing > 0) {
      aligned.dims.insert(aligned.dims.end(), static_cast<std::size_t>(missing), 1);
      pair.constant = &in.own(std::move(aligned));
    }
  }
  return pair;
}

Status finish(OnnxImporter& in, Result<Operand> made) {
  if (!made) return made.take_error();
  in.output(*made);
  return {};
}

Result<float> single(const OnnxImporter& in, const OnnxTensor& tensor) {
  if (tensor.elements() != 1) return 0.0f;
  STRIATE_TRY(values, in.floats(tensor));
  return values[0];
}

Status add(OnnxImporter& in) {
  STRIATE_TRY(pair, pair_of(in));
  if (pair.constant == nullptr) return merge(in, "add", in.operand(0), in.operand(1));
  return finish(in, in.affine(pair.value, nullptr, pair.constant, Sense::plain));
}

Status multiply(OnnxImporter& in) {
  STRIATE_TRY(pair, pair_of(in));
  if (pair.constant == nullptr) return merge(in, "multiply", in.operand(0), in.operand(1));
  STRIATE_TRY(factor, single(in, *pair.constant));
  if (!pair.constant_first) {
    STRIATE_TRY(found, gelu_pattern(in, factor));
    if (found) return {};
  }
  return finish(in, in.affine(pair.value, pair.constant, nullptr, Sense::plain));
}

Status subtract(OnnxImporter& in) {
  STRIATE_TRY(pair, pair_of(in));
  if (pair.constant != nullptr && !pair.constant_first)
    return finish(in, in.affine(pair.value, nullptr, pair.constant, Sense::inverse));
  if (pair.constant != nullptr) {
    STRIATE_TRY(negative, in.affine(pair.value, -1.0f, 0.0f));
    return finish(in, in.affine(negative, nullptr, pair.constant, Sense::plain));
  }
  STRIATE_TRY(negative, in.affine(in.operand(1), -1.0f, 0.0f));
  return merge(in, "add", in.operand(0), negative);
}

Status divide(OnnxImporter& in) {
  STRIATE_TRY(pair, pair_of(in));
  if (pair.constant == nullptr || pair.constant_first)
    return in.refuse("divides by a value; only constants can divide");
  STRIATE_TRY(divisor, single(in, *pair.constant));
  STRIATE_TRY(found, gelu_pattern(in, 1.0f / divisor));
  if (found) return {};
  return finish(in, in.affine(pair.value, pair.constant, nullptr, Sense::inverse));
}

Status negate(OnnxImporter& in) {
  STRIATE_TRY(x, in.value(0));
  return finish(in, in.affine(x, -1.0f, 0.0f));
}

// Several values, all of one rank.
Status many(OnnxImporter& in, std::string_view type) {
  std::vector<Operand> values;
  for (std::size_t i = 0; i < in.node().inputs.size(); ++i) {
    STRIATE_TRY(x, in.value(i));
    if (!values.empty() && x.rank != values[0].rank)
      return in.refuse("meets values of ", values[0].rank, " and ", x.rank, " dimensions");
    values.push_back(x);
  }
  if (values.empty()) return in.contradiction("needs inputs");
  if (values.size() == 1) {
    in.output(values[0]);
    return {};
  }
  LayerOptions none;
  STRIATE_TRY(out, in.emit(type, none, values, values[0].rank));
  in.output(out);
  return {};
}

Status sum(OnnxImporter& in) { return many(in, "add"); }

// ---- matrices

Result<Buffer<float>> transposed(const OnnxImporter& in, const OnnxTensor& matrix, float factor, bool transpose) {
  STRIATE_TRY(source, in.floats(matrix));
  const auto rows = static_cast<std::size_t>(matrix.dims[0]), columns = static_cast<std::size_t>(matrix.dims[1]);
  Buffer<float> values;
  STRIATE_CHECK(values.resize(source.size(), "a matrix of the ONNX file"));
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t c = 0; c < columns; ++c)
      values[transpose ? c * rows + r : r * columns + c] = factor * source[r * columns + c];
  }
  return values;
}

// [N, in]·[in, out] + bias, or with the matrix as [out, in]; linear's weight is [out, in].
Status linear(OnnxImporter& in, const OnnxTensor* matrix, bool rows_are_outputs, float factor, Buffer<float> bias,
              std::string_view output) {
  STRIATE_TRY(x, in.value(0));
  if (x.rank != 2) return in.refuse("multiplies a value of ", x.rank, " dimensions; linear takes [images, features]");
  if (matrix == nullptr || matrix->dims.size() != 2) return in.refuse("needs a constant matrix of two dimensions");
  const std::int64_t inputs = matrix->dims[rows_are_outputs ? 1 : 0], outputs = matrix->dims[rows_are_outputs ? 0 : 1];
  if (inputs != x.shape.channels || outputs < 1)
    return in.contradiction("has a matrix for ", inputs, " features over ", x.shape.channels);
  if (!bias.empty() && static_cast<std::int64_t>(bias.size()) != outputs)
    return in.contradiction("has a bias that is not one number an output");
  LayerOptions options;
  options.number("outFeatures", static_cast<double>(outputs)).flag("bias", !bias.empty());
  STRIATE_TRY(out, in.emit("linear", options, x, OnnxImporter::layer_of(*matrix)));
  if (rows_are_outputs && factor == 1) {
    in.give("weight", *matrix);
  } else {
    STRIATE_TRY(values, transposed(in, *matrix, factor, !rows_are_outputs));
    in.give("weight", std::move(values));
  }
  if (!bias.empty()) in.give("bias", std::move(bias));
  in.output_as(output, out);
  return {};
}

Status gemm(OnnxImporter& in) {
  STRIATE_TRY(matrix, in.constant(1));
  STRIATE_TRY(added, in.constant(2));
  if (in.whole("transA", 0) != 0) return in.refuse("transposes its first input, which would mix images");
  const bool rows_are_outputs = in.whole("transB", 0) != 0;
  const float beta = in.real("beta", 1.0f);
  Buffer<float> bias;
  if (added != nullptr && matrix != nullptr && matrix->dims.size() == 2 && beta != 0) {
    const std::int64_t outputs = matrix->dims[rows_are_outputs ? 0 : 1];
    const auto count = static_cast<std::int64_t>(added->elements());
    const bool last = added->dims.empty() || added->dims.back() == count;
    if (!last || (count != 1 && count != outputs)) return in.refuse("adds a matrix that differs from image to image");
    STRIATE_TRY(source, in.floats(*added));
    STRIATE_CHECK(bias.resize(static_cast<std::size_t>(outputs), "a bias"));
    for (std::size_t i = 0; i < bias.size(); ++i) bias[i] = beta * source[count == 1 ? 0 : i];
  }
  return linear(in, matrix, rows_are_outputs, in.real("alpha", 1.0f), std::move(bias), in.node().outputs[0]);
}

// With the Add behind it where that adds one number an output.
Status mat_mul(OnnxImporter& in) {
  STRIATE_TRY(matrix, in.constant(1));
  const int next = in.only_reader(in.node().outputs[0], "Add");
  Buffer<float> bias;
  if (next >= 0 && in.node_at(next).inputs.size() == 2 && matrix != nullptr && matrix->dims.size() == 2) {
    const OnnxNode& node = in.node_at(next);
    const OnnxTensor* added = in.constant_named(node.inputs[node.inputs[0] == in.node().outputs[0] ? 1 : 0]);
    if (added != nullptr && added->dims.size() == 1 && added->dims[0] == matrix->dims[1]) {
      STRIATE_TRY(values, in.floats(*added));
      bias = std::move(values);
      if (!bias.empty()) in.swallow(next);
    }
  }
  const std::string output = bias.empty() ? in.node().outputs[0] : in.node_at(next).outputs[0];
  return linear(in, matrix, false, 1, std::move(bias), output);
}

constexpr OnnxOperator value_operators[] = {
    {"Relu", relu},       {"LeakyRelu", leaky_relu},
    {"PRelu", p_relu},    {"Elu", elu},
    {"Gelu", gelu},       {"HardSwish", hard_swish},
    {"Sigmoid", sigmoid}, {"Tanh", tanh},
    {"Softmax", softmax}, {"LogSoftmax", log_softmax},
    {"Dropout", dropout}, {"Add", add},
    {"Sub", subtract},    {"Mul", multiply},
    {"Div", divide},      {"Neg", negate},
    {"Sum", sum},         {"Gemm", gemm},
    {"MatMul", mat_mul},
};

}  // namespace

std::span<const OnnxOperator> onnx_value_operators() { return value_operators; }

}  // namespace striate::io

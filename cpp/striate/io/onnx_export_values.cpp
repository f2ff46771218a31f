// Layers on values as ONNX operators: activations, merges, linear.
#include "striate/core/text.hpp"
#include "striate/io/onnx_exporter.hpp"

namespace striate::io {
namespace {

// A pointwise layer keeps its input's dimensions.
void pointwise(OnnxExporter& out, std::string_view op, const OnnxAttributes& attributes = {}) {
  const int rank = out.input_rank(0);
  out.finish(op, {out.input(0, rank)}, rank, attributes);
}

void relu(OnnxExporter& out) { pointwise(out, "Relu"); }
void sigmoid(OnnxExporter& out) { pointwise(out, "Sigmoid"); }
void tanh(OnnxExporter& out) { pointwise(out, "Tanh"); }
void hardswish(OnnxExporter& out) { pointwise(out, "HardSwish"); }
void leaky_relu(OnnxExporter& out) {
  pointwise(out, "LeakyRelu", OnnxAttributes().real("alpha", out.options().number("negativeSlope")));
}
void elu(OnnxExporter& out) { pointwise(out, "Elu", OnnxAttributes().real("alpha", out.options().number("alpha"))); }
void softmax(OnnxExporter& out) { pointwise(out, "Softmax", OnnxAttributes().whole("axis", 1)); }
void log_softmax(OnnxExporter& out) { pointwise(out, "LogSoftmax", OnnxAttributes().whole("axis", 1)); }

void dropout(OnnxExporter& out) {
  const int rank = out.input_rank(0);
  out.finish("Dropout", {out.input(0, rank), out.constant("ratio", static_cast<float>(out.options().number("p")))},
             rank);
}

void silu(OnnxExporter& out) {
  const int rank = out.input_rank(0);
  const std::string_view x = out.input(0, rank);
  out.finish("Mul", {x, out.step("sigmoid", "Sigmoid", {x})}, rank);
}

void scaled_tanh(OnnxExporter& out) {
  const int rank = out.input_rank(0);
  const std::string_view scaled = out.step(
      "scaled", "Mul", {out.input(0, rank), out.constant("slope", static_cast<float>(out.options().number("slope")))});
  out.finish("Mul",
             {out.step("tanh", "Tanh", {scaled}),
              out.constant("amplitude", static_cast<float>(out.options().number("amplitude")))},
             rank);
}

// Opset 17 has no Gelu: x/2·(1 + erf(x/√2)), or x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³))).
void gelu(OnnxExporter& out) {
  const int rank = out.input_rank(0);
  const std::string_view x = out.input(0, rank);
  std::string_view squashed;
  if (out.options().text("approximate") == "none") {
    squashed = out.step("erf", "Erf", {out.step("scaled", "Div", {x, out.constant("root2", 1.41421356237f)})});
  } else {
    const std::string_view cubed = out.step("cubed", "Mul", {out.step("squared", "Mul", {x, x}), x});
    const std::string_view bent =
        out.step("bent", "Add", {out.step("small", "Mul", {cubed, out.constant("share", 0.044715f)}), x});
    squashed = out.step("tanh", "Tanh", {out.step("scaled", "Mul", {bent, out.constant("factor", 0.79788456080f)})});
  }
  const std::string_view raised = out.step("raised", "Add", {squashed, out.constant("one", 1)});
  out.finish("Mul", {out.step("product", "Mul", {x, raised}), out.constant("half", 0.5f)}, rank);
}

void linear(OnnxExporter& out) {
  std::vector<std::string_view> inputs = {out.input(0, 2), out.parameter(0)};
  if (out.options().boolean("bias")) inputs.push_back(out.parameter(1));
  out.finish("Gemm", inputs, 2, OnnxAttributes().whole("transB", 1));
}

// −Σ (x − code)²: [N, 1, F] − [K, F], summed over F.
void radial_basis(OnnxExporter& out) {
  const std::string_view row = out.step("row", "Unsqueeze", {out.input(0, 2), out.wholes("axis", {1})});
  const std::string_view difference = out.step("difference", "Sub", {row, out.parameter(0)});
  OnnxAttributes over;
  over.wholes("axes", {2}).whole("keepdims", 0);
  out.finish("Neg", {out.step("squares", "ReduceSumSquare", {difference}, over)}, 2);
}

void flatten(OnnxExporter& out) {
  out.finish("Flatten", {out.input(0, out.input_rank(0))}, 2, OnnxAttributes().whole("axis", 1));
}

void reshape(OnnxExporter& out) {
  const core::Shape& shape = out.layer().shape;
  out.finish("Reshape",
             {out.input(0, out.input_rank(0)), out.wholes("shape", {0, shape.channels, shape.height, shape.width})}, 4);
}

// All inputs as they are when they agree in their dimensions, as images otherwise.
void merge(OnnxExporter& out, std::string_view op, const OnnxAttributes& attributes = {}) {
  int rank = out.input_rank(0);
  for (std::size_t i = 0; i < out.layer().inputs.size(); ++i) rank = out.input_rank(i) == rank ? rank : 4;
  std::vector<std::string_view> inputs;
  for (std::size_t i = 0; i < out.layer().inputs.size(); ++i) inputs.push_back(out.input(i, rank));
  out.finish(op, inputs, rank, attributes);
}

void add(OnnxExporter& out) { merge(out, out.layer().inputs.size() == 2 ? "Add" : "Sum"); }
void multiply(OnnxExporter& out) { merge(out, "Mul"); }
void concat(OnnxExporter& out) { merge(out, "Concat", OnnxAttributes().whole("axis", 1)); }

constexpr OnnxLayerExport value_exports[] = {
    {"relu", relu},
    {"leakyRelu", leaky_relu},
    {"elu", elu},
    {"gelu", gelu},
    {"silu", silu},
    {"hardswish", hardswish},
    {"sigmoid", sigmoid},
    {"tanh", tanh},
    {"scaledTanh", scaled_tanh},
    {"softmax", softmax},
    {"logSoftmax", log_softmax},
    {"dropout", dropout},
    {"dropout2d", dropout},
    {"linear", linear},
    {"radialBasis", radial_basis},
    {"flatten", flatten},
    {"reshape", reshape},
    {"add", add},
    {"multiply", multiply},
    {"concat", concat},
};

}  // namespace

std::span<const OnnxLayerExport> onnx_value_exports() { return value_exports; }

}  // namespace striate::io

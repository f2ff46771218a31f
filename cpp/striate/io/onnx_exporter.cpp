#include "striate/io/onnx_exporter.hpp"

#include "striate/core/text.hpp"
#include "striate/layers/registry.hpp"

#include <algorithm>
#include <limits>

namespace striate::io {

using core::Buffer;
using core::Error;
using core::ErrorCode;
using core::Result;

namespace {

constexpr std::int64_t opset = 17, ir_version = 8;
constexpr std::int64_t type_float = 1, type_int64 = 7;

std::int64_t elements(const std::vector<std::int64_t>& dims) {
  std::int64_t count = 1;
  for (const std::int64_t side : dims) count *= side;
  return count;
}

ProtoWriter dimension(std::int64_t side) {
  ProtoWriter out;
  if (side < 0)
    out.bytes(2, "N");
  else
    out.number(1, side);
  return out;
}

// ValueInfoProto of a float tensor.
ProtoWriter value_info(std::string_view name, const core::Shape& shape, int rank) {
  ProtoWriter sides, tensor, type, value;
  const std::int64_t all[] = {-1, shape.channels, shape.height, shape.width};
  for (int i = 0; i < rank; ++i) sides.message(1, dimension(all[i]));
  tensor.number(1, type_float);
  tensor.message(2, sides);
  type.message(1, tensor);
  value.bytes(1, name);
  value.message(2, type);
  return value;
}

void entry(ProtoWriter& model, std::string_view key, std::string_view text) {
  ProtoWriter pair;
  pair.bytes(1, key);
  pair.bytes(2, text);
  model.message(14, pair);
}

}  // namespace

// ---- attributes

OnnxAttributes& OnnxAttributes::whole(std::string_view name, std::int64_t value) {
  return add(name, 2, [&](ProtoWriter& out) { out.number(3, value); });
}

OnnxAttributes& OnnxAttributes::wholes(std::string_view name, std::initializer_list<std::int64_t> values) {
  return add(name, 7, [&](ProtoWriter& out) {
    for (const std::int64_t value : values) out.number(8, value);
  });
}

OnnxAttributes& OnnxAttributes::real(std::string_view name, double value) {
  return add(name, 1, [&](ProtoWriter& out) { out.real(2, static_cast<float>(value)); });
}

OnnxAttributes& OnnxAttributes::text(std::string_view name, std::string_view value) {
  return add(name, 3, [&](ProtoWriter& out) { out.bytes(4, value); });
}

// ---- inputs and parameters

std::string_view OnnxExporter::input(std::size_t index, int rank) {
  Value& value = values_[static_cast<std::size_t>(layer_->inputs[index])];
  if (value.rank == rank) return value.name;
  if (!value.other.empty()) return value.other;
  value.other = keep(core::text(value.name, rank == 2 ? "/flat" : "/image"));
  if (rank == 2) {
    const std::string_view inputs[] = {value.name};
    add_node(value.other, "Flatten", inputs, value.other, OnnxAttributes().whole("axis", 1));
  } else {
    const std::string_view shape = keep(core::text(value.other, "/shape"));
    initializers_.push_back({shape, {4}, {}, {0, layer_->input_shapes[index].channels, 1, 1}});
    const std::string_view inputs[] = {value.name, shape};
    add_node(value.other, "Reshape", inputs, value.other, {});
  }
  return value.other;
}

std::string_view OnnxExporter::parameter(int index, std::vector<std::int64_t> dims) {
  const graph::Parameter& found = store_.parameters()[static_cast<std::size_t>(store_.first_of(layer_index_) + index)];
  if (dims.empty()) dims.assign(found.shape.begin(), found.shape.end());
  initializers_.push_back({found.name, std::move(dims), parameter_values(index), {}});
  return found.name;
}

// ---- nodes and constants

std::string_view OnnxExporter::keep(std::string name) {
  names_.push_back(std::make_unique<std::string>(std::move(name)));
  return *names_.back();
}

void OnnxExporter::add_node(std::string_view name, std::string_view op, std::span<const std::string_view> inputs,
                            std::string_view output, const OnnxAttributes& attributes) {
  ProtoWriter node;
  for (const std::string_view one : inputs) node.bytes(1, one);
  node.bytes(2, output);
  node.bytes(3, name);
  node.bytes(4, op);
  node.append(attributes.encoded().text());
  nodes_.message(1, node);
}

std::string_view OnnxExporter::step(std::string_view name, std::string_view op,
                                    std::initializer_list<std::string_view> inputs, const OnnxAttributes& attributes) {
  const std::string_view output = keep(core::text(layer_->name, "/", name));
  add_node(output, op, {inputs.begin(), inputs.size()}, output, attributes);
  return output;
}

void OnnxExporter::finish(std::string_view op, std::span<const std::string_view> inputs, int rank,
                          const OnnxAttributes& attributes) {
  values_.push_back({value_name(layer_->name), rank, {}});
  add_node(layer_->name, op, inputs, values_.back().name, attributes);
}

// Layers and parameters share ONNX's names: a layer "a.weight" beside the weight of a layer "a" gives way.
std::string_view OnnxExporter::value_name(const std::string& name) {
  return store_.find(name) < 0 ? std::string_view(name) : keep(core::text(name, "/output"));
}

Buffer<float> OnnxExporter::floats(std::size_t count) {
  Buffer<float> values;
  core::Status status = values.resize(count, "a constant of the ONNX file");
  if (!status) status_ = status.take_error();
  return values;
}

std::string_view OnnxExporter::constant(std::string_view name, std::vector<std::int64_t> dims, Buffer<float> values) {
  const std::string_view full =
      keep(core::text(layer_ == nullptr ? "input" : std::string_view(layer_->name), "/", name));
  initializers_.push_back({full, std::move(dims), values.span(), {}});
  owned_.push_back(std::move(values));
  return full;
}

std::string_view OnnxExporter::filled(std::string_view name, std::vector<std::int64_t> dims, std::size_t count,
                                      float value) {
  Buffer<float> values = floats(count);
  std::fill_n(values.data(), values.size(), value);
  return constant(name, std::move(dims), std::move(values));
}

std::string_view OnnxExporter::wholes(std::string_view name, std::vector<std::int64_t> values) {
  const std::string_view full = keep(core::text(layer_->name, "/", name));
  const auto count = static_cast<std::int64_t>(values.size());
  initializers_.push_back({full, {count}, {}, std::move(values)});
  return full;
}

// ---- the whole

void OnnxExporter::export_input() {
  const graph::InputSpec& spec = network_.spec().input;
  values_.push_back({"input", 4, {}});
  const auto normalize = [&](const std::vector<double>& list, std::string_view name, std::string_view op) {
    if (list.empty()) return;
    Buffer<float> numbers = floats(list.size());
    for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<float>(list[i]);
    const std::string_view by = constant(name, {1, spec.shape.channels, 1, 1}, std::move(numbers));
    const std::string_view inputs[] = {values_[0].name, by};
    const std::string_view output = keep(core::text("input/", op));
    add_node(output, op, inputs, output, {});
    values_[0].name = output;
  };
  normalize(spec.mean, "mean", "Sub");
  normalize(spec.std, "std", "Div");
}

Result<Buffer<std::uint8_t>> OnnxExporter::run() {
  export_input();
  for (std::size_t i = 0; i < network_.nodes().size(); ++i) {
    layer_ = &network_.nodes()[i];
    layer_index_ = static_cast<int>(i);
    const layers::LayerType* type = layers::find_layer_type(layer_->type);
    STRIATE_TRY(parsed, core::parse_options(layer_->name, type->options, network_.spec().layers[i].options));
    options_ = &parsed;
    bool found = false;
    for (const auto& list : {onnx_window_exports(), onnx_value_exports()}) {
      for (const OnnxLayerExport& known : list) {
        if (known.type != layer_->type) continue;
        known.write(*this);
        found = true;
      }
    }
    if (!found)
      return Error{ErrorCode::invalid_argument,
                   core::text("layer '", layer_->name, "' (", layer_->type, ") has no form in ONNX"),
                   "Leave it out, or save the model as safetensors."};
    if (!status_) return status_.take_error();
  }
  return write();
}

// Sizes come before contents in protobuf: everything small is encoded first, the weights go straight into the file.
Result<Buffer<std::uint8_t>> OnnxExporter::write() const {
  std::vector<ProtoWriter> heads(initializers_.size());
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < initializers_.size(); ++i) {
    const Initializer& one = initializers_[i];
    const std::uint64_t data =
        one.wholes.empty() ? static_cast<std::uint64_t>(one.values.size()) * 4 : one.wholes.size() * 8;
    if (one.wholes.empty() && elements(one.dims) != static_cast<std::int64_t>(one.values.size()))
      return Error{ErrorCode::invalid_state,
                   core::text("ONNX export: constant '", one.name, "' has other dims than values"),
                   "This is a defect of Striate; please report it."};
    ProtoWriter tensor;
    tensor.numbers(1, one.dims);
    tensor.number(2, one.wholes.empty() ? type_float : type_int64);
    tensor.bytes(8, one.name);
    tensor.head(9, data);
    heads[i].head(5, tensor.text().size() + data);
    heads[i].append(tensor.text());
    bytes += heads[i].text().size() + data;
  }
  ProtoWriter values;
  values.bytes(2, network_.spec().name.empty() ? std::string_view("striate") : std::string_view(network_.spec().name));
  values.message(11, value_info("input", network_.input_shape(), 4));
  values.message(12, value_info(values_.back().name, network_.output_shape(), values_.back().rank));
  bytes += nodes_.text().size() + values.text().size();

  ProtoWriter model, version;
  model.number(1, ir_version);
  model.bytes(2, "striate");
  version.bytes(1, "");
  version.number(2, opset);
  model.message(8, version);
  entry(model, "striate.input", "pixels in 0..1, float32 [N, C, H, W]; their normalization is part of the graph");
  entry(model, "striate.output", "the last layer's values; softmax over the channels gives predict's probabilities");
  model.head(7, bytes);
  if (bytes + model.text().size() > std::numeric_limits<std::int32_t>::max()) {
    return Error{ErrorCode::invalid_argument, core::text("an ONNX file of ", bytes, " bytes"),
                 "ONNX files end at 2 GiB; save the model as safetensors."};
  }

  Buffer<std::uint8_t> file;
  STRIATE_CHECK(file.resize(model.text().size() + static_cast<std::size_t>(bytes), "the ONNX file"));
  core::ByteWriter writer(file.span());
  writer.text(model.text());
  writer.text(nodes_.text());
  for (std::size_t i = 0; i < initializers_.size(); ++i) {
    writer.text(heads[i].text());
    writer.f32_little(initializers_[i].values);
    for (const std::int64_t value : initializers_[i].wholes) writer.u64_little(static_cast<std::uint64_t>(value));
  }
  writer.text(values.text());
  if (!writer.finish())
    return Error{ErrorCode::invalid_state, "ONNX export: sizes do not add up",
                 "This is a defect of Striate; please report it."};
  return file;
}

Result<Buffer<std::uint8_t>> export_onnx(const graph::Network& network, const graph::ParamStore& store) {
  OnnxExporter exporter(network, store);
  return exporter.run();
}

}  // namespace striate::io

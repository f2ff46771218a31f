#include "striate/io/onnx_importer.hpp"

#include "striate/core/text.hpp"
#include "striate/layers/registry.hpp"

#include <algorithm>

namespace striate::io {

using core::Buffer;
using core::Error;
using core::ErrorCode;
using core::Result;
using core::Status;

namespace {

constexpr std::span<const OnnxOperator> (*operator_lists[])() = {
    onnx_window_operators, onnx_value_operators, onnx_shape_operators, onnx_resize_operators, onnx_constant_operators};

const OnnxOperator* find_operator(const OnnxNode& node) {
  if (!node.domain.empty() && node.domain != "ai.onnx") return nullptr;
  for (const auto list : operator_lists) {
    for (const OnnxOperator& known : list()) {
      if (known.type == node.type) return &known;
    }
  }
  return nullptr;
}

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
}

}  // namespace

std::string onnx_operator_names() {
  std::string names;
  for (const auto list : operator_lists) {
    for (const OnnxOperator& known : list()) names += (names.empty() ? "" : ", ") + std::string(known.type);
  }
  return names;
}

// ---- the current node

std::int64_t OnnxImporter::whole(std::string_view attribute, std::int64_t fallback) const {
  const OnnxAttribute* found = node_->find(attribute);
  return found == nullptr ? fallback : found->whole;
}

float OnnxImporter::real(std::string_view attribute, float fallback) const {
  const OnnxAttribute* found = node_->find(attribute);
  return found == nullptr ? fallback : found->real;
}

std::string_view OnnxImporter::text(std::string_view attribute, std::string_view fallback) const {
  const OnnxAttribute* found = node_->find(attribute);
  return found == nullptr ? fallback : std::string_view(found->text);
}

std::vector<std::int64_t> OnnxImporter::wholes(std::string_view attribute) const {
  const OnnxAttribute* found = node_->find(attribute);
  return found == nullptr ? std::vector<std::int64_t>() : found->wholes;
}

int OnnxImporter::axis_of(std::int64_t axis, int rank) {
  if (axis < 0) axis += rank;
  return axis < 0 || axis >= rank ? -1 : static_cast<int>(axis);
}

const Operand& OnnxImporter::operand(std::size_t input) const {
  return names_.find(node_->inputs[input])->second.operand;
}

Result<Operand> OnnxImporter::value(std::size_t input) const {
  if (!has(input)) return contradiction("has no input ", input + 1);
  const Operand& found = operand(input);
  if (found.constant != nullptr)
    return refuse("has a constant as input ", input + 1, ", where only the image's values can come in");
  return found;
}

Result<const OnnxTensor*> OnnxImporter::constant(std::size_t input) const {
  if (!has(input)) return static_cast<const OnnxTensor*>(nullptr);
  const Operand& found = operand(input);
  if (found.constant == nullptr)
    return refuse("computes its input ", input + 1, " ", quoted(node_->inputs[input]),
                  ", which must be a constant here");
  return found.constant;
}

Result<std::vector<std::int64_t>> OnnxImporter::settings(std::size_t input, std::string_view attribute) const {
  STRIATE_TRY(tensor, constant(input));
  if (tensor == nullptr) return wholes(attribute);
  return tensor->whole_numbers();
}

Result<Buffer<float>> OnnxImporter::floats(const OnnxTensor& tensor) const {
  if (tensor.elements() > static_cast<std::uint64_t>(limits_.parameters))
    return refuse("has a constant of ", tensor.elements(), " values");
  Buffer<float> values;
  STRIATE_CHECK(values.resize(static_cast<std::size_t>(tensor.elements()), "a constant of the ONNX file"));
  STRIATE_CHECK(tensor.copy_floats(values.span()));
  return values;
}

core::ErrorBox OnnxImporter::refusal(ErrorCode code, std::initializer_list<core::TextPiece> reason) const {
  const bool unnamed = node_->name.empty() && !node_->outputs.empty();
  const char* hint = code == ErrorCode::invalid_file
                         ? "The file is damaged or not an ONNX model."
                         : "Change that part of the model before exporting it; io/README.md lists what is understood.";
  Error error{code,
              core::text("ONNX node ", quoted(unnamed ? node_->outputs[0] : node_->name), " (", quoted(node_->type),
                         ") ", core::join_text(reason)),
              hint};
  if (code == ErrorCode::unknown_layer) error.hint = core::text("Supported are ", onnx_operator_names(), ".");
  return core::ErrorBox(std::move(error));
}

// ---- patterns

int OnnxImporter::only_reader(std::string_view name, std::string_view type) const {
  const auto found = names_.find(name);
  if (found == names_.end() || found->second.readers.size() != 1) return -1;
  const int reader = found->second.readers[0];
  if (reader < 0) return -1;
  return node_at(reader).type == type && !node_at(reader).outputs.empty() ? reader : -1;
}

bool OnnxImporter::reads_alone(const std::string& name) const {
  const auto found = name.empty() ? names_.end() : names_.find(name);
  return found != names_.end() && found->second.readers.size() == 1 && found->second.readers[0] >= 0 &&
         &node_at(found->second.readers[0]) == node_;
}

const OnnxTensor* OnnxImporter::constant_named(std::string_view name) const {
  const auto found = names_.find(name);
  return found == names_.end() ? nullptr : found->second.operand.constant;
}

// ---- what it becomes

std::string_view OnnxImporter::layer_of(const OnnxTensor& weight) {
  constexpr std::string_view suffix = ".weight";
  const std::string_view name = weight.name;
  return name.ends_with(suffix) ? name.substr(0, name.size() - suffix.size()) : std::string_view();
}

std::string OnnxImporter::free_name(std::string_view wanted, std::string_view stem) {
  std::string name;
  for (const char c : wanted) {
    if (is_name_character(c))
      name += c;
    else if (!name.empty() && name.back() != '_')
      name += '_';
  }
  if (name.size() > 48) name = name.substr(name.size() - 48);
  if (name.empty() || name == "input") name = stem;
  std::string free = name;
  for (int number = 2; !layer_names_.insert(free).second; ++number) free = core::text(name, "_", number);
  return free;
}

Result<Operand> OnnxImporter::emit(std::string_view type, LayerOptions& options, std::span<const Operand> inputs,
                                   int rank, std::string_view name) {
  std::vector<graph::LayerSpec>& made = imported_.spec.layers;
  if (made.size() >= static_cast<std::size_t>(limits_.layers))
    return refuse("is past the limit of ", limits_.layers, " layers");
  const layers::LayerType* known = layers::find_layer_type(type);
  const int count = static_cast<int>(inputs.size());
  if (count < known->minimum_inputs || count > known->maximum_inputs)
    return refuse("has ", count, " inputs, and ", type, " takes ", known->minimum_inputs, " to ",
                  known->maximum_inputs);
  const std::string_view wanted = !name.empty()          ? name
                                  : !node_->name.empty() ? std::string_view(node_->name)
                                                         : std::string_view(node_->outputs[0]);
  graph::LayerSpec& spec = made.emplace_back();
  spec.type = type;
  spec.name = free_name(wanted, known->stem);
  spec.options = std::move(options.taken());
  std::vector<core::Shape> shapes;
  for (const Operand& input : inputs) {
    spec.inputs.push_back(input.layer < 0 ? std::string("input") : made[static_cast<std::size_t>(input.layer)].name);
    shapes.push_back(input.shape);
  }
  STRIATE_TRY(layer, layers::make_layer(type, spec.name, spec.options));
  STRIATE_TRY(shape, layer->infer_shape(shapes));
  if (shape.elements() > limits_.value_elements) {
    return Error{ErrorCode::out_of_memory,
                 core::text("layer '", spec.name, "' would give ", to_string(shape), ", more than ",
                            limits_.value_elements, " values"),
                 "Use fewer channels or a smaller image there."};
  }
  return Operand{.constant = nullptr, .layer = static_cast<int>(made.size()) - 1, .shape = shape, .rank = rank};
}

Result<Operand> OnnxImporter::emit(std::string_view type, LayerOptions& options, const Operand& input,
                                   std::string_view name) {
  return emit(type, options, {&input, 1}, input.rank, name);
}

Result<Operand> OnnxImporter::emit(std::string_view type, const Operand& input) {
  LayerOptions none;
  return emit(type, none, {&input, 1}, input.rank, {});
}

Status OnnxImporter::becomes(std::string_view type, LayerOptions& options) {
  STRIATE_TRY(x, value(0));
  STRIATE_TRY(out, emit(type, options, x));
  output(out);
  return {};
}

void OnnxImporter::give(std::string_view parameter, const OnnxTensor& tensor) {
  imported_.parameters.push_back({core::text(imported_.spec.layers.back().name, ".", parameter), &tensor, {}});
}

void OnnxImporter::give(std::string_view parameter, Buffer<float> values) {
  imported_.parameters.push_back(
      {core::text(imported_.spec.layers.back().name, ".", parameter), nullptr, std::move(values)});
}

OnnxTensor& OnnxImporter::own(OnnxTensor tensor) {
  owned_.push_back(std::make_unique<OnnxTensor>(std::move(tensor)));
  return *owned_.back();
}

Status OnnxImporter::pass_through() {
  if (!has(0)) return contradiction("has no input");
  output(operand(0));
  return {};
}

Status OnnxImporter::output_whole(std::vector<std::int64_t> values, std::vector<std::int64_t> dims) {
  OnnxTensor tensor;
  tensor.type = OnnxType::int64;
  tensor.dims = std::move(dims);
  tensor.integers = std::move(values);
  output({.constant = &own(std::move(tensor))});
  return {};
}

void OnnxImporter::define(std::string_view name, const Operand& operand) {
  Name& entry = names_[std::string(name)];
  entry.operand = operand;
  entry.defined = true;
}

// ---- the walk

Status OnnxImporter::take_inputs() {
  for (const OnnxTensor& tensor : graph_.initializers) define(tensor.name, {.constant = &tensor});
  const OnnxValue* data = nullptr;
  for (const OnnxValue& input : graph_.inputs) {
    const auto found = names_.find(input.name);
    if (found != names_.end() && found->second.defined) continue;
    if (data != nullptr) {
      return Error{ErrorCode::invalid_argument,
                   core::text("the ONNX graph has the inputs ", quoted(data->name), " and ", quoted(input.name)),
                   "A network has one input; all else must be constants (initializers)."};
    }
    data = &input;
  }
  if (data == nullptr)
    return Error{ErrorCode::invalid_argument, "the ONNX graph has no input but constants", "A network has one input."};
  const bool real =
      data->type == OnnxType::float32 || data->type == OnnxType::float64 || data->type == OnnxType::float16;
  if (!real || !data->has_shape || data->dims.size() > 4) {
    return Error{ErrorCode::invalid_argument,
                 core::text("the ONNX graph's input ", quoted(data->name), " is of type ", onnx_type_name(data->type),
                            " with ", data->dims.size(), " dimensions"),
                 "The input is a float tensor [images, channels, height, width] or shorter."};
  }
  core::Shape& shape = imported_.spec.input.shape;
  shape = {1, 1, 1};
  int* sides[] = {&shape.channels, &shape.height, &shape.width};
  for (std::size_t i = 1; i < data->dims.size(); ++i) {
    const std::int64_t side = data->dims[i];
    if (side < 1 || side > 65'535) {
      return Error{ErrorCode::invalid_shape,
                   core::text("dimension ", i, " of the ONNX graph's input ", quoted(data->name), " is ",
                              side < 0 ? std::string("open") : core::text(side)),
                   "Channels, height and width must be known, from 1 to 65535; only the number of images may be open."};
    }
    *sides[i - 1] = static_cast<int>(side);
  }
  if (shape.elements() > limits_.value_elements)
    return Error{ErrorCode::invalid_shape, core::text("the ONNX graph's input is ", to_string(shape)),
                 core::text("An image has at most ", limits_.value_elements, " values.")};
  input_value_ = data->name;
  define(data->name, {.constant = nullptr,
                      .layer = Operand::network_input,
                      .shape = shape,
                      .rank = static_cast<int>(data->dims.size())});
  return {};
}

// What the output needs, backwards (ONNX lists nodes in order); then who reads what.
Status OnnxImporter::take_nodes() {
  if (graph_.outputs.size() != 1) {
    return Error{ErrorCode::invalid_argument, core::text("the ONNX graph has ", graph_.outputs.size(), " outputs"),
                 "A network has one output."};
  }
  needed_.assign(graph_.nodes.size(), false);
  swallowed_.assign(graph_.nodes.size(), false);
  names_[graph_.outputs[0].name].readers.push_back(-1);
  for (std::size_t i = graph_.nodes.size(); i-- > 0;) {
    const OnnxNode& node = graph_.nodes[i];
    const auto is_needed = [this](const std::string& name) {
      const auto found = name.empty() ? names_.end() : names_.find(name);
      return found != names_.end() && !found->second.readers.empty();
    };
    if (std::none_of(node.outputs.begin(), node.outputs.end(), is_needed)) continue;
    needed_[i] = true;
    node_ = &node;
    for (std::size_t k = 0; k < node.outputs.size(); ++k) {
      if (k > 0 && is_needed(node.outputs[k]))
        return refuse("has a second output ", quoted(node.outputs[k]), " that is used");
    }
    for (const std::string& input : node.inputs) {
      if (!input.empty()) names_[input].readers.push_back(static_cast<int>(i));
    }
  }
  return {};
}

Result<ImportedNetwork> OnnxImporter::run() {
  imported_.spec.name = graph_.name.substr(0, 64);
  layer_names_.insert("input");
  STRIATE_CHECK(take_inputs());
  STRIATE_CHECK(take_nodes());
  for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
    if (!needed_[i] || swallowed_[i]) continue;
    node_ = &graph_.nodes[i];
    const OnnxOperator* known = find_operator(*node_);
    if (known == nullptr) {
      const bool standard = node_->domain.empty();
      return refusal(ErrorCode::unknown_layer,
                     {"is of an operator that no layer here can do", standard ? "" : ", of domain ",
                      standard ? std::string() : quoted(node_->domain)});
    }
    for (const std::string& input : node_->inputs) {
      if (!input.empty() && !names_.find(input)->second.defined)
        return contradiction("reads ", quoted(input), ", which nothing before it computes");
    }
    if (names_[node_->outputs[0]].defined)
      return contradiction("computes ", quoted(node_->outputs[0]), ", which exists already");
    STRIATE_CHECK(known->import(*this));
  }
  const Name& output = names_[graph_.outputs[0].name];
  if (!output.defined || output.operand.constant != nullptr) {
    return Error{ErrorCode::invalid_file,
                 core::text("nothing computes the ONNX graph's output ", quoted(graph_.outputs[0].name)),
                 "The file is damaged or not an ONNX model."};
  }
  if (imported_.spec.layers.empty()) {
    // The input as it is: a network has at least one layer.
    const OnnxNode nothing{
        .name = "output", .type = "Identity", .domain = {}, .inputs = {}, .outputs = {}, .attributes = {}};
    node_ = &nothing;
    STRIATE_TRY(same, emit("reshape", LayerOptions().shape(input_shape()), output.operand));
    (void)same;
  } else if (output.operand.layer + 1 != static_cast<int>(imported_.spec.layers.size())) {
    return Error{ErrorCode::invalid_argument,
                 core::text("the ONNX graph's output ", quoted(graph_.outputs[0].name), " is not its last value"),
                 "Export the model again with the output last."};
  }
  for (std::unique_ptr<OnnxTensor>& tensor : owned_) imported_.owned.push_back(std::move(tensor));
  return std::move(imported_);
}

Result<ImportedNetwork> import_onnx(const OnnxGraph& graph) {
  OnnxImporter importer(graph);
  return importer.run();
}

}  // namespace striate::io

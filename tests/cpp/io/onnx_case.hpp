// One of ONNX's backend tests, run through the importer: model, inputs and expected outputs as ONNX publishes them.
//
// The first input is the image; the others become constants, as a network has one input. Where an operator merges
// values (Add, Concat, …) and all inputs count the same images, they come in as one input instead, and a selection by
// matrix and shape makes them two again: the merging layer then runs as it would in a network. Integer tensors are
// taken as floats, which hold those of the tests exactly.
#pragma once

#include "graph/harness.hpp"
#include "striate/io/onnx_import.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace striate::tests {

// What was imported, ready to run.
struct ImportedModel {
  Model model;

  // `images` of the network's input, one after another, to its output.
  Floats run(std::span<const float> input, int images) {
    const auto executor = value_of(graph::Executor::make(*model.network, *model.store, {.batch = images}));
    put(executor->kernels(), normalized(input), images, executor->input(images));
    executor->forward(images);
    return get(executor->kernels(), executor->output(), images);
  }

 private:
  // As data::Normalization does it.
  Floats normalized(std::span<const float> input) const {
    const graph::InputSpec& spec = model.network->spec().input;
    const auto pixels = static_cast<std::size_t>(spec.shape.height) * static_cast<std::size_t>(spec.shape.width);
    const auto channels = static_cast<std::size_t>(spec.shape.channels);
    Floats values(input.begin(), input.end());
    for (std::size_t i = 0; i < values.size(); ++i) {
      const std::size_t c = i / pixels % channels;
      const float mean = spec.mean.empty() ? 0 : static_cast<float>(spec.mean[c]);
      const float std = spec.std.empty() ? 1 : static_cast<float>(spec.std[c]);
      values[i] = (values[i] - mean) * (1 / std);
    }
    return values;
  }
};

inline core::Result<ImportedModel> import_model(const io::OnnxGraph& graph) {
  STRIATE_TRY(imported, io::import_onnx(graph));
  STRIATE_TRY(network, graph::build_network(imported.spec));
  STRIATE_TRY(store, graph::ParamStore::make(*network, 0));
  STRIATE_CHECK(io::set_parameters(imported, *store));
  ImportedModel made;
  made.model.network = std::move(network);
  made.model.store = std::move(store);
  return made;
}

class OnnxCase {
 public:
  OnnxCase(io::OnnxGraph graph, std::vector<io::OnnxTensor> inputs) : graph_(std::move(graph)) {
    std::vector<io::OnnxValue> wanted;
    for (const io::OnnxValue& value : graph_.inputs) {
      const bool given = std::any_of(graph_.initializers.begin(), graph_.initializers.end(),
                                     [&](const io::OnnxTensor& tensor) { return tensor.name == value.name; });
      if (!given) wanted.push_back(value);
    }
    if (wanted.empty() || inputs.size() != wanted.size()) return;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      inputs[i].name = wanted[i].name;
      if (i > 0 && inputs[i].is_whole() && !merges()) continue;  // shapes and axes stay whole
      if (!inputs[i].is_real()) inputs[i] = as_floats(inputs[i]);
    }
    images_ = inputs[0].dims.empty() ? 1 : static_cast<int>(inputs[0].dims[0]);
    if (merges() && inputs.size() > 1 && same_images(inputs)) {
      pack(inputs);
      return;
    }
    input_ = values_of(inputs[0]);
    graph_.inputs = {{wanted[0].name, io::OnnxType::float32, true, inputs[0].dims}};
    for (std::size_t i = 1; i < inputs.size(); ++i) graph_.initializers.push_back(std::move(inputs[i]));
  }

  const io::OnnxGraph& graph() const { return graph_; }
  const Floats& input() const { return input_; }
  int images() const { return images_; }

  static Floats values_of(const io::OnnxTensor& tensor) {
    Floats values(tensor.elements());
    succeed(tensor.copy_floats(values));
    return values;
  }

 private:
  bool merges() const {
    constexpr std::string_view types[] = {"Add", "Sub", "Mul", "Sum", "Concat"};
    return graph_.nodes.size() == 1 &&
           std::find(std::begin(types), std::end(types), graph_.nodes[0].type) != std::end(types);
  }
  static bool same_images(const std::vector<io::OnnxTensor>& inputs) {
    return std::all_of(inputs.begin(), inputs.end(), [&](const io::OnnxTensor& tensor) {
      return !tensor.dims.empty() && tensor.dims.size() == inputs[0].dims.size() && tensor.dims[0] == inputs[0].dims[0];
    });
  }
  static io::OnnxTensor as_floats(const io::OnnxTensor& tensor) {
    io::OnnxTensor made;
    made.name = tensor.name;
    made.type = io::OnnxType::float32;
    made.dims = tensor.dims;
    made.floats = values_of(tensor);
    return made;
  }
  static io::OnnxNode node(std::string type, std::string first, std::string second, std::string output) {
    io::OnnxNode made;
    made.name = output + "_" + type;
    made.type = std::move(type);
    made.inputs = {std::move(first), std::move(second)};
    made.outputs = {std::move(output)};
    return made;
  }

  // All inputs side by side, image by image, and the nodes that take them apart.
  void pack(const std::vector<io::OnnxTensor>& inputs) {
    std::size_t width = 0, first = 0;
    std::vector<Floats> parts;
    for (const io::OnnxTensor& tensor : inputs) {
      parts.push_back(values_of(tensor));
      width += parts.back().size() / static_cast<std::size_t>(images_);
    }
    for (std::size_t n = 0; n < static_cast<std::size_t>(images_); ++n) {
      for (const Floats& part : parts) {
        const std::size_t size = part.size() / static_cast<std::size_t>(images_);
        input_.insert(input_.end(), part.begin() + static_cast<std::ptrdiff_t>(n * size),
                      part.begin() + static_cast<std::ptrdiff_t>((n + 1) * size));
      }
    }
    std::vector<io::OnnxNode> nodes;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const std::size_t size = parts[i].size() / static_cast<std::size_t>(images_);
      io::OnnxTensor selection, shape;
      selection.name = "selection" + std::to_string(i);
      selection.type = io::OnnxType::float32;
      selection.dims = {static_cast<std::int64_t>(width), static_cast<std::int64_t>(size)};
      selection.floats.assign(width * size, 0.0f);
      for (std::size_t k = 0; k < size; ++k) selection.floats[(first + k) * size + k] = 1;
      first += size;
      shape.name = "shape" + std::to_string(i);
      shape.type = io::OnnxType::int64;
      shape.dims = {static_cast<std::int64_t>(inputs[i].dims.size())};
      shape.integers = inputs[i].dims;
      shape.integers[0] = 0;
      nodes.push_back(node("MatMul", "packed", selection.name, "flat" + std::to_string(i)));
      nodes.push_back(node("Reshape", "flat" + std::to_string(i), shape.name, inputs[i].name));
      graph_.initializers.push_back(std::move(selection));
      graph_.initializers.push_back(std::move(shape));
    }
    nodes.insert(nodes.end(), graph_.nodes.begin(), graph_.nodes.end());
    graph_.nodes = std::move(nodes);
    graph_.inputs = {{"packed", io::OnnxType::float32, true, {images_, static_cast<std::int64_t>(width)}}};
  }

  io::OnnxGraph graph_;
  Floats input_;
  int images_ = 1;
};

}  // namespace striate::tests

// The importer's insides, shared by the files that import operators: names, operands, layers made so far.
//
// Every operator's function reads the current node through the helpers, emits layers, and says what its output is.
#pragma once

#include "striate/core/shape.hpp"
#include "striate/core/text.hpp"
#include "striate/graph/limits.hpp"
#include "striate/io/onnx_import.hpp"

#include <array>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace striate::io {

// What a name stands for: a constant, or the output of a layer. Plain data: it is passed about by the hundred.
struct Operand {
  const OnnxTensor* constant = nullptr;
  int layer = network_input;  // index into the layers made so far
  core::Shape shape = {};
  int rank = 0;  // of ONNX's tensor, the images' dimension included

  static constexpr int network_input = -1;

  // Dimensions behind the images': [channels, height, width], as many as the rank has.
  std::vector<std::int64_t> dims() const;
};

// Options of a layer, put down one by one: a braced core::Options costs several times the code.
class LayerOptions {
 public:
  LayerOptions& number(std::string_view name, double value);
  LayerOptions& flag(std::string_view name, bool value);
  LayerOptions& text(std::string_view name, std::string_view value);
  LayerOptions& list(std::string_view name, std::initializer_list<double> values);
  LayerOptions& shape(const core::Shape& shape);  // channels, height, width
  core::Options& taken() { return options_; }

 private:
  core::Options options_;
};

class OnnxImporter {
 public:
  explicit OnnxImporter(const OnnxGraph& graph) : graph_(graph) {}
  core::Result<ImportedNetwork> run();

  // ---- the current node
  const OnnxNode& node() const { return *node_; }
  std::int64_t opset() const { return graph_.opset; }
  std::int64_t whole(std::string_view attribute, std::int64_t fallback) const;
  float real(std::string_view attribute, float fallback) const;
  std::string_view text(std::string_view attribute, std::string_view fallback) const;
  std::vector<std::int64_t> wholes(std::string_view attribute) const;  // empty when there is none
  // The axis counted from the front; −1 when it does not fit the rank.
  static int axis_of(std::int64_t axis, int rank);

  bool has(std::size_t input) const { return input < node_->inputs.size() && !node_->inputs[input].empty(); }
  bool is_constant(std::size_t input) const { return has(input) && operand(input).constant != nullptr; }
  const Operand& operand(std::size_t input) const;                    // requires has(input)
  core::Result<Operand> value(std::size_t input) const;               // refuses constants and what is left out
  core::Result<const OnnxTensor*> constant(std::size_t input) const;  // refuses values; null when left out
  // Whole numbers from input `input`, or from the attribute of earlier versions; empty when there are neither.
  core::Result<std::vector<std::int64_t>> settings(std::size_t input, std::string_view attribute) const;
  core::Result<core::Buffer<float>> floats(const OnnxTensor& tensor) const;

  // Refusals; `reason` goes on after "node 'x' (Conv) …".
  template <typename... Pieces>
  core::ErrorBox refuse(const Pieces&... reason) const {
    return refusal(core::ErrorCode::invalid_argument, {core::TextPiece(reason)...});
  }
  template <typename... Pieces>
  core::ErrorBox contradiction(const Pieces&... reason) const {
    return refusal(core::ErrorCode::invalid_file, {core::TextPiece(reason)...});
  }

  // ---- patterns
  // The one node that reads `name`, when it is of this type and nothing else reads it; −1 otherwise.
  int only_reader(std::string_view name, std::string_view type) const;
  const OnnxNode& node_at(int index) const { return graph_.nodes[static_cast<std::size_t>(index)]; }
  // The current node reads `name`, and nothing else does.
  bool reads_alone(const std::string& name) const;
  const OnnxTensor* constant_named(std::string_view name) const;
  void swallow(int index) { swallowed_[static_cast<std::size_t>(index)] = true; }

  // ---- what it becomes
  // Adds a layer behind `inputs`; the result has the given rank.
  core::Result<Operand> emit(std::string_view type, LayerOptions& options, std::span<const Operand> inputs, int rank,
                             std::string_view name = {});
  core::Result<Operand> emit(std::string_view type, LayerOptions& options, const Operand& input,
                             std::string_view name = {});
  core::Result<Operand> emit(std::string_view type, const Operand& input);  // without options
  // Values of a parameter of the layer emitted last.
  void give(std::string_view parameter, const OnnxTensor& tensor);
  void give(std::string_view parameter, core::Buffer<float> values);
  // "conv1" of "conv1.weight"; empty when the tensor's name does not end like that.
  static std::string_view layer_of(const OnnxTensor& weight);

  // x·scale or x + shift (inverse: x/scale, x − shift), a constant that broadcasts to x, the other null.
  enum class Sense { plain, inverse };
  core::Result<Operand> affine(const Operand& x, const OnnxTensor* scale, const OnnxTensor* shift, Sense sense);
  core::Result<Operand> affine(const Operand& x, float scale, float shift);

  const core::Shape& input_shape() const { return imported_.spec.input.shape; }
  void output(const Operand& operand) { define(node_->outputs[0], operand); }
  void output_as(std::string_view name, const Operand& operand) { define(name, operand); }
  // The node is one layer of this type over its first input.
  core::Status becomes(std::string_view type, LayerOptions& options);
  core::Status pass_through();  // the output is input 0
  // A constant worked out here.
  core::Status output_whole(std::vector<std::int64_t> values, std::vector<std::int64_t> dims);
  OnnxTensor& own(OnnxTensor tensor);

 private:
  struct Name {
    Operand operand;
    bool defined = false;
    std::vector<int> readers;
  };
  // Made in one place: a message and its box at each of a hundred refusals were a third of this code.
  core::ErrorBox refusal(core::ErrorCode code, std::initializer_list<core::TextPiece> reason) const;
  void define(std::string_view name, const Operand& operand);
  core::Status take_inputs();
  core::Status take_nodes();
  core::Result<bool> normalization(const Operand& x, std::span<const float> scale, std::span<const float> shift);
  core::Result<core::Buffer<float>> broadcast(const Operand& x, const OnnxTensor& tensor, bool& per_channel) const;
  core::Result<Operand> affine_layer(const Operand& x, core::Buffer<float> scales, core::Buffer<float> shifts,
                                     bool per_channel);
  std::string free_name(std::string_view wanted, std::string_view stem);

  const OnnxGraph& graph_;
  graph::Limits limits_;
  ImportedNetwork imported_;
  const OnnxNode* node_ = nullptr;
  std::map<std::string, Name, std::less<>> names_;
  std::vector<char> needed_, swallowed_;
  std::vector<std::unique_ptr<OnnxTensor>> owned_;
  std::set<std::string> layer_names_;
  int normalization_stage_ = 0;  // 1: the mean is taken, 2: the std too
  std::string input_value_;      // the name that normalization may go on from
  std::string scaled_value_;     // the output of a scale that a following Add may complete
};

struct OnnxOperator {
  std::string_view type;
  core::Status (*import)(OnnxImporter&);
};

// Each in the file onnx_import_….cpp of its name.
std::span<const OnnxOperator> onnx_window_operators();
std::span<const OnnxOperator> onnx_value_operators();
std::span<const OnnxOperator> onnx_shape_operators();
std::span<const OnnxOperator> onnx_resize_operators();
std::span<const OnnxOperator> onnx_constant_operators();

}  // namespace striate::io

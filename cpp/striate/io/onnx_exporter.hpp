// The exporter's insides: nodes and initializers being collected, and what each layer becomes.
#pragma once

#include "striate/core/options.hpp"
#include "striate/io/onnx_export.hpp"
#include "striate/io/protobuf.hpp"

#include <array>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace striate::io {

// The attributes of a node, already encoded.
class OnnxAttributes {
 public:
  OnnxAttributes& whole(std::string_view name, std::int64_t value);
  OnnxAttributes& wholes(std::string_view name, std::initializer_list<std::int64_t> values);
  OnnxAttributes& real(std::string_view name, double value);
  OnnxAttributes& text(std::string_view name, std::string_view value);
  const ProtoWriter& encoded() const { return out_; }

 private:
  template <typename PutValue>
  OnnxAttributes& add(std::string_view name, std::int64_t kind, PutValue&& put_value) {
    ProtoWriter attribute;
    attribute.bytes(1, name);
    put_value(attribute);
    attribute.number(20, kind);
    out_.message(5, attribute);
    return *this;
  }
  ProtoWriter out_;
};

class OnnxExporter {
 public:
  OnnxExporter(const graph::Network& network, const graph::ParamStore& store) : network_(network), store_(store) {}
  core::Result<core::Buffer<std::uint8_t>> run();

  // ---- the layer being exported
  const graph::Node& layer() const { return *layer_; }
  const core::Shape& input_shape(std::size_t input = 0) const { return layer_->input_shapes[input]; }
  const core::ParsedOptions& options() const { return *options_; }
  // The ONNX name of an input, as a tensor of 4 dimensions, or of 2 ([N, features], for flat ones).
  std::string_view input(std::size_t index, int rank);
  int input_rank(std::size_t index) const { return values_[static_cast<std::size_t>(layer_->inputs[index])].rank; }
  // The layer's k-th parameter: its name as an initializer with other dims, its values.
  std::string_view parameter(int index, std::vector<std::int64_t> dims = {});
  std::span<const float> parameter_values(int index) const {
    return store_.values(store_.first_of(layer_index_) + index);
  }

  // ---- what it becomes
  // A node within the layer; its output is "<layer>/<step>". Attributes may be left out.
  std::string_view step(std::string_view step, std::string_view op, std::initializer_list<std::string_view> inputs,
                        const OnnxAttributes& attributes = {});
  // The node whose output is the layer's, a tensor of `rank` dimensions.
  void finish(std::string_view op, std::span<const std::string_view> inputs, int rank,
              const OnnxAttributes& attributes = {});
  void finish(std::string_view op, std::initializer_list<std::string_view> inputs, int rank,
              const OnnxAttributes& attributes = {}) {
    finish(op, std::span(inputs.begin(), inputs.size()), rank, attributes);
  }
  // Constants "<layer>/<name>".
  std::string_view constant(std::string_view name, std::vector<std::int64_t> dims, core::Buffer<float> values);
  std::string_view constant(std::string_view name, float value) { return filled(name, {}, 1, value); }
  std::string_view filled(std::string_view name, std::vector<std::int64_t> dims, std::size_t count, float value);
  std::string_view wholes(std::string_view name, std::vector<std::int64_t> values);
  // Memory for a constant; a failure is remembered and ends the export.
  core::Buffer<float> floats(std::size_t count);

 private:
  struct Initializer {
    std::string_view name;
    std::vector<std::int64_t> dims;
    std::span<const float> values;
    std::vector<std::int64_t> wholes;  // instead of values
  };
  struct Value {
    std::string_view name;
    int rank = 4;
    std::string_view other;  // the same under the other rank, once somebody wanted it
  };
  void add_node(std::string_view name, std::string_view op, std::span<const std::string_view> inputs,
                std::string_view output, const OnnxAttributes& attributes);
  std::string_view keep(std::string name);  // names live as long as the exporter, and are passed about as views
  std::string_view value_name(const std::string& layer);
  void export_input();
  core::Result<core::Buffer<std::uint8_t>> write() const;

  const graph::Network& network_;
  const graph::ParamStore& store_;
  const graph::Node* layer_ = nullptr;
  int layer_index_ = 0;
  const core::ParsedOptions* options_ = nullptr;
  ProtoWriter nodes_;
  std::vector<Initializer> initializers_;
  std::vector<core::Buffer<float>> owned_;
  std::vector<std::unique_ptr<std::string>> names_;
  std::vector<Value> values_;
  core::Status status_;
};

struct OnnxLayerExport {
  std::string_view type;  // of a layer
  void (*write)(OnnxExporter&);
};
std::span<const OnnxLayerExport> onnx_window_exports();  // onnx_export_windows.cpp
std::span<const OnnxLayerExport> onnx_value_exports();   // onnx_export_values.cpp

}  // namespace striate::io

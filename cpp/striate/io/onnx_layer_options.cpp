#include "striate/io/onnx_importer.hpp"

namespace striate::io {

std::vector<std::int64_t> Operand::dims() const {
  if (constant != nullptr) return constant->dims;
  const std::int64_t all[] = {shape.channels, shape.height, shape.width};
  return {all, all + std::clamp(rank - 1, 0, 3)};
}

// ---- options

LayerOptions& LayerOptions::number(std::string_view name, double value) {
  options_.push_back({std::string(name), value});
  return *this;
}

LayerOptions& LayerOptions::flag(std::string_view name, bool value) {
  options_.push_back({std::string(name), value});
  return *this;
}

LayerOptions& LayerOptions::text(std::string_view name, std::string_view value) {
  options_.push_back({std::string(name), std::string(value)});
  return *this;
}

LayerOptions& LayerOptions::list(std::string_view name, std::initializer_list<double> values) {
  options_.push_back({std::string(name), std::vector<double>(values)});
  return *this;
}

LayerOptions& LayerOptions::shape(const core::Shape& shape) {
  return number("channels", shape.channels).number("height", shape.height).number("width", shape.width);
}

}  // namespace striate::io

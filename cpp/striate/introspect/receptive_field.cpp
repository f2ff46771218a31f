#include "striate/introspect/receptive_field.hpp"

#include <algorithm>

namespace striate::introspect {
namespace {

FieldAxis through_window(const FieldAxis& in, const core::WindowAxis& window) {
  FieldAxis out;
  out.size = in.size + std::int64_t{window.extent() - 1} * in.stride;
  out.start = in.start - std::int64_t{window.before} * in.stride;
  out.stride = in.stride * window.stride;
  return out;
}

// All that the positions 0 … length − 1 see together.
FieldAxis over_everything(const FieldAxis& in, int length) {
  return {in.size + (std::int64_t{length} - 1) * in.stride, 0, in.start};
}

// Paths that join have the same output size; where their strides differ, the wider one covers both.
FieldAxis united(const FieldAxis& a, const FieldAxis& b) {
  FieldAxis out;
  out.start = std::min(a.start, b.start);
  out.size = std::max(a.start + a.size, b.start + b.size) - out.start;
  out.stride = std::max(a.stride, b.stride);
  return out;
}

}  // namespace

std::vector<ReceptiveField> receptive_fields(const graph::Network& network) {
  std::vector<ReceptiveField> fields;
  for (const graph::Node& node : network.nodes()) {
    ReceptiveField field;
    for (std::size_t k = 0; k < node.inputs.size(); ++k) {
      const int input = node.inputs[k];
      const core::Shape& shape = node.input_shapes[k];
      ReceptiveField path = input == 0 ? ReceptiveField{} : fields[static_cast<std::size_t>(input - 1)];
      switch (node.description.reach) {
        case layers::Reach::pixel:
          break;
        case layers::Reach::window:
          path = {through_window(path.y, node.description.window.y), through_window(path.x, node.description.window.x)};
          break;
        case layers::Reach::everything:
          path = {over_everything(path.y, shape.height), over_everything(path.x, shape.width)};
          break;
      }
      field = k == 0 ? path : ReceptiveField{united(field.y, path.y), united(field.x, path.x)};
    }
    fields.push_back(field);
  }
  return fields;
}

core::Result<FieldRectangle> receptive_field_of(const graph::Network& network, std::string_view layer, int y, int x) {
  STRIATE_TRY(node, network.node(layer));
  if (y < 0 || x < 0 || y >= node->shape.height || x >= node->shape.width) {
    return core::Error{
        core::ErrorCode::invalid_argument,
        "layer '" + node->name + "' has no output pixel (" + std::to_string(y) + ", " + std::to_string(x) + ")",
        "Its output is " + to_string(node->shape) + "."};
  }
  const ReceptiveField field = receptive_fields(network)[static_cast<std::size_t>(node - network.nodes().data())];
  const auto clip = [](const FieldAxis& axis, int position, int length, int& from, int& until) {
    const std::int64_t start = axis.start + axis.stride * position;
    from = static_cast<int>(std::clamp<std::int64_t>(start, 0, length));
    until = static_cast<int>(std::clamp<std::int64_t>(start + axis.size, from, length));
  };
  FieldRectangle rectangle;
  clip(field.y, y, network.input_shape().height, rectangle.top, rectangle.bottom);
  clip(field.x, x, network.input_shape().width, rectangle.left, rectangle.right);
  return rectangle;
}

}  // namespace striate::introspect

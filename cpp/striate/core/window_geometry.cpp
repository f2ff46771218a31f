#include "striate/core/window_geometry.hpp"
#include "striate/core/text.hpp"

#include <string>

namespace striate::core {
namespace {

constexpr int largest = 1 << 20;  // no kernel, stride, padding or image side is larger; keeps products in int

Status check_axis(const WindowAxis& axis, int input, std::string_view layer, const char* side) {
  const std::string name = text("layer '", layer, "'");
  if (axis.kernel < 1 || axis.stride < 1 || axis.dilation < 1 || axis.before < 0 || axis.after < 0 ||
      axis.kernel > largest || axis.stride > largest || axis.before > largest || axis.after > largest ||
      axis.dilation > largest / axis.kernel) {
    return Error{ErrorCode::invalid_argument,
                 text(name, ": kernel ", axis.kernel, ", stride ", axis.stride, ", padding ", axis.before, "/",
                      axis.after, ", dilation ", axis.dilation, " along the ", side, " is not a window"),
                 "kernel, stride and dilation are whole numbers from 1, padding from 0."};
  }
  if (axis.span(input) < 0) {
    return Error{ErrorCode::invalid_shape,
                 text(name, ": a window of ", axis.extent(), " does not fit the input's ", side, " of ", input,
                      " with padding ", axis.before, "+", axis.after, ": O = (I - K + 2P)/S + 1 = (", input, " - ",
                      axis.extent(), " + ", axis.before + axis.after, ")/", axis.stride, " + 1 is below 1"),
                 "Use a smaller kernel, more padding, or fewer pooling layers before this one."};
  }
  return {};
}

}  // namespace

Result<Shape> WindowGeometry::output(const Shape& input, std::string_view layer) const {
  STRIATE_CHECK(check_axis(y, input.height, layer, "height"));
  STRIATE_CHECK(check_axis(x, input.width, layer, "width"));
  return Shape{input.channels, y.output(input.height), x.output(input.width)};
}

}  // namespace striate::core

#include "striate/core/shape.hpp"
#include "striate/core/text.hpp"

namespace striate::core {

std::string to_string(const Shape& shape) {
  return text(shape.channels, "×", shape.height, "×", shape.width);
}

}  // namespace striate::core

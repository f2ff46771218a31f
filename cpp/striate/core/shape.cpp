#include "striate/core/shape.hpp"

namespace striate::core {

std::string to_string(const Shape& shape) {
  return std::to_string(shape.channels) + "×" + std::to_string(shape.height) + "×" + std::to_string(shape.width);
}

}  // namespace striate::core

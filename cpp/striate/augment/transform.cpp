#include "striate/augment/transform.hpp"

namespace striate::augment {

std::uint8_t fill_byte(std::span<const double> fill, int c) {
  if (fill.empty()) return 0;
  const double value = fill.size() == 1 ? fill[0] : static_cast<std::size_t>(c) < fill.size() ? fill[static_cast<std::size_t>(c)] : 0;
  return static_cast<std::uint8_t>(bounded(value + 0.5, 0, 255));
}

}  // namespace striate::augment

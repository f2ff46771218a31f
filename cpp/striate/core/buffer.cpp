#include "striate/core/buffer.hpp"

#include "striate/core/text.hpp"

namespace striate::core {

Error buffer_refused(std::string_view what, std::size_t size, std::size_t value_bytes) {
  const double kib = static_cast<double>(size) * static_cast<double>(value_bytes) / 1024;
  return Error{ErrorCode::out_of_memory, text(what, " needs ", kib, " KiB and the system has no such block free"),
               "Use less data at a time, or close other pages."};
}

}  // namespace striate::core

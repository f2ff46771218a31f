#include "striate/core/text.hpp"

#include "striate/core/options.hpp"

namespace striate::core {

void TextPiece::append_to(std::string& out) const {
  switch (kind_) {
    case Kind::text:
      out += text_;
      break;
    case Kind::integer:
      out += std::to_string(static_cast<std::int64_t>(whole_));
      break;
    case Kind::natural:
      out += std::to_string(whole_);
      break;
    case Kind::real:
      out += number_text(real_);
      break;
  }
}

std::string join_text(std::initializer_list<TextPiece> pieces) {
  std::string out;
  for (const TextPiece& piece : pieces) piece.append_to(out);
  return out;
}

}  // namespace striate::core

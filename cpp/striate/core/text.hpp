// text(…): one string from pieces, for messages:  text("label ", label, " of image ", i).
//
// A piece is text, a whole number, or a real number (nine significant digits). The joining happens in one function, so
// that a call costs a few stores: chains of operator+ were a large part of the WebAssembly module.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>

namespace striate::core {

class TextPiece {
 public:
  TextPiece(const char* text) : text_(text) {}
  TextPiece(std::string_view text) : text_(text) {}
  TextPiece(const std::string& text) : text_(text) {}
  template <typename Number>
    requires(std::is_integral_v<Number> && !std::is_same_v<Number, bool> && !std::is_same_v<Number, char>)
  TextPiece(Number value)
      : kind_(std::is_signed_v<Number> ? Kind::integer : Kind::natural), whole_(static_cast<std::uint64_t>(value)) {}
  TextPiece(double value) : kind_(Kind::real), real_(value) {}

  void append_to(std::string& out) const;

 private:
  enum class Kind : std::uint8_t { text, integer, natural, real };
  Kind kind_ = Kind::text;
  std::string_view text_;
  union {
    std::uint64_t whole_ = 0;
    double real_;
  };
};

std::string join_text(std::initializer_list<TextPiece> pieces);

template <typename... Pieces>
std::string text(const Pieces&... pieces) {
  return join_text({TextPiece(pieces)...});
}

}  // namespace striate::core

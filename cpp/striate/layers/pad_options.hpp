// How padding is filled, as an option: shared by conv2d and zeroPad2d.
#pragma once

#include "striate/core/options.hpp"
#include "striate/kernels/blocked_view.hpp"
#include "striate/kernels/pad_mode.hpp"

#include <algorithm>
#include <string>

namespace striate::layers {

inline constexpr std::string_view padding_modes[] = {"constant", "reflect", "replicate"};

inline constexpr core::OptionSpec padding_mode_option = {
    .name = "paddingMode", .kind = core::OptionKind::text,
    .doc = "constant: the padding value; reflect: mirrored at the edge; replicate: the edge repeated",
    .text_fallback = "constant", .choices = padding_modes};

inline kernels::PadMode padding_mode_from(const core::ParsedOptions& options) {
  const std::string& text = options.text("paddingMode");
  return text == "reflect" ? kernels::PadMode::reflect : text == "replicate" ? kernels::PadMode::replicate : kernels::PadMode::constant;
}

// Reflection can show each row and column once: padding stays below the image's side.
inline core::Status check_padding_mode(const std::string& name, kernels::PadMode mode, const kernels::Halo& sides,
                                       const core::Shape& input) {
  if (mode != kernels::PadMode::reflect) return {};
  if (std::max(sides.top, sides.bottom) < input.height && std::max(sides.left, sides.right) < input.width) return {};
  return core::Error{core::ErrorCode::invalid_shape,
                     "layer '" + name + "': reflection cannot pad " + to_string(input) + " by " + std::to_string(sides.top) + "/" +
                         std::to_string(sides.bottom) + " rows and " + std::to_string(sides.left) + "/" +
                         std::to_string(sides.right) + " columns",
                     "Use less padding than the image has rows and columns, or paddingMode 'replicate'."};
}

}  // namespace striate::layers

// The options that every sliding window has, read in one place for convolution and pooling.
#pragma once

#include "striate/core/options.hpp"
#include "striate/core/window_geometry.hpp"

#include <string>

namespace striate::layers {

// kernelSize, stride (kernelSize where it has no default and was left out), padding, and dilation and ceilMode where the
// spec has them.
inline core::WindowGeometry window_from(const core::ParsedOptions& options) {
  const auto kernel = options.pair("kernelSize");
  const auto stride = options.has("stride") ? options.pair("stride") : kernel;
  const auto padding = options.sides("padding");
  core::WindowGeometry window;
  window.y = {.kernel = kernel[0], .stride = stride[0], .before = padding[0], .after = padding[1]};
  window.x = {.kernel = kernel[1], .stride = stride[1], .before = padding[2], .after = padding[3]};
  return window;
}

inline void set_dilation(core::WindowGeometry& window, const core::ParsedOptions& options) {
  const auto dilation = options.pair("dilation");
  window.y.dilation = dilation[0];
  window.x.dilation = dilation[1];
}

inline void set_ceil_mode(core::WindowGeometry& window, const core::ParsedOptions& options) {
  window.y.ceil = window.x.ceil = options.boolean("ceilMode");
}

// A pooling window must not lie on padding alone: torch's rule is padding ≤ kernel/2, ours the weaker padding < kernel.
inline core::Status check_pool_padding(const std::string& name, const char* type, const core::WindowGeometry& window) {
  for (const auto* axis : {&window.y, &window.x}) {
    if (axis->before < axis->kernel && axis->after < axis->kernel) continue;
    return core::Error{core::ErrorCode::invalid_argument,
                       "layer '" + name + "' (" + type + "): padding " + std::to_string(axis->before) + "+" +
                           std::to_string(axis->after) + " is not below kernelSize " + std::to_string(axis->kernel) +
                           ", so a window would hold padding alone",
                       "Use a padding smaller than the window; kernelSize / 2 keeps the size at stride 1."};
  }
  return {};
}

}  // namespace striate::layers

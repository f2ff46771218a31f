#include "striate/kernels/upsample_plan.hpp"

#include <algorithm>
#include <cstdint>

namespace striate::kernels {
namespace {

std::vector<UpsampleTap> make_axis(UpsampleMode mode, int input, int output) {
  std::vector<UpsampleTap> taps(static_cast<std::size_t>(output));
  for (int o = 0; o < output; ++o) {
    auto& tap = taps[static_cast<std::size_t>(o)];
    if (mode == UpsampleMode::nearest) {
      tap.first = tap.second = static_cast<int>(std::int64_t{o} * input / output);
      continue;
    }
    // Exact whole and broken part of a ratio of integers, so that every build rounds alike.
    std::int64_t numerator, denominator;
    if (mode == UpsampleMode::bilinear_align_corners) {
      numerator = std::int64_t{o} * (input - 1);
      denominator = std::max(output - 1, 1);
    } else {
      denominator = std::int64_t{2} * output;
      numerator = std::max<std::int64_t>((std::int64_t{2} * o + 1) * input - output, 0);
    }
    tap.first = static_cast<int>(std::min<std::int64_t>(numerator / denominator, input - 1));
    tap.second = std::min(tap.first + 1, input - 1);
    tap.weight = tap.second == tap.first
                     ? 0.0f
                     : static_cast<float>(static_cast<double>(numerator % denominator) / static_cast<double>(denominator));
  }
  return taps;
}

}  // namespace

UpsamplePlan make_upsample_plan(UpsampleMode mode, int input_height, int input_width, int output_height, int output_width) {
  return {make_axis(mode, input_height, output_height), make_axis(mode, input_width, output_width)};
}

}  // namespace striate::kernels

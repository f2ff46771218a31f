// What the gradients of a linear layer ask for: some of the weights turned; the output's gradients in rows, and some of the
// input's features turned.
#pragma once

#include "striate/kernels/blocked_view.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>

namespace striate::kernels {

// Features that lie side by side for the weight gradient.
inline constexpr int linear_lanes = 16;

// Of a layer's inputs: those that a call works out the gradients of.
struct FeatureRange {
  int first, end;
};

struct LinearWorkspace {
  int images;           // that are worked out
  bool turns_weights;   // a column of weights, as it lies, has more lines of the cache than the sets it meets can hold
  int turned_weights;   // features at a time, for the input gradient: 128 KiB of weights, or all where they stay as they lie
  int turned_features;  // features at a time, for the weight gradient: 16 KiB, half of a first-level cache
  // Floats from row to row: an odd number of cache lines, or the rows of a square would meet in the same sets.
  std::ptrdiff_t weight_pitch, image_pitch;

  LinearWorkspace(int in, const ConstBlockedView& doutput)
      : images((doutput.blocks - 1) * doutput.lanes + doutput.lanes_of(doutput.blocks - 1)),
        turns_weights(in % line == 0 && doutput.channels > ways * (sets / std::gcd(sets, in / line))),
        turned_weights(turns_weights ? at_a_time(in, weight_floats, doutput.channels) : in),
        turned_features(at_a_time(in, panel_floats, images)),
        weight_pitch(odd_lines(doutput.channels)),
        image_pitch(odd_lines(images)) {}

  // Enough for fewer images, too.
  std::size_t floats(std::int64_t in, std::int64_t out) const {
    const std::int64_t own = std::max(panel_floats, linear_lanes * images), all = (in + line - 1) / line * line * images;
    const std::int64_t panels = std::max(std::min(own, all), linear_lanes * (images + out));
    const std::int64_t turned = turns_weights ? std::int64_t{turned_weights} * weight_pitch : 0;
    return static_cast<std::size_t>(std::max(turned, out * image_pitch + panels));
  }

 private:
  static constexpr int panel_floats = 4096, weight_floats = 32768;
  static constexpr int line = 16, sets = 64, ways = 8;  // of a first-level cache, a line in floats

  static int at_a_time(int in, int most, int each) {
    return std::max(linear_lanes, std::min(in, most / each) / linear_lanes * linear_lanes);
  }
  static std::ptrdiff_t odd_lines(int floats) { return ((floats + line - 1) / line | 1) * line; }
};

inline std::size_t linear_workspace(int in, const ConstBlockedView& doutput) {
  return LinearWorkspace(in, doutput).floats(in, doutput.channels);
}

}  // namespace striate::kernels

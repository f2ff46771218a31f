// A layer of random shape and options, put together from the double-precision reference kernels as the layer puts its own
// together: forward, and backward written out by hand.
#pragma once

#include "draw.hpp"
#include "striate/core/options.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace striate::tests {

struct DoubleTwin {
  core::Shape input;
  int batch = 1;
  core::Options options;          // that make the layer
  std::vector<Values> arguments;  // the inputs, then the parameters in the layer's order
  std::function<Values(const std::vector<Values>&)> forward;
  // One gradient for each argument.
  std::function<std::vector<Values>(const std::vector<Values>&, const Values& doutput)> backward;
  bool one_input = true;  // false: several inputs, or random numbers that only the engine draws
};

// Throws nothing and returns no twin (an empty `forward`) for a type it does not know.
DoubleTwin make_double_twin(std::string_view type, Draw& draw);

}  // namespace striate::tests

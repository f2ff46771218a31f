// The fully connected twin of a network: flatten · linear · relu · linear, with as many hidden units as bring its number of
// parameters nearest to the original's. Where that is not within 1% (a unit on a large image is thousands of weights), a
// second hidden layer takes the rest. What the lecture compares convolution with.
#pragma once

#include "striate/models/zoo.hpp"

namespace striate::models {

// `original` must build; hidden is at least 1.
graph::NetworkSpec mlp_twin(const graph::NetworkSpec& original, int classes);

}  // namespace striate::models

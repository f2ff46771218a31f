// A side cut into parts that differ by at most a pixel, the longer ones at random places.
#pragma once

#include "striate/augment/draw.hpp"

#include <vector>

namespace striate::augment {

// splits: parts + 1 places, from 0 to size. 1 ≤ parts ≤ size.
void shuffled_splits(Draw& d, int size, int parts, std::vector<int>& splits);

}  // namespace striate::augment

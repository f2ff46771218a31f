// lenet: the small digit network of the lecture, in its modern form (ReLU and max pooling).
//
//   1×28×28 · conv 5×5 6 pad 2 · relu · maxpool 2 · conv 5×5 16 · relu · maxpool 2 · flatten
//           · linear 120 · relu · linear 84 · relu · linear `classes`
//
// 61,706 parameters with 10 classes. Pixels are normalised with MNIST's mean 0.1307 and deviation 0.3081.
// Source: lecture, "LeNet"; LeCun, Bottou, Bengio, Haffner, "Gradient-based learning applied to document recognition",
// 1998.
#pragma once

#include "striate/graph/network_spec.hpp"

namespace striate::models {

graph::NetworkSpec lenet(int classes);

}  // namespace striate::models

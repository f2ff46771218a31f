// VGG (Simonyan & Zisserman 2014): blocks of equal 3×3 convolutions, each block ending in a pool; then 4096, 4096, classes.
//
//   vgg11, vgg13, vgg16, vgg19 and vgg11-bn … vgg19-bn   3×224×224, torchvision's names; 132,863,336 … 143,667,240
//                                                         parameters, with batch norm 132,868,840 … 143,678,248
//   vgg-mini                                              three blocks of two for 28×28 and 32×32
//   cifar-small                                           two blocks of two, 32 and 64 channels; a workload of the bench
//
// Source: lecture, "VGG: состоит из одинаковых блоков".
#pragma once

#include "striate/models/zoo.hpp"

namespace striate::models {

template <int depth, bool batch_norm>
graph::NetworkSpec vgg(const ZooOptions& options);
graph::NetworkSpec vgg_mini(const ZooOptions& options);
graph::NetworkSpec cifar_small(const ZooOptions& options);

}  // namespace striate::models

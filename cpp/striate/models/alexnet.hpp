// AlexNet in its forms.
//
//   alexnet-2012  3×227×227, as published: two halves (groups = 2 in conv2, 4 and 5), local response norm; 60,965,224
//                 parameters with 1,000 classes. Krizhevsky, Sutskever, Hinton 2012; the paper says 224, its sizes need 227.
//   alexnet       3×224×224, torchvision's ("One weird trick", no groups, no norm), with its parameter names; 61,100,840
//   alexnet-mini  the same shape for small images: five convolutions, three linear layers; for 28×28 and 32×32
//
// Source: lecture, "AlexNet`12".
#pragma once

#include "striate/models/zoo.hpp"

namespace striate::models {

graph::NetworkSpec alexnet_2012(const ZooOptions& options);
graph::NetworkSpec alexnet(const ZooOptions& options);
graph::NetworkSpec alexnet_mini(const ZooOptions& options);

}  // namespace striate::models

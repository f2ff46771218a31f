// ResNet (He et al. 2015), for ImageNet and for CIFAR, and the same networks without shortcuts.
//
//   resnet18, 34        3×224×224, basic blocks:       11,689,512 and 21,797,672 parameters
//   resnet50, 101, 152  bottleneck blocks, stride in the 3×3 (torchvision's v1.5): 25,557,032, 44,549,160, 60,192,808
//   resnet20 … 110      3×32×32, 6n + 2 layers, stages of 16, 32, 64 channels; shortcuts that change the size subsample and
//                       pad with zero channels (option A, no parameters): 269,722 … 1,727,962
//   resnet20-b … 110-b  the same with 1×1 projections there (option B)
//   plain20 … plain56   the same without any shortcut
//   resnet8, resnet14, plain8, plain14   n = 1 and 2, for a browser tab
//
// ImageNet names are torchvision's. Source: lecture, "ResNet`15": layers only correct what comes in.
#pragma once

#include "striate/models/zoo.hpp"

namespace striate::models {

enum class Shortcut { identity, projection, none };  // option A, option B, plain

template <int depth>
graph::NetworkSpec resnet_imagenet(const ZooOptions& options);
template <int depth, Shortcut shortcut>
graph::NetworkSpec resnet_cifar(const ZooOptions& options);

}  // namespace striate::models

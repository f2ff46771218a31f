// LeNet-5 in its forms. All take 28×28 digits; the 32×32 field of 1998 is the digit with two pixels of padding around it.
//
//   lenet         1×28×28 · conv 5×5 6 pad 2 · relu · maxpool 2 · conv 5×5 16 · relu · maxpool 2 · 120 · relu · 84 · relu · 10
//   lenet5        the same network under its usual name: 61,706 parameters with ten classes
//   lenet5-1998   as published: C3's connection table, trainable subsampling, scaled tanh, fixed radial basis output;
//                 60,000 trainable parameters, 340,908 connections
//
// Pixels: lenet, lenet5 normalise with MNIST's mean 0.1307 and deviation 0.3081; lenet5-1998 brings paper to −0.1 and ink to
// 1.175, as the paper does. Source: lecture, "LeNet`98"; LeCun, Bottou, Bengio, Haffner 1998, section II.B and Table I.
#pragma once

#include "striate/models/zoo.hpp"

namespace striate::models {

graph::NetworkSpec lenet(const ZooOptions& options);
graph::NetworkSpec lenet5(const ZooOptions& options);
graph::NetworkSpec lenet5_1998(const ZooOptions& options);

}  // namespace striate::models

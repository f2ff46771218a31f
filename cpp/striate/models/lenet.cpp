#include "striate/models/lenet.hpp"

namespace striate::models {

graph::NetworkSpec lenet(int classes) {
  const auto conv = [](double channels, double padding) -> graph::LayerSpec {
    return {"conv2d", "", {}, {{"outChannels", channels}, {"kernelSize", 5.0}, {"padding", padding}}};
  };
  const auto linear = [](double features) -> graph::LayerSpec {
    return {"linear", "", {}, {{"outFeatures", features}}};
  };
  const graph::LayerSpec relu{"relu", "", {}, {}};
  const graph::LayerSpec pool{"maxPool2d", "", {}, {{"kernelSize", 2.0}}};
  const graph::LayerSpec flatten{"flatten", "", {}, {}};

  graph::NetworkSpec spec;
  spec.name = "lenet";
  spec.input = {{1, 28, 28}, {0.1307}, {0.3081}};
  spec.layers = {conv(6, 2), relu,        pool, conv(16, 0), relu, pool,
                 flatten,    linear(120), relu, linear(84),  relu, linear(classes)};
  return spec;
}

}  // namespace striate::models

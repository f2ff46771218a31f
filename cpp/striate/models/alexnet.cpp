#include "striate/models/alexnet.hpp"

#include "striate/models/layer_list.hpp"

namespace striate::models {

graph::NetworkSpec alexnet_2012(const ZooOptions& options) {
  LayerList layers("alexnet-2012", imagenet_input(options.input));
  const auto respond = [&] {
    // The paper's alpha is for the whole sum; the layer divides it by the window.
    layers.add("localResponseNorm", {}, {{"size", 5.0}, {"alpha", 5e-4}, {"beta", 0.75}, {"k", 2.0}});
    layers.max_pool(3, 2);
  };
  layers.conv("conv1", {.channels = 96, .kernel = 11, .stride = 4});
  layers.relu();
  respond();
  layers.conv("conv2", {.channels = 256, .kernel = 5, .padding = 2, .groups = 2});
  layers.relu();
  respond();
  layers.conv("conv3", {.channels = 384, .kernel = 3, .padding = 1});
  layers.relu();
  layers.conv("conv4", {.channels = 384, .kernel = 3, .padding = 1, .groups = 2});
  layers.relu();
  layers.conv("conv5", {.channels = 256, .kernel = 3, .padding = 1, .groups = 2});
  layers.relu();
  layers.max_pool(3, 2);
  layers.flatten();
  for (const char* name : {"fc6", "fc7"}) {
    layers.linear(name, 4096);
    layers.relu();
    layers.dropout();
  }
  layers.linear("fc8", options.classes);
  return layers.done();
}

graph::NetworkSpec alexnet(const ZooOptions& options) {
  LayerList layers("alexnet", imagenet_input(options.input));
  layers.conv("features.0", {.channels = 64, .kernel = 11, .stride = 4, .padding = 2});
  layers.relu();
  layers.max_pool(3, 2);
  layers.conv("features.3", {.channels = 192, .kernel = 5, .padding = 2});
  layers.relu();
  layers.max_pool(3, 2);
  layers.conv("features.6", {.channels = 384, .kernel = 3, .padding = 1});
  layers.relu();
  layers.conv("features.8", {.channels = 256, .kernel = 3, .padding = 1});
  layers.relu();
  layers.conv("features.10", {.channels = 256, .kernel = 3, .padding = 1});
  layers.relu();
  layers.max_pool(3, 2);
  layers.flatten();
  layers.dropout();
  layers.linear("classifier.1", 4096);
  layers.relu();
  layers.dropout();
  layers.linear("classifier.4", 4096);
  layers.relu();
  layers.linear("classifier.6", options.classes);
  return layers.done();
}

graph::NetworkSpec alexnet_mini(const ZooOptions& options) {
  LayerList layers("alexnet-mini", {options.input, {}, {}});
  const auto conv = [&](const char* name, int channels, int kernel) {
    layers.conv(name, {.channels = channels, .kernel = kernel, .padding = kernel / 2});
    layers.relu();
  };
  conv("conv1", 24, 5);
  layers.max_pool(2, 2);
  conv("conv2", 48, 5);
  layers.max_pool(2, 2);
  conv("conv3", 64, 3);
  conv("conv4", 64, 3);
  conv("conv5", 48, 3);
  layers.max_pool(3, 2);
  layers.flatten();
  layers.linear("fc6", 128);
  layers.relu();
  layers.dropout();
  layers.linear("fc7", 128);
  layers.relu();
  layers.dropout();
  layers.linear("fc8", options.classes);
  return layers.done();
}

}  // namespace striate::models

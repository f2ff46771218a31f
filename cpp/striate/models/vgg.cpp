#include "striate/models/vgg.hpp"

#include "striate/models/layer_list.hpp"

#include <array>

namespace striate::models {
namespace {

// Convolutions in each of the five blocks.
constexpr std::array<int, 5> blocks_of(int depth) {
  switch (depth) {
    case 11: return {1, 1, 2, 2, 2};
    case 13: return {2, 2, 2, 2, 2};
    case 16: return {2, 2, 3, 3, 3};
    default: return {2, 2, 4, 4, 4};
  }
}

graph::NetworkSpec vgg_of_imagenet(int depth, bool batch_norm, const ZooOptions& options) {
  LayerList layers("vgg" + std::to_string(depth) + (batch_norm ? "-bn" : ""), imagenet_input(options.input));
  constexpr std::array<int, 5> channels = {64, 128, 256, 512, 512};
  // torchvision numbers convolutions, norms, ReLUs and pools through.
  int index = 0;
  for (std::size_t block = 0; block < channels.size(); ++block) {
    for (int i = 0; i < blocks_of(depth)[block]; ++i) {
      layers.conv("features." + std::to_string(index++), {.channels = channels[block], .kernel = 3, .padding = 1});
      if (batch_norm) layers.batch_norm("features." + std::to_string(index++));
      layers.relu();
      ++index;
    }
    layers.max_pool(2, 2);
    ++index;
  }
  layers.flatten();
  for (const char* name : {"classifier.0", "classifier.3"}) {
    layers.linear(name, 4096);
    layers.relu();
    layers.dropout();
  }
  layers.linear("classifier.6", options.classes);
  return layers.done();
}

}  // namespace

template <int depth, bool batch_norm>
graph::NetworkSpec vgg(const ZooOptions& options) {
  return vgg_of_imagenet(depth, batch_norm, options);
}

template graph::NetworkSpec vgg<11, false>(const ZooOptions&);
template graph::NetworkSpec vgg<13, false>(const ZooOptions&);
template graph::NetworkSpec vgg<16, false>(const ZooOptions&);
template graph::NetworkSpec vgg<19, false>(const ZooOptions&);
template graph::NetworkSpec vgg<11, true>(const ZooOptions&);
template graph::NetworkSpec vgg<13, true>(const ZooOptions&);
template graph::NetworkSpec vgg<16, true>(const ZooOptions&);
template graph::NetworkSpec vgg<19, true>(const ZooOptions&);

graph::NetworkSpec vgg_mini(const ZooOptions& options) {
  LayerList layers("vgg-mini", {options.input, {}, {}});
  for (int block = 1; block <= 3; ++block) {
    for (int i = 1; i <= 2; ++i) {
      layers.conv("conv" + std::to_string(block) + "_" + std::to_string(i), {.channels = 16 << (block - 1), .kernel = 3, .padding = 1});
      layers.relu();
    }
    layers.max_pool(2, 2);
  }
  layers.flatten();
  layers.linear("fc1", 128);
  layers.relu();
  layers.dropout();
  layers.linear("fc2", options.classes);
  return layers.done();
}

graph::NetworkSpec cifar_small(const ZooOptions& options) {
  LayerList layers("cifar-small", {options.input, {}, {}});
  int index = 1;
  for (const int channels : {32, 64}) {
    for (int i = 0; i < 2; ++i) {
      layers.conv("conv" + std::to_string(index++), {.channels = channels, .kernel = 3, .padding = 1});
      layers.relu();
    }
    layers.max_pool(2, 2);
  }
  layers.flatten();
  layers.linear("fc1", 128);
  layers.relu();
  layers.linear("fc2", options.classes);
  return layers.done();
}

}  // namespace striate::models

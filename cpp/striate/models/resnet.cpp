#include "striate/models/resnet.hpp"

#include "striate/models/layer_list.hpp"

#include <array>

namespace striate::models {
namespace {

// conv (without bias: the norm has one) and batch norm.
void conv_norm(LayerList& layers, const std::string& conv, const std::string& norm, LayerList::Conv settings,
               std::vector<std::string> inputs = {}) {
  settings.bias = false;
  layers.conv(conv, settings, std::move(inputs));
  layers.batch_norm(norm);
}

// One residual block on top of the layer `from`; returns the name of its output.
//   basic       3×3, 3×3                    bottleneck  1×1, 3×3 (with the stride), 1×1 to four times the channels
std::string imagenet_block(LayerList& layers, const std::string& name, const std::string& from, int channels, int stride,
                           bool bottleneck, bool projects) {
  std::string last;
  if (bottleneck) {
    conv_norm(layers, name + ".conv1", name + ".bn1", {.channels = channels, .kernel = 1}, {from});
    layers.relu(name + ".relu1");
    conv_norm(layers, name + ".conv2", name + ".bn2", {.channels = channels, .kernel = 3, .stride = stride, .padding = 1});
    layers.relu(name + ".relu2");
    conv_norm(layers, name + ".conv3", name + ".bn3", {.channels = 4 * channels, .kernel = 1});
    last = name + ".bn3";
  } else {
    conv_norm(layers, name + ".conv1", name + ".bn1", {.channels = channels, .kernel = 3, .stride = stride, .padding = 1}, {from});
    layers.relu(name + ".relu1");
    conv_norm(layers, name + ".conv2", name + ".bn2", {.channels = channels, .kernel = 3, .padding = 1});
    last = name + ".bn2";
  }
  std::string shortcut = from;
  if (projects) {
    shortcut = name + ".downsample.1";
    conv_norm(layers, name + ".downsample.0", shortcut, {.channels = (bottleneck ? 4 : 1) * channels, .kernel = 1, .stride = stride}, {from});
  }
  layers.add("add", name + ".add", {}, {last, shortcut});
  layers.relu(name + ".out");
  return name + ".out";
}

constexpr std::array<int, 4> imagenet_blocks(int depth) {
  switch (depth) {
    case 18: return {2, 2, 2, 2};
    case 101: return {3, 4, 23, 3};
    case 152: return {3, 8, 36, 3};
    default: return {3, 4, 6, 3};
  }
}

// Without a shortcut a block is two convolutions and nothing else.
std::string cifar_block(LayerList& layers, const std::string& name, const std::string& from, int channels, int stride, Shortcut shortcut) {
  conv_norm(layers, name + ".conv1", name + ".bn1", {.channels = channels, .kernel = 3, .stride = stride, .padding = 1}, {from});
  layers.relu(name + ".relu1");
  conv_norm(layers, name + ".conv2", name + ".bn2", {.channels = channels, .kernel = 3, .padding = 1});
  if (shortcut != Shortcut::none) {
    std::string other = from;
    if (stride != 1 && shortcut == Shortcut::projection) {
      other = name + ".shortcut.1";
      conv_norm(layers, name + ".shortcut.0", other, {.channels = channels, .kernel = 1, .stride = stride}, {from});
    } else if (stride != 1) {
      other = layers.add("identityShortcut", name + ".shortcut",
                         {{"outChannels", static_cast<double>(channels)}, {"stride", static_cast<double>(stride)}}, {from});
    }
    layers.add("add", name + ".add", {}, {name + ".bn2", other});
  }
  layers.relu(name + ".out");
  return name + ".out";
}

graph::NetworkSpec resnet_of_imagenet(int depth, const ZooOptions& options) {
  const bool bottleneck = depth >= 50;
  LayerList layers("resnet" + std::to_string(depth), imagenet_input(options.input));
  conv_norm(layers, "conv1", "bn1", {.channels = 64, .kernel = 7, .stride = 2, .padding = 3});
  layers.relu("relu");
  layers.add("maxPool2d", "maxpool", {{"kernelSize", 3.0}, {"stride", 2.0}, {"padding", 1.0}});
  std::string from = "maxpool";
  for (int stage = 0; stage < 4; ++stage) {
    for (int block = 0; block < imagenet_blocks(depth)[static_cast<std::size_t>(stage)]; ++block) {
      const bool first = block == 0;
      const bool projects = first && (stage > 0 || bottleneck);
      from = imagenet_block(layers, "layer" + std::to_string(stage + 1) + "." + std::to_string(block), from, 64 << stage,
                            first && stage > 0 ? 2 : 1, bottleneck, projects);
    }
  }
  layers.global_average_pool();
  layers.linear("fc", options.classes);
  return layers.done();
}

graph::NetworkSpec resnet_of_cifar(int depth, Shortcut shortcut, const ZooOptions& options) {
  const int per_stage = (depth - 2) / 6;
  const std::string name = (shortcut == Shortcut::none ? "plain" : "resnet") + std::to_string(depth) +
                           (shortcut == Shortcut::projection ? "-b" : "");
  LayerList layers(name, {options.input, {}, {}});
  conv_norm(layers, "conv1", "bn1", {.channels = 16, .kernel = 3, .padding = 1});
  layers.relu("relu");
  std::string from = "relu";
  for (int stage = 0; stage < 3; ++stage) {
    for (int block = 0; block < per_stage; ++block) {
      from = cifar_block(layers, "layer" + std::to_string(stage + 1) + "." + std::to_string(block), from, 16 << stage,
                         block == 0 && stage > 0 ? 2 : 1, shortcut);
    }
  }
  layers.global_average_pool();
  layers.linear("linear", options.classes);
  return layers.done();
}

}  // namespace

template <int depth>
graph::NetworkSpec resnet_imagenet(const ZooOptions& options) {
  return resnet_of_imagenet(depth, options);
}

template <int depth, Shortcut shortcut>
graph::NetworkSpec resnet_cifar(const ZooOptions& options) {
  static_assert(depth % 6 == 2);
  return resnet_of_cifar(depth, shortcut, options);
}

#define STRIATE_IMAGENET(depth) template graph::NetworkSpec resnet_imagenet<depth>(const ZooOptions&)
STRIATE_IMAGENET(18);
STRIATE_IMAGENET(34);
STRIATE_IMAGENET(50);
STRIATE_IMAGENET(101);
STRIATE_IMAGENET(152);
#undef STRIATE_IMAGENET

#define STRIATE_CIFAR(depth)                                                                     \
  template graph::NetworkSpec resnet_cifar<depth, Shortcut::identity>(const ZooOptions&);        \
  template graph::NetworkSpec resnet_cifar<depth, Shortcut::projection>(const ZooOptions&);      \
  template graph::NetworkSpec resnet_cifar<depth, Shortcut::none>(const ZooOptions&)
STRIATE_CIFAR(8);
STRIATE_CIFAR(14);
STRIATE_CIFAR(20);
STRIATE_CIFAR(32);
STRIATE_CIFAR(44);
STRIATE_CIFAR(56);
STRIATE_CIFAR(110);
#undef STRIATE_CIFAR

}  // namespace striate::models

#include "striate/models/lenet5.hpp"

#include "striate/models/layer_list.hpp"

namespace striate::models {
namespace {

graph::NetworkSpec modern(std::string name, const ZooOptions& options) {
  LayerList layers(std::move(name), {options.input, {0.1307}, {0.3081}});
  layers.conv("conv1", {.channels = 6, .kernel = 5, .padding = 2});
  layers.relu();
  layers.max_pool(2, 2);
  layers.conv("conv2", {.channels = 16, .kernel = 5});
  layers.relu();
  layers.max_pool(2, 2);
  layers.flatten();
  layers.linear("fc1", 120);
  layers.relu();
  layers.linear("fc2", 84);
  layers.relu();
  layers.linear("fc3", options.classes);
  auto spec = layers.done();
  // Other than grey digits: no MNIST statistics.
  if (options.input.channels != 1) spec.input.mean = spec.input.std = {};
  return spec;
}

// Which maps of S2 each map of C3 sees: Table I of the paper, bit i for map i.
std::vector<double> c3_connections() {
  const std::vector<std::vector<int>> table = {{0, 1, 2},    {1, 2, 3},    {2, 3, 4},    {3, 4, 5},
                                               {0, 4, 5},    {0, 1, 5},    {0, 1, 2, 3}, {1, 2, 3, 4},
                                               {2, 3, 4, 5}, {0, 3, 4, 5}, {0, 1, 4, 5}, {0, 1, 2, 5},
                                               {0, 1, 3, 4}, {1, 2, 4, 5}, {0, 2, 3, 5}, {0, 1, 2, 3, 4, 5}};
  std::vector<double> masks;
  for (const auto& maps : table) {
    int mask = 0;
    for (const int map : maps) mask |= 1 << map;
    masks.push_back(mask);
  }
  return masks;
}

}  // namespace

graph::NetworkSpec lenet(const ZooOptions& options) { return modern("lenet", options); }
graph::NetworkSpec lenet5(const ZooOptions& options) { return modern("lenet5", options); }

graph::NetworkSpec lenet5_1998(const ZooOptions& options) {
  // (p − mean)/std takes 0 to −0.1 and 1 to 1.175.
  const auto each = [&](double value) { return std::vector<double>(static_cast<std::size_t>(options.input.channels), value); };
  LayerList layers("lenet5-1998", {options.input, each(0.1 / 1.275), each(1 / 1.275)});
  const auto conv = [&](const char* name, double channels, core::Options more = {}) {
    core::Options all = {{"outChannels", channels}, {"kernelSize", 5.0}, {"init", "lecunUniform"}};
    all.insert(all.end(), more.begin(), more.end());
    layers.add("conv2d", name, std::move(all));
    layers.add("scaledTanh", {});
  };
  const auto subsample = [&](const char* name) {
    layers.add("subsampling2d", name);
    layers.add("scaledTanh", {});
  };
  layers.add("zeroPad2d", "field", {{"padding", 2.0}, {"value", -0.1}});
  conv("C1", 6);
  subsample("S2");
  conv("C3", 16, {{"connections", c3_connections()}});
  subsample("S4");
  conv("C5", 120);
  layers.flatten();
  layers.add("linear", "F6", {{"outFeatures", 84.0}, {"init", "lecunUniform"}});
  layers.add("scaledTanh", {});
  const bool digits = options.classes == 10;
  layers.add("radialBasis", "output",
             {{"outFeatures", static_cast<double>(options.classes)}, {"codes", digits ? "digits" : "random"}});
  return layers.done();
}

}  // namespace striate::models

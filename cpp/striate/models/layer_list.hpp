// The words the zoo writes its networks in: each call appends one layer to a spec. Names are torchvision's or the paper's
// implementation's, so that state dicts load by name; an empty name lets the builder make one.
#pragma once

#include "striate/graph/network_spec.hpp"

#include <string>
#include <utility>
#include <vector>

namespace striate::models {

class LayerList {
 public:
  LayerList(std::string name, graph::InputSpec input) { spec_ = {std::move(name), std::move(input), {}}; }

  // Appends any layer; returns its name for others to refer to.
  std::string add(std::string type, std::string name, core::Options options = {}, std::vector<std::string> inputs = {}) {
    spec_.layers.push_back({std::move(type), name, std::move(inputs), std::move(options)});
    return name;
  }

  struct Conv {
    int channels = 1, kernel = 1, stride = 1, padding = 0, groups = 1;
    bool bias = true;
  };
  std::string conv(std::string name, const Conv& conv, std::vector<std::string> inputs = {}) {
    core::Options options = {{"outChannels", static_cast<double>(conv.channels)}, {"kernelSize", static_cast<double>(conv.kernel)}};
    if (conv.stride != 1) options.push_back({"stride", static_cast<double>(conv.stride)});
    if (conv.padding != 0) options.push_back({"padding", static_cast<double>(conv.padding)});
    if (conv.groups != 1) options.push_back({"groups", static_cast<double>(conv.groups)});
    if (!conv.bias) options.push_back({"bias", false});
    return add("conv2d", std::move(name), std::move(options), std::move(inputs));
  }
  void relu(std::string name = {}) { add("relu", std::move(name)); }
  void batch_norm(std::string name) { add("batchNorm2d", std::move(name)); }
  void max_pool(int kernel, int stride, int padding = 0) {
    core::Options options = {{"kernelSize", static_cast<double>(kernel)}};
    if (stride != kernel) options.push_back({"stride", static_cast<double>(stride)});
    if (padding != 0) options.push_back({"padding", static_cast<double>(padding)});
    add("maxPool2d", {}, std::move(options));
  }
  void dropout() { add("dropout", {}); }
  void flatten() { add("flatten", {}); }
  void global_average_pool() { add("globalAveragePool2d", {}); }
  void linear(std::string name, int features) { add("linear", std::move(name), {{"outFeatures", static_cast<double>(features)}}); }

  graph::NetworkSpec done() { return std::move(spec_); }

 private:
  graph::NetworkSpec spec_;
};

}  // namespace striate::models

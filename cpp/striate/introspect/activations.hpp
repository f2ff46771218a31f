// Activations: what each layer makes of one image.
//
//   STRIATE_TRY(activations, Activations::make(network, store, {}));      {} = every layer
//   load the image into activations->input() (one image, normalised as in training);   activations->run();
//   layout() says where each layer's [C][H][W] block lies in values(); the probabilities come last.
//
// The values are the network's own: a convolution's entry is its output before any ReLU that follows.
// run() allocates nothing.
#pragma once

#include "striate/core/result.hpp"
#include "striate/core/shape.hpp"
#include "striate/graph/executor.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace striate::introspect {

struct ActivationBlock {
  std::string name;  // the layer's
  std::string type;
  core::Shape shape;
  std::size_t offset = 0;  // floats into values()
  std::size_t length = 0;
};

class Activations {
 public:
  // `layers`: names, in any order; empty means all. Error unknown_layer for a name that is not there.
  static core::Result<std::unique_ptr<Activations>> make(const graph::Network& network, graph::ParamStore& store,
                                                         std::span<const std::string> layers,
                                                         const graph::Limits& limits = {});

  kernels::BlockedView input() const { return executor_->input(1); }
  void run();

  std::span<const ActivationBlock> layout() const { return layout_; }
  std::size_t probabilities_offset() const { return probabilities_; }
  std::size_t probabilities_length() const { return values_.size() - probabilities_; }
  std::span<const float> values() const { return values_; }

 private:
  Activations() = default;
  std::unique_ptr<graph::Executor> executor_;
  std::vector<ActivationBlock> layout_;
  std::vector<kernels::ConstBlockedView> views_;
  std::vector<float> values_;
  std::vector<float> softmax_;  // one block of probabilities
  std::size_t probabilities_ = 0;
};

}  // namespace striate::introspect

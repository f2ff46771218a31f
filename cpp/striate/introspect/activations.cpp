#include "striate/introspect/activations.hpp"

#include <algorithm>

namespace striate::introspect {

core::Result<std::unique_ptr<Activations>> Activations::make(const graph::Network& network, graph::ParamStore& store,
                                                             std::span<const std::string> layers,
                                                             const graph::Limits& limits) {
  graph::ExecutorOptions options{.mode = graph::Mode::inference, .batch = 1, .limits = limits};
  options.pin_all = layers.empty();
  options.pins.assign(layers.begin(), layers.end());
  std::unique_ptr<Activations> made(new Activations);
  STRIATE_TRY(executor, graph::Executor::make(network, store, options));
  made->executor_ = std::move(executor);

  std::size_t offset = 0;
  for (const graph::Node& node : network.nodes()) {
    if (!layers.empty() && std::find(layers.begin(), layers.end(), node.name) == layers.end()) continue;
    STRIATE_TRY(view, made->executor_->value(node.name));
    const auto length = static_cast<std::size_t>(node.shape.elements());
    made->layout_.push_back({node.name, node.type, node.shape, offset, length});
    made->views_.push_back(view);
    offset += length;
  }
  const core::Shape& output = network.output_shape();
  made->probabilities_ = offset;
  // Probabilities are for outputs that are one number per class.
  const bool classes = output.height == 1 && output.width == 1;
  made->values_.resize(offset + (classes ? static_cast<std::size_t>(output.channels) : 0));
  if (classes) made->softmax_.resize(kernels::blocked_floats(output, 1, made->executor_->lanes()));
  return made;
}

void Activations::run() {
  const kernels::KernelTable& kernels = executor_->kernels();
  executor_->forward(1);
  for (std::size_t i = 0; i < views_.size(); ++i) kernels.store_image(views_[i], 0, values_.data() + layout_[i].offset);
  if (softmax_.empty()) return;
  const kernels::BlockedView probabilities =
      kernels::blocked_view(softmax_.data(), executor_->network().output_shape(), 1, executor_->lanes());
  kernels.softmax(executor_->output(), probabilities);
  kernels.store_image(probabilities, 0, values_.data() + probabilities_);
}

}  // namespace striate::introspect

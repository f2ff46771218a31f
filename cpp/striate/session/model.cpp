#include "striate/session/model.hpp"

#include <utility>

namespace striate::session {

core::Result<std::unique_ptr<Model>> make_model(std::unique_ptr<graph::Network> network, std::uint64_t seed) {
  auto model = std::make_unique<Model>();
  model->network = std::move(network);
  const graph::InputSpec& input = model->network->spec().input;
  const std::vector<float> mean(input.mean.begin(), input.mean.end());
  const std::vector<float> std(input.std.begin(), input.std.end());
  STRIATE_TRY(normalization, data::make_normalization(input.shape.channels, mean, std));
  model->normalization = std::move(normalization);
  STRIATE_TRY(store, graph::ParamStore::make(*model->network, seed));
  model->store = std::move(store);
  return model;
}

void Model::see_anew() {
  if (&seen_store() == store.get()) return;
  evaluator.reset();
  predictor.reset();
  activations.reset();
}

}  // namespace striate::session

#include "striate/graph/param_store.hpp"

#include "striate/init/init.hpp"

#include <algorithm>
#include <cmath>

namespace striate::graph {
namespace {

using core::Error;
using core::ErrorCode;

constexpr std::size_t floats_per_line = core::alignment / sizeof(float);

core::Error unknown(std::span<const Parameter> parameters, std::string_view name) {
  std::string known;
  for (const Parameter& parameter : parameters) known += (known.empty() ? "" : ", ") + parameter.name;
  return {ErrorCode::not_found, "the network has no parameter '" + std::string(name) + "'",
          known.empty() ? "It has none at all." : "It has " + known + "."};
}

void draw(const layers::ParameterSpec& spec, std::span<float> into, std::uint64_t seed, std::uint32_t item) {
  using Kind = layers::InitRecipe::Kind;
  const layers::InitRecipe& recipe = spec.init;
  switch (recipe.kind) {
    case Kind::zeros: return init::constant(into, 0);
    case Kind::ones: return init::constant(into, 1);
    case Kind::constant: return init::constant(into, recipe.value);
    case Kind::reciprocal: return init::constant(into, 1.0f / static_cast<float>(recipe.fan_in));
    case Kind::he_normal: return init::he_normal(into, recipe.fan_in, seed, item);
    case Kind::lecun_uniform: return init::lecun_uniform(into, recipe.fan_in, seed, item);
    case Kind::xavier_normal: return init::xavier_normal(into, recipe.fan_in, recipe.fan_out, seed, item);
    case Kind::xavier_uniform: return init::xavier_uniform(into, recipe.fan_in, recipe.fan_out, seed, item);
    case Kind::orthogonal: return init::orthogonal(into, spec.shape[0], seed, item);
    case Kind::signs: return init::signs(into, seed, item);
    case Kind::digit_codes: return init::digit_codes(into);
  }
}

}  // namespace

core::Result<std::unique_ptr<ParamStore>> ParamStore::make(const Network& network, std::uint64_t seed) {
  auto store = std::make_unique<ParamStore>();
  for (std::size_t i = 0; i < network.nodes().size(); ++i) {
    const Node& node = network.nodes()[i];
    store->first_.push_back(static_cast<int>(store->parameters_.size()));
    for (const auto& spec : node.parameters) {
      Parameter parameter;
      parameter.name = node.name + "." + spec.name;
      parameter.shape = spec.shape;
      parameter.node = static_cast<int>(i);
      parameter.offset = store->floats_;
      parameter.count = 1;
      for (const int size : spec.shape) parameter.count *= static_cast<std::size_t>(size);
      parameter.decay = spec.decay;
      parameter.statistic = !spec.trainable;
      parameter.trainable = spec.trainable;
      store->floats_ += (parameter.count + floats_per_line - 1) / floats_per_line * floats_per_line;
      store->parameters_.push_back(std::move(parameter));
    }
  }
  store->first_.push_back(static_cast<int>(store->parameters_.size()));
  STRIATE_CHECK(store->values_.reserve(store->floats_ * sizeof(float), "the network's weights"));
  store->initialize(network, seed);
  return store;
}

core::Result<std::unique_ptr<ParamStore>> ParamStore::copy() const {
  auto twin = std::make_unique<ParamStore>();
  twin->parameters_ = parameters_;
  twin->first_ = first_;
  twin->floats_ = floats_;
  STRIATE_CHECK(twin->values_.reserve(floats_ * sizeof(float), "a copy of the network's weights"));
  std::copy_n(values_.floats(), floats_, twin->values_.floats());
  return twin;
}

int ParamStore::find(std::string_view name) const {
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    if (parameters_[i].name == name) return static_cast<int>(i);
  }
  return -1;
}

std::span<float> ParamStore::values(int parameter) {
  touch();
  const Parameter& p = parameters_[static_cast<std::size_t>(parameter)];
  return {values_.floats() + p.offset, p.count};
}

std::span<const float> ParamStore::values(int parameter) const {
  const Parameter& p = parameters_[static_cast<std::size_t>(parameter)];
  return {values_.floats() + p.offset, p.count};
}

std::span<const float> ParamStore::gradients(int parameter) const {
  if (gradients_.size() == 0) return {};
  const Parameter& p = parameters_[static_cast<std::size_t>(parameter)];
  return {gradients_.floats() + p.offset, p.count};
}

float* ParamStore::gradient_data(int parameter) {
  return gradients_.size() == 0 ? nullptr : gradients_.floats() + parameters_[static_cast<std::size_t>(parameter)].offset;
}

core::Status ParamStore::reserve_gradients() {
  if (gradients_.size() != 0) return {};
  return gradients_.reserve(floats_ * sizeof(float), "the network's gradients");
}

void ParamStore::initialize(const Network& network, std::uint64_t seed) {
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const Parameter& parameter = parameters_[i];
    const auto node = static_cast<std::size_t>(parameter.node);
    const auto& spec = network.nodes()[node].parameters[i - static_cast<std::size_t>(first_[node])];
    draw(spec, values(static_cast<int>(i)), seed, static_cast<std::uint32_t>(i));
  }
}

core::Status ParamStore::set_values(int parameter, std::span<const float> values_in) {
  const std::span<float> into = values(parameter);
  const std::string& name = parameters_[static_cast<std::size_t>(parameter)].name;
  if (values_in.size() != into.size()) {
    return Error{ErrorCode::invalid_shape,
                 "parameter '" + name + "' holds " + std::to_string(into.size()) + " values and was given " +
                     std::to_string(values_in.size()),
                 "Check that the weights belong to this network."};
  }
  for (std::size_t i = 0; i < values_in.size(); ++i) {
    if (std::isfinite(values_in[i])) continue;
    return Error{ErrorCode::not_finite, "parameter '" + name + "': value " + std::to_string(i) + " is not a finite number",
                 "The weights come from a training that broke down; use an earlier checkpoint."};
  }
  std::copy(values_in.begin(), values_in.end(), into.begin());
  return {};
}

core::Status ParamStore::freeze_until(const Network& network, std::string_view until) {
  STRIATE_TRY(node, network.node(until));
  const auto last = static_cast<int>(node - network.nodes().data());
  for (Parameter& parameter : parameters_) parameter.trainable = !parameter.statistic && parameter.node > last;
  return {};
}

core::Status ParamStore::set_trainable(std::string_view name, bool trainable) {
  const int index = find(name);
  if (index < 0) return unknown(parameters_, name);
  Parameter& parameter = parameters_[static_cast<std::size_t>(index)];
  if (trainable && parameter.statistic) {
    return Error{ErrorCode::invalid_argument, "'" + parameter.name + "' is a running statistic and has no gradient",
                 "Leave it out of the trained set."};
  }
  parameter.trainable = trainable;
  return {};
}

void ParamStore::set_node(int node, bool trainable, bool hold) {
  for (int p = first_of(node); p < first_of(node + 1); ++p) {
    Parameter& parameter = parameters_[static_cast<std::size_t>(p)];
    parameter.trainable = trainable && !parameter.statistic;
    parameter.held = hold && parameter.statistic;
  }
}

bool ParamStore::any_trainable() const {
  return std::any_of(parameters_.begin(), parameters_.end(), [](const Parameter& each) { return each.trainable; });
}

core::Status ParamStore::set_rate(std::string_view name, float rate) {
  const int index = find(name);
  if (index < 0) return unknown(parameters_, name);
  if (!std::isfinite(rate) || rate < 0) {
    return Error{ErrorCode::invalid_argument, "the learning-rate factor of '" + std::string(name) + "' cannot be " +
                     core::number_text(static_cast<double>(rate)), "It is a finite number from 0."};
  }
  parameters_[static_cast<std::size_t>(index)].rate = rate;
  return {};
}

}  // namespace striate::graph

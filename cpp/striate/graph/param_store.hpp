// ParamStore: the numbers of a network, by name ("conv1.weight"), in one block of values and one of gradients.
//
// Each parameter starts on a 64-byte boundary. The order is that of the layers and of their parameters() list.
// Values are drawn from (seed, parameter's position) alone. Gradients get memory with the first training plan.
#pragma once

#include "striate/core/arena.hpp"
#include "striate/core/result.hpp"
#include "striate/graph/builder.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace striate::graph {

struct Parameter {
  std::string name;  // "conv1.weight"
  std::vector<int> shape;
  int node = 0;            // index into Network::nodes()
  std::size_t offset = 0;  // floats from the block's start
  std::size_t count = 0;   // floats
  bool decay = true;
  bool statistic = false;  // never trainable
  bool held = false;       // a statistic that training uses as it is and does not move (a frozen batch norm)
  bool trainable = true;
  float rate = 1;  // multiplies the learning rate
};

class ParamStore {
 public:
  static core::Result<std::unique_ptr<ParamStore>> make(const Network& network, std::uint64_t seed);
  // Another store with the same values, flags and factors; without gradients.
  core::Result<std::unique_ptr<ParamStore>> copy() const;

  std::span<const Parameter> parameters() const { return parameters_; }
  int find(std::string_view name) const;                                           // −1 when there is none
  int first_of(int node) const { return first_[static_cast<std::size_t>(node)]; }  // its first parameter

  // Rises whenever somebody gets values to write, or says that they were written. What is made of values (an inference plan's
  // weights) is good for one version.
  std::uint64_t version() const { return version_.load(std::memory_order_relaxed); }
  void touch() { version_.fetch_add(1, std::memory_order_relaxed); }

  std::span<float> values(int parameter);
  std::span<const float> values(int parameter) const;
  std::span<const float> gradients(int parameter) const;  // empty before reserve_gradients
  float* value_data(int parameter) { return values(parameter).data(); }
  float* gradient_data(int parameter);

  // The whole blocks, the gaps between parameters (zeros) included.
  std::span<float> all_values() {
    touch();
    return {values_.floats(), floats_};
  }
  std::span<const float> all_values() const { return {values_.floats(), floats_}; }
  std::size_t floats() const { return floats_; }

  core::Status reserve_gradients();

  // Draws all values again, as make did.
  void initialize(const Network& network, std::uint64_t seed);
  // Copies values in; error invalid_shape when the count differs, not_finite when a value is not finite.
  core::Status set_values(int parameter, std::span<const float> values);

  // `until` names a layer: it and all above it are frozen, the rest is not. Plans made before keep their old set.
  core::Status freeze_until(const Network& network, std::string_view until);
  core::Status set_trainable(std::string_view parameter, bool trainable);
  // All of a node's parameters; `hold`: whether its statistics stand still in training.
  void set_node(int node, bool trainable, bool hold);
  bool any_trainable() const;
  core::Status set_rate(std::string_view parameter, float rate);

 private:
  std::vector<Parameter> parameters_;
  std::vector<int> first_;
  core::Arena values_, gradients_;
  std::size_t floats_ = 0;
  std::atomic<std::uint64_t> version_ = 1;  // a step's updates come from several threads
};

}  // namespace striate::graph

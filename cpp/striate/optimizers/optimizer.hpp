// Optimizer: what turns (parameter, gradient, state) into the next parameter. It never sees a layer.
//
// An Optimizer is its settings, immutable. State is slots() arrays as long as the parameter, zero at the start
// (SGD: one, the velocity), kept by the trainer so that a checkpoint can hold it by name.
// update() writes the old values to `previous` and returns false when a new one is not finite: the caller then puts
// `previous` back.
#pragma once

#include "striate/core/options.hpp"
#include "striate/core/result.hpp"
#include "striate/kernels/kernel_table.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace striate::optimizers {

struct UpdateContext {
  const kernels::KernelTable& kernels;
  float* parameter = nullptr;
  const float* gradient = nullptr;
  std::span<float* const> state;  // slots() arrays of `count` floats
  float* previous = nullptr;
  std::size_t count = 0;
  float rate = 0;         // the schedule's rate times the parameter's own factor
  float momentum = -1;    // ≥ 0: the schedule's momentum replaces the optimizer's
  bool decay = true;      // whether weight decay applies to this parameter
  double weight_decay = -1;  // ≥ 0: replaces the optimizer's for this parameter
  std::int64_t step = 0;  // updates done before this one

  float decay_from(float own) const { return !decay ? 0 : weight_decay >= 0 ? static_cast<float>(weight_decay) : own; }
};

class Optimizer {
 public:
  virtual ~Optimizer() = default;
  virtual std::span<const std::string_view> slots() const = 0;  // "velocity"
  virtual double learning_rate() const = 0;                     // the rate it was made with
  virtual bool update(const UpdateContext& context) const = 0;
};

struct OptimizerType {
  std::string_view name;  // "sgd"
  std::string_view doc;
  std::span<const core::OptionSpec> options;
  core::Result<std::unique_ptr<Optimizer>> (*make)(const core::ParsedOptions& options) = nullptr;
};

std::span<const OptimizerType> optimizer_types();
// Errors: invalid_argument naming the optimizer and those there are, or the option.
core::Result<std::unique_ptr<Optimizer>> make_optimizer(const core::TypedOptions& options);

}  // namespace striate::optimizers

// What the losses share: room for per-image losses and targets, and the options for class weights.
#pragma once

#include "striate/losses/loss.hpp"

#include <cmath>
#include <string>
#include <vector>

namespace striate::losses {

inline constexpr core::OptionSpec class_weights_option = {
    .name = "classWeights", .kind = core::OptionKind::numbers, .minimum = 0, .maximum = 1e6,
    .doc = "One weight per class: how much its images count"};

// Empty when the option was left out. Error invalid_argument when the number of weights is not that of the classes.
inline core::Result<std::vector<float>> class_weights_from(const core::ParsedOptions& options, int classes, const char* loss) {
  std::vector<float> weights;
  if (!options.has("classWeights")) return weights;
  const auto& given = options.list("classWeights");
  if (given.size() != static_cast<std::size_t>(classes)) {
    return core::Error{core::ErrorCode::invalid_argument,
                       "loss '" + std::string(loss) + "' is given " + std::to_string(given.size()) + " class weights for " +
                           std::to_string(classes) + " classes",
                       "Give one weight per class, or leave classWeights out."};
  }
  weights.assign(given.begin(), given.end());
  return weights;
}

// Sum in image order, in double.
inline double sum(std::span<const float> losses) {
  double total = 0;
  for (const float loss : losses) total += static_cast<double>(loss);
  return total;
}

// A flat tensor of one value per class and image, in the logits' blocks.
class ClassValues {
 public:
  void prepare(int classes, int batch, int lanes) {
    shape_ = {classes, 1, 1};
    lanes_ = lanes;
    values_.assign(kernels::blocked_floats(shape_, (batch + lanes - 1) / lanes, lanes), 0.0f);
  }
  kernels::BlockedView view(int blocks) { return kernels::blocked_view(values_.data(), shape_, blocks, lanes_); }

 private:
  core::Shape shape_;
  int lanes_ = 1;
  std::vector<float> values_;
};

}  // namespace striate::losses

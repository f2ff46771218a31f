#include "striate/losses/cross_entropy.hpp"

#include "striate/losses/batch_values.hpp"

#include <cassert>

namespace striate::losses {
namespace {

constexpr core::OptionSpec option_specs[] = {
    {.name = "labelSmoothing", .kind = core::OptionKind::number, .fallback = 0, .minimum = 0, .maximum = 1,
     .doc = "Share of the target that is spread over all classes"},
    class_weights_option,
    {.name = "ignoreIndex", .kind = core::OptionKind::integer, .fallback = -100, .minimum = -1e9, .maximum = 1e9,
     .doc = "A label whose images count for nothing"},
};

class CrossEntropy final : public Loss {
 public:
  CrossEntropy(int classes, float smoothing, std::vector<float> weights, std::int32_t ignored)
      : classes_(classes), smoothing_(smoothing), weights_(std::move(weights)), ignored_(ignored) {}

  void prepare(int batch, int lanes) override {
    targets_.prepare(classes_, batch, lanes);
    losses_.resize(static_cast<std::size_t>(batch));
  }

  double evaluate(const LossInput& input) override {
    const std::span<float> losses(losses_.data(), input.labels.size());
    if (input.soft_targets == nullptr && smoothing_ == 0 && weights_.empty() && !any_ignored(input.labels)) {
      mass_ = static_cast<double>(input.labels.size());
      return cross_entropy(input.kernels, input.logits, input.labels, input.dlogits, losses);
    }
    const kernels::BlockedView targets = targets_.view(input.logits.blocks);
    const double mass = mass_ = fill_targets(input, targets);
    // All labels ignored: nothing to learn, and torch's 0/0 helps nobody.
    const float scale = mass > 0 ? static_cast<float>(1 / mass) : 0;
    input.kernels.target_cross_entropy(input.logits, targets, static_cast<int>(input.labels.size()), scale, input.dlogits, losses_.data());
    return mass > 0 ? sum(losses) / mass : 0;
  }
  double mass() const override { return mass_; }
  bool takes_soft_targets() const override { return true; }

 private:
  bool any_ignored(std::span<const std::int32_t> labels) const {
    for (const std::int32_t label : labels) {
      if (label == ignored_) return true;
    }
    return false;
  }

  float weight(int c) const { return weights_.empty() ? 1.0f : weights_[static_cast<std::size_t>(c)]; }

  // t_c of every image; returns what the sum of losses is divided by.
  double fill_targets(const LossInput& input, const kernels::BlockedView& targets) const {
    const float spread = smoothing_ / static_cast<float>(classes_);
    double mass = 0;
    for (int i = 0; i < targets.blocks * targets.lanes; ++i) {
      const bool there = i < static_cast<int>(input.labels.size());
      const std::int32_t label = there ? input.labels[static_cast<std::size_t>(i)] : 0;
      const bool counts = there && (input.soft_targets != nullptr || label != ignored_);
      for (int c = 0; c < classes_; ++c) {
        const int block = i / targets.lanes, lane = i % targets.lanes;
        const float share = input.soft_targets != nullptr ? input.soft_targets->at(block, 0, c)[lane] : (c == label ? 1.0f : 0.0f);
        targets.at(block, 0, c)[lane] = counts ? weight(c) * ((1 - smoothing_) * share + spread) : 0.0f;
      }
      // torch divides hard labels by their weights' sum, soft ones by the number of images.
      if (counts) mass += input.soft_targets != nullptr ? 1.0 : static_cast<double>(weight(label));
    }
    return mass;
  }

  int classes_;
  float smoothing_;
  std::vector<float> weights_;
  std::int32_t ignored_;
  ClassValues targets_;
  std::vector<float> losses_;
  double mass_ = 0;
};

}  // namespace

double cross_entropy(const kernels::KernelTable& kernels, const kernels::ConstBlockedView& logits,
                     std::span<const std::int32_t> labels, const kernels::BlockedView& dlogits,
                     std::span<float> losses) {
  assert(!labels.empty() && losses.size() >= labels.size());
  const float scale = 1.0f / static_cast<float>(labels.size());
  kernels.softmax_cross_entropy(logits, labels, scale, dlogits, losses.data());
  return sum(losses.first(labels.size())) / static_cast<double>(labels.size());
}

const LossType& cross_entropy_type() {
  static const LossType type = {
      .name = "crossEntropy",
      .doc = "Minus the logarithm of the probability that softmax gives the right class.",
      .options = option_specs,
      .make = [](const core::ParsedOptions& options, int classes) -> core::Result<std::unique_ptr<Loss>> {
        STRIATE_TRY(weights, class_weights_from(options, classes, "crossEntropy"));
        return std::unique_ptr<Loss>(std::make_unique<CrossEntropy>(classes, static_cast<float>(options.number("labelSmoothing")),
                                                                    std::move(weights), options.integer("ignoreIndex")));
      }};
  return type;
}

}  // namespace striate::losses

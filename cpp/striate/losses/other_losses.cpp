#include "striate/losses/other_losses.hpp"

#include "striate/losses/batch_values.hpp"

namespace striate::losses {
namespace {

constexpr core::OptionSpec focal_options[] = {
    {.name = "gamma", .kind = core::OptionKind::number, .fallback = 2, .minimum = 0, .maximum = 100,
     .doc = "How much less well-classified images count"},
    class_weights_option,
};
constexpr core::OptionSpec radial_basis_options[] = {
    {.name = "cap", .kind = core::OptionKind::number, .fallback = 5, .minimum = 0, .maximum = 1e6,
     .doc = "Distance beyond which wrong classes are left alone"},
};

// Losses whose mean is over the images.
class ImageLoss : public Loss {
 public:
  double mass() const override { return mass_; }

 protected:
  double mean(std::span<const float> losses) {
    mass_ = static_cast<double>(losses.size());
    return sum(losses) / mass_;
  }

 private:
  double mass_ = 0;
};

class Focal final : public ImageLoss {
 public:
  Focal(float gamma, std::vector<float> weights) : gamma_(gamma), weights_(std::move(weights)) {}
  void prepare(int batch, int) override {
    losses_.resize(static_cast<std::size_t>(batch));
    image_weights_.resize(static_cast<std::size_t>(batch));
  }
  double evaluate(const LossInput& input) override {
    const auto n = input.labels.size();
    for (std::size_t i = 0; i < n; ++i) {
      image_weights_[i] = weights_.empty() ? 1.0f : weights_[static_cast<std::size_t>(input.labels[i])];
    }
    input.kernels.focal_loss(input.logits, input.labels, image_weights_.data(), gamma_, 1.0f / static_cast<float>(n), input.dlogits,
                             losses_.data());
    return mean({losses_.data(), n});
  }

 private:
  float gamma_;
  std::vector<float> weights_, losses_, image_weights_;
};

class MeanSquared final : public ImageLoss {
 public:
  explicit MeanSquared(int classes) : classes_(classes) {}
  bool takes_soft_targets() const override { return true; }
  void prepare(int batch, int lanes) override {
    targets_.prepare(classes_, batch, lanes);
    losses_.resize(static_cast<std::size_t>(batch));
  }
  double evaluate(const LossInput& input) override {
    const int n = static_cast<int>(input.labels.size());
    const kernels::BlockedView own = targets_.view(input.logits.blocks);
    if (input.soft_targets == nullptr) {
      for (int i = 0; i < n; ++i) {
        for (int c = 0; c < classes_; ++c) {
          own.at(i / own.lanes, 0, c)[i % own.lanes] = c == input.labels[static_cast<std::size_t>(i)] ? 1.0f : 0.0f;
        }
      }
    }
    input.kernels.mean_squared_error(input.logits, input.soft_targets != nullptr ? *input.soft_targets : own, n,
                                     1.0f / static_cast<float>(n), input.dlogits, losses_.data());
    return mean({losses_.data(), input.labels.size()});
  }

 private:
  int classes_;
  ClassValues targets_;
  std::vector<float> losses_;
};

class RadialBasis final : public ImageLoss {
 public:
  explicit RadialBasis(float cap) : cap_(cap) {}
  void prepare(int batch, int) override { losses_.resize(static_cast<std::size_t>(batch)); }
  double evaluate(const LossInput& input) override {
    const auto n = input.labels.size();
    input.kernels.radial_basis_loss(input.logits, input.labels, cap_, 1.0f / static_cast<float>(n), input.dlogits, losses_.data());
    return mean({losses_.data(), n});
  }

 private:
  float cap_;
  std::vector<float> losses_;
};

}  // namespace

const LossType& focal_type() {
  static const LossType type = {
      .name = "focal", .doc = "Cross-entropy in which well-classified images count less.", .options = focal_options,
      .make = [](const core::ParsedOptions& options, int classes) -> core::Result<std::unique_ptr<Loss>> {
        STRIATE_TRY(weights, class_weights_from(options, classes, "focal"));
        return std::unique_ptr<Loss>(std::make_unique<Focal>(static_cast<float>(options.number("gamma")), std::move(weights)));
      }};
  return type;
}

const LossType& mean_squared_type() {
  static const LossType type = {
      .name = "meanSquared", .doc = "Mean squared difference to 1 for the right class and 0 for the others.", .options = {},
      .make = [](const core::ParsedOptions&, int classes) -> core::Result<std::unique_ptr<Loss>> {
        return std::unique_ptr<Loss>(std::make_unique<MeanSquared>(classes));
      }};
  return type;
}

const LossType& radial_basis_type() {
  static const LossType type = {
      .name = "radialBasis", .doc = "LeNet-98's criterion on distances: near the right code, far from the wrong ones.",
      .options = radial_basis_options,
      .make = [](const core::ParsedOptions& options, int) -> core::Result<std::unique_ptr<Loss>> {
        return std::unique_ptr<Loss>(std::make_unique<RadialBasis>(static_cast<float>(options.number("cap"))));
      }};
  return type;
}

}  // namespace striate::losses

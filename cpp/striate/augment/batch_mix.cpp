// Mixing images and their labels: MixUp, CutMix.
//
//   MixUp    λ · own + (1 − λ) · partner, λ ~ Beta(α, α)
//   CutMix   a box of the partner, its area 1 − λ before it is cut off at the edges; the label's share is what is left
// The partner comes with the policy's other steps done (augmenter.hpp); it may be the image itself.
// Drawn: "partner", its number in the pool; "weight", the share of the own label; "x", "y", "width", "height" of the box.
// Source: Zhang et al., "mixup: beyond empirical risk minimization", 2018; Yun et al., "CutMix", 2019, algorithm A1.
#include "striate/augment/families.hpp"
#include "striate/augment/short_rows.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace striate::augment {
namespace {

class Mixing : public Transform {
 public:
  explicit Mixing(const Options& o) : alpha_(o.number("alpha")) {}
  bool mixes() const override { return true; }

 protected:
  void draw_partner(Draw& d) const { d.put("partner", d.integer(0, std::max(0, static_cast<int>(std::min<std::size_t>(d.pool(), 1u << 30)) - 1))); }
  double alpha_;
};

class MixUp final : public Mixing {
 public:
  using Mixing::Mixing;
  void draw(Draw& d) const override {
    draw_partner(d);
    d.put("weight", d.beta(alpha_, alpha_));
  }
  core::Status apply(const Job& job) const override {
    const auto weight = static_cast<float>(std::clamp(job.parameters.number("weight"), 0.0, 1.0));
    job.kernels.blend(job.in.pixels, weight, job.partner.pixels, 1 - weight, 0, job.out.pixels, job.in.size());
    return {};
  }
};

class CutMix final : public Mixing {
 public:
  using Mixing::Mixing;
  void draw(Draw& d) const override {
    draw_partner(d);
    const double side = std::sqrt(1 - d.beta(alpha_, alpha_));
    const int height = d.shape().height, width = d.shape().width;
    const int x = d.integer(0, width - 1), y = d.integer(0, height - 1);
    const int half_width = static_cast<int>(width * side / 2), half_height = static_cast<int>(height * side / 2);
    const int left = std::max(0, x - half_width), right = std::min(width, x + half_width);
    const int top = std::max(0, y - half_height), bottom = std::min(height, y + half_height);
    d.put("x", left);
    d.put("y", top);
    d.put("width", right - left);
    d.put("height", bottom - top);
    d.put("weight", 1 - double(right - left) * (bottom - top) / (double(width) * height));
  }
  core::Status apply(const Job& job) const override {
    std::memcpy(job.out.pixels, job.in.pixels, job.in.size());
    const int left = job.parameters.integer("x", 0, job.in.shape.width), top = job.parameters.integer("y", 0, job.in.shape.height);
    const int width = job.parameters.integer("width", 0, job.in.shape.width - left), height = job.parameters.integer("height", 0, job.in.shape.height - top);
    for (int c = 0; c < job.in.shape.channels; ++c) {
      for (int y = top; y < top + height; ++y) copy_row(job.partner.row(c, y) + left, job.out.row(c, y) + left, static_cast<std::size_t>(width));
    }
    return {};
  }
};

using namespace option;

constexpr OptionSpec mixup_options[] = {number("alpha", 0.2, 0.01, 100, "Of Beta(α, α): small numbers leave most images nearly alone.")};
constexpr OptionSpec cutmix_options[] = {number("alpha", 1, 0.01, 100, "Of Beta(α, α); 1 makes every share equally likely.")};

constexpr TransformSpec batch_mix_specs[] = {
    {.name = "MixUp", .family = "mixing", .doc = "Blends two images and their labels.", .options = mixup_options, .make = make_transform<MixUp>},
    {.name = "CutMix", .family = "mixing", .doc = "Pastes a box of another image, and mixes the labels.", .options = cutmix_options, .make = make_transform<CutMix>},
};

}  // namespace

std::span<const TransformSpec> mixing_transforms() { return batch_mix_specs; }

}  // namespace striate::augment

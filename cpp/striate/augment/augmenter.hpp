// Augmenter: one worker that applies a policy to images, and keeps the memory it needs for that.
//
// The result depends on the policy, the image and the key (seed, epoch, sample) alone: not on the batch, its order, the
// thread, or what was done before. Neighbouring resamplings become one (resample.hpp). An image that mixes with another
// takes it from the pool with all of the policy's other steps done to it under that image's own key, so that it blends
// with exactly what that image is in this epoch.
// After the first images of a size nothing is allocated any more.
#pragma once

#include "striate/augment/image.hpp"
#include "striate/augment/plan.hpp"
#include "striate/augment/policy.hpp"
#include "striate/augment/scratch.hpp"
#include "striate/core/buffer.hpp"
#include "striate/core/result.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace striate::augment {

// The label of a mixed image: `weight` of its own, 1 − weight of the pool's image `partner`.
struct LabelMix {
  std::uint32_t partner = 0;
  float weight = 1;
};

class Augmenter {
 public:
  // pool may be null: then nothing mixes, and what needs other images is refused when it comes up.
  Augmenter(std::shared_ptr<const Policy> policy, const ImagePool* pool = nullptr) : policy_(std::move(policy)), pool_(pool) {}

  // Draws what to do with an image; gives the shape that apply() will write. Valid until the next draw or replay.
  core::Shape draw(const core::Shape& shape, const DrawKey& key);
  // The same from a log of this policy. `log` must outlive the use of the plan.
  core::Result<core::Shape> replay(const core::Shape& shape, const Value& log);

  // Does what was drawn. `out` has room for the drawn shape's pixels, planes of bytes.
  core::Status apply(const ConstImage& in, std::uint8_t* out);
  // The same as floats: as the policy's Normalize or ToFloat says, else byte / 255.
  core::Status apply(const ConstImage& in, float* out);

  const Plan& plan() const { return plan_; }
  // The plan's log; a step that mixes holds the log of what is done to its partner, as "partner".
  Value log() const;
  // Of the last image drawn, once applied: how it was mixed, if it was.
  std::optional<LabelMix> label_mix() const { return mix_; }
  const Policy& policy() const { return *policy_; }

 private:
  core::Status run(const Plan& plan, const ConstImage& in, std::uint8_t* out);
  core::Status finish(const ConstImage& in, std::uint8_t* out);
  core::Status mix(const Step& step, const ConstImage& in, std::uint8_t* out);
  core::Shape drawn_shape() const;
  bool mixing() const { return !plan_.steps().empty() && plan_.steps().back().transform->mixes(); }
  std::size_t partner_index() const;

  std::shared_ptr<const Policy> policy_;
  const ImagePool* pool_;
  core::Shape in_;
  Plan plan_, partner_plan_;  // the partner's when the plan mixes and there is a pool
  std::vector<double> numbers_;
  Scratch scratch_;
  core::Buffer<std::uint8_t> between_[2], own_, partner_, finished_;
  std::optional<LabelMix> mix_;
};

// A batch: `count` images of one shape, [count][C][H][W]; samples: one number an image, the keys of their draws.
struct Batch {
  const std::uint8_t* pixels = nullptr;
  core::Shape shape;
  std::span<const std::uint32_t> samples;
};

struct AugmentedBatch {
  core::Buffer<std::uint8_t> bytes;  // one or the other
  core::Buffer<float> floats;
  std::vector<core::Shape> shapes;          // one an image; they follow each other without gaps
  std::vector<Value> logs;                  // one an image, when asked for
  std::vector<std::optional<LabelMix>> mixes;  // one an image; partner counts within the batch
};

struct BatchOptions {
  std::uint64_t seed = 0;
  std::uint32_t epoch = 0;
  bool floats = false;  // floats come out also when the policy ends in Normalize or ToFloat
  bool log = true;
};

// The whole batch at once; images mix within the batch.
core::Result<AugmentedBatch> augment_batch(std::shared_ptr<const Policy> policy, const Batch& batch, const BatchOptions& options);
// Does to each image what its log tells.
core::Result<AugmentedBatch> replay_batch(std::shared_ptr<const Policy> policy, const Batch& batch, const BatchOptions& options,
                                          std::span<const Value> logs);

}  // namespace striate::augment

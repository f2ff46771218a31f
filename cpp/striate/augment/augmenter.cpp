#include "striate/augment/augmenter.hpp"

#include "striate/augment/resample.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <string>
#include <utility>

namespace striate::augment {

using core::Error;
using core::ErrorCode;

namespace {

std::size_t bytes_of(const core::Shape& shape) { return static_cast<std::size_t>(shape.elements()); }

core::Status grow(core::Buffer<std::uint8_t>& buffer, std::size_t bytes) {
  return buffer.size() >= bytes ? core::Status() : buffer.resize(bytes, "augmentation");
}

bool same_fill(std::span<const double> a, std::span<const double> b, int channels) {
  for (int c = 0; c < channels; ++c) {
    if (fill_byte(a, c) != fill_byte(b, c)) return false;
  }
  return true;
}

// Takes `next` into `all` when one resampling can do both; false when it cannot.
bool join(Warp& all, const Warp& next, int channels) {
  if (!all.exact && !next.exact &&
      (all.interpolation != next.interpolation || all.border != next.border || !same_fill(all.fill, next.fill, channels))) {
    return false;
  }
  // The pixel of the later image is looked up first.
  const Matrix3 matrix = multiply(all.matrix, next.matrix);
  const bool exact = all.exact && next.exact;
  if (all.exact && !next.exact) all = next;
  all.matrix = matrix;
  all.exact = exact;
  if (matrix[8] != 0) {
    for (double& value : all.matrix) value /= matrix[8];
  }
  return true;
}

core::Status complete(const Step& step, const Parameters& parameters) {
  if (parameters.missing().empty()) return {};
  return Error{ErrorCode::invalid_argument,
               "augmentation log: '" + std::string(step.transform->name()) + "' lacks its parameter '" + std::string(parameters.missing()) + "'",
               "Replay a log with the policy that made it."};
}

}  // namespace

core::Shape Augmenter::drawn_shape() const { return plan_.steps().empty() ? in_ : plan_.steps().back().out; }

std::size_t Augmenter::partner_index() const {
  const int last = static_cast<int>(std::min<std::size_t>(pool_->count(), 1u << 30)) - 1;
  return static_cast<std::size_t>(plan_.parameters(plan_.steps().back()).integer("partner", 0, last));
}

core::Shape Augmenter::draw(const core::Shape& shape, const DrawKey& key) {
  in_ = shape;
  mix_.reset();
  const std::size_t pool = pool_ == nullptr ? 0 : pool_->count();
  policy_->draw(shape, key, pool, true, plan_, numbers_);
  if (mixing() && pool > 0) {
    // The partner is what it is itself in this epoch.
    const std::size_t index = partner_index();
    policy_->draw(pool_->image(index).shape, {key.seed, key.epoch, pool_->sample(index)}, pool, false, partner_plan_, numbers_);
  }
  return drawn_shape();
}

core::Result<core::Shape> Augmenter::replay(const core::Shape& shape, const Value& log) {
  in_ = shape;
  mix_.reset();
  STRIATE_CHECK(policy_->replay(shape, log, plan_));
  if (mixing() && pool_ != nullptr && pool_->count() > 0) {
    const Value* partner = log.items().back().find("partner");
    if (partner == nullptr) return Error{ErrorCode::invalid_argument, "augmentation log: a mixing step lacks what was done to its partner", "Replay a log with the policy that made it."};
    STRIATE_CHECK(policy_->replay(pool_->image(partner_index()).shape, *partner, partner_plan_));
    if (!partner_plan_.steps().empty() && partner_plan_.steps().back().transform->mixes()) {
      return Error{ErrorCode::invalid_argument, "augmentation log: a partner that is itself mixed", "Replay a log with the policy that made it."};
    }
  }
  return drawn_shape();
}

Value Augmenter::log() const {
  Value log = plan_.log();
  if (!mixing() || pool_ == nullptr || pool_->count() == 0) return log;
  Value made = Value::list();
  for (std::size_t i = 0; i < log.items().size(); ++i) {
    Value step = log.items()[i];
    if (i + 1 == log.items().size()) step.set("partner", partner_plan_.log());
    made.push(std::move(step));
  }
  return made;
}

core::Status Augmenter::run(const Plan& plan, const ConstImage& in, std::uint8_t* out) {
  const auto steps = plan.steps();
  const ImageKernels& kernels = kernels::image::image_kernels();
  ConstImage now = in;
  std::size_t next = 0;
  for (std::size_t i = 0; i < steps.size();) {
    // Joins as many resamplings as go together.
    std::size_t end = i + 1;
    Warp warp;
    bool resampling = steps[i].transform->warp(plan.parameters(steps[i]), steps[i].in, warp);
    if (resampling) {
      Warp more;
      while (end < steps.size() && steps[end].transform->warp(plan.parameters(steps[end]), steps[end].in, more) &&
             join(warp, more, now.shape.channels)) {
        ++end;
        more = {};
      }
      resampling = end - i > 1 && !warp.exact;
      if (!resampling) end = i + 1;
    }
    Image to{out, steps[end - 1].out};
    if (end < steps.size()) {
      STRIATE_CHECK(grow(between_[next], bytes_of(to.shape)));
      to.pixels = between_[next].data();
      next ^= 1;
    }
    scratch_.reset();
    if (resampling) {
      STRIATE_CHECK(resample(warp, now, to, scratch_, kernels));
    } else if (steps[i].transform->mixes()) {
      // The two buffers between steps serve the partner's steps, so the image waits elsewhere.
      STRIATE_CHECK(grow(own_, bytes_of(now.shape)));
      std::memcpy(own_.data(), now.pixels, bytes_of(now.shape));
      now.pixels = own_.data();
      return mix(steps[i], now, out);
    } else {
      const Parameters parameters = plan.parameters(steps[i]);
      STRIATE_CHECK(steps[i].transform->apply({now, to, parameters, scratch_, pool_, {}, kernels}));
      STRIATE_CHECK(complete(steps[i], parameters));
    }
    now = to;
    i = end;
  }
  if (steps.empty()) std::memcpy(out, in.pixels, bytes_of(in.shape));
  return {};
}

core::Status Augmenter::mix(const Step& step, const ConstImage& in, std::uint8_t* out) {
  const Parameters parameters = plan_.parameters(step);
  if (pool_ == nullptr || pool_->count() == 0) {
    return Error{ErrorCode::invalid_state, std::string(step.transform->name()) + " has no other images to mix in",
                 "Give a batch or a data set to take them from."};
  }
  const std::size_t index = partner_index();
  const ConstImage other = pool_->image(index);
  const core::Shape shape = partner_plan_.steps().empty() ? other.shape : partner_plan_.steps().back().out;
  if (shape != in.shape) {
    return Error{ErrorCode::invalid_shape,
                 std::string(step.transform->name()) + ": images of " + core::to_string(in.shape) + " and " + core::to_string(shape) + " cannot be mixed",
                 "End the policy's other steps with a size of their own, such as Resize."};
  }
  STRIATE_CHECK(grow(partner_, bytes_of(shape)));
  STRIATE_CHECK(run(partner_plan_, other, partner_.data()));
  scratch_.reset();
  STRIATE_CHECK(step.transform->apply({in, {out, step.out}, parameters, scratch_, pool_, {partner_.data(), shape}, kernels::image::image_kernels()}));
  STRIATE_CHECK(complete(step, parameters));
  mix_ = LabelMix{static_cast<std::uint32_t>(index), static_cast<float>(std::clamp(parameters.number("weight"), 0.0, 1.0))};
  return {};
}

core::Status Augmenter::apply(const ConstImage& in, std::uint8_t* out) {
  if (in.shape != in_) {
    return Error{ErrorCode::invalid_shape, "augmentation was drawn for " + core::to_string(in_) + " and is applied to " + core::to_string(in.shape),
                 "Draw again for this image."};
  }
  return run(plan_, in, out);
}

core::Status Augmenter::apply(const ConstImage& in, float* out) {
  const core::Shape shape = drawn_shape();
  const std::size_t count = bytes_of(shape);
  STRIATE_CHECK(grow(finished_, count));
  STRIATE_CHECK(apply(in, finished_.data()));
  if (const FloatOutput* output = policy_->float_output()) {
    output->convert({finished_.data(), shape}, out);
  } else {
    for (std::size_t i = 0; i < count; ++i) out[i] = static_cast<float>(finished_[i]) / 255.0f;
  }
  return {};
}

// ---- batches -----------------------------------------------------------------------------------------------------------

namespace {

// The batch's images in the order of their sample numbers, so that who mixes with whom does not depend on the batch's order.
class BatchPool final : public ImagePool {
 public:
  explicit BatchPool(const Batch& batch) : batch_(batch), order_(batch.samples.size()) {
    std::iota(order_.begin(), order_.end(), std::uint32_t{0});
    std::stable_sort(order_.begin(), order_.end(), [&](std::uint32_t a, std::uint32_t b) { return batch.samples[a] < batch.samples[b]; });
  }
  std::size_t count() const override { return order_.size(); }
  ConstImage image(std::size_t index) const override { return image_at(order_[index]); }
  std::uint32_t sample(std::size_t index) const override { return batch_.samples[order_[index]]; }

  std::uint32_t place(std::size_t index) const { return order_[index]; }  // in the batch
  ConstImage image_at(std::size_t place) const { return {batch_.pixels + place * bytes_of(batch_.shape), batch_.shape}; }

 private:
  const Batch& batch_;
  std::vector<std::uint32_t> order_;
};

core::Result<AugmentedBatch> run_batch(std::shared_ptr<const Policy> policy, const Batch& batch, const BatchOptions& options,
                                       const std::span<const Value>* logs) {
  STRIATE_TRY(sizes, policy->sizes(batch.shape));
  const BatchPool pool(batch);
  const bool floats = options.floats || policy->float_output() != nullptr;
  Augmenter augmenter(std::move(policy), &pool);
  const auto draw = [&](std::size_t i) -> core::Result<core::Shape> {
    const DrawKey key{options.seed, options.epoch, batch.samples[i]};
    if (logs != nullptr) return augmenter.replay(batch.shape, (*logs)[i]);
    return augmenter.draw(batch.shape, key);
  };
  // First the shapes, so that the result is allocated once; to draw again is cheap beside applying.
  AugmentedBatch made;
  std::size_t total = 0;
  for (std::size_t i = 0; i < batch.samples.size(); ++i) {
    if (sizes.fixed() && logs == nullptr) {
      made.shapes.push_back({sizes.channels, sizes.least_height, sizes.least_width});
    } else {
      STRIATE_TRY(shape, draw(i));
      made.shapes.push_back(shape);
    }
    total += bytes_of(made.shapes.back());
  }
  STRIATE_CHECK(floats ? made.floats.resize(total, "augmented images") : made.bytes.resize(total, "augmented images"));
  std::size_t place = 0;
  for (std::size_t i = 0; i < batch.samples.size(); ++i) {
    STRIATE_TRY(shape, draw(i));
    if (floats) {
      STRIATE_CHECK(augmenter.apply(pool.image_at(i), made.floats.data() + place));
    } else {
      STRIATE_CHECK(augmenter.apply(pool.image_at(i), made.bytes.data() + place));
    }
    place += bytes_of(shape);
    if (options.log) made.logs.push_back(augmenter.log());
    made.mixes.push_back(augmenter.label_mix());
    if (made.mixes.back()) made.mixes.back()->partner = pool.place(made.mixes.back()->partner);
  }
  return made;
}

}  // namespace

core::Result<AugmentedBatch> augment_batch(std::shared_ptr<const Policy> policy, const Batch& batch, const BatchOptions& options) {
  return run_batch(std::move(policy), batch, options, nullptr);
}

core::Result<AugmentedBatch> replay_batch(std::shared_ptr<const Policy> policy, const Batch& batch, const BatchOptions& options,
                                          std::span<const Value> logs) {
  if (logs.size() != batch.samples.size()) {
    return Error{ErrorCode::invalid_argument, std::to_string(logs.size()) + " logs for " + std::to_string(batch.samples.size()) + " images",
                 "Give one log for each image."};
  }
  return run_batch(std::move(policy), batch, options, &logs);
}

}  // namespace striate::augment

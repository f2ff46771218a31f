#include "striate/train/test_time.hpp"

#include "striate/augment/exact_math.hpp"
#include "striate/core/text.hpp"
#include "striate/train/metrics.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

namespace striate::train {

using core::Error;
using core::ErrorCode;
using core::Status;

core::Result<std::unique_ptr<TestTimeViews>> TestTimeViews::make(const TestTimeOptions& options,
                                                                 const core::Shape& image, data::PixelKind kind,
                                                                 const core::Shape& input) {
  if (options.policy == nullptr) {
    const bool crops = options.set == ViewSet::ten_crop;
    if (image.channels != input.channels || image.height < input.height || image.width < input.width ||
        (!crops && image != input)) {
      return Error{ErrorCode::invalid_shape,
                   core::text("test-time ", view_set_names[static_cast<std::size_t>(options.set)], ": the images are ",
                              core::to_string(image), " and the network takes ", core::to_string(input)),
                   crops ? "Give images that are at least as large." : "Give images of that size, or use tenCrop for larger ones."};
    }
  } else {
    if (kind != data::PixelKind::bytes) {
      return Error{ErrorCode::invalid_argument, "test-time augmentation: the images are floats",
                   "Give bytes 0…255, or use a set such as flips instead of a policy."};
    }
    if (options.policy->mixes() || options.policy->float_output() != nullptr) {
      return Error{ErrorCode::invalid_argument,
                   "test-time augmentation: the policy mixes images or turns them into floats",
                   "Leave MixUp, CutMix, Normalize and ToFloat out."};
    }
    STRIATE_TRY(sizes, options.policy->sizes(image));
    const augment::SizeRange wanted = augment::SizeRange::of(input);
    if (sizes != wanted || (options.include_original && image != input)) {
      return Error{ErrorCode::invalid_shape,
                   core::text("test-time augmentation: the policy does not bring ", core::to_string(image), " to ",
                              core::to_string(input), ", which the network takes",
                              sizes == wanted ? ", as it is" : ""),
                   sizes == wanted ? "Leave the original out (includeOriginal: false)."
                                   : "End the policy with a Resize or a crop to that size."};
    }
  }
  std::unique_ptr<TestTimeViews> made(new TestTimeViews(options, image, input));
  made->plan_windows();
  if (options.policy != nullptr) made->augmenter_.emplace(options.policy);
  made->count_ = static_cast<int>(made->windows_.size()) + (options.policy != nullptr ? options.views : 0);
  if (made->count_ < 1 || made->count_ > most_views) {
    return Error{ErrorCode::invalid_argument, core::text("test-time augmentation: ", made->count_, " views"),
                 core::text("Ask for 1 to ", most_views, " views.")};
  }
  return made;
}

void TestTimeViews::plan_windows() {
  if (options_.policy != nullptr) {
    if (options_.include_original) windows_ = {{}};
    return;
  }
  const int right = image_.width - input_.width, bottom = image_.height - input_.height;
  switch (options_.set) {
    case ViewSet::flips: windows_ = {{}}; break;
    case ViewSet::shifts:
    case ViewSet::flips_and_shifts: {
      const int dx = std::max(1, image_.width / 16), dy = std::max(1, image_.height / 16);
      windows_ = {{}, {0, dy}, {0, -dy}, {dx, 0}, {-dx, 0}};
      break;
    }
    case ViewSet::ten_crop:
      windows_ = {{0, 0}, {right, 0}, {0, bottom}, {right, bottom}, {right / 2, bottom / 2}};
      break;
  }
  if (options_.set == ViewSet::shifts) return;
  const std::size_t plain = windows_.size();
  for (std::size_t i = 0; i < plain; ++i) windows_.push_back({windows_[i].x, windows_[i].y, true});
}

template <typename T>
void TestTimeViews::cut(const T* image, const Window& window, T* out) const {
  for (int c = 0; c < input_.channels; ++c) {
    for (int y = 0; y < input_.height; ++y) {
      const int from = c * image_.height + std::clamp(y + window.y, 0, image_.height - 1);
      const T* row = image + std::ptrdiff_t{from} * image_.width;
      for (int x = 0; x < input_.width; ++x) {
        const int column = window.mirrored ? input_.width - 1 - x : x;
        *out++ = row[std::clamp(column + window.x, 0, image_.width - 1)];
      }
    }
  }
}

Status TestTimeViews::write(const std::uint8_t* image, std::uint32_t index, std::uint8_t* out) {
  const auto each = static_cast<std::size_t>(input_.elements());
  for (const Window& window : windows_) {
    cut(image, window, out);
    out += each;
  }
  for (int view = static_cast<int>(windows_.size()); view < count_; ++view, out += each) {
    augmenter_->draw(image_, {options_.seed, static_cast<std::uint32_t>(view), index});
    STRIATE_CHECK(augmenter_->apply({image, image_}, out));
  }
  return {};
}

Status TestTimeViews::write(const float* image, std::uint32_t, float* out) {
  for (const Window& window : windows_) {
    cut(image, window, out);
    out += input_.elements();
  }
  return {};
}

augment::Value TestTimeViews::describe(int view, std::uint32_t index) {
  using augment::Value;
  if (view >= static_cast<int>(windows_.size())) {
    augmenter_->draw(image_, {options_.seed, static_cast<std::uint32_t>(view), index});
    return Value::map({{"log", augmenter_->log()}});
  }
  const Window& window = windows_[static_cast<std::size_t>(view)];
  return Value::map({{"x", window.x}, {"y", window.y}, {"mirrored", window.mirrored}});
}

void merge_views(ViewMerge merge, const kernels::ConstBlockedView& logits, const kernels::ConstBlockedView& probabilities,
                 int first, int views, std::span<float> merged, std::span<float> merged_logits) {
  constexpr double least = 1e-7, tie = 1e-3;
  const int classes = logits.channels;
  const auto value = [](const kernels::ConstBlockedView& view, int c, int image) {
    return static_cast<double>(view.at(image / view.lanes, 0, c)[image % view.lanes]);
  };
  double sum = 0, largest = 0, all = 0;
  for (int c = 0; c < classes; ++c) {
    const auto at = static_cast<std::size_t>(c);
    double total = 0, most = 0, mean_logit = 0;
    for (int view = first; view < first + views; ++view) {
      const double p = value(probabilities, c, view);
      total += p;
      all += p;
      most = std::max(most, p);
      mean_logit += value(logits, c, view);
    }
    mean_logit /= views;
    largest = c == 0 ? mean_logit : std::max(largest, mean_logit);
    merged_logits[at] = static_cast<float>(mean_logit);
    merged[at] = static_cast<float>(merge == ViewMerge::max ? most : total / views * (merge == ViewMerge::vote ? tie : 1));
  }
  if (!std::isfinite(all)) {
    std::fill(merged.begin(), merged.end(), static_cast<float>(all));
    std::fill(merged_logits.begin(), merged_logits.end(), static_cast<float>(all));
    return;
  }
  if (merge == ViewMerge::vote) {
    for (int view = first; view < first + views; ++view) {
      merged[static_cast<std::size_t>(argmax(logits, view))] += 1.0f / static_cast<float>(views);
    }
  }
  if (merge == ViewMerge::geometric_mean) {
    for (std::size_t c = 0; c < merged.size(); ++c) {
      merged[c] = static_cast<float>(augment::exact_exp(static_cast<double>(merged_logits[c]) - largest));
    }
  }
  for (const float p : merged) sum += static_cast<double>(p);
  for (std::size_t c = 0; c < merged.size(); ++c) {
    merged[c] = static_cast<float>(static_cast<double>(merged[c]) / sum);
    if (merge == ViewMerge::geometric_mean) continue;
    merged_logits[c] = static_cast<float>(augment::exact_log(std::max(static_cast<double>(merged[c]), least)));
  }
}

}  // namespace striate::train

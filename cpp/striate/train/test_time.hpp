// Test-time augmentation: an image is shown to the network in several views, and what it says of them is merged.
//
// The views of an image are planned by make() and written by write(), one after another, so that they are predicted in
// one batch. A set's views are the same for every image; a policy's are drawn, keyed by (seed, view, number of the image).
//
//   flips            as it is; mirrored
//   shifts           as it is; moved by a 16th of its side (at least one pixel) up, down, left and right, the edge repeated
//   flipsAndShifts   the five of shifts, and their mirror images
//   tenCrop          the four corners and the centre of a larger image, in the size of the network, and their mirror images
//   policy           `views` draws, and the image as it is before them, unless left out
//
// Merged, p_v being view v's probabilities and z_v its logits, n views:
//   mean            Σ p_v / n                       geometricMean   softmax(Σ z_v / n), the normalized n-th root of Π p_v
//   max             max_v p_v, normalized
//   vote            share of the votes: each view has one, and their mean has a thousandth, which decides between equals
// Errors: invalid_shape naming both shapes; invalid_argument for a policy with floats, or one that mixes or makes floats.
// Source: Krizhevsky, Sutskever, Hinton 2012 (ten crops, averaged softmax); Simonyan and Zisserman 2014 (flips).
#pragma once

#include "striate/augment/augmenter.hpp"
#include "striate/augment/policy.hpp"
#include "striate/core/result.hpp"
#include "striate/core/shape.hpp"
#include "striate/data/memory_dataset.hpp"
#include "striate/kernels/blocked_view.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace striate::train {

enum class ViewSet { flips, shifts, flips_and_shifts, ten_crop };
enum class ViewMerge { mean, geometric_mean, max, vote };
inline constexpr std::string_view view_set_names[] = {"flips", "shifts", "flipsAndShifts", "tenCrop"};
inline constexpr std::string_view view_merge_names[] = {"mean", "geometricMean", "max", "vote"};
inline constexpr int most_views = 256;

struct TestTimeOptions {
  ViewSet set = ViewSet::flips;
  std::shared_ptr<const augment::Policy> policy = nullptr;  // takes the set's place
  int views = 8;                                            // of a policy
  bool include_original = true;                             // with a policy
  std::uint64_t seed = 0;
  ViewMerge merge = ViewMerge::mean;
};

class TestTimeViews {
 public:
  // For images of this shape and kind, and a network that takes `input`.
  static core::Result<std::unique_ptr<TestTimeViews>> make(const TestTimeOptions& options, const core::Shape& image,
                                                           data::PixelKind kind, const core::Shape& input);

  int count() const { return count_; }  // views an image
  ViewMerge merge() const { return options_.merge; }
  const core::Shape& shape() const { return input_; }  // of a view

  // All views of one image, of the kind given to make(). index: the number that a policy's draws are keyed by.
  core::Status write(const std::uint8_t* image, std::uint32_t index, std::uint8_t* out);
  core::Status write(const float* image, std::uint32_t index, float* out);

  // What view `view` of image `index` is: {original: true}, {x, y, mirrored} or {log}.
  augment::Value describe(int view, std::uint32_t index);

 private:
  // Where a view begins in the image, and whether it is mirrored then.
  struct Window {
    int x = 0, y = 0;
    bool mirrored = false;
  };

  TestTimeViews(const TestTimeOptions& options, const core::Shape& image, const core::Shape& input)
      : options_(options), image_(image), input_(input) {}
  template <typename T>
  void cut(const T* image, const Window& window, T* out) const;
  void plan_windows();

  TestTimeOptions options_;
  core::Shape image_, input_;
  int count_ = 0;
  std::vector<Window> windows_;  // of a set; of a policy the original
  std::optional<augment::Augmenter> augmenter_;
};

// Merges images first … first + views − 1 of flat views {classes, 1, 1}; probabilities is softmax(logits). Gives the
// merged probabilities and logits whose softmax they are (a probability of 0 counts as 10⁻⁷ there); NaN when one is not
// finite.
void merge_views(ViewMerge merge, const kernels::ConstBlockedView& logits, const kernels::ConstBlockedView& probabilities,
                 int first, int views, std::span<float> merged, std::span<float> merged_logits);

}  // namespace striate::train

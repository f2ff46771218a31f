// Metrics read off the logits: argmax, accuracy, top k, confusion matrix, calibration; and off the confusion matrix:
// precision, recall, F1.
//
//   precision_c = right_c / predicted_c, recall_c = right_c / labelled_c, F1 = 2·right_c / (predicted_c + labelled_c);
//   0 where the denominator is; macro averages are over the classes that occur as label or as prediction (scikit-learn)
//   calibration error = Σ_b n_b/n · |accuracy_b − confidence_b| over bins ](b − 1)/B, b/B] of the largest probability
//
// argmax takes the first of equal maxima, as PyTorch does; a NaN logit is never the maximum. top k: fewer than k logits
// beat the label's, where an equal one of a smaller class does.
// Source: Guo et al. 2017 for the calibration error; scikit-learn's precision_recall_fscore_support.
#pragma once

#include "striate/kernels/blocked_view.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace striate::train {

// The class of image `image`. logits: flat view {classes, 1, 1}.
int argmax(const kernels::ConstBlockedView& logits, int image);

// How many of the first labels.size() images are classified right.
int count_correct(const kernels::ConstBlockedView& logits, std::span<const std::int32_t> labels);

// matrix[label · classes + predicted] += 1 for each image.
void add_confusion(const kernels::ConstBlockedView& logits, std::span<const std::int32_t> labels,
                   std::span<std::uint32_t> matrix);

// For how many of the images the label is among the k largest logits.
int count_in_top(const kernels::ConstBlockedView& logits, std::span<const std::int32_t> labels, int k);

// matrix: classes × classes, as add_confusion fills it.
struct ClassScores {
  double precision = 0, recall = 0, f1 = 0;
  std::uint64_t support = 0;  // images with this label
};
std::vector<ClassScores> class_scores(std::span<const std::uint32_t> matrix);
// The mean of the scores; support: the number of classes it is over.
ClassScores macro_scores(std::span<const std::uint32_t> matrix);

class Calibration {
 public:
  static constexpr int bins = 15;
  // probabilities: softmax of the logits.
  void add(const kernels::ConstBlockedView& probabilities, std::span<const std::int32_t> labels);
  double error() const;

 private:
  struct Bin {
    double confidence = 0;
    std::uint64_t count = 0, right = 0;
  };
  Bin bins_[bins];
};

}  // namespace striate::train

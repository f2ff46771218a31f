#include "striate/train/metrics.hpp"

#include <algorithm>
#include <cmath>

namespace striate::train {

int argmax(const kernels::ConstBlockedView& logits, int image) {
  const float* logit = logits.at(image / logits.lanes, 0, 0) + image % logits.lanes;
  int best = 0;
  for (int c = 1; c < logits.channels; ++c) {
    const float here = logit[c * logits.channel_stride], most = logit[best * logits.channel_stride];
    if (here > most || (most != most && here == here)) best = c;
  }
  return best;
}

int count_correct(const kernels::ConstBlockedView& logits, std::span<const std::int32_t> labels) {
  int correct = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) correct += argmax(logits, static_cast<int>(i)) == labels[i];
  return correct;
}

void add_confusion(const kernels::ConstBlockedView& logits, std::span<const std::int32_t> labels,
                   std::span<std::uint32_t> matrix) {
  const auto classes = static_cast<std::size_t>(logits.channels);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto predicted = static_cast<std::size_t>(argmax(logits, static_cast<int>(i)));
    ++matrix[static_cast<std::size_t>(labels[i]) * classes + predicted];
  }
}

int count_in_top(const kernels::ConstBlockedView& logits, std::span<const std::int32_t> labels, int k) {
  int found = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const int image = static_cast<int>(i);
    const float* logit = logits.at(image / logits.lanes, 0, 0) + image % logits.lanes;
    const float own = logit[labels[i] * logits.channel_stride];
    int above = 0;
    for (int c = 0; c < logits.channels; ++c) {
      const float here = logit[c * logits.channel_stride];
      above += here > own || (here == own && c < labels[i]);
    }
    found += above < k && own == own;
  }
  return found;
}

std::vector<ClassScores> class_scores(std::span<const std::uint32_t> matrix) {
  const auto classes = static_cast<std::size_t>(std::lround(std::sqrt(static_cast<double>(matrix.size()))));
  std::vector<ClassScores> scores(classes);
  for (std::size_t c = 0; c < classes; ++c) {
    std::uint64_t labelled = 0, predicted = 0;
    for (std::size_t other = 0; other < classes; ++other) {
      labelled += matrix[c * classes + other];
      predicted += matrix[other * classes + c];
    }
    const double right = matrix[c * classes + c];
    const auto share = [](double part, std::uint64_t whole) {
      return whole == 0 ? 0 : part / static_cast<double>(whole);
    };
    scores[c] = {share(right, predicted), share(right, labelled), share(2 * right, predicted + labelled), labelled};
  }
  return scores;
}

ClassScores macro_scores(std::span<const std::uint32_t> matrix) {
  ClassScores mean;
  const std::vector<ClassScores> scores = class_scores(matrix);
  for (std::size_t c = 0; c < scores.size(); ++c) {
    bool occurs = scores[c].support != 0;
    for (std::size_t label = 0; label < scores.size() && !occurs; ++label) {
      occurs = matrix[label * scores.size() + c] != 0;
    }
    if (!occurs) continue;
    mean.precision += scores[c].precision;
    mean.recall += scores[c].recall;
    mean.f1 += scores[c].f1;
    ++mean.support;
  }
  const double count = static_cast<double>(std::max<std::uint64_t>(mean.support, 1));
  return {mean.precision / count, mean.recall / count, mean.f1 / count, mean.support};
}

void Calibration::add(const kernels::ConstBlockedView& probabilities, std::span<const std::int32_t> labels) {
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const int image = static_cast<int>(i);
    const int predicted = argmax(probabilities, image);
    const double confidence = static_cast<double>(
        probabilities.at(image / probabilities.lanes, 0, predicted)[image % probabilities.lanes]);
    const double place = std::ceil(confidence * bins) - 1;
    // The comparison also keeps a NaN out of the index.
    Bin& bin = bins_[place > 0 ? std::min(static_cast<int>(place), bins - 1) : 0];
    bin.confidence += confidence;
    ++bin.count;
    bin.right += predicted == labels[i];
  }
}

double Calibration::error() const {
  double sum = 0;
  std::uint64_t images = 0;
  for (const Bin& bin : bins_) {
    sum += std::fabs(static_cast<double>(bin.right) - bin.confidence);
    images += bin.count;
  }
  return images == 0 ? 0 : sum / static_cast<double>(images);
}

}  // namespace striate::train

#include "striate/train/metrics.hpp"

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

}  // namespace striate::train

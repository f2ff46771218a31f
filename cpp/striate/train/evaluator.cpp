#include "striate/train/evaluator.hpp"

#include "striate/losses/cross_entropy.hpp"
#include "striate/train/loading.hpp"
#include "striate/train/metrics.hpp"

#include <algorithm>

namespace striate::train {

using core::Error;
using core::ErrorCode;

struct Evaluator::State {
  data::DataLoader loader;
  std::unique_ptr<graph::Executor> executor;
  std::size_t total = 0;  // images in the dataset when the evaluation began
  core::Arena dlogits;    // the loss kernel writes gradients too; nobody reads them here
  std::vector<float> losses;
  double loss_sum = 0;
  std::size_t seen = 0, correct = 0;
  std::vector<std::uint32_t> confusion;

  void run_batch();
};

void Evaluator::State::run_batch() {
  const auto left = total - seen;
  const data::Batch batch = loader.next(static_cast<int>(std::min(left, static_cast<std::size_t>(executor->batch()))));
  const int images = batch.count();
  loader.load(batch, executor->kernels(), executor->input(images));
  executor->forward(images);
  const kernels::ConstBlockedView logits = executor->output();
  const kernels::BlockedView scratch = kernels::blocked_view(
      dlogits.floats(), {logits.channels, logits.height, logits.width}, logits.blocks, logits.lanes);
  const double mean = losses::cross_entropy(executor->kernels(), logits, batch.labels, scratch, losses);
  loss_sum += mean * images;
  correct += static_cast<std::size_t>(count_correct(logits, batch.labels));
  add_confusion(logits, batch.labels, confusion);
  seen += static_cast<std::size_t>(images);
}

Evaluator::Evaluator(std::unique_ptr<State> state) : state_(std::move(state)) {}
Evaluator::~Evaluator() = default;

core::Result<std::unique_ptr<Evaluator>> Evaluator::begin(const graph::Network& network, graph::ParamStore& store,
                                                          std::shared_ptr<const data::MemoryDataset> dataset,
                                                          int batch_size, const graph::Limits& limits) {
  if (batch_size < 1 || batch_size > limits.batch) {
    return Error{ErrorCode::invalid_argument, "batch size " + std::to_string(batch_size),
                 "A batch has 1 to " + std::to_string(limits.batch) + " images."};
  }
  const std::size_t total = dataset->count();
  const int batch =
      static_cast<int>(std::min<std::size_t>(static_cast<std::size_t>(batch_size), std::max<std::size_t>(total, 1)));
  STRIATE_TRY(loader, make_loader(network, std::move(dataset), data::SampleOrder::sequential, 0, batch));
  STRIATE_TRY(executor, graph::Executor::make(network, store,
                                              {.mode = graph::Mode::inference, .batch = batch, .limits = limits}));
  std::unique_ptr<State> state(new State{.loader = std::move(loader),
                                         .executor = std::move(executor),
                                         .total = total,
                                         .dlogits = {},
                                         .losses = {},
                                         .confusion = {}});
  const kernels::ConstBlockedView logits = state->executor->output();
  STRIATE_CHECK(state->dlogits.reserve(
      kernels::blocked_floats(network.output_shape(), logits.blocks, logits.lanes) * sizeof(float), "the evaluation"));
  state->losses.resize(static_cast<std::size_t>(batch));
  const auto classes = static_cast<std::size_t>(network.classes());
  state->confusion.assign(classes * classes, 0);
  return std::unique_ptr<Evaluator>(new Evaluator(std::move(state)));
}

void Evaluator::advance(int images) {
  const std::size_t target = std::min(state_->total, state_->seen + static_cast<std::size_t>(std::max(images, 1)));
  while (state_->seen < target) state_->run_batch();
}

bool Evaluator::done() const { return state_->seen >= state_->total; }

Evaluation Evaluator::result() const {
  Evaluation result;
  const double images = static_cast<double>(std::max<std::size_t>(state_->seen, 1));
  result.images = static_cast<int>(state_->seen);
  result.loss = state_->loss_sum / images;
  result.accuracy = static_cast<double>(state_->correct) / images;
  result.classes = state_->executor->network().classes();
  result.confusion = state_->confusion;
  result.done = done();
  return result;
}

}  // namespace striate::train

#include "striate/train/evaluator.hpp"

#include "striate/losses/loss.hpp"
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
  std::unique_ptr<losses::Loss> loss;
  int top_k = 5;
  core::Arena scratch = {};  // the loss writes gradients too, which nobody reads here; then it holds the probabilities
  double loss_sum = 0, loss_mass = 0;
  std::size_t seen = 0, correct = 0, in_top = 0;
  std::vector<std::uint32_t> confusion = {};
  Calibration calibration = {};

  void run_batch();
};

void Evaluator::State::run_batch() {
  const auto left = total - seen;
  const data::Batch batch = loader.next(static_cast<int>(std::min(left, static_cast<std::size_t>(executor->batch()))));
  const int images = batch.count();
  static_cast<void>(loader.load(batch, executor->kernels(), executor->input(images)));  // fails only with a policy
  executor->forward(images);
  const kernels::ConstBlockedView logits = executor->output();
  const kernels::BlockedView flat = kernels::blocked_view(
      scratch.floats(), {logits.channels, logits.height, logits.width}, logits.blocks, logits.lanes);
  const double mean = loss->evaluate(
      {.kernels = executor->kernels(), .logits = logits, .labels = batch.labels, .dlogits = flat});
  loss_sum += mean * loss->mass();
  loss_mass += loss->mass();
  executor->kernels().softmax(logits, flat);
  calibration.add(flat, batch.labels);
  in_top += static_cast<std::size_t>(count_in_top(logits, batch.labels, top_k));
  correct += static_cast<std::size_t>(count_correct(logits, batch.labels));
  add_confusion(logits, batch.labels, confusion);
  seen += static_cast<std::size_t>(images);
}

Evaluator::Evaluator(std::unique_ptr<State> state) : state_(std::move(state)) {}
Evaluator::~Evaluator() = default;

core::Result<std::unique_ptr<Evaluator>> Evaluator::begin(const graph::Network& network, graph::ParamStore& store,
                                                          std::shared_ptr<const data::MemoryDataset> dataset,
                                                          const EvaluateOptions& options) {
  const int batch_size = options.batch_size;
  if (batch_size < 1 || batch_size > options.limits.batch) {
    return Error{ErrorCode::invalid_argument, "batch size " + std::to_string(batch_size),
                 "A batch has 1 to " + std::to_string(options.limits.batch) + " images."};
  }
  const std::size_t total = dataset->count();
  const int batch =
      static_cast<int>(std::min<std::size_t>(static_cast<std::size_t>(batch_size), std::max<std::size_t>(total, 1)));
  STRIATE_TRY(loader, make_loader(network, std::move(dataset), data::SampleOrder::sequential, 0, batch));
  STRIATE_TRY(executor, graph::Executor::make(network, store,
                                              {.mode = graph::Mode::inference,
                                               .batch = batch,
                                               .limits = options.limits}));
  STRIATE_TRY(loss, losses::make_loss(options.loss, network.output_shape().channels));
  loss->prepare(batch, executor->lanes());
  std::unique_ptr<State> state(new State{.loader = std::move(loader),
                                         .executor = std::move(executor),
                                         .total = total,
                                         .loss = std::move(loss),
                                         .top_k = std::min(options.top_k, network.output_shape().channels)});
  const kernels::ConstBlockedView logits = state->executor->output();
  STRIATE_CHECK(state->scratch.reserve(
      kernels::blocked_floats(network.output_shape(), logits.blocks, logits.lanes) * sizeof(float), "the evaluation"));
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
  result.loss = state_->loss_mass > 0 ? state_->loss_sum / state_->loss_mass : state_->loss_sum;
  result.accuracy = static_cast<double>(state_->correct) / images;
  result.top_k = state_->top_k;
  result.top_k_accuracy = static_cast<double>(state_->in_top) / images;
  result.calibration_error = state_->calibration.error();
  result.classes = state_->executor->network().classes();
  result.confusion = state_->confusion;
  result.done = done();
  return result;
}

}  // namespace striate::train

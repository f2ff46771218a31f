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
  data::Normalization normalization;
  std::unique_ptr<graph::Executor> executor;
  std::size_t total = 0;  // images in the dataset when the evaluation began
  int batch = 1;          // images that are looked at together
  std::unique_ptr<losses::Loss> loss;
  int top_k = 5;
  core::Arena scratch = {};  // the loss writes gradients too, which nobody reads here; then it holds the probabilities
  double loss_sum = 0, loss_mass = 0;
  std::size_t seen = 0, correct = 0, in_top = 0;
  std::vector<std::uint32_t> confusion = {};
  Calibration calibration = {};
  // With several views an image.
  std::unique_ptr<TestTimeViews> views = nullptr;
  core::Arena view_pixels = {}, merged = {};
  std::vector<float> merged_probabilities = {}, merged_logits = {};

  core::Status reserve_views();
  template <typename T>
  core::Status load_views(const data::Batch& shown, std::vector<const T*>& images);
  core::Status run_batch();
  kernels::ConstBlockedView merge(const kernels::ConstBlockedView& logits, int images);
  std::vector<const std::uint8_t*> byte_views = {};
  std::vector<const float*> float_views = {};
};

core::Status Evaluator::State::reserve_views() {
  const kernels::ConstBlockedView logits = executor->output();
  const auto count = static_cast<std::size_t>(executor->batch());
  STRIATE_CHECK(view_pixels.reserve(count * static_cast<std::size_t>(views->shape().elements()) * sizeof(float), "the views"));
  STRIATE_CHECK(merged.reserve(
      kernels::blocked_floats({logits.channels, 1, 1}, logits.blocks, logits.lanes) * sizeof(float), "the evaluation"));
  byte_views.reserve(count);
  float_views.reserve(count);
  merged_probabilities.resize(static_cast<std::size_t>(logits.channels));
  merged_logits.resize(static_cast<std::size_t>(logits.channels));
  return {};
}

template <typename T>
core::Status Evaluator::State::load_views(const data::Batch& shown, std::vector<const T*>& images) {
  const auto each = static_cast<std::size_t>(views->shape().elements());
  T* out = reinterpret_cast<T*>(view_pixels.data());
  images.clear();
  for (const std::uint32_t index : shown.indices) {
    if constexpr (sizeof(T) == 1) {
      STRIATE_CHECK(views->write(loader.dataset().bytes(index), index, out));
    } else {
      STRIATE_CHECK(views->write(loader.dataset().floats(index), index, out));
    }
    for (int view = 0; view < views->count(); ++view, out += each) images.push_back(out);
  }
  return {};
}

// The logits of each image, from those of its views.
kernels::ConstBlockedView Evaluator::State::merge(const kernels::ConstBlockedView& logits, int images) {
  const core::Shape flat{logits.channels, 1, 1};
  const kernels::BlockedView probabilities = kernels::blocked_view(scratch.floats(), flat, logits.blocks, logits.lanes);
  executor->kernels().softmax(logits, probabilities);
  const int blocks = (images + logits.lanes - 1) / logits.lanes;
  const kernels::BlockedView out = kernels::blocked_view(merged.floats(), flat, blocks, logits.lanes);
  std::fill_n(merged.floats(), kernels::blocked_floats(flat, blocks, logits.lanes), 0.0f);
  for (int i = 0; i < images; ++i) {
    merge_views(views->merge(), logits, probabilities, i * views->count(), views->count(), merged_probabilities, merged_logits);
    for (int c = 0; c < flat.channels; ++c) {
      out.at(i / out.lanes, 0, c)[i % out.lanes] = merged_logits[static_cast<std::size_t>(c)];
    }
  }
  return out;
}

core::Status Evaluator::State::run_batch() {
  const auto left = total - seen;
  const data::Batch batch_now = loader.next(static_cast<int>(std::min(left, static_cast<std::size_t>(batch))));
  const int images = batch_now.count();
  const kernels::KernelTable& kernels = executor->kernels();
  if (views == nullptr) {
    STRIATE_CHECK(loader.load(batch_now, kernels, executor->input(images)));
    executor->forward(images);
  } else {
    const int shown = images * views->count();
    const kernels::BlockedView input = executor->input(shown);
    if (loader.dataset().kind() == data::PixelKind::bytes) {
      STRIATE_CHECK(load_views(batch_now, byte_views));
      kernels.load_bytes(byte_views, normalization.value_of_byte.data(), input);
    } else {
      STRIATE_CHECK(load_views(batch_now, float_views));
      kernels.load_floats(float_views, normalization.mean.data(), normalization.scale.data(), input);
    }
    executor->forward(shown);
  }
  const kernels::ConstBlockedView logits = views == nullptr ? executor->output() : merge(executor->output(), images);
  const kernels::BlockedView flat = kernels::blocked_view(
      scratch.floats(), {logits.channels, logits.height, logits.width}, logits.blocks, logits.lanes);
  const double mean = loss->evaluate(
      {.kernels = kernels, .logits = logits, .labels = batch_now.labels, .dlogits = flat});
  loss_sum += mean * loss->mass();
  loss_mass += loss->mass();
  kernels.softmax(logits, flat);
  calibration.add(flat, batch_now.labels);
  in_top += static_cast<std::size_t>(count_in_top(logits, batch_now.labels, top_k));
  correct += static_cast<std::size_t>(count_correct(logits, batch_now.labels));
  add_confusion(logits, batch_now.labels, confusion);
  seen += static_cast<std::size_t>(images);
  return {};
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
  std::unique_ptr<TestTimeViews> views;
  if (options.tta) {
    STRIATE_TRY(made, TestTimeViews::make(*options.tta, dataset->shape(), dataset->kind(), network.spec().input.shape));
    views = std::move(made);
  }
  // As many images as have batch_size views together, but one at least.
  const int shown = views == nullptr ? 1 : views->count();
  const int batch = static_cast<int>(
      std::min<std::size_t>(static_cast<std::size_t>(std::max(batch_size / shown, 1)), std::max<std::size_t>(total, 1)));
  STRIATE_TRY(loader, make_loader(network, std::move(dataset), {.largest_batch = batch, .any_size = views != nullptr}));
  const graph::InputSpec& input = network.spec().input;
  const std::vector<float> input_mean(input.mean.begin(), input.mean.end()), input_std(input.std.begin(), input.std.end());
  STRIATE_TRY(normalization, data::make_normalization(input.shape.channels, input_mean, input_std));
  STRIATE_TRY(executor, graph::Executor::make(network, store,
                                              {.mode = graph::Mode::inference,
                                               .batch = batch * shown,
                                               .limits = options.limits}));
  STRIATE_TRY(loss, losses::make_loss(options.loss, network.output_shape().channels));
  loss->prepare(batch, executor->lanes());
  std::unique_ptr<State> state(new State{.loader = std::move(loader),
                                         .normalization = std::move(normalization),
                                         .executor = std::move(executor),
                                         .total = total,
                                         .batch = batch,
                                         .loss = std::move(loss),
                                         .top_k = std::min(options.top_k, network.output_shape().channels)});
  const kernels::ConstBlockedView logits = state->executor->output();
  STRIATE_CHECK(state->scratch.reserve(
      kernels::blocked_floats(network.output_shape(), logits.blocks, logits.lanes) * sizeof(float), "the evaluation"));
  state->views = std::move(views);
  if (state->views != nullptr) STRIATE_CHECK(state->reserve_views());
  const auto classes = static_cast<std::size_t>(network.classes());
  state->confusion.assign(classes * classes, 0);
  return std::unique_ptr<Evaluator>(new Evaluator(std::move(state)));
}

core::Status Evaluator::advance(int images) {
  const std::size_t target = std::min(state_->total, state_->seen + static_cast<std::size_t>(std::max(images, 1)));
  while (state_->seen < target) STRIATE_CHECK(state_->run_batch());
  return {};
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

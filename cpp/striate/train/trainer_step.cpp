// One step of a trainer: forward, loss, backward, clipping, update, average; and the way back when numbers break.
#include "striate/core/thread_pool.hpp"
#include "striate/train/metrics.hpp"
#include "striate/train/trainer_state.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstring>

namespace striate::train {

using core::Error;
using core::ErrorCode;

// Puts back the weights, and their average, as they were before the last update, unless none was done; and forgets the
// optimizer's state.
void Trainer::State::undo(bool updated) {
  for (std::size_t i = 0; updated && i < store.parameters().size(); ++i) {
    const graph::Parameter& parameter = store.parameters()[i];
    if (!parameter.trainable) continue;
    std::memcpy(store.value_data(static_cast<int>(i)), previous.floats() + parameter.offset, parameter.count * sizeof(float));
  }
  if (updated && average != nullptr) std::memcpy(average->all_values().data(), previous_average.data(), bytes());
  if (optimizer_state.size() != 0) std::memset(optimizer_state.data(), 0, optimizer_state.size());
  copy_statistics(Direction::restore);
  can_undo = false;
  stopped = true;
}

core::Error Trainer::State::stop(const std::string& what) {
  return {ErrorCode::not_finite, "training stopped at step " + std::to_string(step + 1) + ": " + what +
                                     ". The weights of the last good step are kept",
          "Use a smaller learning rate, then go on or reset."};
}

// The forward pass moves running statistics along; a step that fails takes them back.
void Trainer::State::copy_statistics(Direction direction) {
  for (std::size_t i = 0; i < store.parameters().size(); ++i) {
    const graph::Parameter& parameter = store.parameters()[i];
    if (!parameter.statistic) continue;
    float* kept = previous.floats() + parameter.offset;
    float* live = store.value_data(static_cast<int>(i));
    const std::size_t bytes = parameter.count * sizeof(float);
    if (direction == Direction::keep) {
      std::memcpy(kept, live, bytes);
    } else {
      std::memcpy(live, kept, bytes);
    }
  }
}

// As torch.nn.utils.clip_grad_value_ and clip_grad_norm_, in this order; returns the norm between the two where it was
// asked for.
double Trainer::State::clip() {
  const auto parameters = store.parameters();
  const auto for_each_gradient = [&](auto&& body) {
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      if (parameters[i].trainable) body(store.gradient_data(static_cast<int>(i)), parameters[i].count);
    }
  };
  const kernels::KernelTable& kernels = executor->kernels();
  if (options.clip_value > 0) {
    const float limit = static_cast<float>(options.clip_value);
    for_each_gradient([&](float* gradient, std::size_t count) { kernels.clamp(gradient, count, limit); });
  }
  if (options.clip_norm <= 0 && !options.gradient_norm) return 0;
  double squares = 0;
  for_each_gradient([&](float* gradient, std::size_t count) { squares += kernels.sum_of_squares(gradient, count); });
  const double norm = std::sqrt(squares);
  const double factor = options.clip_norm / (norm + 1e-6);
  if (options.clip_norm > 0 && factor < 1) {
    for_each_gradient([&](float* gradient, std::size_t count) { kernels.scale(gradient, count, static_cast<float>(factor)); });
  }
  return norm;
}

// Floats [first, end) of parameter `index`, whose weights are `live` and their average `follower`, null where none is kept. The
// average is followed even where the update fails: undo() puts it back, too.
bool Trainer::State::update_part(std::size_t index, std::size_t first, std::size_t end, float* live, float* follower,
                                 const schedules::SchedulePoint& point) {
  const graph::Parameter& parameter = store.parameters()[index];
  const std::size_t count = end - first;
  bool finite = true;
  if (parameter.trainable) {
    std::array<float*, most_slots> state;
    for (std::size_t s = 0; s < slots; ++s) state[s] = slot(s, parameter.offset) + first;
    finite = optimizer->update({.kernels = executor->kernels(),
                                .parameter = live,
                                .gradient = store.gradient_data(static_cast<int>(index)) + first,
                                .state = {state.data(), slots},
                                .previous = previous.floats() + parameter.offset + first,
                                .count = count,
                                .rate = static_cast<float>(point.rate * settings[index].learning_rate),
                                .momentum = static_cast<float>(point.momentum),
                                .decay = parameter.decay,
                                .weight_decay = settings[index].weight_decay,
                                .step = step});
  }
  if (follower == nullptr) return finite;
  std::memcpy(previous_average.floats() + parameter.offset + first, follower, count * sizeof(float));
  if (parameter.trainable) {
    const double updates = static_cast<double>(step + 1);
    const double warm = options.average.warmup ? (1 + updates) / (10 + updates) : 1;
    executor->kernels().moving_average(follower, live, count, static_cast<float>(std::min(options.average.decay, warm)));
  } else if (parameter.statistic) {
    std::memcpy(follower, live, count * sizeof(float));
  }
  return finite;
}

// Every parameter, and the average behind it: average ← d·average + (1 − d)·weights, statistics as they are. Both go value by
// value, so that they are shared out without a bit's difference.
core::Status Trainer::State::update(const schedules::SchedulePoint& point) {
  const auto parameters = store.parameters();
  core::ThreadPool& pool = core::thread_pool();
  constexpr std::size_t least = 16'384, line = core::alignment / sizeof(float);
  const int pieces = store.floats() >= least ? 2 * pool.threads() : 1;
  const std::size_t lines = (store.floats() + line - 1) / line, all = static_cast<std::size_t>(pieces);
  float* const weights = store.all_values().data();
  float* const averages = average == nullptr ? nullptr : average->all_values().data();
  std::atomic<std::size_t> broken = parameters.size();
  pool.run(pieces, pool.threads(), [&](int piece, int) {
    const auto k = static_cast<std::size_t>(piece);
    const std::size_t from = lines * k / all * line, to = lines * (k + 1) / all * line;
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      const std::size_t offset = parameters[i].offset, count = parameters[i].count;
      const std::size_t first = std::max(from, offset) - offset, end = std::min(to, offset + count) - std::min(to, offset);
      if (first >= end) continue;
      float* const follower = averages == nullptr ? nullptr : averages + offset + first;
      if (update_part(i, first, end, weights + offset + first, follower, point)) continue;
      std::size_t known = broken.load(std::memory_order_relaxed);
      while (i < known && !broken.compare_exchange_weak(known, i, std::memory_order_relaxed)) {
      }
    }
  });
  if (broken == parameters.size()) return {};
  undo(true);
  return stop("the update of '" + parameters[broken].name + "' is not a finite number");
}

core::Result<StepReport> Trainer::State::run_step() {
  const data::Batch batch = loader.next(options.batch_size);
  const int images = batch.count();
  STRIATE_CHECK(loader.load(batch, executor->kernels(), executor->input(images)));
  over(core::StepPart::loading);
  copy_statistics(Direction::keep);
  over(core::StepPart::rest);
  executor->forward(images, options.seed, static_cast<std::uint32_t>(step));

  StepReport report;
  const kernels::BlockedView soft = loader.mixes() ? soft_targets.view(executor->output().blocks) : kernels::BlockedView{};
  if (loader.mixes()) loader.soft_targets(soft);
  const kernels::ConstBlockedView targets = soft;
  report.loss = loss->evaluate({.kernels = executor->kernels(),
                                .logits = executor->output(),
                                .labels = batch.labels,
                                .soft_targets = loader.mixes() ? &targets : nullptr,
                                .dlogits = executor->doutput()});
  over(core::StepPart::loss);
  if (!std::isfinite(report.loss)) {
    // The forward pass knows best where it broke; the weights that caused it are those of the last update.
    const std::string* layer = executor->first_not_finite();
    undo(can_undo);
    return stop(layer == nullptr ? std::string("the loss is not a finite number")
                                 : "the output of '" + *layer + "' is not a finite number, and so the loss");
  }
  report.accuracy = static_cast<double>(count_correct(executor->output(), batch.labels)) / images;
  over(core::StepPart::rest);
  executor->backward();
  report.gradient_norm = clip();
  over(core::StepPart::rest);
  const schedules::SchedulePoint point = schedule->at(step);
  STRIATE_CHECK(update(point));
  over(core::StepPart::update);
  can_undo = true;
  ++step;
  epoch = batch.epoch;
  done = batch.last_of_epoch && batch.epoch + 1 >= static_cast<std::uint32_t>(options.epochs);

  report.step = step;
  report.epoch = static_cast<int>(batch.epoch);
  report.images = images;
  report.learning_rate = point.rate;
  report.epoch_end = batch.last_of_epoch;
  report.done = done;
  return report;
}

}  // namespace striate::train

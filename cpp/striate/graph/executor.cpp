#include "striate/graph/executor.hpp"

#include "striate/graph/buffer_plan.hpp"
#include "striate/graph/channel_plan.hpp"
#include "striate/graph/execution_plan.hpp"
#include "striate/graph/step_pieces.hpp"

#include <cassert>
#include <cmath>

namespace striate::graph {
namespace {

using core::Error;
using core::ErrorCode;
using kernels::BlockedView;
using kernels::ConstBlockedView;

void point(BlockedView& view, float* storage, const kernels::Halo& halo) {
  view.data = storage + halo.top * view.row_stride + std::ptrdiff_t{halo.left} * view.lanes;
}

bool finite(const ConstBlockedView& view, int images) {
  for (int image = 0; image < images; ++image) {
    const int block = image / view.lanes, lane = image % view.lanes;
    for (int y = 0; y < view.height; ++y) {
      for (int c = 0; c < view.channels; ++c) {
        const float* row = view.at(block, y, c) + lane;
        for (int x = 0; x < view.width; ++x) {
          if (!std::isfinite(row[std::ptrdiff_t{x} * view.lanes])) return false;
        }
      }
    }
  }
  return true;
}

bool finite_channels(const ConstBlockedView& view, int channels, int images) {
  for (int image = 0; image < images; ++image) {
    for (int y = 0; y < view.height; ++y) {
      for (int c = 0; c < channels; ++c) {
        for (int x = 0; x < view.width; ++x) {
          if (!std::isfinite(*kernels::channel_at(view, image, y, c, x))) return false;
        }
      }
    }
  }
  return true;
}

}  // namespace

core::Result<std::unique_ptr<Executor>> Executor::plan(const Network& network, ParamStore& store,
                                                       const ExecutorOptions& options) {
  std::unique_ptr<Executor> executor(new Executor);
  executor->network_ = &network;
  executor->store_ = &store;
  executor->options_ = options;
  executor->kernels_ = options.kernels != nullptr ? options.kernels : &kernels::kernels();
  executor->options_.kernels = executor->kernels_;
  if (options.pool == nullptr) executor->options_.pool = &core::thread_pool();
  STRIATE_TRY(plan, make_execution_plan(network, store, executor->options_));
  executor->plan_ = std::make_unique<ExecutionPlan>(std::move(plan));
  return executor;
}

core::Result<std::unique_ptr<Executor>> Executor::make(const Network& network, ParamStore& store,
                                                       const ExecutorOptions& options) {
  auto executor = plan(network, store, options);
  if (!executor) return executor.error();
  STRIATE_CHECK((*executor)->reserve());
  return executor;
}

Executor::~Executor() = default;

int Executor::lanes() const { return plan_->lanes; }

bool Executor::channel_lanes() const { return plan_->channel_lanes; }

bool Executor::would_use_channel_lanes(const Network& network, ExecutorOptions options) {
  if (options.kernels == nullptr) options.kernels = &kernels::kernels();
  return uses_channel_lanes(network, options);
}

std::size_t Executor::planned_bytes() const { return static_cast<std::size_t>(plan_->bytes); }

int Executor::backward_layers() const {
  const auto& steps = plan_->steps;
  return static_cast<int>(std::count_if(steps.begin(), steps.end(), [](const PlannedStep& step) { return step.backward; }));
}

core::Status Executor::reserve() {
  const bool training = options_.mode == Mode::training;
  if (training) STRIATE_CHECK(store_->reserve_gradients());
  STRIATE_CHECK(arena_.reserve(planned_bytes(), std::string(training ? "training" : "inference") + " plan for batch " +
                                                    std::to_string(options_.batch)));
  bind();
  return {};
}

void Executor::bind() {
  const auto storage = [&](std::uint64_t offset) { return arena_.floats(static_cast<std::size_t>(offset)); };
  for (PlannedValue& value : plan_->values) {
    if (value.kept) point(value.view, storage(value.offset), value.halo.halo);
    if (value.wants_gradient) point(value.gradient, storage(value.gradient_offset), {});
  }
  for (PlannedStep& step : plan_->steps) {
    const Node& node = network_->nodes()[static_cast<std::size_t>(step.node)];
    step.sums.resize(node.inputs.size());
    for (std::size_t k = 0; k < node.inputs.size(); ++k) {
      const PlannedValue& input = plan_->values[static_cast<std::size_t>(node.inputs[k])];
      step.inputs[k] = input.view;
      step.dinputs[k] = input.gradient;
      if (step.meeting.empty() || step.meeting[k] == 0) continue;
      step.sums[k] = input.gradient;
      step.dinputs[k].data = storage(step.meeting[k] - 1);
    }
    step.output_view = plan_->values[static_cast<std::size_t>(step.output)].view;
    step.doutput = plan_->values[static_cast<std::size_t>(step.output)].gradient;
    bool trains = false;
    if (step.residual >= 0) step.inputs.back() = plan_->values[static_cast<std::size_t>(step.residual)].view;
    for (int p = store_->first_of(step.node); p < store_->first_of(step.node + 1); ++p) {
      step.parameters.push_back(store_->value_data(p));
      step.gradients.push_back(store_->gradient_data(p));
      trains = trains || store_->parameters()[static_cast<std::size_t>(p)].trainable;
    }
    if (!trains) step.gradients.clear();
    if (step.affine < 0) continue;
    for (int p = store_->first_of(step.affine); p < store_->first_of(step.affine + 1); ++p) {
      step.parameters.push_back(store_->value_data(p));
    }
  }
  if (plan_->channel_lanes) plan_->output.data = storage(plan_->output_offset);
  if (plan_->doutput.lanes != 0) plan_->doutput.data = storage(plan_->doutput_offset);
  blocks_ = plan_->values[0].view.blocks;
}

void Executor::use_blocks(int images) {
  const int of_block = plan_->images_of_block(), blocks = (images + of_block - 1) / of_block;
  const int last = images - (blocks - 1) * of_block;
  const int idle = plan_->channel_lanes ? 0 : of_block - kernels::working_lanes(last, of_block, kernels_->width);
  if (blocks == blocks_ && idle == idle_lanes_) return;
  blocks_ = blocks;
  idle_lanes_ = idle;
  const auto use = [&](BlockedView& view) {
    view.blocks = blocks;
    view.idle_lanes = idle;
  };
  for (PlannedStep& step : plan_->steps) {
    for (auto* views : {&step.inputs, &step.dinputs, &step.sums}) {
      for (BlockedView& view : *views) use(view);
    }
    use(step.output_view);
    use(step.doutput);
  }
}

BlockedView Executor::input(int images) const {
  BlockedView view = plan_->values[0].view;
  view.blocks = (images + view.lanes - 1) / view.lanes;
  return view;
}

// The blocks of a view that hold images.
BlockedView Executor::by_images(BlockedView view) const {
  const int images = images_ == 0 ? options_.batch : images_;
  view.blocks = (images + view.lanes - 1) / view.lanes;
  return view;
}

ConstBlockedView Executor::output() const {
  return by_images(plan_->channel_lanes ? plan_->output : plan_->values.back().view);
}

BlockedView Executor::doutput() const {
  return by_images(plan_->channel_lanes ? plan_->doutput : plan_->values.back().gradient);
}

// Again only when somebody has had the store's values to write since.
void Executor::prepare_weights() {
  if (prepared_version_ == store_->version()) return;
  prepared_version_ = store_->version();
  for (const PlannedStep& step : plan_->steps) {
    if (step.layer == nullptr || step.layer->prepared_floats() == 0) continue;
    step.layer->prepare(*kernels_, step.parameters, arena_.floats(static_cast<std::size_t>(step.prepared)));
  }
}

StepRun Executor::run_of(std::uint64_t seed, std::uint32_t step) const {
  return {.kernels = *kernels_,
          .arena = arena_,
          .pool = *options_.pool,
          .threads = plan_->threads,
          .blocks = blocks_,
          .images = images_,
          .seed = seed,
          .step = step,
          .watch = watch_};
}

void Executor::forward(int images, std::uint64_t seed, std::uint32_t step_number) {
  assert(images >= 1 && images <= options_.batch && arena_.size() != 0);
  images_ = images;
  use_blocks(images);
  if (options_.mode == Mode::training) store_->touch();  // running statistics
  if (plan_->channel_lanes && options_.mode == Mode::inference) prepare_weights();
  run_forward(run_of(seed, step_number), plan_->steps);
  if (!plan_->channel_lanes) return;
  BlockedView inside = plan_->values.back().view;
  inside.blocks = images;
  kernels::channels_to_images(inside, by_images(plan_->output));
}

void Executor::backward() {
  assert(options_.mode == Mode::training && images_ >= 1);
  if (plan_->channel_lanes) {
    BlockedView inside = plan_->values.back().gradient;
    inside.blocks = images_;
    kernels::images_to_channels(by_images(plan_->doutput), inside);
  }
  run_backward(run_of(0, 0), plan_->steps);
}

core::Result<ConstBlockedView> Executor::value(std::string_view name) const {
  int index = 0;
  if (name != "input") {
    STRIATE_TRY(node, network_->node(name));
    index = static_cast<int>(node - network_->nodes().data()) + 1;
  }
  const bool last = index + 1 == network_->value_count();
  if (!is_pinned(*network_, options_, index) && !last) {
    return Error{ErrorCode::not_found, "the output of '" + std::string(name) + "' is not kept by this plan",
                 "Name it among the pins when the plan is made."};
  }
  if (plan_->channel_lanes) return output();
  ConstBlockedView view = plan_->values[static_cast<std::size_t>(index)].view;
  view.blocks = blocks_;
  return view;
}

ConstBlockedView Executor::input_gradient() const {
  BlockedView view = plan_->values[0].gradient;
  view.blocks = blocks_;
  return view;
}

const std::string* Executor::first_not_finite() const {
  const int loss_moment = static_cast<int>(plan_->steps.size()) + 1;
  for (std::size_t v = 0; v < plan_->values.size(); ++v) {
    const PlannedValue& value = plan_->values[v];
    // Values that ended before the loss share their bytes with others by now.
    if (!value.kept || value.last < loss_moment) continue;
    const bool whole = plan_->channel_lanes ? finite_channels(value.view, value.shape.channels, images_) : finite(value.view, images_);
    if (!whole) return &network_->value_name(static_cast<int>(v));
  }
  return nullptr;
}

}  // namespace striate::graph

// Executor: a network planned for one batch size, for training or for inference, and run.
//
//   STRIATE_TRY(executor, Executor::make(network, store, {.mode = Mode::training, .batch = 32}));
//   load images into executor->input();   executor->forward(images);
//   write the loss gradient to executor->doutput();   executor->backward();      → store.gradients(i)
//
// make() plans without allocating (planned_bytes is then known), reserve() takes the memory, and from then on forward
// and backward allocate nothing. The plan keeps pointers to network and store: both must outlive it.
//
// Fusion: a ReLU that alone reads a convolution or linear layer becomes its epilogue; the ReLU's backward mask goes
// into the backward pass of the layer below it in the list where that layer can do it. In an inference plan with pins,
// a pinned pre-ReLU value keeps its ReLU apart. Plans for small batches have channels in their lanes, not images, and those for
// inference prepare their weights once for each version of the store (channel_plan.hpp); output() and doutput() are by images
// all the same. Layers run in pieces on the pool's threads, several layers as one where they go block by block (step_pieces.hpp,
// step_chains.hpp), with the same bits whatever their number; each thread's workspace is part of the plan. Errors of
// make/reserve: invalid_argument (batch, pins), invalid_state (a graph it cannot train), out_of_memory with the bytes planned, the
// limit, and what would help.
#pragma once

#include "striate/core/arena.hpp"
#include "striate/core/result.hpp"
#include "striate/core/step_watch.hpp"
#include "striate/core/thread_pool.hpp"
#include "striate/graph/builder.hpp"
#include "striate/graph/limits.hpp"
#include "striate/graph/param_store.hpp"
#include "striate/kernels/blocked_view.hpp"
#include "striate/kernels/channel_lanes.hpp"
#include "striate/kernels/kernel_table.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace striate::graph {

struct ExecutionPlan;  // execution_plan.hpp
struct StepRun;        // step_pieces.hpp

enum class Mode { training, inference };

struct ExecutorOptions {
  Mode mode = Mode::inference;
  int batch = 1;
  std::vector<std::string> pins = {};  // layers whose outputs stay readable after forward
  bool pin_all = false;
  bool fuse = true;             // tests compare both
  bool input_gradient = false;  // training: dinput of the network's input is wanted too (saliency, tests)
  kernels::Convolution convolution = kernels::Convolution::automatic;  // tests try each
  kernels::Lanes lanes = kernels::Lanes::automatic;                    // the same; channels only where a plan can have them
  const kernels::KernelTable* kernels = nullptr;  // null: kernels::kernels()
  core::ThreadPool* pool = nullptr;               // null: core::thread_pool(); planned for its threads as they are now
  Limits limits = {};
};

class Executor {
 public:
  // Plans only: planned_bytes() is known, nothing is allocated for activations.
  static core::Result<std::unique_ptr<Executor>> plan(const Network& network, ParamStore& store,
                                                      const ExecutorOptions& options);
  core::Status reserve();
  // plan() and reserve().
  static core::Result<std::unique_ptr<Executor>> make(const Network& network, ParamStore& store,
                                                      const ExecutorOptions& options);
  ~Executor();

  int batch() const { return options_.batch; }
  int lanes() const;             // of output()
  bool channel_lanes() const;    // whether lanes are channels inside the plan (channel_plan.hpp)
  // Whether those of another plan would be.
  static bool would_use_channel_lanes(const Network& network, ExecutorOptions options);
  Mode mode() const { return options_.mode; }
  std::size_t planned_bytes() const;
  int backward_layers() const;  // how many layers do work in backward()
  const Network& network() const { return *network_; }
  const kernels::KernelTable& kernels() const { return *kernels_; }

  // The planned input: write `images` images into it (kernels.load_bytes or load_floats), then forward(images).
  // Its content is only good for one forward. Its lanes may be images or, of one float, a plain image.
  kernels::BlockedView input(int images) const;
  kernels::BlockedView input() const { return input(options_.batch); }
  // Logits of the last forward.
  kernels::ConstBlockedView output() const;
  // Training: the gradient of the loss with respect to the logits is written here before backward().
  kernels::BlockedView doutput() const;

  // 1 ≤ images ≤ batch. Only the blocks that hold images are worked on.
  void forward(int images, std::uint64_t seed = 0, std::uint32_t step = 0);
  void backward();
  // Told after each layer's forward and backward; null: nobody.
  void watch(core::StepWatch* watch) { watch_ = watch; }

  // A pinned output ("input" is always there), or not_found.
  core::Result<kernels::ConstBlockedView> value(std::string_view name) const;
  // With options.input_gradient, after backward.
  kernels::ConstBlockedView input_gradient() const;

  // After forward: the first layer, in order, whose kept output is not finite; null when all are.
  const std::string* first_not_finite() const;

 private:
  Executor() = default;
  void bind();
  void use_blocks(int images);
  void prepare_weights();
  StepRun run_of(std::uint64_t seed, std::uint32_t step) const;
  kernels::BlockedView by_images(kernels::BlockedView view) const;

  const Network* network_ = nullptr;
  ParamStore* store_ = nullptr;
  const kernels::KernelTable* kernels_ = nullptr;
  ExecutorOptions options_;
  std::unique_ptr<ExecutionPlan> plan_;
  core::Arena arena_;
  core::StepWatch* watch_ = nullptr;
  int images_ = 0;
  int blocks_ = 0, idle_lanes_ = 0;  // that the views are set to
  std::uint64_t prepared_version_ = 0;  // of the store
};

}  // namespace striate::graph

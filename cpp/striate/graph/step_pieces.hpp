// Step pieces: one layer's forward or backward, cut into pieces that run on several threads.
//
// A piece is a run of blocks (16 images and less), or of channels where they are the lanes, as the layer allows (layers::Split); it sees its part of
// every view. Where there are fewer blocks than threads, a convolution's pieces are bands of rows of a block, and parameters'
// and input gradients pieces of their own. Each value of an output or an input gradient is worked out by one piece, with the
// arithmetic of the whole: how many pieces there are changes no bit, and may depend on the threads.
// Parameter gradients are sums over images. A layer that is cut by blocks makes one partial sum a piece, and these are
// added in their order: ((p0 + p1) + p2) + p3. That order is part of the result, so the pieces depend on the number
// of blocks alone, and one thread works through the same ones. A layer whose backward is told its piece is cut some other
// way (linear: by features of its input; batch norm: in two phases, sums of parts first), so that each parameter's gradient is one
// sum.
// Steps of a chain (step_chains.hpp) run as one: each thread takes a piece through all of them. A step that cannot join in for a
// small batch (its blocks are cut into bands) runs alone.
// Requires: planned for the pool's threads or fewer. Nothing is allocated.
#pragma once

#include "striate/core/arena.hpp"
#include "striate/core/step_watch.hpp"
#include "striate/core/thread_pool.hpp"
#include "striate/graph/execution_plan.hpp"

#include <cstdint>
#include <span>

namespace striate::graph {

// Partial sums of a parameter gradient over `blocks` blocks.
constexpr int gradient_pieces(int blocks) { return blocks < 4 ? blocks : 4; }

// Values and multiply-adds, as PlannedStep::cost counts them, from which a layer's blocks may be cut into bands of rows: each
// transforms the weights anew, and the halo is filled first. LeNet's 16 images take 7% longer with bands on two threads,
// resnet20's 30% less.
inline constexpr double least_banded_cost = 1'000'000;
// Bands of each block, units at most: those that keep all threads at work, 1 where whole blocks do.
int row_bands(int threads, int blocks, int units);

// Inputs of a layer that is cut into pieces; those with more run whole.
inline constexpr int most_split_inputs = 4;
// The same for parameters.
inline constexpr int most_split_parameters = 4;

struct StepRun {
  const kernels::KernelTable& kernels;
  const core::Arena& arena;
  core::ThreadPool& pool;
  int threads = 1;  // that the plan was made for
  int blocks = 1, images = 1;
  std::uint64_t seed = 0;
  std::uint32_t step = 0;
  core::StepWatch* watch = nullptr;
};

// In their order, and in the opposite one.
void run_forward(const StepRun& run, std::span<const PlannedStep> steps);
void run_backward(const StepRun& run, std::span<const PlannedStep> steps);

}  // namespace striate::graph

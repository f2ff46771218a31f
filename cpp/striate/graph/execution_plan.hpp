// Execution plan: what an executor will do, moment by moment, and where every buffer will lie. No activation memory
// yet.
//
// Values carry the halo that their consumers read; gradients carry none. The gradient of a ReLU's input shares the
// buffer of its output's gradient where the ReLU alone reads that input: the mask is applied by the consumer, or in place.
// The inputs of a sum share the buffer of its output's gradient where nothing changes it before all have read it.
// A value that several layers read gets its gradient from the last of them, and the others add theirs.
#pragma once

#include "striate/core/result.hpp"
#include "striate/graph/executor.hpp"
#include "striate/layers/layer.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace striate::graph {

// When what happens in a plan of so many nodes; at 0 the input is loaded.
struct Moments {
  int nodes;
  int forward(int node) const { return 1 + node; }
  int loss() const { return nodes + 1; }
  int backward(int node) const { return nodes + 2 + (nodes - 1 - node); }
  int end() const { return 2 * nodes + 2; }
};

struct PlannedValue {
  core::Shape shape;
  layers::HaloRequest halo;
  std::vector<int> consumers;  // nodes
  bool kept = false;           // exists in memory at all (false: fused away)
  bool wants_gradient = false;
  int gradient_root = 0;  // the value whose gradient buffer it shares, itself mostly
  int last = 0;           // last moment the value is needed
  std::uint64_t offset = 0, gradient_offset = 0;
  kernels::BlockedView view, gradient;  // strides from planning on, data from reserve() on
};

// Scratch memory, one for each thread that may be at a step. Those of a chain share theirs.
struct Workspaces {
  std::uint64_t offset = 0;   // of the first thread's
  std::ptrdiff_t stride = 0;  // floats to the next one's
  int threads = 0;

  std::uint64_t bytes() const { return std::uint64_t{4} * static_cast<std::uint64_t>(stride) * static_cast<std::uint64_t>(threads); }
};

struct PlannedStep {
  int node = 0;
  bool forward = true, backward = false;
  bool relu = false;        // epilogue
  bool relu_input = false;  // backward masks by the input
  int output = 0;           // value; the last layer's of those that are done in one
  int affine = -1;          // node of an affine layer that is done, too (channel_plan.hpp)
  int residual = -1;        // value that is added before the ReLU
  std::unique_ptr<layers::PlannedLayer> layer;
  Workspaces forward_workspaces, backward_workspaces;
  std::uint64_t saved = 0, prepared = 0;  // offsets
  std::vector<std::uint64_t> meeting;  // per input: offset + 1 of the scratch gradient that is added to what a later
                                       // layer wrote already; 0 where this layer writes first

  // How it is cut into pieces (step_pieces.hpp).
  layers::Split split = layers::Split::none;
  bool own_backward = false;
  double cost = 0;                        // of an image: values read and written, and an eighth of the multiply-adds
  std::ptrdiff_t saved_block_floats = 0;  // with Split::blocks: floats of `saved` for a block
  int most_threads = 1;                   // that may be at it
  int partial_slots = 0;                  // partial sums of the parameters' gradients that are kept at a time
  std::uint64_t partial = 0;              // offset of the first
  std::ptrdiff_t partial_stride = 0;      // floats from one to the next
  std::vector<std::ptrdiff_t> partial_offsets;  // of each parameter in a partial sum
  std::vector<std::size_t> gradient_floats;     // of each parameter
  int forward_chain = 0, backward_chain = 0;    // steps in a row with the same number may run as one (step_chains.hpp); 0: alone

  // What the layer is called with; made once, so that calls only adjust the number of blocks.
  std::vector<kernels::BlockedView> inputs, dinputs;
  std::vector<kernels::BlockedView> sums;  // per input: where a meeting gradient is added; lanes 0 where none is
  kernels::BlockedView output_view, doutput;
  std::vector<float*> parameters, gradients;
};

struct ExecutionPlan {
  std::vector<PlannedValue> values;
  std::vector<PlannedStep> steps;  // one per node, in order
  std::uint64_t bytes = 0;
  int lanes = 0;               // of a block of images
  bool channel_lanes = false;  // lanes are channels, and blocks images (channel_plan.hpp)
  kernels::BlockedView output, doutput;  // then: the output by images, and its gradient; else empty
  std::uint64_t output_offset = 0, doutput_offset = 0;
  int threads = 1;  // that may run at a time

  int images_of_block() const { return channel_lanes ? 1 : lanes; }
};

core::Result<ExecutionPlan> make_execution_plan(const Network& network, const ParamStore& store,
                                                const ExecutorOptions& options);

}  // namespace striate::graph

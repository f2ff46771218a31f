#include "striate/graph/step_pieces.hpp"

#include "striate/kernels/row_range.hpp"
#include "striate/layers/block_range.hpp"
#include "striate/layers/channel_range.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace striate::graph {
namespace {

using kernels::BlockedView;
using kernels::RowRange;
using layers::Split;

// Work below this is done before other threads have heard of it: values and multiply-adds, as PlannedStep::cost counts.
constexpr double least_parallel_cost = 25'000;
// Floats of a parameter from which adding up its partial sums is shared out.
constexpr std::size_t least_parallel_floats = 32'768;

struct Range {
  int first = 0, count = 0;
};

// Piece k of n of `total`.
Range part(int total, int k, int n) {
  const int first = static_cast<int>(std::int64_t{total} * k / n);
  return {first, static_cast<int>(std::int64_t{total} * (k + 1) / n) - first};
}

BlockedView narrowed(BlockedView view, Split split, const Range& range) {
  return split == Split::channels ? layers::channel_range(view, range.first, range.count)
                                  : layers::block_range(view, range.first, range.count);
}

using Views = std::array<BlockedView, most_split_inputs>;
using Pointers = std::array<float*, most_split_parameters>;

std::span<BlockedView> narrowed(const std::vector<BlockedView>& views, Split split, const Range& range, Views& to) {
  for (std::size_t k = 0; k < views.size(); ++k) to[k] = narrowed(views[k], split, range);
  return {to.data(), views.size()};
}

bool parallel(const StepRun& run, const PlannedStep& step) {
  return run.threads > 1 && step.cost * run.images >= least_parallel_cost;
}

// Pieces of work whose number is free.
int free_pieces(const StepRun& run, const PlannedStep& step) {
  if (step.split == Split::none || !parallel(run, step)) return 1;
  return std::min(step.split == Split::channels ? step.output_view.channels : run.blocks, 2 * run.threads);
}

// unit: rows that a band is a multiple of, 0 where blocks cannot be cut.
int bands_of(const StepRun& run, const PlannedStep& step, int unit, int height) {
  const bool worth = step.split == Split::blocks && step.cost * run.images >= least_banded_cost;
  return unit == 0 || !worth ? 1 : row_bands(std::min(run.threads, step.most_threads), run.blocks, (height + unit - 1) / unit);
}

RowRange band(int height, int unit, int k, int bands) {
  const Range units = part((height + unit - 1) / unit, k, bands);
  return {units.first * unit, std::min((units.first + units.count) * unit, height)};
}

// Threads that may take part: by whole blocks, those that have one.
int threads_of(const StepRun& run, const PlannedStep& step) {
  if (!parallel(run, step)) return 1;
  return step.split == Split::blocks ? std::min(run.threads, run.blocks) : run.threads;
}

int images_of(const StepRun& run, const PlannedStep& step, const Range& range) {
  if (step.split != Split::blocks) return run.images;
  const int lanes = step.output_view.lanes;
  return std::min(run.images - range.first * lanes, range.count * lanes);
}

// Of the whole layer; pieces change what is theirs.
layers::ForwardContext forward_context(const StepRun& run, const PlannedStep& step) {
  return {.kernels = run.kernels,
          .inputs = step.inputs,
          .output = step.output_view,
          .parameters = step.parameters,
          .workspace = run.arena.floats(static_cast<std::size_t>(step.forward_workspaces.offset)),
          .saved = run.arena.floats(static_cast<std::size_t>(step.saved)),
          .prepared = run.arena.floats(static_cast<std::size_t>(step.prepared)),
          .images = run.images,
          .seed = run.seed,
          .step = run.step};
}

layers::BackwardContext backward_context(const StepRun& run, const PlannedStep& step) {
  return {.kernels = run.kernels,
          .inputs = step.inputs,
          .output = step.output_view,
          .doutput = step.doutput,
          .dinputs = step.dinputs,
          .parameters = step.parameters,
          .gradients = step.gradients,
          .workspace = run.arena.floats(static_cast<std::size_t>(step.backward_workspaces.offset)),
          .saved = run.arena.floats(static_cast<std::size_t>(step.saved)),
          .images = run.images};
}

// Of the whole layer: input gradients that meet others'.
void add_sums(const StepRun& run, const PlannedStep& step) {
  for (std::size_t k = 0; k < step.sums.size(); ++k) {
    if (step.sums[k].data != nullptr) run.kernels.add(step.sums[k], step.dinputs[k], step.sums[k]);
  }
}

// What a call is to give.
enum class Wanted { all, parameters, inputs };

// rows: of input gradients, for them alone.
void backward_piece(const StepRun& run, const PlannedStep& step, const Range& range, int thread,
                    std::span<float* const> gradients, Wanted wanted = Wanted::all, RowRange rows = {}) {
  Views inputs, dinputs;
  const std::span<BlockedView> own = narrowed(step.dinputs, Split::blocks, range, dinputs);
  if (wanted == Wanted::parameters) {
    for (BlockedView& dinput : own) dinput.data = nullptr;
  }
  layers::BackwardContext context = backward_context(run, step);
  context.inputs = narrowed(step.inputs, Split::blocks, range, inputs);
  context.output = narrowed(step.output_view, Split::blocks, range);
  context.doutput = narrowed(step.doutput, Split::blocks, range);
  context.dinputs = own;
  context.gradients = gradients;
  context.workspace += thread * step.backward_workspaces.stride;
  context.saved += range.first * step.saved_block_floats;
  context.rows = rows;
  context.images = images_of(run, step, range);
  step.layer->backward(context);
  for (std::size_t k = 0; wanted != Wanted::parameters && k < step.sums.size(); ++k) {
    if (step.sums[k].data == nullptr) continue;
    const BlockedView sum = row_range(narrowed(step.sums[k], Split::blocks, range), rows);
    run.kernels.add(sum, row_range(own[k], rows), sum);
  }
}

// gradients ← gradients + partial sums `slots` of them, in order, floats [first, first + count) of parameter p.
void add_partial(const StepRun& run, const PlannedStep& step, std::size_t p, std::ptrdiff_t first, std::ptrdiff_t count,
                 int slots) {
  const auto flat = [&](float* data) {
    BlockedView view;
    view.data = data + first;
    view.blocks = view.channels = view.height = 1;
    view.lanes = 16;  // parameters begin at whole cache lines, and what lies behind them is nobody's
    view.width = static_cast<int>(count / 16);
    return view;
  };
  const BlockedView sum = flat(step.gradients[p]);
  for (int slot = 0; slot < slots; ++slot) {
    run.kernels.add(sum, flat(run.arena.floats(static_cast<std::size_t>(step.partial)) + slot * step.partial_stride +
                              step.partial_offsets[p]), sum);
  }
}

void add_partials(const StepRun& run, const PlannedStep& step, int slots) {
  for (std::size_t p = 0; p < step.gradients.size(); ++p) {
    const std::size_t lines = (step.gradient_floats[p] + 15) / 16;
    const int pieces = run.threads > 1 && 16 * lines >= least_parallel_floats ? 2 * run.threads : 1;
    run.pool.run(pieces, run.threads, [&](int piece, int) {
      const Range range = part(static_cast<int>(lines), piece, pieces);
      add_partial(run, step, p, std::ptrdiff_t{16} * range.first, std::ptrdiff_t{16} * range.count, slots);
    });
  }
}

// Piece k of the parameters' gradients: the first is where the sum will be, the others are partial sums.
void gradient_piece(const StepRun& run, const PlannedStep& step, int k, int pieces, int thread, Wanted wanted) {
  Pointers partial;
  const int slot = run.threads == 1 ? 0 : k - 1;
  if (k > 0) {
    float* const base = run.arena.floats(static_cast<std::size_t>(step.partial)) + std::ptrdiff_t{slot} * step.partial_stride;
    for (std::size_t p = 0; p < step.gradients.size(); ++p) partial[p] = base + step.partial_offsets[p];
  }
  const std::span<float* const> own =
      k == 0 ? std::span<float* const>(step.gradients) : std::span<float* const>(partial.data(), step.gradients.size());
  backward_piece(run, step, part(run.blocks, k, pieces), thread, own, wanted);
}

// Parameters' gradients by blocks, and input gradients by bands of rows of each block.
void backward_in_bands(const StepRun& run, const PlannedStep& step, int bands) {
  const int sums = step.gradients.empty() ? 0 : gradient_pieces(run.blocks);
  const int unit = step.layer->dinput_band_rows(), height = step.dinputs[0].height;
  run.pool.run(sums + run.blocks * bands, std::min(run.threads, step.most_threads), [&](int k, int thread) {
    if (k < sums) return gradient_piece(run, step, k, sums, thread, Wanted::parameters);
    backward_piece(run, step, {(k - sums) / bands, 1}, thread, {}, Wanted::inputs, band(height, unit, (k - sums) % bands, bands));
  });
  if (sums > 1) add_partials(run, step, sums - 1);
}

// By blocks, with partial sums of the parameters' gradients.
void backward_with_partials(const StepRun& run, const PlannedStep& step, int pieces) {
  const auto piece = [&](int k, int thread) { gradient_piece(run, step, k, pieces, thread, Wanted::all); };
  if (run.threads == 1) {  // then there is room for one: a sum is added as soon as it is there
    for (int k = 0; k < pieces; ++k) {
      piece(k, 0);
      if (k > 0) add_partials(run, step, 1);
    }
    return;
  }
  run.pool.run(pieces, threads_of(run, step), piece);
  add_partials(run, step, pieces - 1);
}

// of_thread: pieces for each thread. The more, the less one waits for the other at the end.
int own_pieces(const StepRun& run, const PlannedStep& step, int of_thread) {
  return parallel(run, step) ? std::min(step.layer->most_pieces(), of_thread * run.threads) : 1;
}

template <typename Body>
void in_phases(int phases, int pieces, Body&& body) {
  if (phases == 1 || pieces == 1) return body(layers::all_phases);
  for (int phase = 0; phase < phases; ++phase) body(phase);
}

void forward_in_own_pieces(const StepRun& run, const PlannedStep& step) {
  const int pieces = own_pieces(run, step, 4);
  layers::ForwardContext context = forward_context(run, step);
  context.pieces = pieces;
  step.layer->start(context);
  in_phases(step.layer->forward_phases(), pieces, [&](int phase) {
    context.phase = phase;
    run.pool.run(pieces, std::min(run.threads, pieces), [&](int piece, int thread) {
      layers::ForwardContext own = context;
      own.piece = piece;
      own.workspace += thread * step.forward_workspaces.stride;
      step.layer->forward(own);
    });
  });
}

// With every view whole: all of it, or the layer's own pieces.
void backward_whole(const StepRun& run, const PlannedStep& step, int pieces) {
  layers::BackwardContext context = backward_context(run, step);
  context.pieces = pieces;
  in_phases(step.layer->backward_phases(), pieces, [&](int phase) {
    context.phase = phase;
    run.pool.run(pieces, std::min(run.threads, pieces), [&](int piece, int thread) {
      layers::BackwardContext own = context;
      own.workspace += thread * step.backward_workspaces.stride;
      own.piece = piece;
      step.layer->backward(own);
    });
  });
  add_sums(run, step);
}

// Blocks, or channels, of a forward pass, or some rows of blocks; start: what comes before these.
void forward_piece(const StepRun& run, const PlannedStep& step, const Range& range, int thread, RowRange rows, bool start) {
  const Split split = step.split;
  Views inputs;
  layers::ForwardContext context = forward_context(run, step);
  context.inputs = narrowed(step.inputs, split, range, inputs);
  context.output = narrowed(step.output_view, split, range);
  context.workspace += thread * step.forward_workspaces.stride;
  context.saved += range.first * step.saved_block_floats;
  context.rows = rows;
  context.images = images_of(run, step, range);
  start ? step.layer->start(context) : step.layer->forward(context);
}

void forward_in_bands(const StepRun& run, const PlannedStep& step, int bands) {
  const int unit = step.layer->forward_band_rows(), height = step.output_view.height;
  const int threads = std::min(run.threads, step.most_threads);
  run.pool.run(run.blocks, threads, [&](int block, int thread) { forward_piece(run, step, {block, 1}, thread, {}, true); });
  run.pool.run(run.blocks * bands, threads, [&](int k, int thread) {
    forward_piece(run, step, {k / bands, 1}, thread, band(height, unit, k % bands, bands), false);
  });
}

int forward_bands(const StepRun& run, const PlannedStep& step) {
  return bands_of(run, step, step.layer->forward_band_rows(), step.output_view.height);
}

int backward_bands(const StepRun& run, const PlannedStep& step) {
  if (step.own_backward || step.dinputs[0].data == nullptr) return 1;
  return bands_of(run, step, step.layer->dinput_band_rows(), step.dinputs[0].height);
}

void forward_alone(const StepRun& run, const PlannedStep& step) {
  if (step.split == Split::own) return forward_in_own_pieces(run, step);
  const int bands = forward_bands(run, step);
  if (bands > 1) return forward_in_bands(run, step, bands);
  const int pieces = free_pieces(run, step);
  if (pieces == 1) return step.layer->forward(forward_context(run, step));
  const int total = step.split == Split::channels ? step.output_view.channels : run.blocks;
  run.pool.run(pieces, threads_of(run, step),
               [&](int piece, int thread) { forward_piece(run, step, part(total, piece, pieces), thread, {}, false); });
}

void backward_alone(const StepRun& run, const PlannedStep& step) {
  const int bands = backward_bands(run, step);
  if (bands > 1) return backward_in_bands(run, step, bands);
  const int sums = gradient_pieces(run.blocks);
  if (!step.own_backward && step.split == Split::blocks && !step.gradients.empty() && sums > 1) {
    return backward_with_partials(run, step, sums);
  }
  const int pieces = step.own_backward ? own_pieces(run, step, 2) : free_pieces(run, step);
  if (step.own_backward || pieces == 1) return backward_whole(run, step, pieces);
  run.pool.run(pieces, threads_of(run, step), [&](int piece, int thread) {
    backward_piece(run, step, part(run.blocks, piece, pieces), thread, step.gradients);
  });
}

void over(const StepRun& run, core::StepPart what, const PlannedStep& step) {
  if (run.watch != nullptr) run.watch->over(what, step.node);
}

// The end of the chain that begins at `from`: one further where there is none. Steps that have nothing to do belong to it.
template <typename Step, typename Cuts>
std::size_t end_of_chain(const StepRun& run, std::size_t from, std::size_t steps, Step&& step_at, bool PlannedStep::*works,
                         int PlannedStep::*chain, Cuts&& bands) {
  const int number = step_at(from).*chain;
  if (number == 0 || run.blocks == 1) return from + 1;
  double cost = 0;
  std::size_t end = from;
  for (; end < steps; ++end) {
    const PlannedStep& step = step_at(end);
    if (!(step.*works)) continue;
    if (step.*chain != number || bands(run, step) > 1) break;
    cost += step.cost;
  }
  return cost * run.images >= least_parallel_cost ? std::max(end, from + 1) : from + 1;
}

}  // namespace

int row_bands(int threads, int blocks, int units) {
  const auto rounds = [&](int bands) { return (blocks * bands + threads - 1) / threads; };
  int best = 1;
  if (blocks >= 2 * threads) return best;
  for (int bands = 2; bands <= std::min(units, threads); ++bands) {
    if (rounds(bands) * best < rounds(best) * bands) best = bands;
  }
  return best;
}

void run_forward(const StepRun& run, std::span<const PlannedStep> steps) {
  const auto step_at = [&](std::size_t i) -> const PlannedStep& { return steps[i]; };
  for (std::size_t i = 0, end = 0; i < steps.size(); i = end) {
    end = i + 1;
    if (!steps[i].forward) continue;
    end = end_of_chain(run, i, steps.size(), step_at, &PlannedStep::forward, &PlannedStep::forward_chain, forward_bands);
    if (end == i + 1) {
      forward_alone(run, steps[i]);
      over(run, core::StepPart::forward, steps[i]);
      continue;
    }
    const int pieces = run.blocks;
    run.pool.run(pieces, std::min(run.threads, run.blocks), [&](int piece, int thread) {
      for (std::size_t k = i; k < end; ++k) {
        if (!steps[k].forward) continue;
        forward_piece(run, steps[k], part(run.blocks, piece, pieces), thread, {}, false);
        if (thread == 0) over(run, core::StepPart::forward, steps[k]);
      }
    });
  }
}

void run_backward(const StepRun& run, std::span<const PlannedStep> steps) {
  const auto step_at = [&](std::size_t i) -> const PlannedStep& { return steps[steps.size() - 1 - i]; };
  for (std::size_t i = 0, end = 0; i < steps.size(); i = end) {
    const PlannedStep& first = step_at(i);
    end = i + 1;
    if (!first.backward) continue;
    end = end_of_chain(run, i, steps.size(), step_at, &PlannedStep::backward, &PlannedStep::backward_chain, backward_bands);
    if (end == i + 1) {
      backward_alone(run, first);
      over(run, core::StepPart::backward, first);
      continue;
    }
    const int pieces = gradient_pieces(run.blocks);
    run.pool.run(pieces, std::min(run.threads, pieces), [&](int piece, int thread) {
      for (std::size_t k = i; k < end; ++k) {
        const PlannedStep& step = step_at(k);
        if (!step.backward) continue;
        if (step.gradients.empty()) {
          backward_piece(run, step, part(run.blocks, piece, pieces), thread, {});
        } else {
          gradient_piece(run, step, piece, pieces, thread, Wanted::all);
        }
        if (thread == 0) over(run, core::StepPart::backward, step);
      }
    });
    for (std::size_t k = i; k < end; ++k) {
      const PlannedStep& step = step_at(k);
      if (step.backward && !step.gradients.empty()) add_partials(run, step, pieces - 1);
      if (step.backward) over(run, core::StepPart::backward, step);
    }
  }
}

}  // namespace striate::graph

// Rows of layers alone: a network of this one layer, so that the plan treats it as it would any.
//
// dweight trains the layer and asks for no input gradient; dinput freezes it and asks for that alone.
#include "striate/core/rng.hpp"
#include "striate/core/text.hpp"
#include "striate/graph/executor.hpp"
#include "striate/session/bench_parts.hpp"

#include <algorithm>
#include <charconv>

namespace striate::session {

using core::Error;
using core::ErrorCode;
using core::Result;

namespace {

constexpr std::string_view linear_prefix = "linear/";

void fill_random(const kernels::BlockedView& view) {
  core::Rng rng(1, core::RandomStream::synthetic);
  for (int block = 0; block < view.blocks; ++block) {
    for (int y = 0; y < view.height; ++y) {
      for (int c = 0; c < view.channels; ++c) {
        float* row = view.at(block, y, c);
        for (int x = 0; x < view.width * view.lanes; ++x) row[x] = rng.uniform(-1, 1);
      }
    }
  }
}

// The layer as a network of its own.
Result<graph::NetworkSpec> layer_spec(const std::string& workload) {
  const std::size_t slash = std::min(workload.find('/'), workload.size());
  if (workload.starts_with(linear_prefix)) {
    int size = 0;
    const char* const end = workload.data() + workload.size();
    const auto [stopped, error] = std::from_chars(workload.data() + linear_prefix.size(), end, size);
    if (error == std::errc() && stopped == end && size >= 1 && size <= 4096) {
      return graph::NetworkSpec{
          workload, {{size, 1, 1}, {}, {}}, {{"linear", "fc", {}, {{"outFeatures", static_cast<double>(size)}}}}};
    }
  }
  STRIATE_TRY(owner, find_workload(std::string_view(workload).substr(0, slash)));
  STRIATE_TRY(network, build_workload(*owner));
  STRIATE_TRY(node, network->node(workload.substr(std::min(slash + 1, workload.size()))));
  graph::LayerSpec layer = network->spec().layers[static_cast<std::size_t>(node - network->nodes().data())];
  layer.inputs.clear();
  return graph::NetworkSpec{workload, {node->input_shapes[0], {}, {}}, {std::move(layer)}};
}

}  // namespace

std::vector<const graph::Node*> bench_layers(const graph::Network& network) {
  std::vector<const graph::Node*> layers;
  std::vector<std::string> seen;
  for (const graph::Node& node : network.nodes()) {
    if (node.type != "conv2d" && node.type != "linear") continue;
    std::string shape = node.type + to_string(node.input_shapes[0]) + to_string(node.shape);
    for (const layers::ParameterSpec& parameter : node.parameters) {
      for (const int size : parameter.shape) shape += core::text(" ", size);
    }
    const core::WindowGeometry& window = node.description.window;
    shape += core::text(" ", window.y.stride, " ", window.y.before, " ", window.y.dilation);
    if (std::find(seen.begin(), seen.end(), shape) != seen.end()) continue;
    seen.push_back(std::move(shape));
    layers.push_back(&node);
  }
  return layers;
}

Result<BenchRow> run_layer_bench(const BenchRequest& request) {
  STRIATE_TRY(spec, layer_spec(request.workload));
  STRIATE_TRY(network, graph::build_network(spec));
  STRIATE_TRY(store, graph::ParamStore::make(*network, 1));
  const bool dinput = request.mode == BenchMode::dinput;
  if (dinput) store->set_node(0, false, false);
  STRIATE_TRY(executor, graph::Executor::make(*network, *store,
                                              {.mode = graph::Mode::training,
                                               .batch = request.batch,
                                               .input_gradient = dinput,
                                               .convolution = request.convolution}));
  fill_random(executor->input());
  executor->forward(request.batch);
  fill_random(executor->doutput());

  BenchRow row;
  row.request = request;
  row.flop_per_image = 2 * static_cast<double>(network->nodes()[0].description.macs);
  const bool forward = request.mode == BenchMode::forward;
  // The clock is read once for so many calls: about 10 MFLOP each.
  const int calls = std::max(1, static_cast<int>(1e7 / (row.flop_per_image * request.batch)));
  STRIATE_CHECK(measure_row(row, [&]() -> Result<double> {
    for (int i = 0; i < calls; ++i) forward ? executor->forward(request.batch) : executor->backward();
    return static_cast<double>(calls) * request.batch;
  }));
  return row;
}

}  // namespace striate::session

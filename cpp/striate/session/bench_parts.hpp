// What the bench's files share: the table of workloads, clocks, random data. See bench.hpp.
#pragma once

#include "striate/graph/builder.hpp"
#include "striate/session/bench.hpp"
#include "striate/session/pixels.hpp"
#include "striate/train/trainer.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>

namespace striate::session {

struct BenchWorkload {
  std::string_view name, zoo;
  std::span<const int> train_batches, infer_batches;  // the usual ones
  int layer_batch = 32;                               // of its layers alone
};
std::span<const BenchWorkload> bench_workloads();
core::Result<const BenchWorkload*> find_workload(std::string_view name);
core::Result<std::unique_ptr<graph::Network>> build_workload(const BenchWorkload& workload);

// The layers with weights, one of each shape: "conv1" stands for all that have its input and options.
std::vector<const graph::Node*> bench_layers(const graph::Network& network);

double bench_clock_ms();
core::Result<Pixels> random_pixels(std::int64_t count);
// `images` random ones of the workload's shape, labelled in turn.
struct BenchImages {
  Pixels pixels;
  std::vector<std::int32_t> labels;
};
core::Result<BenchImages> random_images(const graph::Network& network, int count);

// A training of the request's workload on `images` random images, as the session would begin it; `kernels` null: the usual.
struct BenchTraining {
  std::unique_ptr<graph::Network> network;
  std::unique_ptr<graph::ParamStore> store;
  std::unique_ptr<train::Trainer> trainer;
};
core::Result<BenchTraining> begin_training(const BenchRequest& request, int images, const kernels::KernelTable* kernels);

// Images that `work` got through, a call.
using BenchWork = std::function<core::Result<double>()>;
// Warms up, measures rates and peaks, and fills in the row.
core::Status measure_row(BenchRow& row, const BenchWork& work);

core::Result<BenchRow> run_layer_bench(const BenchRequest& request);

std::string_view to_string(BenchMode mode);
double significant(double value, int digits);

}  // namespace striate::session

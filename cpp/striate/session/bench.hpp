// Bench: timed workloads on random data, beside the peak of the same process. Measures and returns; prints nothing.
//
// A row is the median of `repetitions` rates after a warm-up; the peak is measured before each repetition and the best
// one counts, so that a slow moment of the machine does not flatter the share.
// FLOP of an image, from the network's multiply-adds M (2 FLOP each): infer 2·ΣM; train 2·(3·ΣM − M of the layers that
// read the network's input, which pass no gradient on). Loss, pooling and the update are not counted.
// Errors: not_found for a workload; invalid_argument for a batch; what the session says.
#pragma once

#include "striate/core/result.hpp"
#include "striate/io/json.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace striate::session {

enum class BenchMode { train, infer };

struct BenchRequest {
  std::string workload = "lenet";  // a zoo name
  BenchMode mode = BenchMode::train;
  int batch = 32;
  int repetitions = 7;
  double warm_up_ms = 600;
  double repetition_ms = 350;
};

struct BenchRow {
  BenchRequest request;
  std::vector<double> images_per_s;  // ascending, one per repetition
  double flop_per_image = 0;
  double peak_gflops = 0;

  double median() const { return images_per_s[images_per_s.size() / 2]; }
  double gflops() const { return median() * flop_per_image / 1e9; }
};

core::Result<BenchRow> run_bench(const BenchRequest& request);

// The rows that match every word: a workload, "train" or "infer", "bN", "t1", "native", the build's name. A batch of
// any size may be named; without one there are the usual ones. Error not_found for a word that no row has.
core::Result<std::vector<BenchRequest>> bench_rows(std::span<const std::string> words);

// {workload, mode, batch, threads, runtime, build, images_per_s_median, …_min, …_max, gflops, share_of_peak,
// peak_gflops}
io::Json bench_row_to_json(const BenchRow& row, std::string_view runtime);

}  // namespace striate::session

// Bench: timed workloads on random data, beside the peak of the same process. Measures and returns; prints nothing.
//
// A row is the median of `repetitions` rates after a warm-up; the peak is measured before each repetition and the best
// one counts, so that a slow moment of the machine does not flatter the share. With several threads the peak is theirs
// together.
// FLOP of an image, from the multiply-adds M of convolutions and linear layers (2 FLOP each): infer 2·ΣM; train
// 2·(3·ΣM − M of the layers that read the network's input, which pass no gradient on). Norms, pooling, loss and the
// update are not counted. A layer alone does 2·M in each of forward, dinput and dweight.
// Errors: not_found for a workload; invalid_argument for a batch; what the session says.
#pragma once

#include "striate/core/result.hpp"
#include "striate/io/json.hpp"
#include "striate/kernels/winograd_plan.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace striate::session {

// Whole networks train and infer; a layer alone goes forward, or makes one of its gradients; augmented: a training whose
// images are flipped, shifted, turned, scaled and brightened, beside the same one without.
enum class BenchMode { train, infer, forward, dinput, dweight, augmented };

struct BenchRequest {
  std::string workload = "lenet";  // a workload of the table; "lenet/conv1": that layer alone; "linear/256": 256 → 256
  BenchMode mode = BenchMode::train;
  int batch = 32;
  int threads = 1;
  kernels::Convolution convolution = kernels::Convolution::automatic;  // direct: even where Winograd's filtering pays
  int repetitions = 7;
  double warm_up_ms = 600;
  double repetition_ms = 350;
  double peak_ms = 40;
};

struct BenchRow {
  BenchRequest request;
  std::vector<double> images_per_s;  // ascending, one per repetition
  double flop_per_image = 0;
  double peak_gflops = 0;
  double augmentation_cost = 0;  // of an augmented row: the share by which a step takes longer than without

  double median() const { return images_per_s[images_per_s.size() / 2]; }
  double gflops() const { return median() * flop_per_image / 1e9; }
};

core::Result<BenchRow> run_bench(const BenchRequest& request);
// FLOP of an image through a whole network, as above.
core::Result<double> workload_flop(std::string_view workload, BenchMode mode);

// The rows that match every word: a workload, its network, a mode, "bN", "tN", the runtime, the build's name, or
// "layers". Layers alone are many: their rows are there when "layers", one of their modes or their name is among the
// words; augmented rows likewise. A batch of any size and any number of threads may be named; without one there are the
// usual ones and one thread. "direct": rows that train and layers alone, with direct convolutions throughout. "quick":
// short and few repetitions, for tests. Error not_found for a word that no row has, and when no row has all of them.
core::Result<std::vector<BenchRequest>> bench_rows(std::span<const std::string> words,
                                                   std::string_view runtime = "native");

// {workload, mode, batch, threads, runtime, build, convolution (where it is forced), images_per_s_median, …_min, …_max,
// gflops, share_of_peak, peak_gflops, augmentation_cost (of an augmented row)}
io::Json bench_row_to_json(const BenchRow& row, std::string_view runtime);

// Where the time of a training step goes: one row per layer and pass that does work, then loss, update, loading and the
// rest (statistics kept, accuracy counted, the schedule); their microseconds add up to the step's. kernel_us: how much of
// the step was spent inside functions of the kernel table; what is left is the engine's own.
struct ProfileRow {
  std::string part;   // "forward", "backward", "loss", "update", "loading", "rest"
  std::string layer;  // of forward and backward, else empty
  double us = 0;      // mean of a step
};
struct Profile {
  BenchRequest request;
  int steps = 0;
  double step_us = 0, kernel_us = 0;
  std::vector<ProfileRow> rows;
};
core::Result<Profile> run_profile(const BenchRequest& request);
// {workload, batch, threads, runtime, build, convolution?, part, layer?, us, share}, one for each row; the last has part
// "step" and also kernel_share.
std::vector<io::Json> profile_to_json(const Profile& profile, std::string_view runtime);

}  // namespace striate::session

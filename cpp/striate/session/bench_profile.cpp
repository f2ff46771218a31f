// Where the time of a training step goes, told by the trainer itself as it works (core/step_watch.hpp).
#include "striate/core/step_watch.hpp"
#include "striate/core/thread_pool.hpp"
#include "striate/session/bench_parts.hpp"
#include "striate/session/engine_info.hpp"
#include "striate/session/timed_kernels.hpp"
#include "striate/train/trainer.hpp"

#include <utility>

namespace striate::session {

using core::Error;
using core::ErrorCode;
using core::Result;
using core::StepPart;
using io::Json;

namespace {

class Stopwatch final : public core::StepWatch {
 public:
  explicit Stopwatch(std::size_t nodes) : forward_(nodes), backward_(nodes) {}

  void start() { last_ = bench_clock_ms(); }
  void over(StepPart part, int node) override {
    const double now = bench_clock_ms();
    of(part, node) += now - last_;
    last_ = now;
  }
  void clear() { *this = Stopwatch(forward_.size()); }

  double& of(StepPart part, int node) {
    if (part == StepPart::forward) return forward_[static_cast<std::size_t>(node)];
    if (part == StepPart::backward) return backward_[static_cast<std::size_t>(node)];
    return parts_[static_cast<std::size_t>(part)];
  }

 private:
  std::vector<double> forward_, backward_;
  double parts_[6] = {};
  double last_ = 0;
};

}  // namespace

Result<BenchTraining> begin_training(const BenchRequest& request, int images, const kernels::KernelTable* kernels) {
  BenchTraining training;
  STRIATE_TRY(workload, find_workload(request.workload));
  STRIATE_TRY(network, build_workload(*workload));
  STRIATE_TRY(store, graph::ParamStore::make(*network, 1));
  // Whole batches only: a tail would count as slow.
  const int whole = (images + request.batch - 1) / request.batch * request.batch;
  STRIATE_TRY(made, random_images(*network, whole));
  STRIATE_TRY(empty, data::MemoryDataset::make(network->input_shape(), PixelKind::bytes, network->classes()));
  auto dataset = std::make_shared<data::MemoryDataset>(std::move(empty));
  STRIATE_CHECK(dataset->adopt(std::move(made.pixels.storage), 0, PixelKind::bytes, made.labels));
  train::TrainOptions options;
  options.epochs = 1'000'000;
  options.batch_size = request.batch;
  options.optimizer = {"sgd", {{"learningRate", 0.01}, {"momentum", 0.9}}};
  options.convolution = request.convolution;
  options.kernels = kernels;
  training.network = std::move(network);
  training.store = std::move(store);
  STRIATE_TRY(trainer, train::Trainer::begin(*training.network, *training.store, dataset, options));
  training.trainer = std::move(trainer);
  return training;
}

Result<Profile> run_profile(const BenchRequest& request) {
  STRIATE_CHECK(core::use_threads(request.threads));
  const kernels::KernelTable& timed = timed_kernels(kernels::kernels());
  STRIATE_TRY(training, begin_training(request, 256, &timed));
  train::Trainer* const trainer = training.trainer.get();
  const graph::Network* const network = training.network.get();

  Stopwatch watch(network->nodes().size());
  trainer->watch(&watch);
  Profile profile;
  profile.request = request;
  const double warm = bench_clock_ms() + request.warm_up_ms;
  do {
    STRIATE_TRY(report, trainer->step());
    static_cast<void>(report);
  } while (bench_clock_ms() < warm);
  watch.clear();
  spent_in_kernels_ms() = 0;
  double total = 0;
  const double wanted = request.repetition_ms * request.repetitions;
  while (total < wanted || profile.steps < request.repetitions) {
    const double start = bench_clock_ms();
    watch.start();
    STRIATE_TRY(report, trainer->step());
    static_cast<void>(report);
    watch.over(StepPart::rest, -1);
    total += bench_clock_ms() - start;
    ++profile.steps;
  }

  const double to_us = 1000.0 / profile.steps;
  double sum = 0;
  const auto add = [&](const char* part, const std::string& layer, double ms) {
    if (ms == 0) return;  // fused away, or no gradient wanted
    profile.rows.push_back({part, layer, ms * to_us});
    sum += ms * to_us;
  };
  const auto nodes = static_cast<int>(network->nodes().size());
  for (int i = 0; i < nodes; ++i) add("forward", network->nodes()[static_cast<std::size_t>(i)].name, watch.of(StepPart::forward, i));
  add("loss", {}, watch.of(StepPart::loss, -1));
  for (int i = nodes - 1; i >= 0; --i) add("backward", network->nodes()[static_cast<std::size_t>(i)].name, watch.of(StepPart::backward, i));
  add("update", {}, watch.of(StepPart::update, -1));
  add("loading", {}, watch.of(StepPart::loading, -1));
  // With what lies between the readings of the two clocks.
  profile.step_us = total * to_us;
  profile.kernel_us = spent_in_kernels_ms() * to_us;
  add("rest", {}, total - sum / to_us);
  return profile;
}

std::vector<Json> profile_to_json(const Profile& profile, std::string_view runtime) {
  std::vector<Json> lines;
  const Json build = *engine_info().find("build");
  const auto add = [&](const std::string& part, const std::string& layer, double us) {
    Json line = Json::object({{"workload", profile.request.workload},
                              {"batch", profile.request.batch},
                              {"threads", profile.request.threads},
                              {"runtime", runtime},
                              {"build", build}});
    if (profile.request.convolution != kernels::Convolution::automatic) {
      line.set("convolution", kernels::convolution_name(profile.request.convolution));
    }
    line.set("part", part);
    if (!layer.empty()) line.set("layer", layer);
    line.set("us", significant(us, 6));
    line.set("share", significant(us / profile.step_us, 4));
    lines.push_back(std::move(line));
  };
  for (const ProfileRow& row : profile.rows) add(row.part, row.layer, row.us);
  add("step", {}, profile.step_us);
  lines.back().set("kernel_share", significant(profile.kernel_us / profile.step_us, 4));
  return lines;
}

}  // namespace striate::session

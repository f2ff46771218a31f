// Rows of whole networks, through the session as any caller drives it; and how every row is measured.
#include "striate/session/bench.hpp"

#include "striate/core/rng.hpp"
#include "striate/core/thread_pool.hpp"
#include "striate/session/bench_parts.hpp"
#include "striate/session/engine_info.hpp"
#include "striate/session/session.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <ctime>
#include <utility>

namespace striate::session {

using core::Result;
using core::Status;
using io::Json;

namespace {

constexpr int dataset_images = 1024;

double flop_per_image(const graph::Network& network, BenchMode mode) {
  double all = 0, first = 0;
  for (const graph::Node& node : network.nodes()) {
    if (node.type != "conv2d" && node.type != "linear") continue;
    const auto macs = static_cast<double>(node.description.macs);
    all += macs;
    if (std::find(node.inputs.begin(), node.inputs.end(), 0) != node.inputs.end()) first += macs;
  }
  return 2 * (mode == BenchMode::infer ? all : 3 * all - first);
}

// Images a second over about `ms`.
Result<double> rate(const BenchWork& work, double ms) {
  const double start = bench_clock_ms();
  double images = 0, elapsed = 0;
  do {
    STRIATE_TRY(done, work());
    images += done;
    elapsed = bench_clock_ms() - start;
  } while (elapsed < ms);
  return images * 1000 / elapsed;
}

double timed_peak(double rounds) {
  const double start = bench_clock_ms();
  const double flop = peak(rounds);
  return flop / (bench_clock_ms() - start) / 1e6;
}

double peak_rounds(double ms) {
  for (double rounds = 1000;; rounds *= 2) {
    const double start = bench_clock_ms();
    peak(rounds);
    if (bench_clock_ms() - start >= ms) return rounds;
  }
}

}  // namespace

double bench_clock_ms() {
  using namespace std::chrono;
  return duration<double, std::milli>(steady_clock::now().time_since_epoch()).count();
}

Result<Pixels> random_pixels(std::int64_t count) {
  Pixels pixels;
  STRIATE_CHECK(pixels.storage.resize(static_cast<std::size_t>(count), "the bench's images"));
  core::Rng rng(1, core::RandomStream::synthetic);
  for (std::uint8_t& value : pixels.storage.span()) value = static_cast<std::uint8_t>(rng.next_u32());
  return pixels;
}

Result<BenchImages> random_images(const graph::Network& network, int count) {
  BenchImages images;
  STRIATE_TRY(pixels, random_pixels(network.input_shape().elements() * count));
  images.pixels = std::move(pixels);
  for (int i = 0; i < count; ++i) images.labels.push_back(i % network.classes());
  return images;
}

Status measure_row(BenchRow& row, const BenchWork& work) {
  const BenchRequest& request = row.request;
  const double rounds = peak_rounds(request.peak_ms);
  STRIATE_TRY(warm_up, rate(work, request.warm_up_ms));
  static_cast<void>(warm_up);
  for (int i = 0; i < request.repetitions; ++i) {
    row.peak_gflops = std::max(row.peak_gflops, timed_peak(rounds));
    STRIATE_TRY(images, rate(work, request.repetition_ms));
    row.images_per_s.push_back(images);
  }
  std::sort(row.images_per_s.begin(), row.images_per_s.end());
  return {};
}

Result<double> workload_flop(std::string_view name, BenchMode mode) {
  STRIATE_TRY(workload, find_workload(name));
  STRIATE_TRY(network, build_workload(*workload));
  return flop_per_image(*network, mode);
}

namespace {

// A workload's network in a session of its own.
Result<double> create_workload(Session& session, const BenchWorkload& workload) {
  STRIATE_TRY(created, session.create_model(Json(workload.zoo).text(), 1));
  return created.json.find("model")->number();
}

// Begins a training on random images; the work is some steps of it. The session outlives the work.
Result<BenchWork> train_work(Session& session, double model, const graph::Network& network, int batch, const Json* augmentation) {
  // Whole batches only: a tail would count as slow.
  const int images = (dataset_images + batch - 1) / batch * batch;
  const core::Shape& shape = network.input_shape();
  STRIATE_TRY(made, random_images(network, images));
  const Json size = Json::array(images, shape.channels, shape.height, shape.width);
  STRIATE_TRY(dataset, session.dataset_from_pixels(std::move(made.pixels), made.labels, size.text(), network.classes()));
  Json options = Json::object({{"epochs", 1'000'000},
                               {"batchSize", batch},
                               {"seed", 1},
                               {"optimizer", Json::object({{"type", "sgd"}, {"learningRate", 0.01}, {"momentum", 0.9}})}});
  if (augmentation != nullptr) options.set("augmentation", *augmentation);
  STRIATE_TRY(plan, session.train_begin(model, dataset.json.find("dataset")->number(), options.text()));
  static_cast<void>(plan);
  // About a millisecond or more of work for a call, but not a second.
  const double per_step = flop_per_image(network, BenchMode::train) * batch;
  const int steps = std::max(1, std::min(256 / batch, static_cast<int>(1e9 / per_step)));
  return BenchWork([&session, model, steps]() -> Result<double> {
    STRIATE_TRY(answer, session.train_steps(model, steps));
    return answer.json.find("images")->number();
  });
}

// Flip, shift, turn, scale and brightness: what small images are usually trained with.
Json usual_augmentation() {
  const auto range = [](double low, double high) { return Json::array(low, high); };
  Json policy = Json::array();
  policy.push(Json::object({{"type", "HorizontalFlip"}, {"p", 0.5}}));
  policy.push(Json::object({{"type", "Affine"}, {"translate_percent", range(-0.1, 0.1)}, {"rotate", range(-15, 15)}, {"scale", range(0.9, 1.1)}, {"p", 1}}));
  policy.push(Json::object({{"type", "RandomBrightnessContrast"}, {"p", 1}}));
  return policy;
}

// Two trainings in turn, some milliseconds each, one of them augmented. The rate is the augmented one's; the cost is the
// median of what it takes longer by, in processor time, so that other programs on the machine hardly count.
Result<BenchRow> run_augmented_bench(const BenchRequest& request, const BenchWorkload& workload, const graph::Network& network) {
  const Json policy = usual_augmentation();
  Session sessions[2];
  BenchWork works[2];
  for (int i = 0; i < 2; ++i) {
    STRIATE_TRY(model, create_workload(sessions[i], workload));
    STRIATE_TRY(work, train_work(sessions[i], model, network, request.batch, i == 0 ? nullptr : &policy));
    works[i] = std::move(work);
  }
  BenchRow row;
  row.request = request;
  row.flop_per_image = flop_per_image(network, BenchMode::train);
  STRIATE_CHECK(measure_row(row, works[1]));
  const auto cpu_ms = [] { return 1000.0 * static_cast<double>(std::clock()) / CLOCKS_PER_SEC; };
  std::vector<double> costs;
  double spent = 0;
  do {
    double took[2];
    for (int i = 0; i < 2; ++i) {
      const double start = cpu_ms();
      double images = 0, elapsed = 0;
      do {
        STRIATE_TRY(done, works[i]());
        images += done;
        elapsed = cpu_ms() - start;
      } while (elapsed < request.repetition_ms / 10);
      took[i] = elapsed / images;
      spent += elapsed;
    }
    costs.push_back(took[1] / took[0] - 1);
  } while (spent < request.repetition_ms * request.repetitions);
  std::nth_element(costs.begin(), costs.begin() + static_cast<std::ptrdiff_t>(costs.size() / 2), costs.end());
  row.augmentation_cost = costs[costs.size() / 2];
  return row;
}

}  // namespace

Result<BenchRow> run_bench(const BenchRequest& request) {
  STRIATE_CHECK(core::use_threads(request.threads));
  const bool whole = request.mode == BenchMode::train || request.mode == BenchMode::infer || request.mode == BenchMode::augmented;
  if (!whole) return run_layer_bench(request);
  STRIATE_TRY(workload, find_workload(request.workload));
  STRIATE_TRY(network, build_workload(*workload));
  if (request.mode == BenchMode::augmented) return run_augmented_bench(request, *workload, *network);
  BenchRow row;
  row.request = request;
  row.flop_per_image = flop_per_image(*network, request.mode);
  if (request.convolution != kernels::Convolution::automatic) {  // no caller of the session can ask for that
    STRIATE_TRY(training, begin_training(request, dataset_images, nullptr));
    STRIATE_CHECK(measure_row(row, [&]() -> Result<double> {
      STRIATE_TRY(report, training.trainer->step());
      return report.images;
    }));
    return row;
  }
  Session session;
  STRIATE_TRY(model, create_workload(session, *workload));
  BenchWork work;
  Pixels pixels;
  if (request.mode == BenchMode::infer) {
    STRIATE_TRY(made, random_pixels(network->input_shape().elements() * request.batch));
    pixels = std::move(made);
    work = [&]() -> Result<double> {
      STRIATE_TRY(answer, session.predict(model, pixels, request.batch));
      return static_cast<double>(answer.floats->size()) / network->classes();
    };
  } else {
    STRIATE_TRY(training, train_work(session, model, *network, request.batch, nullptr));
    work = std::move(training);
  }
  STRIATE_CHECK(measure_row(row, work));
  return row;
}

}  // namespace striate::session

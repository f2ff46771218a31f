#include "striate/session/bench.hpp"

#include "striate/core/rng.hpp"
#include "striate/core/text.hpp"
#include "striate/graph/builder.hpp"
#include "striate/models/zoo.hpp"
#include "striate/session/arguments.hpp"
#include "striate/session/engine_info.hpp"
#include "striate/session/session.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <functional>
#include <optional>
#include <utility>

namespace striate::session {

using core::Error;
using core::ErrorCode;
using core::Result;
using core::Status;
using io::Json;

namespace {

constexpr int dataset_images = 1024;
constexpr double peak_ms = 40;
constexpr int train_batches[] = {1, 32, 128};
constexpr int infer_batches[] = {1, 32, 100, 128};
constexpr std::string_view workloads[] = {"lenet"};

double now_ms() {
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

double flop_per_image(const graph::Network& network, BenchMode mode) {
  double all = 0, first = 0;
  for (const graph::Node& node : network.nodes()) {
    const auto macs = static_cast<double>(node.description.macs);
    all += macs;
    if (std::find(node.inputs.begin(), node.inputs.end(), 0) != node.inputs.end()) first += macs;
  }
  return 2 * (mode == BenchMode::infer ? all : 3 * all - first);
}

// Images a second over about `ms`. `work` does some images and says how many.
Result<double> rate(const std::function<Result<double>()>& work, double ms) {
  const double start = now_ms();
  double images = 0, elapsed = 0;
  do {
    STRIATE_TRY(done, work());
    images += done;
    elapsed = now_ms() - start;
  } while (elapsed < ms);
  return images * 1000 / elapsed;
}

double timed_peak(double rounds) {
  const double start = now_ms();
  const double flop = peak(rounds);
  return flop / (now_ms() - start) / 1e6;
}

double peak_rounds() {
  for (double rounds = 1000;; rounds *= 2) {
    const double start = now_ms();
    peak(rounds);
    if (now_ms() - start >= peak_ms) return rounds;
  }
}

double significant(double value, int digits) {
  if (value == 0) return 0;
  const double unit = std::pow(10.0, digits - 1 - std::floor(std::log10(std::fabs(value))));
  return std::round(value * unit) / unit;
}

bool parse_suffix(std::string_view word, char letter, int& number) {
  if (word.size() < 2 || word.front() != letter) return false;
  const auto [end, error] = std::from_chars(word.data() + 1, word.data() + word.size(), number);
  return error == std::errc() && end == word.data() + word.size();
}

}  // namespace

Result<BenchRow> run_bench(const BenchRequest& request) {
  STRIATE_TRY(spec, models::make_from_zoo(request.workload));
  STRIATE_TRY(network, graph::build_network(spec));
  Session session;
  const std::string name = Json(request.workload).text();
  STRIATE_TRY(created, session.create_model(name, 1));
  const double model = created.json.find("model")->number();
  const core::Shape& shape = network->input_shape();

  BenchRow row;
  row.request = request;
  row.flop_per_image = flop_per_image(*network, request.mode);
  std::function<Result<double>()> work;
  Pixels pixels;
  if (request.mode == BenchMode::infer) {
    STRIATE_TRY(made, random_pixels(shape.elements() * request.batch));
    pixels = std::move(made);
    work = [&]() -> Result<double> {
      STRIATE_TRY(answer, session.predict(model, pixels, request.batch));
      return static_cast<double>(answer.floats->size()) / network->classes();
    };
  } else {
    STRIATE_TRY(made, random_pixels(shape.elements() * dataset_images));
    std::vector<std::int32_t> labels(dataset_images);
    for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = static_cast<std::int32_t>(i) % network->classes();
    const Json size = Json::array(dataset_images, shape.channels, shape.height, shape.width);
    STRIATE_TRY(dataset, session.dataset_from_pixels(std::move(made), labels, size.text(), network->classes()));
    const Json options =
        Json::object({{"epochs", 1'000'000},
                      {"batchSize", request.batch},
                      {"seed", 1},
                      {"optimizer", Json::object({{"type", "sgd"}, {"learningRate", 0.01}, {"momentum", 0.9}})}});
    STRIATE_TRY(plan, session.train_begin(model, dataset.json.find("dataset")->number(), options.text()));
    static_cast<void>(plan);
    const int steps = std::max(1, 256 / request.batch);
    work = [&session, model, steps]() -> Result<double> {
      STRIATE_TRY(answer, session.train_steps(model, steps));
      return answer.json.find("images")->number();
    };
  }

  const double rounds = peak_rounds();
  STRIATE_TRY(warm_up, rate(work, request.warm_up_ms));
  static_cast<void>(warm_up);
  for (int i = 0; i < request.repetitions; ++i) {
    row.peak_gflops = std::max(row.peak_gflops, timed_peak(rounds));
    STRIATE_TRY(images, rate(work, request.repetition_ms));
    row.images_per_s.push_back(images);
  }
  std::sort(row.images_per_s.begin(), row.images_per_s.end());
  return row;
}

Result<std::vector<BenchRequest>> bench_rows(std::span<const std::string> words) {
  std::optional<std::string> workload;
  std::optional<BenchMode> mode;
  int batch = 0, threads = 1;
  const Json info = engine_info();
  for (const std::string& word : words) {
    if (std::find(std::begin(workloads), std::end(workloads), word) != std::end(workloads)) {
      workload = word;
    } else if (word == "train" || word == "infer") {
      mode = word == "train" ? BenchMode::train : BenchMode::infer;
    } else if (word == "native" || word == info.find("build")->string()) {
      continue;
    } else if (!(parse_suffix(word, 't', threads) && threads == 1) && !(parse_suffix(word, 'b', batch) && batch >= 1)) {
      std::string known;
      for (const std::string_view name : workloads) known += core::text(name, ", ");
      return Error{
          ErrorCode::not_found, core::text("no row of the bench has the word '", word, "'"),
          core::text("Words: ", known, "train, infer, b1, b32, b128, t1, native, ", info.find("build")->string(), ".")};
    }
  }
  std::vector<BenchRequest> rows;
  for (const std::string_view name : workloads) {
    if (workload && *workload != name) continue;
    for (const BenchMode each : {BenchMode::train, BenchMode::infer}) {
      if (mode && *mode != each) continue;
      const auto usual =
          each == BenchMode::train ? std::span<const int>(train_batches) : std::span<const int>(infer_batches);
      for (const int size : batch != 0 ? std::span<const int>(&batch, 1) : usual) {
        BenchRequest request;
        request.workload = name;
        request.mode = each;
        request.batch = size;
        rows.push_back(std::move(request));
      }
    }
  }
  return rows;
}

Json bench_row_to_json(const BenchRow& row, std::string_view runtime) {
  const double gflops = row.gflops();
  return Json::object({{"workload", row.request.workload},
                       {"mode", row.request.mode == BenchMode::train ? "train" : "infer"},
                       {"batch", row.request.batch},
                       {"threads", 1},
                       {"runtime", runtime},
                       {"build", *engine_info().find("build")},
                       {"images_per_s_median", significant(row.median(), 5)},
                       {"images_per_s_min", significant(row.images_per_s.front(), 5)},
                       {"images_per_s_max", significant(row.images_per_s.back(), 5)},
                       {"gflops", significant(gflops, 4)},
                       {"share_of_peak", significant(gflops / row.peak_gflops, 3)},
                       {"peak_gflops", significant(row.peak_gflops, 4)}});
}

}  // namespace striate::session

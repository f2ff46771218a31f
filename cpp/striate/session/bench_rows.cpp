// Which rows there are, which of them words choose, and how a row is written.
#include "striate/core/text.hpp"
#include "striate/core/thread_pool.hpp"
#include "striate/models/zoo.hpp"
#include "striate/session/bench_parts.hpp"
#include "striate/session/engine_info.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace striate::session {

using core::Error;
using core::ErrorCode;
using core::Result;
using io::Json;

namespace {

constexpr int lenet_train[] = {1, 32, 128}, lenet_infer[] = {1, 100}, large_batches[] = {32, 128}, single[] = {1};

// "resnet20" has projections in its two wider stages (the zoo's resnet20-b): the form that the peers were measured with.
constexpr BenchWorkload table[] = {
    {.name = "lenet", .zoo = "lenet", .train_batches = lenet_train, .infer_batches = lenet_infer},
    {.name = "cifar-small", .zoo = "cifar-small", .train_batches = large_batches, .infer_batches = {}},
    {.name = "resnet20", .zoo = "resnet20-b", .train_batches = large_batches, .infer_batches = {}},
    {.name = "resnet18", .zoo = "resnet18", .train_batches = {}, .infer_batches = single, .layer_batch = 1},
};

constexpr int augmented_batch = 64;

// Square matrix products: so many images of so many features to as many.
constexpr int linear_sizes[] = {256, 512};

constexpr BenchMode layer_modes[] = {BenchMode::forward, BenchMode::dinput, BenchMode::dweight};

// "b32" → 32; 0 for anything else.
int suffix(std::string_view word, char letter) {
  int number = 0;
  if (word.size() < 2 || word.front() != letter) return 0;
  const auto [end, error] = std::from_chars(word.data() + 1, word.data() + word.size(), number);
  return error == std::errc() && end == word.data() + word.size() && number > 0 ? number : 0;
}

struct Candidate {
  BenchRequest request;
  std::string network;  // a further word
  bool layer = false;

  std::vector<std::string> words(std::string_view runtime, std::string_view build) const {
    std::vector<std::string> words = {request.workload, std::string(to_string(request.mode)),
                                      core::text("b", request.batch), core::text("t", request.threads), std::string(runtime), std::string(build)};
    if (layer) words.push_back("layers");
    if (request.mode == BenchMode::augmented) words.push_back("train");
    if (!network.empty()) words.push_back(network);
    // "gemm 512" is what others call it.
    if (network == "linear") words.insert(words.end(), {"gemm", request.workload.substr(request.workload.find('/') + 1)});
    return words;
  }
};

Result<std::vector<Candidate>> all_rows(int batch, int threads, bool quick) {
  std::vector<Candidate> rows;
  const auto add = [&](std::string workload, BenchMode mode, int usual, std::string network, bool layer) {
    BenchRequest request{.workload = std::move(workload), .mode = mode, .batch = batch != 0 ? batch : usual, .threads = threads};
    // A layer is one tight loop: it settles sooner than a network.
    if (layer) request.warm_up_ms = 150, request.repetition_ms = 100, request.peak_ms = 20;
    if (quick) request.warm_up_ms = 0, request.repetition_ms = request.peak_ms = 1, request.repetitions = 5;
    // Several usual batches become one when the words name it.
    if (!rows.empty() && rows.back().request.workload == request.workload && rows.back().request.mode == mode &&
        rows.back().request.batch == request.batch) {
      return;
    }
    rows.push_back({std::move(request), std::move(network), layer});
  };
  for (const BenchWorkload& workload : table) {
    for (const int size : workload.train_batches) add(std::string(workload.name), BenchMode::train, size, {}, false);
    for (const int size : workload.infer_batches) add(std::string(workload.name), BenchMode::infer, size, {}, false);
  }
  for (const BenchWorkload& workload : table) {
    if (!workload.train_batches.empty()) add(std::string(workload.name), BenchMode::augmented, augmented_batch, {}, false);
  }
  for (const BenchWorkload& workload : table) {
    STRIATE_TRY(network, build_workload(workload));
    for (const graph::Node* node : bench_layers(*network)) {
      const std::string name = core::text(workload.name, "/", node->name);
      for (const BenchMode mode : layer_modes) add(name, mode, workload.layer_batch, std::string(workload.name), true);
    }
  }
  for (const int size : linear_sizes) {
    for (const BenchMode mode : layer_modes) add(core::text("linear/", size), mode, size, "linear", true);
  }
  return rows;
}

bool has(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

std::span<const BenchWorkload> bench_workloads() { return table; }

Result<const BenchWorkload*> find_workload(std::string_view name) {
  std::string known;
  for (const BenchWorkload& workload : table) {
    if (workload.name == name) return &workload;
    known += core::text(known.empty() ? "" : ", ", workload.name);
  }
  return Error{ErrorCode::not_found, core::text("the bench has no workload '", name, "'"),
               core::text("It has ", known, ".")};
}

Result<std::unique_ptr<graph::Network>> build_workload(const BenchWorkload& workload) {
  STRIATE_TRY(spec, models::make_from_zoo(workload.zoo));
  return graph::build_network(spec);
}

std::string_view to_string(BenchMode mode) {
  constexpr std::string_view names[] = {"train", "infer", "forward", "dinput", "dweight", "augmented"};
  return names[static_cast<std::size_t>(mode)];
}

Result<std::vector<BenchRequest>> bench_rows(std::span<const std::string> words, std::string_view runtime) {
  const Json info = engine_info();
  const std::string& build = info.find("build")->string();
  int batch = 0, threads = 1;
  bool quick = false, direct = false;
  std::vector<std::string> wanted;
  for (const std::string& word : words) {
    if (const int size = suffix(word, 'b')) batch = size;
    if (const int count = suffix(word, 't'); count != 0 && count <= core::most_threads) threads = count;
    if (word == "quick") {
      quick = true;
    } else if (word == "direct") {
      direct = true;
    } else {
      wanted.push_back(word);
    }
  }
  STRIATE_TRY(rows, all_rows(batch, threads, quick));
  std::vector<std::vector<std::string>> row_words;
  for (const Candidate& row : rows) row_words.push_back(row.words(runtime, build));
  bool layers = false;
  for (const std::string& word : wanted) {
    const auto among = [&](const std::vector<std::string>& of_row) { return has(of_row, word); };
    if (std::none_of(row_words.begin(), row_words.end(), among)) {
      std::string known;
      for (const BenchWorkload& workload : table) known += core::text(workload.name, ", ");
      return Error{ErrorCode::not_found, core::text("no row of the bench has the word '", word, "'"),
                   core::text("Words: ", known,
                              "train, infer, augmented, layers, forward, dinput, dweight, a layer such as lenet/conv1, linear/256, "
                              "gemm 512, b1, b32, b128, t1, direct, quick, ",
                              runtime, ", ", build, ".")};
    }
    layers = layers || word == "layers" || word == "linear" || word == "gemm" || word.find('/') != std::string::npos ||
             std::any_of(std::begin(layer_modes), std::end(layer_modes),
                         [&](BenchMode mode) { return word == to_string(mode); });
  }
  std::vector<BenchRequest> chosen;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].layer && !layers) continue;
    const BenchMode mode = rows[i].request.mode;
    if (mode == BenchMode::augmented && !has(wanted, "augmented")) continue;
    if (direct && (mode == BenchMode::augmented || mode == BenchMode::infer)) continue;
    if (std::all_of(wanted.begin(), wanted.end(), [&](const std::string& word) { return has(row_words[i], word); })) {
      if (direct) rows[i].request.convolution = kernels::Convolution::direct;
      chosen.push_back(std::move(rows[i].request));
    }
  }
  if (chosen.empty()) {
    return Error{ErrorCode::not_found, "no row of the bench has all of these words",
                 "resnet18 only infers, cifar-small and resnet20 only train."};
  }
  return chosen;
}

double significant(double value, int digits) {
  if (value == 0) return 0;
  const double unit = std::pow(10.0, digits - 1 - std::floor(std::log10(std::fabs(value))));
  return std::round(value * unit) / unit;
}

Json bench_row_to_json(const BenchRow& row, std::string_view runtime) {
  const double gflops = row.gflops();
  Json json = Json::object({{"workload", row.request.workload},
                           {"mode", to_string(row.request.mode)},
                           {"batch", row.request.batch},
                           {"threads", row.request.threads},
                           {"runtime", runtime},
                           {"build", *engine_info().find("build")}});
  if (row.request.convolution != kernels::Convolution::automatic) {
    json.set("convolution", kernels::convolution_name(row.request.convolution));
  }
  json.set("images_per_s_median", significant(row.median(), 5));
  json.set("images_per_s_min", significant(row.images_per_s.front(), 5));
  json.set("images_per_s_max", significant(row.images_per_s.back(), 5));
  json.set("gflops", significant(gflops, 4));
  json.set("share_of_peak", significant(gflops / row.peak_gflops, 3));
  json.set("peak_gflops", significant(row.peak_gflops, 4));
  if (row.request.mode == BenchMode::augmented) json.set("augmentation_cost", significant(row.augmentation_cost, 3));
  return json;
}

}  // namespace striate::session

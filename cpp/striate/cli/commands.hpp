// The subcommands of the native command line: their options, and what runs them.
//
// Each prints for people, or with `json` one JSON object a line, to standard output. Errors come back.
#pragma once

#include "striate/core/buffer.hpp"
#include "striate/core/result.hpp"
#include "striate/io/json.hpp"
#include "striate/session/session.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace striate::cli {

// Which model: a saved one, or a new one from a zoo name or a network file.
struct ModelOptions {
  std::string saved;              // --model file.safetensors
  std::string network = "lenet";  // --network name or file.json
  double seed = 1;
};

struct DataOptions {
  std::string images, labels;        // IDX files, or
  std::vector<std::string> cifar10;  // the binary files of CIFAR-10, or
  std::int64_t synthetic = 0;        // so many images made from synthetic_seed
  std::int64_t synthetic_seed = 1;
};

struct TrainCommand {
  ModelOptions model;
  DataOptions data;
  // Left out: as the zoo's recipe for the network has it, else 1 epoch in batches of 32 by SGD with rate 0.05, momentum
  // 0.9, no decay. Whoever asks for an optimizer or a schedule has no more of the recipe than epochs, batch and loss.
  std::optional<int> epochs, batch;
  std::optional<double> rate, momentum, decay;
  std::optional<std::string> schedule;  // constant, or oneCycle, whose largest rate is `rate`
  double validation = 0;                // share held out
  std::int64_t steps = 0;               // 0: all epochs
  std::string augmentation;             // a policy file (.json)
  std::string options;                  // further training options as JSON; they win over the flags
  bool resume = false;
  std::string save, dump_weights;
  bool json = false;
};

struct EvaluateCommand {
  ModelOptions model;
  DataOptions data;
  std::string tta;  // the name of a set of views, or options as JSON
  bool json = false;
};

struct InspectCommand {
  ModelOptions model;
  std::string images;  // optional IDX images with `labels`: shows the probabilities of one
  std::string labels;
  double index = 0;
  bool json = false;
};

struct BenchCommand {
  std::vector<std::string> words;
  bool profile = false;
  bool json = false;
};

struct ExportCommand {
  ModelOptions model;
  std::string onnx;    // the file to write
  std::string sample;  // prefix of two files of raw floats: an image of random pixels, and what the last layer makes of it
  bool json = false;
};

core::Status run(const TrainCommand& command);
core::Status run(const EvaluateCommand& command);
core::Status run(const InspectCommand& command);
core::Status run(const BenchCommand& command);
core::Status run(const ExportCommand& command);

// ---- what they share (support.cpp)
core::Result<core::Buffer<std::uint8_t>> read_file(const std::string& path);
core::Status write_file(const std::string& path, const void* bytes, std::size_t size);
// The model's number.
core::Result<double> open_model(session::Session& session, const ModelOptions& options);
// The dataset's number.
core::Result<double> open_dataset(session::Session& session, const DataOptions& options);
// Loss, accuracy and the other measures over a dataset.
core::Result<io::Json> evaluate(session::Session& session, double model, double dataset,
                                std::string_view options_json = "{}");
// A line, flushed: whoever reads along sees it at once.
void print_line(std::string_view line);

}  // namespace striate::cli

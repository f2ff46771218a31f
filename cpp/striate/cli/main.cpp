// striate: the engine without a browser. `striate <subcommand> --help` lists the options.
//
// Exit status: 0 done; 1 an error, shown on standard error; CLI11's own codes for a line that cannot be read.
#include "striate/cli/commands.hpp"
#include "striate/core/thread_pool.hpp"
#include "striate/kernels/kernel_table.hpp"
#include "striate/session/engine_info.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <string>

namespace {

using namespace striate;

void add_model(CLI::App& app, cli::ModelOptions& options) {
  app.add_option("--model", options.saved, "A saved model (safetensors) to start from")->check(CLI::ExistingFile);
  app.add_option("--network", options.network, "A zoo name or a network file (.json)")->capture_default_str();
  app.add_option("--seed", options.seed, "Decides the weights, the split and the order of the images")
      ->capture_default_str();
}

void add_data(CLI::App& app, cli::DataOptions& options) {
  CLI::Option_group& one = *app.add_option_group("data", "Where the labelled images come from");
  auto* images = one.add_option("--images", options.images, "IDX file of images")->check(CLI::ExistingFile);
  auto* labels = app.add_option("--labels", options.labels, "IDX file of labels")->check(CLI::ExistingFile);
  one.add_option("--cifar10", options.cifar10, "Binary files of CIFAR-10, in place of IDX files")->check(CLI::ExistingFile);
  auto* synthetic = one.add_option("--synthetic", options.synthetic, "So many synthetic 32×32 images, in place of files")
                        ->check(CLI::PositiveNumber);
  app.add_option("--synthetic-seed", options.synthetic_seed, "Decides the synthetic images")
      ->capture_default_str()
      ->needs(synthetic);
  one.require_option(1);
  images->needs(labels);
  labels->needs(images);
}

void add_json(CLI::App& app, bool& json) { app.add_flag("--json", json, "One JSON object a line"); }

int report(const core::Status& status, bool json) {
  if (status.ok()) return 0;
  const core::Error& error = status.error();
  if (json) {
    const io::Json line = io::Json::object(
        {{"error", io::Json::object(
                       {{"code", core::to_string(error.code)}, {"message", error.message}, {"hint", error.hint}})}});
    std::fprintf(stderr, "%s\n", line.text().c_str());
  } else {
    std::fprintf(stderr, "%s: %s\n%s\n", core::to_string(error.code), error.message.c_str(), error.hint.c_str());
  }
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Striate trains convolutional networks; this is its engine without a browser.", "striate");
  app.set_version_flag("--version", session::engine_info().text());
  app.require_subcommand(1);
  app.fallthrough();  // --threads and --kernels may stand behind the subcommand too
  std::string arch;
  int threads = 1;
  app.add_option("--threads", threads, "Run on so many threads; the results are the same bits")->capture_default_str();
  app.add_option("--kernels", arch, "Use the kernels of this arch instead of the best");

  cli::TrainCommand train;
  CLI::App* train_app = app.add_subcommand("train", "Train a network on IDX files or CIFAR-10, by the zoo's recipe for it where there is one");
  add_model(*train_app, train.model);
  add_data(*train_app, train.data);
  train_app->add_option("--epochs", train.epochs, "Passes over the data in all [the recipe's, else 1]");
  train_app->add_option("--batch", train.batch, "Images a step [the recipe's, else 32]");
  train_app->add_option("--rate", train.rate, "SGD's learning rate, in place of the recipe [0.05]");
  train_app->add_option("--momentum", train.momentum, "SGD's momentum, in place of the recipe [0.9]");
  train_app->add_option("--decay", train.decay, "SGD's weight decay, in place of the recipe [0]");
  train_app->add_option("--schedule", train.schedule, "constant, or oneCycle up to --rate, in place of the recipe [constant]");
  train_app->add_option("--augmentation", train.augmentation,
                        "A policy file (.json): what is done to the training images, afresh in each epoch")
      ->check(CLI::ExistingFile);
  train_app->add_option("--options", train.options,
                        "Further training options as JSON, over the flags: optimizer, schedule, loss, clipNorm, "
                        "earlyStopping, averageWeights, sampling, augmentation, …");
  train_app->add_option("--validation", train.validation, "Share of the images to hold out")->capture_default_str();
  train_app->add_option("--steps", train.steps, "Stop at this step; 0: after the last epoch")->capture_default_str();
  train_app->add_flag("--resume", train.resume, "Go on with the training that --model holds");
  train_app->add_option("--save", train.save, "Write the model with the optimizer's state (safetensors)");
  train_app->add_option("--dump-weights", train.dump_weights, "Write all parameters as raw little-endian floats");
  add_json(*train_app, train.json);

  cli::EvaluateCommand evaluate;
  CLI::App* evaluate_app = app.add_subcommand("evaluate", "Loss, accuracy and confusion matrix over labelled images");
  add_model(*evaluate_app, evaluate.model);
  add_data(*evaluate_app, evaluate.data);
  evaluate_app->add_option("--tta", evaluate.tta,
                           "Show each image in several views: flips, shifts, flipsAndShifts, tenCrop, or options as JSON: "
                           "set or policy, views, merge, includeOriginal, seed");
  add_json(*evaluate_app, evaluate.json);

  cli::InspectCommand inspect;
  CLI::App* inspect_app = app.add_subcommand("inspect", "The layers of a network, and what it makes of one image");
  add_model(*inspect_app, inspect.model);
  auto* images = inspect_app->add_option("--images", inspect.images, "IDX file of images")->check(CLI::ExistingFile);
  auto* labels = inspect_app->add_option("--labels", inspect.labels, "IDX file of labels")->check(CLI::ExistingFile);
  images->needs(labels);
  labels->needs(images);
  inspect_app->add_option("--index", inspect.index, "Which image, from 0")->capture_default_str();
  add_json(*inspect_app, inspect.json);

  cli::BenchCommand bench;
  CLI::App* bench_app = app.add_subcommand("bench", "Measure the rows that match all words, such as: lenet train b32");
  bench_app->add_option("words", bench.words, "lenet, train, infer, b32, …");
  bench_app->add_flag("--profile", bench.profile, "Where the time of a training step goes, layer by layer");
  add_json(*bench_app, bench.json);

  cli::ExportCommand onnx;
  CLI::App* export_app = app.add_subcommand("export", "Write a model as an ONNX file");
  add_model(*export_app, onnx.model);
  export_app->add_option("--onnx", onnx.onnx, "The file to write")->required();
  export_app->add_option("--sample", onnx.sample,
                         "Also write SAMPLE.input and SAMPLE.output: one image of random pixels in 0…1 and what the last "
                         "layer makes of it, as raw little-endian floats");
  add_json(*export_app, onnx.json);

  CLI11_PARSE(app, argc, argv);

  const bool json = train.json || evaluate.json || inspect.json || bench.json || onnx.json;
  if (!arch.empty() && !kernels::use_kernels(arch.c_str())) {
    std::string known;
    for (const kernels::KernelTable* table : kernels::kernel_tables()) known += std::string(" ") + table->arch;
    return report(
        core::Error{core::ErrorCode::not_found, "no kernels for '" + arch + "' here", "There are:" + known + "."},
        json);
  }
  if (const core::Status set = core::use_threads(threads); !set) return report(set, json);
  if (train_app->parsed()) return report(cli::run(train), json);
  if (evaluate_app->parsed()) return report(cli::run(evaluate), json);
  if (inspect_app->parsed()) return report(cli::run(inspect), json);
  if (export_app->parsed()) return report(cli::run(onnx), json);
  if (threads > 1) bench.words.push_back("t" + std::to_string(threads));
  return report(cli::run(bench), json);
}

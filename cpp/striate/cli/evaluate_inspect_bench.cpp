// The subcommands that only look.
#include "striate/cli/commands.hpp"
#include "striate/session/bench.hpp"

#include <cstdio>

namespace striate::cli {

using core::Status;
using io::Json;

Status run(const EvaluateCommand& command) {
  session::Session session;
  STRIATE_TRY(model, open_model(session, command.model));
  STRIATE_TRY(dataset, open_dataset(session, command.data));
  Json options = Json::object({});
  if (command.tta.starts_with('{')) {
    STRIATE_TRY(tta, io::parse_json(command.tta, "--tta"));
    options.set("tta", std::move(tta));
  } else if (!command.tta.empty()) {
    options.set("tta", Json::object({{"set", command.tta}}));
  }
  STRIATE_TRY(result, evaluate(session, model, dataset, options.text()));
  if (command.json) {
    print_line(result.text());
    return {};
  }
  char line[120];
  std::snprintf(line, sizeof line, "%.0f images   loss %.4f   accuracy %.4f", result.find("images")->number(),
                result.find("loss")->number(), result.find("accuracy")->number());
  print_line(line);
  print_line("confusion, row = label, column = predicted:");
  for (const Json& row : result.find("confusionMatrix")->items()) {
    std::string text;
    for (const Json& cell : row.items()) {
      std::snprintf(line, sizeof line, "%7.0f", cell.number());
      text += line;
    }
    print_line(text);
  }
  return {};
}

Status run(const InspectCommand& command) {
  session::Session session;
  STRIATE_TRY(model, open_model(session, command.model));
  STRIATE_TRY(summary, session.summary(model));
  Json report = Json::object({{"layers", summary.json}});
  if (!command.images.empty()) {
    STRIATE_TRY(dataset, open_dataset(session, {.images = command.images, .labels = command.labels, .cifar10 = {}}));
    STRIATE_TRY(slice, session.dataset_slice(dataset, command.index, 1));
    const std::uint32_t first[] = {0};
    STRIATE_TRY(image, session.dataset_images(slice.json.find("dataset")->number(), first));
    session::Pixels pixels;
    pixels.storage = std::move(*image.bytes);
    STRIATE_TRY(answer, session.predict(model, pixels, 1));
    Json probabilities = Json::array();
    for (const float value : answer.floats->span()) probabilities.push(value);
    report.set("label", image.json.find("labels")->items()[0]);
    report.set("probabilities", std::move(probabilities));
  }
  if (command.json) {
    print_line(report.text());
    return {};
  }
  char line[200];
  for (const Json& row : report.find("layers")->items()) {
    std::snprintf(line, sizeof line, "%-12s %-12s %-14s %10.0f parameters %12.0f macs",
                  row.find("name")->string().c_str(), row.find("type")->string().c_str(),
                  row.find("outputShape")->text().c_str(), row.find("parameters")->number(),
                  row.find("macs")->number());
    print_line(line);
  }
  if (const Json* probabilities = report.find("probabilities"); probabilities != nullptr) {
    print_line("label " + report.find("label")->text() + ", probabilities " + probabilities->text());
  }
  return {};
}

namespace {

void print_row(const session::BenchRow& row, bool as_json) {
  const Json json = session::bench_row_to_json(row, "native");
  if (as_json) return print_line(json.text());
  char line[200];
  std::snprintf(line, sizeof line, "%-28s %-7s b%-4d t%-2d %10.0f images/s (%.0f…%.0f)   %6.1f GFLOP/s, %.1f%% of %.1f",
                row.request.workload.c_str(), json.find("mode")->string().c_str(), row.request.batch, row.request.threads, row.median(),
                row.images_per_s.front(), row.images_per_s.back(), row.gflops(),
                100 * row.gflops() / row.peak_gflops, row.peak_gflops);
  print_line(line);
  if (const Json* cost = json.find("augmentation_cost"); cost != nullptr) {
    std::snprintf(line, sizeof line, "  a step takes %.1f%% longer than without augmentation", 100 * cost->number());
    print_line(line);
  }
}

void print_profile(const session::Profile& profile, bool as_json) {
  if (as_json) {
    for (const Json& json : session::profile_to_json(profile, "native")) print_line(json.text());
    return;
  }
  char line[200];
  std::snprintf(line, sizeof line, "%s b%d t%d: %.0f µs a step (mean of %d)", profile.request.workload.c_str(),
                profile.request.batch, profile.request.threads, profile.step_us, profile.steps);
  print_line(line);
  for (const session::ProfileRow& row : profile.rows) {
    std::snprintf(line, sizeof line, "  %-9s %-24s %9.1f µs  %5.1f%%", row.part.c_str(), row.layer.c_str(), row.us,
                  100 * row.us / profile.step_us);
    print_line(line);
  }
  std::snprintf(line, sizeof line, "  %.1f%% of the step in kernels", 100 * profile.kernel_us / profile.step_us);
  print_line(line);
}

}  // namespace

Status run(const BenchCommand& command) {
  STRIATE_TRY(rows, session::bench_rows(command.words));
  for (const session::BenchRequest& request : rows) {
    if (!command.profile) {
      STRIATE_TRY(row, session::run_bench(request));
      print_row(row, command.json);
    } else if (request.mode == session::BenchMode::train) {
      STRIATE_TRY(profile, session::run_profile(request));
      print_profile(profile, command.json);
    }
  }
  return {};
}

}  // namespace striate::cli

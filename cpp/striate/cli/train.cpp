#include "striate/cli/commands.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>

namespace striate::cli {

using core::Result;
using core::Status;
using io::Json;

namespace {

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

core::Result<std::string> training_options(const TrainCommand& command) {
  if (command.resume) return Json::object({{"epochs", command.epochs}, {"resume", true}}).text();
  Json options = Json::object({{"epochs", command.epochs},
                               {"batchSize", command.batch},
                               {"seed", command.model.seed},
                               {"optimizer", Json::object({{"type", "sgd"},
                                                           {"learningRate", command.rate},
                                                           {"momentum", command.momentum},
                                                           {"weightDecay", command.decay}})}});
  if (command.schedule != "constant") {
    options.set("schedule", Json::object({{"type", command.schedule}, {"maxLearningRate", command.rate}}));
  }
  if (!command.augmentation.empty()) {
    STRIATE_TRY(text, read_file(command.augmentation));
    STRIATE_TRY(policy, io::parse_json({reinterpret_cast<const char*>(text.data()), text.size()}, command.augmentation));
    options.set("augmentation", std::move(policy));
  }
  if (!command.options.empty()) {
    STRIATE_TRY(given, io::parse_json(command.options, "--options"));
    if (!given.is(Json::Kind::object)) {
      return core::Error{core::ErrorCode::invalid_argument, "--options is not an object",
                         R"(Write it as '{"optimizer":{"type":"adamw"}}'.)"};
    }
    for (const Json::Member& member : options.members()) {
      if (given.find(member.first) == nullptr) given.set(member.first, member.second);
    }
    return given.text();
  }
  return options.text();
}

void print_report(const Json& report, bool json) {
  if (json) return print_line(report.text());
  char line[200];
  std::snprintf(line, sizeof line, "step %6.0f   epoch %3.0f   loss %.4f   accuracy %.4f   rate %.5f   %8.0f images/s",
                report.find("step")->number(), report.find("epoch")->number(), report.find("loss")->number(),
                report.find("accuracy")->number(), report.find("learningRate")->number(),
                report.find("imagesPerSecond")->number());
  std::string text = line;
  if (const Json* validation = report.find("validation"); validation != nullptr) {
    std::snprintf(line, sizeof line, "   validation %.4f (loss %.4f)", validation->find("accuracy")->number(),
                  validation->find("loss")->number());
    text += line;
  }
  print_line(text);
}

// One report an epoch, up to the number of steps asked for.
Status train(session::Session& session, double model, double held_out, const TrainCommand& command, std::int64_t done) {
  for (;;) {
    const double left = command.steps > 0 ? static_cast<double>(command.steps - done) : 1e6;
    if (left <= 0) return {};
    const auto start = std::chrono::steady_clock::now();
    STRIATE_TRY(slice, session.train_steps(model, std::min(left, 1e6)));
    Json& report = slice.json;
    bool over = report.find("done")->boolean();
    report.set("imagesPerSecond", report.find("images")->number() / seconds_since(start));
    if (held_out != 0) {
      STRIATE_TRY(validation, evaluate(session, model, held_out, R"({"training":true})"));
      over = over || validation.find("trainingDone")->boolean();
      report.set("validation", std::move(validation));
    }
    print_report(report, command.json);
    done = static_cast<std::int64_t>(report.find("step")->number());
    if (over) return {};
  }
}

}  // namespace

Status run(const TrainCommand& command) {
  session::Session session;
  STRIATE_TRY(model, open_model(session, command.model));
  STRIATE_TRY(all, open_dataset(session, command.data));
  double dataset = all, held_out = 0;
  if (command.validation > 0) {
    const Json options = Json::object({{"validation", command.validation}, {"seed", command.model.seed}});
    STRIATE_TRY(parts, session.dataset_split(all, options.text()));
    dataset = parts.json.find("train")->find("dataset")->number();
    held_out = parts.json.find("validation")->find("dataset")->number();
  }
  STRIATE_TRY(options, training_options(command));
  STRIATE_TRY(plan, session.train_begin(model, dataset, options));
  const auto done = static_cast<std::int64_t>(plan.json.find("step")->number());
  Status trained;
  if (!plan.json.find("done")->boolean()) trained = train(session, model, held_out, command, done);
  // Leaves the model with the weights it should keep: averaged, or of the best validation.
  if (const session::Reply ended = session.train_end(model); !ended) return ended.error();
  // After a training that broke off the weights are those of the last good step, and worth keeping too.
  if (!command.save.empty()) {
    STRIATE_TRY(saved, session.save(model, R"({"optimizer":true})"));
    STRIATE_CHECK(write_file(command.save, saved.bytes->data(), saved.bytes->size()));
  }
  if (!command.dump_weights.empty()) {
    STRIATE_TRY(weights, session.parameters(model, "null"));
    STRIATE_CHECK(write_file(command.dump_weights, weights.floats->data(), weights.floats->size() * sizeof(float)));
  }
  return trained;
}

}  // namespace striate::cli

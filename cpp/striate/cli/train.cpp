#include "striate/cli/commands.hpp"
#include "striate/models/zoo.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>

namespace striate::cli {

using core::Result;
using core::Status;
using io::Json;

namespace {

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// What the zoo says about training the network; null when it says nothing.
Result<Json> recipe_for(const ModelOptions& model) {
  if (!model.saved.empty()) return Json();
  for (const models::ZooEntry& entry : models::zoo()) {
    if (entry.name == model.network && !entry.recipe.empty()) return io::parse_json(entry.recipe, "recipe");
  }
  return Json();
}

// As the recipe, with milestones moved along when another number of epochs is asked for.
Json schedule_of(const Json& recipe, int epochs) {
  Json schedule = Json::object();
  for (const auto& [key, value] : recipe.find("schedule")->members()) {
    if (key != "milestones") {
      schedule.set(key, value);
      continue;
    }
    Json moved = Json::array();
    for (const Json& milestone : value.items()) {
      moved.push(std::round(milestone.number() * epochs / recipe.find("epochs")->number()));
    }
    schedule.set(key, std::move(moved));
  }
  return schedule;
}

Result<std::string> training_options(const TrainCommand& command) {
  if (command.resume) return Json::object({{"epochs", command.epochs.value_or(1)}, {"resume", true}}).text();
  Json given = Json::object();
  if (!command.options.empty()) {
    STRIATE_TRY(parsed, io::parse_json(command.options, "--options"));
    if (!parsed.is(Json::Kind::object)) {
      return core::Error{core::ErrorCode::invalid_argument, "--options is not an object",
                         R"(Write it as '{"optimizer":{"type":"adamw"}}'.)"};
    }
    given = std::move(parsed);
  }
  if (!command.augmentation.empty() && given.find("augmentation") == nullptr) {
    STRIATE_TRY(text, read_file(command.augmentation));
    STRIATE_TRY(policy, io::parse_json({reinterpret_cast<const char*>(text.data()), text.size()}, command.augmentation));
    given.set("augmentation", std::move(policy));
  }
  STRIATE_TRY(recipe, recipe_for(command.model));
  const auto add = [&](std::string_view key, const Json& value) {
    if (given.find(key) == nullptr) given.set(key, value);
  };
  const bool own_way = command.rate || command.momentum || command.decay || command.schedule ||
                       given.find("optimizer") != nullptr || given.find("schedule") != nullptr;
  const auto usual = [&](const char* key, double otherwise) {
    return recipe.find(key) == nullptr ? otherwise : recipe.find(key)->number();
  };
  const int epochs = command.epochs.value_or(static_cast<int>(usual("epochs", 1)));
  add("epochs", epochs);
  add("batchSize", command.batch.value_or(static_cast<int>(usual("batchSize", 32))));
  add("seed", command.model.seed);
  if (const Json* loss = recipe.find("loss"); loss != nullptr) add("loss", *loss);
  if (const Json* optimizer = recipe.find("optimizer"); optimizer != nullptr && !own_way) {
    add("optimizer", *optimizer);
    if (recipe.find("schedule") != nullptr) add("schedule", schedule_of(recipe, epochs));
    return given.text();
  }
  const double rate = command.rate.value_or(0.05);
  add("optimizer", Json::object({{"type", "sgd"},
                                 {"learningRate", rate},
                                 {"momentum", command.momentum.value_or(0.9)},
                                 {"weightDecay", command.decay.value_or(0)}}));
  if (const std::string schedule = command.schedule.value_or("constant"); schedule != "constant") {
    add("schedule", Json::object({{"type", schedule}, {"maxLearningRate", rate}}));
  }
  return given.text();
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

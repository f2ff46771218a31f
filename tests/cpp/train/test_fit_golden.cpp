// What a user of `fit` may ask for against PyTorch in double precision: ten-step loss curves of a small network for
// every optimizer, schedule, loss and treatment of parameters, gradient norms, the weights, and the loss of those to
// keep.
//
// Tolerance 1e-5 relative: float32 arithmetic over ten steps (measured below 2e-6).
#include "graph/golden.hpp"
#include "striate/io/fields.hpp"
#include "striate/session/layer_settings.hpp"
#include "striate/session/training_options.hpp"
#include "striate/train/evaluator.hpp"
#include "striate/train/trainer.hpp"

#include <doctest/doctest.h>

#include <cstdlib>

using namespace striate;
using namespace striate::tests;

namespace {

constexpr double tolerance = 1e-5;

Model network_of(const Golden& golden, const io::Json& options) {
  const io::Json* kind = options.find("network");
  const std::string key = "network." + (kind == nullptr ? "plain" : kind->string());
  Model model = make_model(value_of(io::network_from_json(golden.metadata(key))));
  for (int p = 0; p < static_cast<int>(model.store->parameters().size()); ++p) {
    const std::string& name = model.store->parameters()[static_cast<std::size_t>(p)].name;
    succeed(model.store->set_values(p, golden.floats("start/" + name)));
  }
  if (const io::Json* freeze = options.find("freeze"); freeze != nullptr) {
    succeed(session::change_layers(io::Json::object({{"freeze", *freeze}}), *model.network, *model.store));
  }
  return model;
}

}  // namespace

TEST_CASE("training equals PyTorch: optimizers, schedules, losses, groups, freezing, averages") {
  const Golden golden("fit");
  auto dataset = std::make_shared<data::MemoryDataset>(
      value_of(data::MemoryDataset::make({1, 8, 8}, data::PixelKind::floats, 5)));
  succeed(dataset->append(golden.floats("images"), golden.values<std::int32_t>("labels", "I32")));
  int cases = 0;
  for (const auto& [key, text] : golden.view().metadata) {
    if (!key.starts_with("case.")) continue;
    ++cases;
    const std::string name = key.substr(5);
    CAPTURE(name);
    const io::Json json = golden.metadata(key);
    const auto losses = golden.values<double>(name + "/losses", "F64");
    const auto norms = golden.values<double>(name + "/norms", "F64");
    const double after = golden.values<double>(name + "/after", "F64")[0];
    double worst = 0;
    for_each_arch([&](const kernels::KernelTable& table) {
      REQUIRE(kernels::use_kernels(table.arch));
      Model model = network_of(golden, json);
      io::Fields fields(json, name);
      train::TrainOptions options = value_of(session::train_options_from_json(fields));
      options.batch_size = 12;
      options.sampling = data::SampleOrder::sequential;
      options.gradient_norm = true;
      auto trainer = value_of(train::Trainer::begin(*model.network, *model.store, dataset, options));
      for (std::size_t step = 0; step < losses.size(); ++step) {
        CAPTURE(step);
        const auto report = value_of(trainer->step());
        CHECK(std::fabs(report.loss - losses[step]) <= tolerance * losses[step]);
        CHECK(std::fabs(report.gradient_norm - norms[step]) <= tolerance * norms[step]);
        worst = std::fmax(worst, std::fabs(report.loss - losses[step]) / losses[step]);
      }
      for (const char* parameter : {"fc2.weight", "bn1.running_var"}) {
        const int index = model.store->find(parameter);
        if (index < 0) continue;
        trainer->conclude();
        CHECK(relative_error(model.store->values(index), golden.floats(name + "/values/" + parameter)) <= tolerance);
      }
      auto evaluator = value_of(train::Evaluator::begin(*model.network, *model.store, dataset,
                                                        {.batch_size = 7, .loss = options.loss}));
      while (!evaluator->done()) succeed(evaluator->advance(100));
      CHECK(std::fabs(evaluator->result().loss - after) <= tolerance * after);
      worst = std::fmax(worst, std::fabs(evaluator->result().loss - after) / after);
    });
    if (std::getenv("STRIATE_TELL") != nullptr) MESSAGE(name << ": worst relative error " << worst);
  }
  kernels::use_kernels(nullptr);
  CHECK(cases >= 38);
}

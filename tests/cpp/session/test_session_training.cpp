// Training through a session: it learns, it is repeatable, it can be changed, stopped, saved and gone on with.
#include "session_fixture.hpp"

#include <algorithm>
#include <numeric>

using namespace striate;
using namespace striate::tests;

namespace {

constexpr const char* momentum_sgd =
    R"({"epochs":4,"batchSize":16,"seed":7,"optimizer":{"type":"sgd","learningRate":0.1,"momentum":0.9,"weightDecay":0.0005}})";

bool all_finite(const std::vector<float>& values) {
  return std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); });
}

}  // namespace

TEST_CASE("session: training learns the patches, epoch by epoch") {
  Session session;
  const double model = small_model(session), dataset = patches_dataset(session, 200);
  const Json plan = good(session.train_begin(model, dataset, momentum_sgd));
  CHECK(number(plan, "stepsPerEpoch") == 13);
  CHECK(number(plan, "plannedBytes") > 1000);
  CHECK(number(plan, "step") == 0);
  Json report;
  double step = 0;
  for (int epoch = 0; epoch < 4; ++epoch) {
    const Steps taken = take_steps(session, model, 1000);  // ends with the epoch
    report = taken.report;
    CHECK(taken.losses.size() == 13);
    CHECK(std::abs(number(report, "loss") - std::accumulate(taken.losses.begin(), taken.losses.end(), 0.0) / 13) < 1e-6);
    CHECK(number(report, "images") == 200);
    CHECK(number(report, "epoch") == epoch);
    CHECK(number(report, "step") == (step += 13));
    CHECK(report.find("epochEnd")->boolean());
    CHECK(report.find("done")->boolean() == (epoch == 3));
    CHECK(std::abs(number(report, "learningRate") - 0.1) < 1e-9);
  }
  CHECK(number(report, "loss") < 0.2);
  CHECK(number(report, "accuracy") > 0.95);
  CHECK_ERROR(session.train_steps(model, 1), invalid_state, "done");
  good(session.train_end(model));
  good(session.train_end(model));
  CHECK_ERROR(session.train_steps(model, 1), invalid_state, "not training");

  const double held_out = patches_dataset(session, 100, 9);
  good(session.evaluate_begin(model, held_out));
  const Json result = good(session.evaluate_steps(model, 1'000'000));
  CHECK(number(result, "accuracy") > 0.95);
}

TEST_CASE("session: the same seed gives the same losses and weights; slices do not matter") {
  Session session;
  const double dataset = patches_dataset(session, 100);
  std::vector<std::vector<double>> losses;
  std::vector<std::vector<float>> ends;
  for (const int slice : {1, 3, 28}) {
    const double model = small_model(session);
    good(session.train_begin(model, dataset, momentum_sgd));
    std::vector<double> all;
    while (all.size() < 28) {
      const auto part = run_steps(session, model, std::min(slice, 28 - static_cast<int>(all.size())));
      all.insert(all.end(), part.begin(), part.end());
    }
    losses.push_back(all);
    ends.push_back(weights(session, model));
  }
  CHECK(losses[0] == losses[1]);
  CHECK(losses[0] == losses[2]);
  CHECK(ends[0] == ends[1]);
  CHECK(ends[0] == ends[2]);
}

TEST_CASE("session: 20 steps are 10 steps, save, load and 10 steps, bit by bit") {
  const std::string schedules[] = {"", R"(,"schedule":{"type":"oneCycle","maxLearningRate":0.2})"};
  for (const std::string& schedule : schedules) {
    CAPTURE(schedule);
    std::string options = momentum_sgd;
    options.insert(options.size() - 1, schedule);
    Session session;
    const double dataset = patches_dataset(session, 100);  // 7 steps an epoch, the last with 4 images
    const double straight = small_model(session);
    good(session.train_begin(straight, dataset, options));
    const auto first = run_steps(session, straight, 10);
    const auto saved = bytes_of(value_of(session.save(straight, R"({"optimizer":true})")));
    const auto rest = run_steps(session, straight, 10);

    Session other;
    const double same_data = patches_dataset(other, 100);
    const double loaded = number(good(other.load(saved)), "model");
    const Json plan = good(other.train_begin(loaded, same_data, R"({"resume":true})"));
    CHECK(number(plan, "step") == 10);
    CHECK(number(plan, "epoch") == 1);
    CHECK(run_steps(other, loaded, 10) == rest);
    CHECK(weights(other, loaded) == weights(session, straight));
    CHECK(bytes_of(value_of(other.save(loaded, R"({"optimizer":true})"))) ==
          bytes_of(value_of(session.save(straight, R"({"optimizer":true})"))));
  }
}

TEST_CASE("session: live changes are saved with the training; trainEnd puts it aside") {
  Session session;
  const double dataset = patches_dataset(session, 100);
  const double straight = small_model(session), stopped = small_model(session);
  for (const double model : {straight, stopped}) {
    good(session.train_begin(model, dataset, momentum_sgd));
    run_steps(session, model, 3);
    const Json plan = good(session.train_configure(model, R"({"learningRate":0.02,"batchSize":9})"));
    CHECK(number(plan, "batchSize") == 9);
    CHECK(number(plan, "stepsPerEpoch") == 12);
    run_steps(session, model, 4);
  }
  good(session.train_end(stopped));
  const auto saved = bytes_of(value_of(session.save(stopped, R"({"optimizer":true})")));
  const double loaded = number(good(session.load(saved)), "model");
  const auto rest = run_steps(session, straight, 8);
  for (const double model : {stopped, loaded}) {
    const Json plan = good(session.train_begin(model, dataset, R"({"resume":true,"epochs":40})"));
    CHECK(number(plan, "batchSize") == 9);
    CHECK(run_steps(session, model, 8) == rest);
    CHECK(weights(session, model) == weights(session, straight));
    CHECK(std::abs(number(good(session.train_steps(model, 1)), "learningRate") - 0.02) < 1e-9);
  }
}

TEST_CASE("session: a training that is over can be resumed for more epochs") {
  Session session;
  const double dataset = patches_dataset(session, 32), model = small_model(session);
  good(session.train_begin(model, dataset, R"({"epochs":1,"batchSize":16})"));
  CHECK(good(session.train_steps(model, 9)).find("done")->boolean());
  good(session.train_end(model));
  CHECK(good(session.train_begin(model, dataset, R"({"resume":true})")).find("done")->boolean());
  good(session.train_end(model));
  CHECK_FALSE(good(session.train_begin(model, dataset, R"({"resume":true,"epochs":2})")).find("done")->boolean());
  CHECK(number(good(session.train_steps(model, 9)), "step") == 4);
}

TEST_CASE("session: a rate that blows up stops the training, keeps good weights and says so; a smaller one goes on") {
  Session session;
  const double dataset = patches_dataset(session, 64), model = small_model(session);
  good(session.train_begin(model, dataset,
                           R"({"epochs":50,"batchSize":16,"optimizer":{"type":"sgd","learningRate":1e25}})"));
  core::Error error;
  bool failed = false;
  for (int i = 0; i < 100 && !failed; ++i) {
    const session::Reply reply = session.train_steps(model, 1);
    failed = !reply.ok();
    if (failed) error = reply.error();
  }
  REQUIRE(failed);
  CHECK(error.code == core::ErrorCode::not_finite);
  CHECK(contains(error.message, "step"));
  CHECK_FALSE(error.hint.empty());
  CHECK(all_finite(weights(session, model)));
  CHECK_ERROR(session.train_steps(model, 1), invalid_state, "stopped");
  good(session.train_configure(model, R"({"learningRate":0.001})"));
  CHECK(session.train_steps(model, 2).ok());
  CHECK(all_finite(weights(session, model)));
}

TEST_CASE("session: good steps before a failing one are reported, and the failure with the next call") {
  Session session;
  const double dataset = patches_dataset(session, 64), model = small_model(session);
  good(session.train_begin(model, dataset, R"({"epochs":50,"batchSize":16})"));
  good(session.train_steps(model, 2));
  good(session.train_configure(model, R"({"learningRate":1e30})"));
  // The update itself may fail, or the loss after it.
  CHECK_FALSE(take_steps(session, model, 9).losses.empty());
  core::Error error = error_of(session.train_steps(model, 9));
  CHECK(error.code == core::ErrorCode::not_finite);
  CHECK_ERROR(session.train_steps(model, 9), invalid_state, "stopped");
  CHECK(all_finite(weights(session, model)));
}

TEST_CASE("session: images appended while training join with the next epoch") {
  Session session;
  const double dataset = patches_dataset(session, 20), model = small_model(session);
  good(session.train_begin(model, dataset, R"({"epochs":2,"batchSize":8})"));
  good(session.train_steps(model, 1));
  const Patches more = make_patches(12, 5);
  good(session.dataset_append(dataset, byte_pixels(more.pixels), more.labels));
  CHECK(number(good(session.train_steps(model, 9)), "images") == 12);
  CHECK(number(good(session.train_steps(model, 9)), "images") == 32);
  // A training keeps its data when the dataset is disposed of.
  good(session.train_end(model));
  good(session.train_begin(model, dataset, R"({"epochs":2,"batchSize":8})"));
  good(session.dispose_dataset(dataset));
  CHECK(number(good(session.train_steps(model, 2)), "images") == 16);
}

TEST_CASE("session: training options and states that are wrong are refused by name") {
  Session session;
  const double dataset = patches_dataset(session, 16), model = small_model(session);
  const std::pair<const char*, const char*> wrong[] = {
      {"[]", "training options is []"},
      {R"({"epoch":1})", "no option 'epoch'"},
      {R"({"epochs":0})", "training options.epochs is 0"},
      {R"({"epochs":1.5})", "training options.epochs is 1.5"},
      {R"({"batchSize":0})", "training options.batchSize is 0"},
      {R"({"batchSize":"16"})", "training options.batchSize is \"16\""},
      {R"({"batchSize":1e6})", "training options.batchSize is 1000000"},
      {R"({"seed":-1})", "training options.seed is -1"},
      {R"({"optimizer":{"type":"adamw9"}})", "adamw9"},
      {R"({"optimizer":{"learningRate":0.1}})", "optimizer has no 'type'"},
      {R"({"optimizer":{"type":"sgd","lr":0.1}})", "lr"},
      {R"({"optimizer":{"type":"sgd","learningRate":-0.1}})", "learningRate"},
      {R"({"optimizer":{"type":"sgd","momentum":1.5}})", "momentum"},
      {R"({"schedule":{"type":"spiral"}})", "spiral"},
      {R"({"schedule":{"type":"oneCycle","maxLearningRate":"x"}})", "maxLearningRate"},
      {R"({"resume":1})", "training options.resume is 1"},
  };
  for (const auto& [options, part] : wrong) {
    CAPTURE(options);
    CHECK_ERROR(session.train_begin(model, dataset, options), invalid_argument, part);
  }
  CHECK_ERROR(session.train_begin(model, dataset, "{"), invalid_json, "training options");
  CHECK_ERROR(session.train_begin(model, dataset, R"({"resume":true})"), invalid_state, "no training to resume");
  CHECK_ERROR(session.train_configure(model, "{}"), invalid_state, "not training");
  CHECK_ERROR(session.train_steps(model, 1), invalid_state, "not training");

  const double wide = number(good(session.dataset_from_pixels(byte_pixels(std::vector<std::uint8_t>(72)),
                                                              std::vector<std::int32_t>{0}, "[1,1,8,9]", 1)),
                             "dataset");
  CHECK_ERROR(session.train_begin(model, wide, "{}"), invalid_shape, "1×8×9");
  const double many = number(good(session.dataset_from_pixels(byte_pixels(std::vector<std::uint8_t>(64)),
                                                              std::vector<std::int32_t>{0}, "[1,1,8,8]", 11)),
                             "dataset");
  CHECK_ERROR(session.train_begin(model, many, "{}"), invalid_argument, "11 classes");

  good(session.train_begin(model, dataset, "{}"));
  CHECK_ERROR(session.train_begin(model, dataset, "{}"), invalid_state, "already training");
  CHECK_ERROR(session.train_steps(model, 0), invalid_argument, "steps is 0");
  CHECK_ERROR(session.train_steps(model, 1.5), invalid_argument, "steps is 1.5");
  CHECK_ERROR(session.train_configure(model, R"({"learningRate":-1})"), invalid_argument, "learningRate is -1");
  CHECK_ERROR(session.train_configure(model, R"({"learningRate":null})"), invalid_argument, "learningRate is null");
  CHECK_ERROR(session.train_configure(model, R"({"batchSize":0})"), invalid_argument, "batchSize is 0");
  CHECK_ERROR(session.train_configure(model, R"({"momentum":0})"), invalid_argument, "no option 'momentum'");
  CHECK(session.train_steps(model, 1).ok());  // all that changed nothing
}

TEST_CASE("session: a batch that no memory can hold is refused with the numbers") {
  Session session;
  const std::string huge =
      R"({"input":{"channels":1,"height":8,"width":8},"layers":[{"type":"conv2d","outChannels":4096,"kernelSize":3,"padding":1},)"
      R"({"type":"flatten"},{"type":"linear","outFeatures":4}]})";
  const double model = number(good(session.create_model(huge, 1)), "model"), dataset = patches_dataset(session, 8);
  const auto reply = session.train_begin(model, dataset, R"({"batchSize":65536})");
  CHECK_ERROR(reply, out_of_memory, "65536");
  CHECK_ERROR(session.train_steps(model, 1), invalid_state, "not training");
}

TEST_CASE("session: augmentation goes on in a resumed training as if it had never stopped, and the file tells it") {
  const std::string options =
      R"({"epochs":4,"batchSize":16,"seed":5,"augmentation":{"transform":{"__class_fullname__":"Compose","p":1,"transforms":[)"
      R"({"__class_fullname__":"albumentations.augmentations.geometric.rotate.Rotate","limit":[-33.3,20.1],"p":0.7},)"
      R"({"__class_fullname__":"GaussNoise"},{"__class_fullname__":"MixUp","alpha":0.3,"p":0.5}]}}})";
  Session session;
  const double dataset = patches_dataset(session, 100), straight = small_model(session), plain = small_model(session);
  good(session.train_begin(straight, dataset, options));
  const auto first = run_steps(session, straight, 10);
  const auto saved = bytes_of(value_of(session.save(straight, R"({"optimizer":true})")));
  const auto rest = run_steps(session, straight, 10);

  Session other;
  const double same_data = patches_dataset(other, 100), loaded = number(good(other.load(saved)), "model");
  good(other.train_begin(loaded, same_data, R"({"resume":true})"));
  CHECK(run_steps(other, loaded, 10) == rest);
  CHECK(weights(other, loaded) == weights(session, straight));
  CHECK(bytes_of(value_of(other.save(loaded, R"({"optimizer":true})"))) ==
        bytes_of(value_of(session.save(straight, R"({"optimizer":true})"))));

  good(session.train_begin(plain, dataset, R"({"epochs":4,"batchSize":16,"seed":5})"));
  CHECK(run_steps(session, plain, 10) != first);

  const double refused = small_model(session);
  CHECK_ERROR(session.train_begin(refused, dataset, R"({"augmentation":[{"type":"Rotate","limit":"far"}]})"), invalid_argument, "Rotate: 'limit'");
  CHECK_ERROR(session.train_begin(refused, dataset, R"({"augmentation":[{"type":"Spin"}]})"), invalid_argument, "Spin");
}

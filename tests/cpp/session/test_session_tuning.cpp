// Fine tuning through a session: frozen layers and rates of layers that are saved, every training option there and
// back, validation that steers the training, a resume with all of it bit by bit, the search for a rate, all measures.
#include "session_fixture.hpp"

#include "striate/session/training_options.hpp"

#include <algorithm>

using namespace striate;
using namespace striate::tests;

namespace {

// 1×8×8 → conv 4 → norm → relu → pool → flatten → linear 4
const std::string normed_network =
    R"({"input":{"channels":1,"height":8,"width":8},"layers":[)"
    R"({"type":"conv2d","name":"conv1","outChannels":4,"kernelSize":3,"padding":1},{"type":"batchNorm2d","name":"bn1"},)"
    R"({"type":"relu"},{"type":"maxPool2d","kernelSize":2},{"type":"flatten"},)"
    R"({"type":"linear","name":"fc1","outFeatures":4}]})";

constexpr const char* everything =
    R"({"epochs":40,"batchSize":16,"seed":7,"optimizer":{"type":"adamw","learningRate":0.02,"weightDecay":0.1},)"
    R"("schedule":{"type":"reduceOnPlateau","patience":1,"factor":0.5},)"
    R"("loss":{"type":"crossEntropy","labelSmoothing":0.05,"classWeights":[1,2,1,0.5]},"clipNorm":1.5,"clipValue":0.5,)"
    R"("gradientNorm":true,"dropLast":true,"sampling":"balanced","parameterGroups":[{"names":["*.bias"],"learningRate":2,)"
    R"("weightDecay":0}],"averageWeights":{"decay":0.8,"warmup":true},)"
    R"("earlyStopping":{"monitor":"accuracy","patience":4,"minDelta":0.001,"restoreBest":true}})";

double normed_model(Session& session) { return number(good(session.create_model(normed_network, 1)), "model"); }

Json validate(Session& session, double model, double dataset) {
  good(session.evaluate_begin(model, dataset, R"({"training":true})"));
  return good(session.evaluate_steps(model, 1e6));
}

struct Trace {
  std::vector<double> losses, validations, rates;
  bool done = false;
  bool operator==(const Trace&) const = default;
};

// Epochs with a validation after each, until there are that many or the training is over.
Trace run_epochs(Session& session, double model, double held_out, int epochs) {
  Trace trace;
  for (int epoch = 0; epoch < epochs && !trace.done; ++epoch) {
    Json report;
    do {
      const Steps taken = take_steps(session, model, 3);
      report = taken.report;
      trace.losses.insert(trace.losses.end(), taken.losses.begin(), taken.losses.end());
      trace.rates.push_back(number(report, "learningRate"));
    } while (!report.find("epochEnd")->boolean());
    const Json result = validate(session, model, held_out);
    trace.validations.push_back(number(result, "loss"));
    trace.done = result.find("trainingDone")->boolean();
  }
  return trace;
}

}  // namespace

TEST_CASE("training options: written as they were read, defaults left out") {
  const auto there_and_back = [](const char* text) {
    const Json json = value_of(io::parse_json(text, "options"));
    io::Fields fields(json, "options");
    return session::train_options_to_json(value_of(session::train_options_from_json(fields))).text();
  };
  CHECK(there_and_back("{}") == R"({"epochs":1,"batchSize":32,"seed":0,"optimizer":{"type":"sgd"}})");
  const std::string all = there_and_back(everything);
  CHECK(there_and_back(all.c_str()) == all);
  const char* parts[] = {R"("clipNorm":1.5)",         R"("sampling":"balanced")", R"("dropLast":true)",
                         R"("monitor":"accuracy")",   R"("names":["*.bias"])",    R"("weightDecay":0})",
                         R"("labelSmoothing":0.05)",  R"("decay":0.8)"};
  for (const char* part : parts) {
    CAPTURE(part);
    CHECK(contains(all, part));
  }
}

TEST_CASE("session: 12 epochs with everything switched on are 5, save, load, and the rest, bit by bit") {
  Session session;
  const double dataset = patches_dataset(session, 100), held_out = patches_dataset(session, 60, 9);
  for (int cut = 1; cut <= 5; cut += 2) {
    CAPTURE(cut);
    const double straight = normed_model(session);
    good(session.train_begin(straight, dataset, everything));
    const Trace first = run_epochs(session, straight, held_out, cut);
    const auto saved = bytes_of(value_of(session.save(straight, R"({"optimizer":true})")));
    const Trace rest = run_epochs(session, straight, held_out, 12);
    good(session.train_end(straight));

    Session other;
    const double same_data = patches_dataset(other, 100), same_held_out = patches_dataset(other, 60, 9);
    const double loaded = number(good(other.load(saved)), "model");
    good(other.train_begin(loaded, same_data, R"({"resume":true})"));
    CHECK((run_epochs(other, loaded, same_held_out, 12) == rest));
    good(other.train_end(loaded));
    CHECK(weights(other, loaded) == weights(session, straight));
    CHECK(bytes_of(value_of(other.save(loaded, R"({"optimizer":true})"))) ==
          bytes_of(value_of(session.save(straight, R"({"optimizer":true})"))));
  }
}

TEST_CASE("session: a training that was ended goes on with the weights of its last step") {
  Session session;
  const double dataset = patches_dataset(session, 100), held_out = patches_dataset(session, 60, 9);
  const double straight = normed_model(session), ended = normed_model(session);
  for (const double model : {straight, ended}) {
    good(session.train_begin(model, dataset, everything));
    run_epochs(session, model, held_out, 2);
  }
  const auto averaged = weights(session, ended);
  good(session.train_end(ended));
  CHECK(weights(session, ended) == averaged);  // the last validation was the best
  const auto saved = bytes_of(value_of(session.save(ended, R"({"optimizer":true})")));
  const double loaded = number(good(session.load(saved)), "model");
  CHECK(weights(session, loaded) == weights(session, ended));
  const Trace rest = run_epochs(session, straight, held_out, 3);
  for (const double model : {ended, loaded}) {
    good(session.train_begin(model, dataset, R"({"resume":true})"));
    CHECK(weights(session, model) == averaged);
    CHECK((run_epochs(session, model, held_out, 3) == rest));
  }
}

TEST_CASE("session: early stopping and plateaus listen to validations, and only to those of the training") {
  Session session;
  const double dataset = patches_dataset(session, 64), model = small_model(session);
  good(session.train_begin(model, dataset,
                           R"({"epochs":50,"batchSize":16,"optimizer":{"type":"sgd","learningRate":0},)"
                           R"("earlyStopping":{"patience":3},"schedule":{"type":"reduceOnPlateau","patience":0}})"));
  for (int epoch = 0; epoch < 4; ++epoch) {
    CHECK(number(good(session.train_steps(model, 9)), "step") == 4 * (epoch + 1));
    good(session.evaluate_begin(model, dataset));
    CHECK(good(session.evaluate_steps(model, 1e6)).find("trainingDone") == nullptr);
    const Json result = validate(session, model, dataset);
    CHECK(result.find("improved")->boolean() == (epoch == 0));
    CHECK(result.find("trainingDone")->boolean() == (epoch == 3));
  }
  CHECK_ERROR(session.train_steps(model, 1), invalid_state, "stopped getting better");
  good(session.train_end(model));
  CHECK(good(session.train_begin(model, dataset, R"({"resume":true})")).find("done")->boolean());
  good(session.train_end(model));
  CHECK_ERROR(session.evaluate_begin(model, dataset, R"({"training":true})"), invalid_state, "not training");

  good(session.train_begin(model, dataset,
                           R"({"epochs":9,"batchSize":64,"optimizer":{"type":"sgd","learningRate":1e-9},)"
                           R"("schedule":{"type":"reduceOnPlateau","patience":1,"factor":0.5,"threshold":0.5}})"));
  std::vector<double> rates;
  for (int epoch = 0; epoch < 6; ++epoch) {
    rates.push_back(number(good(session.train_steps(model, 1)), "learningRate"));
    validate(session, model, dataset);
  }
  CHECK(rates == std::vector<double>(6, 1e-9));  // falls of less than 1e-8 are not made
  // An evaluation of the training that is under way when it ends is gone with it.
  good(session.evaluate_begin(model, dataset, R"({"training":true})"));
  good(session.train_end(model));
  CHECK_ERROR(session.evaluate_steps(model, 1), invalid_state, "no evaluation is under way");
}

TEST_CASE("session: whoever looks at a model in training sees the averaged weights, and validation its loss") {
  Session session;
  const double dataset = patches_dataset(session, 64), model = small_model(session);
  const std::vector<std::uint8_t> image(64, 90);
  const auto looks = [&] {
    return std::vector<std::vector<float>>{floats_of(value_of(session.predict(model, byte_pixels(image), 1))),
                                           floats_of(value_of(session.inspect(model, byte_pixels(image), "null"))),
                                           floats_of(value_of(session.parameters(model, "null")))};
  };
  const auto before = looks();
  const auto loss_now = [&] {
    good(session.evaluate_begin(model, dataset));
    return number(good(session.evaluate_steps(model, 1e6)), "loss");
  };
  good(session.train_begin(model, dataset, R"({"epochs":2,"batchSize":16,"loss":{"type":"focal","gamma":0},)"
                                           R"("optimizer":{"type":"sgd","learningRate":0.2},)"
                                           R"("averageWeights":{"decay":0.9}})"));
  CHECK(looks() == before);
  good(session.train_steps(model, 4));
  const double validated = number(validate(session, model, dataset), "loss");
  // focal with gamma 0 is cross-entropy.
  CHECK(loss_now() == doctest::Approx(validated).epsilon(1e-6));
  const auto during = looks();
  CHECK(during[0] != before[0]);
  CHECK(during[2] != before[2]);
  good(session.train_steps(model, 1));
  CHECK(looks() != during);  // plans that are kept see each step
  const auto last = looks();
  good(session.train_end(model));
  CHECK(looks() == last);
}

TEST_CASE("session: the norm of the gradients is told where it was asked for") {
  Session session;
  const double dataset = patches_dataset(session, 64), model = small_model(session);
  good(session.train_begin(model, dataset, "{}"));
  CHECK(good(session.train_steps(model, 1)).find("gradientNorm") == nullptr);
  good(session.train_end(model));
  for (const char* options : {R"({"gradientNorm":true})", R"({"clipNorm":1e-6})"}) {
    good(session.train_begin(model, dataset, options));
    CHECK(number(good(session.train_steps(model, 1)), "gradientNorm") > 1e-5);
    good(session.train_end(model));
  }
}

TEST_CASE("session: layers are frozen, thawed and given rates; files keep it; a training keeps its layers") {
  Session session;
  const double model = normed_model(session), dataset = patches_dataset(session, 64);
  const auto change = [&](const char* json) { return good(session.configure_layers(model, json)).text(); };
  CHECK(change("{}") ==
        R"([{"name":"conv1","trainable":true,"learningRate":1},{"name":"bn1","trainable":true,"learningRate":1,)"
        R"("batchNorm":"updated"},{"name":"fc1","trainable":true,"learningRate":1}])");
  const std::string frozen =
      R"([{"name":"conv1","trainable":false,"learningRate":1},{"name":"bn1","trainable":false,"learningRate":1,)"
      R"("batchNorm":"frozen"},{"name":"fc1","trainable":true,"learningRate":1}])";
  CHECK(change(R"({"freeze":{"until":"bn1"}})") == frozen);
  CHECK(contains(change(R"({"freeze":{"layers":["bn1"],"batchNorm":"updated"}})"), R"("batchNorm":"updated")"));
  CHECK(contains(change(R"({"unfreeze":{"layers":["conv1"]}})"), R"({"name":"conv1","trainable":true)"));
  CHECK(contains(change(R"({"unfreeze":{}})"),
                 R"({"name":"bn1","trainable":true,"learningRate":1,"batchNorm":"updated"})"));
  const std::string rated = change(R"({"learningRates":{"conv1":0.25,"fc1":2}})");
  CHECK(contains(rated, R"({"name":"conv1","trainable":true,"learningRate":0.25})"));
  const std::string both = change(R"({"freeze":{"until":"bn1"}})");
  CHECK(contains(both, R"({"name":"conv1","trainable":false,"learningRate":0.25})"));
  CHECK(change((R"({"settings":)" + rated + "}").c_str()) == rated);
  CHECK(change((R"({"settings":)" + both + "}").c_str()) == both);

  // Saved with the model, and only when there is something to say.
  const double loaded = number(good(session.load(bytes_of(value_of(session.save(model, "{}"))))), "model");
  CHECK(good(session.configure_layers(loaded, "{}")).text() == both);
  const double usual = normed_model(session);
  const auto plain = bytes_of(value_of(session.save(usual, "{}")));
  CHECK_FALSE(contains(std::string(plain.begin(), plain.end()), "striate.layers"));

  const auto before = weights(session, loaded);
  good(session.train_begin(loaded, dataset, R"({"epochs":1,"optimizer":{"type":"sgd","learningRate":0.1}})"));
  CHECK_ERROR(session.configure_layers(loaded, R"({"unfreeze":{}})"), invalid_state, "while the model trains");
  CHECK(good(session.configure_layers(loaded, "{}")).text() == both);
  good(session.train_steps(loaded, 9));
  good(session.train_end(loaded));
  const auto after = weights(session, loaded);
  const std::size_t front = 36 + 4 + 4 * 4;  // conv1, bn1 with its statistics
  CHECK(std::equal(before.begin(), before.begin() + static_cast<std::ptrdiff_t>(front), after.begin()));
  CHECK(before != after);

  const auto refused = [&](const char* json) { return session.configure_layers(model, json); };
  CHECK_ERROR(refused(R"({"freeze":{"until":"conv9"}})"), unknown_layer, "conv9");
  CHECK_ERROR(refused(R"({"freeze":{}})"), invalid_argument, "either until or layers");
  CHECK_ERROR(refused(R"({"freeze":{"until":"conv1","layers":["fc1"]}})"), invalid_argument, "either");
  CHECK_ERROR(refused(R"({"freeze":{"layers":["conv1",3]}})"), invalid_argument, "list of names");
  CHECK_ERROR(refused(R"({"freeze":{"layers":["conv1"],"batchNorm":"off"}})"), invalid_argument, "'off'");
  CHECK_ERROR(refused(R"({"learningRates":{"conv1":-1}})"), invalid_argument, "conv1");
  CHECK_ERROR(refused(R"({"learningRates":{"conv1":0.5,"fc9":1}})"), unknown_layer, "fc9");
  CHECK_ERROR(refused(R"({"thaw":{}})"), invalid_argument, "thaw");
  CHECK(good(session.configure_layers(model, "{}")).text() == both);  // nothing of it was done
}

TEST_CASE("session: the search for a learning rate leaves the model alone and can be given up") {
  Session session;
  const double dataset = patches_dataset(session, 100), model = normed_model(session);
  const auto before = weights(session, model);
  CHECK_ERROR(session.rate_steps(model, 1), invalid_state, "no search");
  CHECK(number(good(session.rate_begin(model, dataset, R"({"batchSize":16,"steps":60,"start":1e-4})")), "steps") == 60);
  Json answer = good(session.rate_steps(model, 5));
  CHECK_FALSE(answer.find("done")->boolean());
  CHECK(number(answer, "step") == 5);
  good(session.rate_end(model));
  good(session.rate_end(model));
  CHECK_ERROR(session.rate_steps(model, 1), invalid_state, "no search");
  good(session.rate_begin(model, dataset, R"({"batchSize":16,"steps":60,"start":1e-4})"));
  while (!answer.find("done")->boolean()) answer = good(session.rate_steps(model, 7));
  CHECK(answer.find("rates")->items().size() == answer.find("smoothed")->items().size());
  CHECK(number(answer, "suggestion") > 1e-4);
  CHECK(weights(session, model) == before);
  CHECK_ERROR(session.rate_begin(model, dataset, R"({"start":-1})"), invalid_argument, "-1");
  CHECK_ERROR(session.rate_begin(model, dataset, R"({"stop":1})"), invalid_argument, "no option 'stop'");
}

TEST_CASE("session: an evaluation tells every measure") {
  Session session;
  const double dataset = patches_dataset(session, 50), model = small_model(session);
  good(session.evaluate_begin(model, dataset, R"({"topK":2,"loss":{"type":"meanSquared"}})"));
  const Json result = good(session.evaluate_steps(model, 1e6));
  CHECK(number(result, "topK") == 2);
  CHECK(number(result, "topKAccuracy") >= number(result, "accuracy"));
  CHECK(number(result, "calibrationError") >= 0);
  double support = 0, weighted = 0;
  for (const Json& one : result.find("classes")->items()) {
    support += number(one, "support");
    weighted += number(one, "support") * number(one, "recall");
  }
  CHECK(support == 50);
  CHECK(weighted / 50 == doctest::Approx(number(result, "accuracy")));
  CHECK(number(*result.find("macro"), "f1") <= 1);
  good(session.evaluate_begin(model, dataset, "{}"));
  CHECK(number(good(session.evaluate_steps(model, 1e6)), "topK") == 4);  // no more than there are classes
  CHECK_ERROR(session.evaluate_begin(model, dataset, R"({"topk":2})"), invalid_argument, "topk");
  CHECK_ERROR(session.evaluate_begin(model, dataset, R"({"topK":0})"), invalid_argument, "topK");
  CHECK_ERROR(session.evaluate_begin(model, dataset, R"({"loss":{"type":"hinge"}})"), invalid_argument, "hinge");
}

TEST_CASE("session: training options that are wrong are refused by name") {
  Session session;
  const double dataset = patches_dataset(session, 16), model = small_model(session);
  const std::pair<const char*, const char*> wrong[] = {
      {R"({"loss":{"type":"hinge"}})", "hinge"},
      {R"({"loss":{"type":"crossEntropy","classWeights":[1,2]}})", "2 class weights for 4 classes"},
      {R"({"clipNorm":-1})", "clipNorm is -1"},
      {R"({"sampling":"sorted"})", "sampling is 'sorted'"},
      {R"({"dropLast":1})", "dropLast is 1"},
      {R"({"parameterGroups":{}})", "parameterGroups is not a list"},
      {R"({"parameterGroups":[{"learningRate":2}]})", "parameterGroups[0] has no list of names"},
      {R"({"parameterGroups":[{"names":["conv1"],"rate":2}]})", "no option 'rate'"},
      {R"({"averageWeights":{"decay":1}})", "averageWeights: option 'decay' cannot be 1"},
      {R"({"averageWeights":0.9})", "averageWeights is not an object"},
      {R"({"earlyStopping":{"monitor":"f1"}})", "option 'monitor' cannot be 'f1'"},
      {R"({"earlyStopping":{"patience":1.5}})", "option 'patience' cannot be 1.5"},
      {R"({"earlyStopping":{"patienc":1}})", "no option 'patienc'"},
      {R"({"schedule":{"type":"reduceOnPlateau","factor":1}})", "factor"},
  };
  for (const auto& [options, part] : wrong) {
    CAPTURE(options);
    CHECK_ERROR(session.train_begin(model, dataset, options), invalid_argument, part);
  }
  const char* unknown = R"({"parameterGroups":[{"names":["conv9"]}]})";
  CHECK_ERROR(session.train_begin(model, dataset, unknown), not_found, "'conv9'");
}

// Saved models: PyTorch's names and shapes, an exact way back, and files that are refused.
#include "session_fixture.hpp"

#include "striate/io/safetensors.hpp"

#include <functional>

using namespace striate;
using namespace striate::tests;

namespace {

// A saved file taken apart, so that a test can spoil one piece and put it together again.
struct Pieces {
  struct Tensor {
    std::string name;
    std::vector<std::int64_t> shape;
    std::vector<float> values;
  };
  std::vector<Tensor> tensors;
  io::Metadata metadata;

  explicit Pieces(std::span<const std::uint8_t> bytes) {
    const auto view = value_of(io::read_safetensors(bytes));
    metadata = view.metadata;
    for (const io::TensorView& tensor : view.tensors) {
      std::vector<float> values(tensor.elements());
      succeed(tensor.copy_floats(values));
      tensors.push_back({tensor.name, tensor.shape, std::move(values)});
    }
  }

  Tensor& named(std::string_view name) {
    for (Tensor& tensor : tensors) {
      if (tensor.name == name) return tensor;
    }
    FAIL("no tensor ", std::string(name));
    return tensors.front();
  }
  std::string& text(std::string_view key) {
    for (auto& entry : metadata) {
      if (entry.first == key) return entry.second;
    }
    FAIL("no metadata ", std::string(key));
    return metadata.front().second;
  }
  void replace(std::string_view key, const std::string& part, const std::string& by) {
    std::string& whole = text(key);
    const auto at = whole.find(part);
    REQUIRE(at != std::string::npos);
    whole.replace(at, part.size(), by);
  }

  std::vector<std::uint8_t> bytes() const {
    std::vector<io::TensorSource> sources;
    for (const Tensor& tensor : tensors) sources.push_back({tensor.name, tensor.shape, tensor.values});
    const auto written = value_of(io::write_safetensors(sources, metadata));
    return {written.data(), written.data() + written.size()};
  }
};

std::vector<std::uint8_t> saved_training() {
  Session session;
  const double model = small_model(session), dataset = patches_dataset(session, 40);
  good(session.train_begin(
      model, dataset, R"({"epochs":3,"batchSize":8,"optimizer":{"type":"sgd","learningRate":0.05,"momentum":0.9}})"));
  run_steps(session, model, 7);
  return bytes_of(value_of(session.save(model, R"({"optimizer":true})")));
}

}  // namespace

TEST_CASE("saved model: PyTorch's state names and shapes, and nothing of the optimizer unless asked") {
  Session session;
  const double model = small_model(session);
  const Pieces pieces(bytes_of(value_of(session.save(model, "{}"))));
  REQUIRE(pieces.tensors.size() == 4);
  CHECK(pieces.tensors[0].name == "conv1.weight");
  CHECK(pieces.tensors[0].shape == std::vector<std::int64_t>{4, 1, 3, 3});
  CHECK(pieces.tensors[3].name == "fc1.bias");
  REQUIRE(pieces.metadata.size() == 2);
  CHECK(pieces.metadata[0] == std::pair<std::string, std::string>{"format", "pt"});
  CHECK(contains(pieces.metadata[1].second, "\"conv1\""));

  Pieces training(saved_training());
  CHECK(training.tensors.size() == 8);
  CHECK(training.named("optimizer.velocity.conv1.weight").shape == std::vector<std::int64_t>{4, 1, 3, 3});
  const std::string& state = training.text("striate.training");
  CHECK(contains(state, R"("step":7,"epoch":1,"sample":16)"));
  CHECK(contains(state, R"("optimizer":{"type":"sgd","learningRate":0.05,"momentum":0.9})"));
}

TEST_CASE("saved model: loading gives the same network, weights and predictions") {
  Session session;
  const double model = small_model(session, 12);
  const auto bytes =
      bytes_of(value_of(session.save(model, R"({"optimizer":true})")));  // no training yet: just no state
  const double loaded = number(good(session.load(bytes)), "model");
  CHECK(good(session.spec(loaded)).text() == good(session.spec(model)).text());
  CHECK(weights(session, loaded) == weights(session, model));
  CHECK(bytes_of(value_of(session.save(loaded, "{}"))) == bytes);
  CHECK_ERROR(session.save(model, R"({"optimiser":true})"), invalid_argument, "optimiser");
  CHECK_ERROR(session.save(model, R"({"optimizer":1})"), invalid_argument, "true or false");
}

TEST_CASE("saved model: a file that does not fit is refused with what does not fit, and no model is made") {
  struct Case {
    const char* part;
    std::function<void(Pieces&)> spoil;
  };
  const Case cases[] = {
      {"tensor 'fc1.bias' is missing", [](Pieces& p) { p.named("fc1.bias").name = "optimizer.velocity.x"; }},
      {"tensor 'extra' belongs to no layer", [](Pieces& p) { p.tensors.push_back({"extra", {1}, {0}}); }},
      {"tensor 'conv1.weight' has shape [4, 3, 3, 1]", [](Pieces& p) { p.named("conv1.weight").shape = {4, 3, 3, 1}; }},
      {"tensor 'conv1.bias' has shape [1, 4]", [](Pieces& p) { p.named("conv1.bias").shape = {1, 4}; }},
      {"conv1.weight", [](Pieces& p) { p.named("conv1.weight").values[5] = std::nanf(""); }},
      {"'striate.network' is missing", [](Pieces& p) { p.metadata.erase(p.metadata.begin() + 1); }},
      {"metadata 'striate.network'", [](Pieces& p) { p.text("striate.network") = "{"; }},
      {"network has no 'layers'", [](Pieces& p) { p.replace("striate.network", "layers", "Layers"); }},
      {"conv9d", [](Pieces& p) { p.replace("striate.network", "conv2d", "conv9d"); }},
      {"cannot hold them",
       [](Pieces& p) { p.replace("striate.network", "\"outChannels\":4", "\"outChannels\":60000"); }},
      {"metadata 'striate.training'", [](Pieces& p) { p.text("striate.training") = "[1"; }},
      {"saved training is []", [](Pieces& p) { p.text("striate.training") = "[]"; }},
      {"saved training has no 'sample'",
       [](Pieces& p) { p.replace("striate.training", "\"sample\":16", "\"seed2\":1"); }},
      {"saved training.step is -7", [](Pieces& p) { p.replace("striate.training", "\"step\":7", "\"step\":-7"); }},
      {"'optimizer.velocity.conv1.weight' has shape",
       [](Pieces& p) { p.named("optimizer.velocity.conv1.weight").shape = {36}; }},
      {"belongs to no parameter",
       [](Pieces& p) { p.named("optimizer.velocity.conv1.bias").name = "optimizer.velocity.conv2.bias"; }},
      {"not finite", [](Pieces& p) { p.named("optimizer.velocity.fc1.bias").values[0] = std::nanf(""); }},
  };
  const auto good_bytes = saved_training();
  Session session;
  for (const Case& broken : cases) {
    CAPTURE(std::string(broken.part));
    Pieces pieces(good_bytes);
    broken.spoil(pieces);
    const auto reply = session.load(pieces.bytes());
    REQUIRE_FALSE(reply.ok());
    CHECK_MESSAGE(contains(reply.error().message, broken.part), "message: " << reply.error().message);
    CHECK_FALSE(reply.error().hint.empty());
  }
  CHECK_ERROR(session.load({}), invalid_file, "safetensors");
  CHECK_ERROR(session.load(std::span<const std::uint8_t>(good_bytes).first(good_bytes.size() - 1)), invalid_file,
              "truncated");
  CHECK(session.model_count() == 0);
  CHECK(session.load(good_bytes).ok());
}

TEST_CASE("saved model: optimizer state that is not whole is found when training resumes") {
  Pieces pieces(saved_training());
  std::erase_if(pieces.tensors,
                [](const Pieces::Tensor& tensor) { return tensor.name == "optimizer.velocity.fc1.bias"; });
  Session session;
  const double model = number(good(session.load(pieces.bytes())), "model"), dataset = patches_dataset(session, 40);
  CHECK_ERROR(session.train_begin(model, dataset, R"({"resume":true})"), invalid_state, "optimizer.velocity.fc1.bias");
  CHECK(session.train_begin(model, dataset, "{}").ok());
}

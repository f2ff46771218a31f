// Looking through a session: evaluate, predict, inspect.
#include "session_fixture.hpp"

#include <algorithm>
#include <limits>

using namespace striate;
using namespace striate::tests;

TEST_CASE("session: evaluation in slices equals evaluation at once") {
  Session session;
  const double model = small_model(session), dataset = patches_dataset(session, 150);
  good(session.evaluate_begin(model, dataset));
  const Json whole = good(session.evaluate_steps(model, 1000));
  CHECK(whole.find("done")->boolean());
  CHECK(number(whole, "images") == 150);
  double total = 0;
  for (const Json& row : whole.find("confusionMatrix")->items()) {
    CHECK(row.items().size() == small_classes);
    for (const Json& cell : row.items()) total += cell.number();
  }
  CHECK(total == 150);

  good(session.evaluate_begin(model, dataset));
  Json part;
  int calls = 0;
  do {
    part = good(session.evaluate_steps(model, 10));
    CHECK((part.find("loss") != nullptr) == part.find("done")->boolean());
    ++calls;
  } while (!part.find("done")->boolean());
  CHECK(calls > 1);
  CHECK(part.text() == whole.text());
  CHECK_ERROR(session.evaluate_steps(model, 10), invalid_state, "no evaluation");
  CHECK_ERROR(session.evaluate_steps(model, 0), invalid_argument, "images is 0");
}

TEST_CASE("session: row of the confusion matrix is the label, and accuracy is its diagonal") {
  Session session;
  const double model = small_model(session), dataset = patches_dataset(session, 60);
  good(session.evaluate_begin(model, dataset));
  const Json result = good(session.evaluate_steps(model, 1000));
  const Patches made = make_patches(60);
  double right = 0;
  for (int label = 0; label < small_classes; ++label) {
    const Json& row = result.find("confusionMatrix")->items()[static_cast<std::size_t>(label)];
    double sum = 0;
    for (const Json& cell : row.items()) sum += cell.number();
    CHECK(sum == static_cast<double>(std::count(made.labels.begin(), made.labels.end(), label)));
    right += row.items()[static_cast<std::size_t>(label)].number();
  }
  CHECK(number(result, "accuracy") == right / 60);
}

TEST_CASE("session: prediction does not depend on batch, slice or pixel type, and adds up to one") {
  Session session;
  const double model = small_model(session);
  constexpr int count = 300;  // more than one batch
  const Patches made = make_patches(count);
  std::vector<float> as_floats(made.pixels.size());
  for (std::size_t i = 0; i < as_floats.size(); ++i) as_floats[i] = static_cast<float>(made.pixels[i]) / 255.0f;
  const auto all = floats_of(value_of(session.predict(model, byte_pixels(made.pixels), count)));
  REQUIRE(all.size() == count * small_classes);
  CHECK(floats_of(value_of(session.predict(model, float_pixels(as_floats), count))) == all);
  for (int i = 0; i < count; ++i) {
    float sum = 0;
    for (int c = 0; c < small_classes; ++c) sum += all[static_cast<std::size_t>(i * small_classes + c)];
    CHECK(std::abs(sum - 1.0f) < 1e-5f);
  }
  for (const int images : {1, 2, 5, 17}) {
    const std::vector<std::uint8_t> first(made.pixels.begin(), made.pixels.begin() + images * 64);
    const auto some = floats_of(value_of(session.predict(model, byte_pixels(first), images)));
    for (std::size_t i = 0; i < some.size(); ++i) CHECK(std::abs(some[i] - all[i]) < 1e-6f);
  }
}

TEST_CASE("session: inspect gives every layer and the probabilities of predict") {
  Session session;
  const double model = small_model(session);
  const Patches made = make_patches(1);
  const Answer all = value_of(session.inspect(model, byte_pixels(made.pixels), "null"));
  const auto& layers = all.json.find("layers")->items();
  REQUIRE(layers.size() == 5);
  CHECK(layers[0].text() == R"({"name":"conv1","type":"conv2d","shape":[4,8,8],"offset":0,"length":256})");
  CHECK(layers[2].find("shape")->text() == "[4,4,4]");
  double end = 0;
  for (const Json& layer : layers) {
    CHECK(number(layer, "offset") == end);
    end += number(layer, "length");
  }
  const Json& probabilities = *all.json.find("probabilities");
  CHECK(number(probabilities, "offset") == end);
  CHECK(number(probabilities, "length") == small_classes);
  const auto values = floats_of(all);
  REQUIRE(values.size() == static_cast<std::size_t>(end) + small_classes);
  const auto predicted = floats_of(value_of(session.predict(model, byte_pixels(made.pixels), 1)));
  for (std::size_t c = 0; c < small_classes; ++c)
    CHECK(std::abs(values[values.size() - small_classes + c] - predicted[c]) < 1e-6f);
  // The convolution's own output is shown, negative values and all, and the ReLU's beside it.
  for (std::size_t i = 0; i < 256; ++i) CHECK(values[256 + i] == std::max(values[i], 0.0f));
  CHECK(*std::min_element(values.begin(), values.begin() + 256) < 0.0f);

  const Answer some = value_of(session.inspect(model, byte_pixels(made.pixels), R"(["pool1"])"));
  CHECK(some.json.find("layers")->items().size() == 1);
  CHECK((*some.floats)[0] == values[512]);
  const Answer none = value_of(session.inspect(model, byte_pixels(made.pixels), "[]"));
  CHECK(none.json.find("layers")->items().empty());
  CHECK(number(*none.json.find("probabilities"), "length") == small_classes);
}

TEST_CASE("session: inspect sees the weights as training changes them") {
  Session session;
  const double model = small_model(session), dataset = patches_dataset(session, 32);
  const Patches made = make_patches(1);
  const auto look = [&] { return floats_of(value_of(session.inspect(model, byte_pixels(made.pixels), "null"))); };
  const auto before = look();
  good(session.train_begin(model, dataset,
                           R"({"epochs":9,"batchSize":8,"optimizer":{"type":"sgd","learningRate":0.1}})"));
  good(session.train_steps(model, 1));
  const auto after = look();
  CHECK(before != after);
  CHECK(look() == after);
}

TEST_CASE("session: images of another size or with NaN, and layers that are not there, are refused") {
  Session session;
  const double model = small_model(session);
  const auto bytes = [](std::size_t count) { return byte_pixels(std::vector<std::uint8_t>(count)); };
  CHECK_ERROR(session.predict(model, bytes(65), 1), invalid_shape, "65 pixels are not 1 of 1×8×8");
  CHECK_ERROR(session.predict(model, bytes(64), 2), invalid_shape, "64 pixels are not 2");
  CHECK_ERROR(session.predict(model, bytes(0), 0), invalid_argument, "count is 0");
  CHECK_ERROR(session.predict(model, bytes(64), std::nan("")), invalid_argument, "count");
  std::vector<float> pixels(128);
  pixels[70] = std::numeric_limits<float>::infinity();
  CHECK_ERROR(session.predict(model, float_pixels(pixels), 2), not_finite, "pixel 6 of image 1");
  CHECK_ERROR(session.inspect(model, bytes(128), "null"), invalid_shape, "128 pixels");
  CHECK_ERROR(session.inspect(model, bytes(64), R"(["conv7"])"), unknown_layer, "conv7");
  CHECK_ERROR(session.inspect(model, bytes(64), R"("conv1")"), invalid_argument, "layers is not a list");
}

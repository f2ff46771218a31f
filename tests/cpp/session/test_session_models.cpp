// Models and datasets of a session: handles, descriptions, and errors that change nothing.
#include "session_fixture.hpp"

#include "striate/core/bytes.hpp"
#include "striate/session/engine_info.hpp"

using namespace striate;
using namespace striate::tests;

TEST_CASE("session: the zoo's lenet has LeNet's numbers") {
  Session session;
  const double model = number(good(session.create_model("\"lenet\"", 1)), "model");
  double parameters = 0, macs = 0;
  const Json rows = good(session.summary(model));
  for (const Json& row : rows.items()) {
    parameters += number(row, "parameters");
    macs += number(row, "macs");
  }
  CHECK(parameters == 61'706);
  CHECK(macs == 416'520);
  const Json& first = rows.items().front();
  CHECK(first.find("name")->string() == "conv1");
  CHECK(first.find("type")->string() == "conv2d");
  CHECK(first.find("outputShape")->text() == "[6,28,28]");
  CHECK(first.find("receptiveField")->text() == R"({"size":[5,5],"stride":[1,1],"start":[-2,-2]})");
  CHECK(rows.items().back().find("outputShape")->text() == "[10,1,1]");
  CHECK(good(session.spec(model)).find("layers")->items().size() == rows.items().size());
}

TEST_CASE("session: a network of the zoo for other classes and another input") {
  Session session;
  const auto made = [&](const char* json) { return number(good(session.create_model(json, 1)), "model"); };
  const Json plain = good(session.spec(made(R"("resnet8")")));
  CHECK(plain.find("input")->text() == R"({"channels":3,"height":32,"width":32})");
  const Json grey = good(session.spec(
      made(R"({"zoo": "resnet8", "classes": 3, "input": {"channels": 1, "height": 28, "width": 28}})")));
  CHECK(grey.find("input")->find("channels")->number() == 1);
  CHECK(grey.find("layers")->items().back().find("outFeatures")->number() == 3);
  const Json own = good(session.spec(made(
      R"({"zoo": "lenet5", "input": {"channels": 1, "height": 32, "width": 32, "normalize": {"mean": [0.5], "std": [2]}}})")));
  CHECK(own.find("input")->find("normalize")->find("mean")->text() == "[0.5]");
  CHECK_ERROR(session.create_model(R"({"zoo": "resnet9"})", 1), not_found, "resnet9");
  CHECK_ERROR(session.create_model(R"({"zoo": "lenet", "classes": 0})", 1), invalid_argument, "classes");
  CHECK_ERROR(session.create_model(R"({"zoo": "lenet", "width": 2})", 1), invalid_argument, "width");
  CHECK_ERROR(session.create_model(R"({"zoo": "lenet", "input": {"channels": 1, "height": 8, "width": 8}})", 1),
              invalid_shape, "conv2");
  const Json zoo = session::zoo_list();
  CHECK(zoo.items().size() >= 43);
  CHECK(zoo.items()[0].find("inputShape")->text() == "[1,28,28]");
}

TEST_CASE("session: the memory of a plan, and a plan that does not fit") {
  Session session;
  const double model = number(good(session.create_model(R"("resnet8")", 1)), "model");
  const Json one = good(session.planned_memory(model, R"({"batchSize": 1})"));
  const Json many = good(session.planned_memory(model, R"({"batchSize": 64, "training": true})"));
  CHECK(one.find("lanes")->string() == "channels");
  CHECK(many.find("lanes")->string() == "images");
  CHECK(number(one, "total") == number(one, "plan") + number(one, "weights"));
  CHECK(number(many, "plan") > 8 * number(one, "plan"));
  CHECK(number(many, "weights") == 3 * number(one, "weights"));
  CHECK_ERROR(session.planned_memory(model, R"({"batchSize": 65536, "training": true})"), out_of_memory, "MiB");
  CHECK_ERROR(session.planned_memory(model, R"({"batchSize": 0})"), invalid_argument, "batchSize");
}

TEST_CASE("session: a network comes back with its names, and makes the same model again") {
  Session session;
  const double model = small_model(session, 3);
  const Json spec = good(session.spec(model));
  CHECK(spec.find("layers")->items()[0].find("name")->string() == "conv1");
  const double again = number(good(session.create_model(spec.text(), 3)), "model");
  CHECK(again != model);
  CHECK(weights(session, again) == weights(session, model));
  CHECK(weights(session, small_model(session, 4)) != weights(session, model));
}

TEST_CASE("session: parameters by name, with where they lie") {
  Session session;
  const double model = small_model(session);
  const Answer all = value_of(session.parameters(model, "null"));
  REQUIRE(all.json.items().size() == 4);
  CHECK(all.json.items()[0].text() == R"({"name":"conv1.weight","shape":[4,1,3,3],"offset":0,"length":36})");
  CHECK(all.json.items()[1].text() == R"({"name":"conv1.bias","shape":[4],"offset":36,"length":4})");
  CHECK(all.floats->size() == 36 + 4 + 256 + 4);
  const Answer some = value_of(session.parameters(model, R"(["fc1.bias","conv1.weight"])"));
  CHECK(some.json.items()[1].text() == R"({"name":"conv1.weight","shape":[4,1,3,3],"offset":4,"length":36})");
  CHECK((*some.floats)[4] == (*all.floats)[0]);
  CHECK(value_of(session.parameters(model, "[]")).floats->empty());
  CHECK_ERROR(session.parameters(model, R"(["conv9.weight"])"), not_found, "conv9.weight");
  CHECK_ERROR(session.parameters(model, "3"), invalid_argument, "parameter names");
  CHECK_ERROR(session.parameters(model, "[3]"), invalid_argument, "parameter names");
  CHECK_ERROR(session.parameters(model, "nul"), invalid_json, "parameter names");
}

TEST_CASE("session: networks that cannot be are refused, and no model is made") {
  Session session;
  CHECK_ERROR(session.create_model("{", 1), invalid_json, "network, line 1");
  CHECK_ERROR(session.create_model("3", 1), invalid_argument, "network is 3");
  CHECK_ERROR(session.create_model("\"letnet\"", 1), not_found, "letnet");
  CHECK_ERROR(session.create_model(small_network, -1), invalid_argument, "seed is -1");
  CHECK_ERROR(session.create_model(small_network, 1.5), invalid_argument, "seed is 1.5");
  CHECK_ERROR(session.create_model(small_network, std::nan("")), invalid_argument, "seed");
  CHECK_ERROR(session.create_model(std::string(1'100'000, ' ') + "3", 1), invalid_json, "bytes of JSON");
  const std::string head = R"({"input":{"channels":1,"height":8,"width":8},"layers":[)";
  CHECK_ERROR(session.create_model(head + R"({"type":"conv3d"}]})", 1), unknown_layer, "conv3d");
  CHECK_ERROR(session.create_model(head + R"({"type":"conv2d","outChannels":4,"kernelSize":9}]})", 1), invalid_shape,
              "conv1");
  CHECK_ERROR(session.create_model(head + R"({"type":"conv2d","kernelSize":3}]})", 1), invalid_argument, "outChannels");
  CHECK_ERROR(session.create_model(head + R"({"type":"conv2d","outChannels":4,"kernelSize":3,"strid":2}]})", 1),
              invalid_argument, "strid");
  CHECK_ERROR(session.create_model(head + "]}", 1), invalid_argument, "layer");
  const std::string flat =
      R"({"input":{"channels":1,"height":8,"width":8,"normalize":{"mean":[0],"std":[0]}},"layers":[{"type":"flatten"}]})";
  CHECK_FALSE(session.create_model(flat, 1).ok());
  CHECK(session.model_count() == 0);
}

TEST_CASE("session: numbers that lead nowhere; disposing again is no error") {
  Session session;
  const double model = small_model(session);
  const double dataset = patches_dataset(session, 8);
  CHECK_ERROR(session.summary(model + 1), not_found, "model 2 does not exist");
  CHECK_ERROR(session.summary(0), not_found, "model 0");
  CHECK_ERROR(session.summary(1.5), not_found, "model 1.5");
  CHECK_ERROR(session.summary(std::nan("")), not_found, "not a number");
  CHECK_ERROR(session.dataset_slice(7, 0, 1), not_found, "dataset 7");
  good(session.dispose_model(model));
  good(session.dispose_model(model));
  CHECK_ERROR(session.spec(model), invalid_state, "model 1 was disposed of");
  CHECK_ERROR(session.dispose_model(99), not_found, "model 99");
  good(session.dispose_dataset(dataset));
  good(session.dispose_dataset(dataset));
  CHECK_ERROR(session.dataset_slice(dataset, 0, 1), invalid_state, "dataset 1 was disposed of");
  CHECK_ERROR(session.dispose_dataset(99), not_found, "dataset 99");
  CHECK(small_model(session) == 2);  // numbers are never used twice
  CHECK(session.model_count() == 1);
  CHECK(session.dataset_count() == 0);
}

TEST_CASE("session: a synthetic dataset") {
  Session session;
  CHECK(good(session.dataset_synthetic(R"({"count":20,"seed":3,"size":16})")).text() ==
        R"({"dataset":1,"count":20,"shape":[3,16,16],"classes":10})");
  CHECK_ERROR(session.dataset_synthetic("{}"), invalid_argument, "count");
  CHECK_ERROR(session.dataset_synthetic(R"({"count":20,"sed":3})"), invalid_argument, "sed");
  CHECK_ERROR(session.dataset_synthetic(R"({"count":20,"size":2})"), invalid_argument, "size is 2");
}

TEST_CASE("session: datasets from pixels, split, slice, append, images") {
  Session session;
  const double dataset = patches_dataset(session, 40);
  const Json parts = good(session.dataset_split(dataset, R"({"validation":0.25,"seed":2})"));
  CHECK(number(*parts.find("train"), "count") == 30);
  CHECK(parts.find("validation")->text() == R"({"dataset":3,"count":10,"shape":[1,8,8],"classes":4})");

  const Json slice = good(session.dataset_slice(dataset, 5, 3));
  CHECK(number(slice, "count") == 3);
  const Patches made = make_patches(40);
  const std::vector<std::uint32_t> indices = {2, 0};
  const Answer images = value_of(session.dataset_images(number(slice, "dataset"), indices));
  CHECK(images.json.find("shape")->text() == "[2,1,8,8]");
  CHECK(images.json.find("labels")->items()[0].number() == made.labels[7]);
  const auto bytes = bytes_of(images);
  CHECK(std::equal(bytes.begin(), bytes.begin() + 64, made.pixels.begin() + 7 * 64));
  CHECK(std::equal(bytes.begin() + 64, bytes.end(), made.pixels.begin() + 5 * 64));

  const std::vector<std::int32_t> label = {3};
  const Json grown = good(session.dataset_append(dataset, byte_pixels(std::vector<std::uint8_t>(64, 7)), label));
  CHECK(number(grown, "count") == 41);
  CHECK(bytes_of(value_of(session.dataset_images(dataset, std::vector<std::uint32_t>{40})))[63] == 7);

  CHECK_ERROR(session.dataset_split(dataset, R"({"validation":1})"), invalid_argument, "one side empty");
  CHECK_ERROR(session.dataset_split(dataset, "{}"), invalid_argument, "validation");
  CHECK_ERROR(session.dataset_split(dataset, R"({"validation":0.5,"sed":1})"), invalid_argument, "'sed'");
  CHECK_ERROR(session.dataset_slice(dataset, 40, 2), invalid_argument, "count is 2");
  CHECK_ERROR(session.dataset_slice(dataset, -1, 2), invalid_argument, "first is -1");
  CHECK_ERROR(session.dataset_images(dataset, std::vector<std::uint32_t>{41}), invalid_argument, "image 41 of 41");
  CHECK_ERROR(session.dataset_append(dataset, byte_pixels(std::vector<std::uint8_t>(63)), label), invalid_shape,
              "63 pixels");
  CHECK_ERROR(session.dataset_append(dataset, float_pixels(std::vector<float>(64)), label), invalid_argument, "floats");
}

TEST_CASE("session: dataset shapes, counts and classes are checked") {
  Session session;
  const std::vector<std::int32_t> labels = {0, 1};
  const auto make = [&](std::size_t pixels, const char* shape, double classes) {
    return session.dataset_from_pixels(float_pixels(std::vector<float>(pixels)), labels, shape, classes);
  };
  CHECK(number(good(make(8, "[2,1,2,2]", 2)), "count") == 2);
  CHECK_ERROR(make(8, "[1,2,2]", 2), invalid_argument, "not four numbers");
  CHECK_ERROR(make(8, "{}", 2), invalid_argument, "not four numbers");
  CHECK_ERROR(make(8, "[2,1,2,\"2\"]", 2), invalid_argument, "not four numbers");
  CHECK_ERROR(make(8, "[2,1,2,0]", 2), invalid_argument, "shape[3] (width) is 0");
  CHECK_ERROR(make(8, "[2,1e9,2,2]", 2), invalid_argument, "shape[1] (channels)");
  CHECK_ERROR(make(8, "[3,1,2,2]", 2), invalid_shape, "says 3 images, and there are 2 labels");
  CHECK_ERROR(make(7, "[2,1,2,2]", 2), invalid_shape, "7 pixels");
  CHECK_ERROR(make(8, "[2,1,2,2]", 0), invalid_argument, "classes is 0");
  CHECK_ERROR(make(8, "[2,1,2,2]", 1), invalid_argument, "label 1 of image 1");
  CHECK_ERROR(session.dataset_from_pixels(float_pixels({0, std::nanf("")}), labels, "[2,1,1,1]", 2), not_finite,
              "image 1");
  CHECK(session.dataset_count() == 1);
}

TEST_CASE("session: IDX files") {
  Session session;
  core::Buffer<std::uint8_t> file;
  succeed(file.resize(16 + 12, "test"));
  core::ByteWriter writer(file.span());
  for (const std::uint32_t word : {0x803u, 3u, 2u, 2u}) writer.u32_big(word);
  for (std::uint8_t i = 0; i < 12; ++i) writer.u8(i);
  const std::vector<std::uint8_t> labels = {0, 0, 8, 1, 0, 0, 0, 3, 1, 0, 2};
  CHECK(good(session.dataset_from_idx(std::move(file), labels)).text() ==
        R"({"dataset":1,"count":3,"shape":[1,2,2],"classes":3})");
  CHECK_ERROR(session.dataset_from_idx({}, labels), invalid_file, "images file");
}

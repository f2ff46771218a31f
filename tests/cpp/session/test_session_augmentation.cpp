// Augmentation through a session: policies, batches of images, grown datasets, and views at test time.
#include "session_fixture.hpp"

#include <algorithm>
#include <cmath>

using namespace striate;
using namespace striate::tests;

namespace {

const std::string turning = R"([{"type":"Rotate","limit":20,"p":1},{"type":"GaussNoise","p":0.5}])";


// Probabilities of images of 8×8, one row an image.
std::vector<std::vector<float>> predicted(Session& session, double model, const std::vector<std::uint8_t>& pixels) {
  const auto floats = floats_of(value_of(session.predict(model, byte_pixels(pixels), static_cast<double>(pixels.size() / 64))));
  std::vector<std::vector<float>> rows;
  for (std::size_t i = 0; i < floats.size(); i += small_classes) rows.emplace_back(floats.begin() + static_cast<std::ptrdiff_t>(i), floats.begin() + static_cast<std::ptrdiff_t>(i) + small_classes);
  return rows;
}

double trained(Session& session) {
  const double model = small_model(session), dataset = patches_dataset(session, 100);
  good(session.train_begin(model, dataset, R"({"epochs":3,"batchSize":10,"optimizer":{"type":"sgd","learningRate":0.05}})"));
  run_steps(session, model, 30);
  good(session.train_end(model));
  return model;
}

}  // namespace

TEST_CASE("session: a policy is read, written out with its defaults, and refused by name") {
  Session session;
  const Json read = good(session.read_policy(turning));
  CHECK_FALSE(read.find("mixes")->boolean());
  CHECK_FALSE(read.find("floats")->boolean());
  const std::string text = read.find("policy")->text();
  CHECK(contains(text, "\"border_mode\""));
  CHECK(good(session.read_policy(text)).text() == read.text());
  CHECK(good(session.read_policy(R"([{"type":"CutMix"}])")).find("mixes")->boolean());
  CHECK_ERROR(session.read_policy(R"([{"type":"Rotate","limit":"far"}])"), invalid_argument, "Rotate: 'limit'");
  CHECK_ERROR(session.read_policy("[{"), invalid_json, "augmentation policy");
  const Json all = good(session.transforms());
  CHECK(all.items().size() > 90);
  for (const Json& one : all.items()) CHECK_FALSE(one.find("doc")->string().empty());
}

TEST_CASE("session: images are changed in one call, each by its number, told in a log and replayed from it") {
  Session session;
  const Patches made = make_patches(6);
  const auto apply = [&](const std::string& options) {
    return value_of(session.augment(turning, byte_pixels(made.pixels), R"({"shape":[6,1,8,8],)" + options + "}"));
  };
  const Answer all = apply(R"("seed":5,"epoch":2)");
  REQUIRE(all.json.find("logs")->items().size() == 6);
  CHECK(all.json.find("shapes")->items().size() == 6);
  CHECK(all.json.find("mixes") == nullptr);
  const auto bytes = bytes_of(all);
  CHECK(bytes != made.pixels);
  CHECK(bytes_of(apply(R"("seed":5,"epoch":2,"replay":)" + all.json.find("logs")->text())) == bytes);
  CHECK(bytes_of(apply(R"("seed":5,"epoch":3)")) != bytes);
  const Answer quiet = apply(R"("seed":5,"epoch":2,"log":false)");
  CHECK(quiet.json.find("logs") == nullptr);
  CHECK(bytes_of(quiet) == bytes);

  // One image under several draws: what the others' numbers would do to it.
  const std::vector<std::uint8_t> third(made.pixels.begin() + 128, made.pixels.begin() + 192);
  const auto draws = bytes_of(value_of(session.augment(turning, byte_pixels(third), R"({"shape":[1,1,8,8],"seed":5,"epoch":2,"samples":[9,2]})")));
  REQUIRE(draws.size() == 128);
  CHECK(std::equal(draws.begin() + 64, draws.end(), bytes.begin() + 128));

  const Answer mixed = value_of(session.augment(R"([{"type":"MixUp","p":1}])", byte_pixels(made.pixels), R"({"shape":[6,1,8,8]})"));
  CHECK(mixed.json.find("mixes")->items()[0].find("weight") != nullptr);
  const Answer floats = value_of(session.augment(R"([{"type":"ToFloat"}])", byte_pixels(made.pixels), R"({"shape":[6,1,8,8]})"));
  CHECK(floats_of(floats)[7] == static_cast<float>(made.pixels[7]) / 255.0f);

  CHECK_ERROR(session.augment(turning, byte_pixels(made.pixels), R"({"shape":[6,1,8,8],"samples":[1,2]})"), invalid_argument, "2 samples for 6 images");
  CHECK_ERROR(session.augment(turning, byte_pixels(made.pixels), R"({"shape":[6,1,8,8],"samples":[1,2,3,4,5,-1]})"), invalid_argument, "a number of samples");
  CHECK_ERROR(session.augment(turning, byte_pixels(made.pixels), R"({"shape":[6,1,8,8],"replay":[[]]})"), invalid_argument, "1 logs for 6 images");
  CHECK_ERROR(session.augment(turning, byte_pixels(made.pixels), R"({"shape":[5,1,8,8]})"), invalid_shape, "");
  CHECK_ERROR(session.augment(turning, byte_pixels(made.pixels), "{}"), invalid_argument, "shape");
  CHECK_ERROR(session.augment(turning, float_pixels(std::vector<float>(64)), R"({"shape":[1,1,8,8]})"), invalid_argument, "floats");
}

TEST_CASE("session: a dataset grows by what the first epochs of a training would see") {
  Session session;
  const double dataset = patches_dataset(session, 10);
  const Json info = good(session.dataset_augment(dataset, turning, R"({"times":2,"seed":4})"));
  CHECK(number(info, "count") == 30);
  const double grown = number(info, "dataset");
  std::vector<std::uint32_t> rows(30);
  for (std::uint32_t i = 0; i < 30; ++i) rows[i] = i;
  const Answer images = value_of(session.dataset_images(grown, rows));
  const auto bytes = bytes_of(images);
  const Patches made = make_patches(10);
  CHECK(std::equal(made.pixels.begin(), made.pixels.end(), bytes.begin()));
  for (int epoch = 0; epoch < 2; ++epoch) {
    const auto expected = bytes_of(value_of(session.augment(turning, byte_pixels(made.pixels), R"({"shape":[10,1,8,8],"seed":4,"epoch":)" + std::to_string(epoch) + "}")));
    CHECK(std::equal(expected.begin(), expected.end(), bytes.begin() + 640 * (1 + epoch)));
  }
  for (std::size_t i = 0; i < 30; ++i) CHECK(images.json.find("labels")->items()[i].number() == made.labels[i % 10]);

  const std::string cropping = R"([{"type":"CenterCrop","height":6,"width":6,"p":1}])";
  CHECK(number(good(session.dataset_augment(dataset, cropping, R"({"includeOriginal":false})")), "count") == 10);
  CHECK_ERROR(session.dataset_augment(dataset, cropping, "{}"), invalid_shape, "1×6×6");
  CHECK_ERROR(session.dataset_augment(dataset, R"([{"type":"MixUp"}])", "{}"), invalid_argument, "mixed labels");
  CHECK_ERROR(session.dataset_augment(dataset, turning, R"({"times":0})"), invalid_argument, "times");
}

TEST_CASE("session: views at test time: the merged probabilities are those of the views, merged by hand") {
  Session session;
  const double model = trained(session);
  const Patches made = make_patches(5, 9);
  for (const std::string tta : {R"("set":"flips")", R"("set":"flipsAndShifts")", R"("policy":[{"type":"Rotate","p":1}],"views":3,"seed":8)"}) {
    for (const std::string merge : {"mean", "geometricMean", "max", "vote"}) {
      CAPTURE(tta);
      CAPTURE(merge);
      const Answer answer = value_of(session.predict_views(model, byte_pixels(made.pixels), 5, R"({"perView":true,"tta":{)" + tta + R"(,"merge":")" + merge + "\"}}"));
      const auto views = static_cast<std::size_t>(number(answer.json, "views"));
      CHECK(views == (contains(tta, "Shifts") ? 10 : contains(tta, "flips") ? 2 : 4));
      const auto floats = floats_of(answer);
      REQUIRE(floats.size() == 5 * small_classes * (1 + views));
      REQUIRE(bytes_of(answer).size() == 5 * views * 64);
      CHECK(answer.json.find("perView")->items().size() == 5 * views);
      const auto rows = predicted(session, model, bytes_of(answer));  // the views' pixels, predicted by themselves
      for (std::size_t image = 0; image < 5; ++image) {
        std::vector<double> expected(small_classes, merge == "geometricMean" ? 1.0 : 0.0);
        for (std::size_t v = 0; v < views; ++v) {
          const auto& row = rows[image * views + v];
          const auto best = static_cast<std::size_t>(std::max_element(row.begin(), row.end()) - row.begin());
          for (std::size_t c = 0; c < small_classes; ++c) {
            CHECK(std::abs(floats[5 * small_classes + (image * views + v) * small_classes + c] - row[c]) < 1e-6f);
            if (merge == "mean") expected[c] += row[c];
            if (merge == "max") expected[c] = std::max(expected[c], static_cast<double>(row[c]));
            if (merge == "vote") expected[c] += (c == best ? 1.0 : 0.0) + 0.001 * row[c];
            if (merge == "geometricMean") expected[c] *= std::pow(static_cast<double>(row[c]), 1.0 / static_cast<double>(views));
          }
        }
        double sum = 0;
        for (const double p : expected) sum += p;
        for (std::size_t c = 0; c < small_classes; ++c) CHECK(std::abs(floats[image * small_classes + c] - expected[c] / sum) < 2e-5);
      }
      // The first view is the image itself.
      const auto pixels = bytes_of(answer);
      CHECK(std::equal(pixels.begin(), pixels.begin() + 64, made.pixels.begin()));
    }
  }
}

TEST_CASE("session: an evaluation in views counts what predictions in views say") {
  Session session;
  const double model = trained(session);
  const Patches made = make_patches(70, 9);
  const double dataset = patches_dataset(session, 70, 9);
  for (const std::string tta : {R"({"set":"flipsAndShifts","merge":"vote"})", R"({"set":"flips","merge":"geometricMean"})",
                                R"({"policy":[{"type":"Affine","rotate":[-9,9],"p":1}],"views":5})"}) {
    const auto rows = floats_of(value_of(session.predict_views(model, byte_pixels(made.pixels), 70, R"({"tta":)" + tta + "}")));
    REQUIRE(rows.size() == 70 * small_classes);
    double right = 0, loss = 0;
    for (std::size_t i = 0; i < 70; ++i) {
      const float* row = rows.data() + i * small_classes;
      right += std::max_element(row, row + small_classes) - row == made.labels[i] ? 1 : 0;
      loss -= std::log(std::max(static_cast<double>(row[made.labels[i]]), 1e-7));
    }
    good(session.evaluate_begin(model, dataset, R"({"tta":)" + tta + "}"));
    const Json result = good(session.evaluate_steps(model, 1000));
    CHECK(std::abs(number(result, "accuracy") - right / 70) < 1e-9);
    CHECK(std::abs(number(result, "loss") - loss / 70) < 1e-3);
  }
}

TEST_CASE("session: ten crops of larger images, and what does not fit") {
  Session session;
  const double model = trained(session);
  std::vector<std::uint8_t> large(10 * 12);
  for (std::size_t i = 0; i < large.size(); ++i) large[i] = static_cast<std::uint8_t>(2 * i);
  const Answer answer = value_of(session.predict_views(model, byte_pixels(large), 1, R"({"perView":true,"shape":[1,1,10,12],"tta":{"set":"tenCrop"}})"));
  CHECK(number(answer.json, "views") == 10);
  const auto views = bytes_of(answer);
  const auto at = [&](std::size_t view, std::size_t y, std::size_t x) { return views[view * 64 + y * 8 + x]; };
  CHECK(at(0, 0, 0) == large[0]);
  CHECK(at(1, 0, 0) == large[4]);
  CHECK(at(2, 0, 0) == large[2 * 12]);
  CHECK(at(3, 7, 7) == large[9 * 12 + 11]);
  CHECK(at(4, 0, 0) == large[1 * 12 + 2]);
  CHECK(at(9, 0, 7) == large[1 * 12 + 2]);

  const Patches made = make_patches(1);
  const auto refuse = [&](const std::string& options) { return session.predict_views(model, byte_pixels(made.pixels), 1, options); };
  CHECK_ERROR(session.predict_views(model, byte_pixels(large), 1, R"({"shape":[1,1,10,12],"tta":{"set":"flips"}})"), invalid_shape, "1×10×12");
  CHECK_ERROR(refuse(R"({"tta":{"set":"tencrop"}})"), invalid_argument, "tta.set is 'tencrop'");
  CHECK_ERROR(refuse(R"({"tta":{"merge":"median"}})"), invalid_argument, "tta.merge is 'median'");
  CHECK_ERROR(refuse(R"({"tta":{"set":"flips","views":3}})"), invalid_argument, "views");
  CHECK_ERROR(refuse(R"({"tta":{"set":"flips","policy":[]}})"), invalid_argument, "both");
  CHECK_ERROR(refuse(R"({"tta":{"policy":[{"type":"MixUp"}]}})"), invalid_argument, "mixes");
  CHECK_ERROR(refuse(R"({"tta":{"policy":[{"type":"CenterCrop","height":6,"width":6,"p":1}]}})"), invalid_shape, "does not bring");
  CHECK_ERROR(refuse(R"({"tta":{"policy":[],"views":256}})"), invalid_argument, "257 views");
  CHECK_ERROR(refuse(R"({"tat":{}})"), invalid_argument, "tat");
  CHECK_ERROR(refuse(R"({"tta":null})"), invalid_argument, "no tta");
  // Floats are shown in sets too, with the same result.
  std::vector<float> floats;
  for (const std::uint8_t byte : made.pixels) floats.push_back(static_cast<float>(byte) / 255.0f);
  const auto of_floats = floats_of(value_of(session.predict_views(model, float_pixels(floats), 1, R"({"tta":{"set":"shifts"}})")));
  CHECK(of_floats == floats_of(value_of(refuse(R"({"tta":{"set":"shifts"}})"))));
  CHECK_ERROR(session.predict_views(model, float_pixels(floats), 1, R"({"tta":{"policy":[]}})"), invalid_argument, "floats");
}

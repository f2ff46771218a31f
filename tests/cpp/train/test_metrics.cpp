// Measures: hand numbers, then PyTorch's and numpy's.
#include "graph/golden.hpp"
#include "striate/train/metrics.hpp"

#include <doctest/doctest.h>

using namespace striate;
using namespace striate::tests;

namespace {

// Rows [image][class] in blocks of one register.
struct Rows {
  Floats values;
  kernels::BlockedView view;

  Rows(const Floats& rows, int classes) {
    const int lanes = kernels::kernels().width;
    const int images = static_cast<int>(rows.size()) / classes, blocks = (images + lanes - 1) / lanes;
    const core::Shape flat{classes, 1, 1};
    values.assign(kernels::blocked_floats(flat, blocks, lanes), 0.0f);
    view = kernels::blocked_view(values.data(), flat, blocks, lanes);
    put(kernels::kernels(), rows, images, view);
  }
};

}  // namespace

TEST_CASE("metrics: scores of a confusion matrix by hand") {
  // label 0: 3 right, 1 taken for 1; label 1: 2 right; label 2: never, but predicted once for label 0; label 3: nothing.
  const std::uint32_t matrix[] = {3, 1, 1, 0, /**/ 0, 2, 0, 0, /**/ 0, 0, 0, 0, /**/ 0, 0, 0, 0};
  const auto scores = train::class_scores(matrix);
  REQUIRE(scores.size() == 4);
  CHECK(scores[0].precision == 1);
  CHECK(scores[0].recall == 3.0 / 5);
  CHECK(scores[0].f1 == doctest::Approx(2 * 1 * 0.6 / 1.6));
  CHECK(scores[0].support == 5);
  CHECK(scores[1].precision == doctest::Approx(2.0 / 3));
  CHECK(scores[1].recall == 1);
  CHECK(scores[1].f1 == doctest::Approx(0.8));
  CHECK(scores[2].precision == 0);
  CHECK(scores[2].recall == 0);
  CHECK(scores[2].support == 0);
  CHECK(scores[3].f1 == 0);
  const auto macro = train::macro_scores(matrix);
  CHECK(macro.support == 3);  // class 3 does not occur
  CHECK(macro.precision == doctest::Approx((1 + 2.0 / 3) / 3));
  CHECK(macro.recall == doctest::Approx(1.6 / 3));
  CHECK(train::macro_scores(std::vector<std::uint32_t>(9, 0)).f1 == 0);
}

TEST_CASE("metrics: top k by hand, ties by class, NaN never in") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const Rows rows({1, 2, 3, /**/ 2, 2, 2, /**/ nan, 1, 0, /**/ 0, nan, 5, /**/ 3, 1, 2}, 3);
  const std::vector<std::int32_t> labels = {0, 1, 0, 2, 2};
  CHECK(train::count_in_top(rows.view, labels, 1) == 1);
  CHECK(train::count_in_top(rows.view, labels, 2) == 3);
  CHECK(train::count_in_top(rows.view, labels, 3) == 4);
}

TEST_CASE("metrics: calibration error by hand") {
  // Confidences 0.8 (right), 0.8 (wrong), 0.6 (right), and exactly 1 (right): |1 − 1.6| + |1 − 0.6| + 0, over 4.
  const Rows rows({0.8f, 0.2f, 0.2f, 0.8f, 0.6f, 0.4f, 1.0f, 0.0f}, 2);
  train::Calibration calibration;
  calibration.add(rows.view, std::vector<std::int32_t>{0, 0, 0, 0});
  CHECK(calibration.error() == doctest::Approx((0.6 + 0.4) / 4));
  CHECK(train::Calibration().error() == 0);
}

TEST_CASE("metrics equal PyTorch's and numpy's") {
  const Golden golden("measures");
  const auto labels = golden.values<std::int32_t>("labels", "I32");
  const auto expected = [&](const char* name) { return golden.values<double>(name, "F64"); };
  const Rows rows(golden.floats("logits"), 6);
  Rows probabilities(golden.floats("logits"), 6);
  kernels::kernels().softmax(rows.view, probabilities.view);
  const double images = static_cast<double>(labels.size());
  for (int k = 1; k <= 6; ++k) {
    CHECK(train::count_in_top(rows.view, labels, k) / images == expected("top_k")[static_cast<std::size_t>(k - 1)]);
  }
  CHECK(train::count_correct(rows.view, labels) / images == expected("accuracy")[0]);
  std::vector<std::uint32_t> matrix(36);
  train::add_confusion(rows.view, labels, matrix);
  for (std::size_t i = 0; i < 36; ++i) CHECK(matrix[i] == expected("confusion")[i]);
  const auto scores = train::class_scores(matrix);
  for (std::size_t c = 0; c < 6; ++c) {
    CHECK(std::fabs(scores[c].precision - expected("precision")[c]) <= 1e-12);
    CHECK(std::fabs(scores[c].recall - expected("recall")[c]) <= 1e-12);
    CHECK(std::fabs(scores[c].f1 - expected("f1")[c]) <= 1e-12);
  }
  const auto macro = train::macro_scores(matrix);
  CHECK(std::fabs(macro.precision - expected("macro")[0]) <= 1e-12);
  CHECK(std::fabs(macro.recall - expected("macro")[1]) <= 1e-12);
  CHECK(std::fabs(macro.f1 - expected("macro")[2]) <= 1e-12);
  train::Calibration calibration;
  calibration.add(probabilities.view, labels);
  CHECK(std::fabs(calibration.error() - expected("ece")[0]) <= 1e-6);  // confidences in float32
}

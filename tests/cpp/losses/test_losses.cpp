// Every loss with every option against PyTorch: the mean loss and its gradient, on every arch and batch size of blocks.
//
// Tolerance 2e-6 of the largest value: exp and log in float32.
#include "graph/golden.hpp"
#include "striate/losses/loss.hpp"

#include <doctest/doctest.h>

using namespace striate;
using namespace striate::tests;

namespace {

constexpr int images = 21, classes = 7;
constexpr core::Shape flat{classes, 1, 1};

// Rows [image][class] in blocks of `lanes`, in memory of its own.
struct Blocked {
  Floats values;
  kernels::BlockedView view;

  Blocked(const kernels::KernelTable& table, int lanes, const Floats& rows) {
    const int blocks = (images + lanes - 1) / lanes;
    values.assign(kernels::blocked_floats(flat, blocks, lanes), 0.5f);
    view = kernels::blocked_view(values.data(), flat, blocks, lanes);
    if (!rows.empty()) put(table, rows, images, view);
  }
};

}  // namespace

TEST_CASE("losses equal PyTorch: values and gradients for every option") {
  const Golden golden("losses");
  const auto labels = golden.values<std::int32_t>("labels", "I32");
  REQUIRE(golden.view().metadata.size() >= 17);
  for (const auto& [name, text] : golden.view().metadata) {
    CAPTURE(name);
    core::TypedOptions options = value_of(io::typed_options_from_json(golden.metadata(name), name));
    const auto is_soft = [](const core::Option& option) { return option.name == "soft"; };
    const bool soft = std::erase_if(options.options, is_soft) > 0;
    const Floats logits = golden.floats(options.type == "radialBasis" ? "distances" : "logits");
    const double expected = golden.values<double>(name + "/loss", "F64")[0];
    const Floats gradient = golden.floats(name + "/gradient");
    for_each_arch([&](const kernels::KernelTable& table) {
      for (const int lanes : {table.width, 2 * table.width}) {
        CAPTURE(lanes);
        Blocked z(table, lanes, logits), t(table, lanes, golden.floats("soft")), d(table, lanes, {});
        const kernels::ConstBlockedView targets = t.view;
        auto loss = value_of(losses::make_loss(options, classes));
        loss->prepare(images, lanes);
        const double value = loss->evaluate({.kernels = table,
                                             .logits = z.view,
                                             .labels = labels,
                                             .soft_targets = soft ? &targets : nullptr,
                                             .dlogits = d.view});
        CHECK(std::fabs(value - expected) <= 2e-6 * expected);
        double error = 0;
        const Floats actual = get(table, d.view, images);
        for (std::size_t i = 0; i < actual.size(); ++i) {
          error = std::fmax(error, std::fabs(static_cast<double>(actual[i]) - static_cast<double>(gradient[i])));
        }
        CHECK(error <= 2e-6 * largest(gradient));
      }
    });
  }
}

TEST_CASE("the mean over batches: what a loss divides by") {
  const auto mass_of = [](const core::TypedOptions& options, const std::vector<std::int32_t>& labels) {
    const kernels::KernelTable& table = kernels::kernels();
    Blocked z(table, table.width, Floats(images * classes, 0.25f)), d(table, table.width, {});
    auto loss = value_of(losses::make_loss(options, classes));
    loss->prepare(images, table.width);
    loss->evaluate({.kernels = table, .logits = z.view, .labels = labels, .dlogits = d.view});
    return loss->mass();
  };
  std::vector<std::int32_t> labels(images, 1);
  labels[0] = 2;
  CHECK(mass_of({}, labels) == images);
  CHECK(mass_of({"focal", {}}, labels) == images);
  CHECK(mass_of({"crossEntropy", {{"ignoreIndex", 2.0}}}, labels) == images - 1);
  CHECK(mass_of({"crossEntropy", {{"ignoreIndex", 1.0}}}, std::vector<std::int32_t>(images, 1)) == 0);
  CHECK(mass_of({"crossEntropy", {{"classWeights", std::vector<double>{1, 0.5, 3, 1, 1, 1, 1}}}}, labels) ==
        3 + 0.5 * (images - 1));
}

TEST_CASE("losses: what does not fit is refused by name") {
  CHECK_ERROR(losses::make_loss({"hinge", {}}, 4), invalid_argument, "no loss 'hinge'");
  CHECK_ERROR(losses::make_loss({"focal", {{"gama", 1.0}}}, 4), invalid_argument, "no option 'gama'");
  CHECK_ERROR(losses::make_loss({"crossEntropy", {{"labelSmoothing", 1.5}}}, 4), invalid_argument, "labelSmoothing");
  CHECK_ERROR(losses::make_loss({"crossEntropy", {{"classWeights", std::vector<double>{1, 2}}}}, 4), invalid_argument,
              "given 2 class weights for 4 classes");
  CHECK_ERROR(losses::make_loss({"radialBasis", {{"cap", -1.0}}}, 4), invalid_argument, "cap");
}

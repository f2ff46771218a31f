// Layers and short chains against PyTorch in double precision: output, input gradient, every parameter gradient,
// running statistics, and the output of evaluation; on every arch, with and without fusion.
//
// Errors are relative to the largest value of the expected tensor. Measured worst on any arch: 5e-7 for a single layer,
// 1.2e-6 for a chain (a residual block's gradients behind five norms); 2e-6 leaves room for other summation orders and
// is far below any mistake.
#include "graph/golden.hpp"
#include "striate/core/text.hpp"
#include "striate/layers/registry.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace striate;
using namespace striate::tests;

namespace {

constexpr double tolerance = 2e-6;

class Case {
 public:
  Case(const Golden& golden, std::string name, const kernels::KernelTable& table, bool fuse)
      : golden_(golden),
        name_(std::move(name)),
        table_(table),
        fuse_(fuse),
        model_(make_model(value_of(io::network_from_json(golden.metadata(name_))))),
        images_(static_cast<int>(golden.tensor(name_ + "/input").shape[0])) {
    for (int p = 0; p < parameters(); ++p) succeed(model_.store->set_values(p, floats("/value/" + parameter(p).name)));
  }

  void evaluate() {
    if (!has("/evaluation")) return;
    auto executor = make(graph::Mode::inference);
    put(table_, floats("/input"), images_, executor->input());
    executor->forward(images_);
    compare(get(table_, executor->output(), images_), "/evaluation");
  }

  void train() {
    if (!has("/output")) return;
    auto executor = make(graph::Mode::training);
    put(table_, floats("/input"), images_, executor->input());
    executor->forward(images_);
    compare(get(table_, executor->output(), images_), "/output");
    put(table_, floats("/doutput"), images_, executor->doutput());
    executor->backward();
    compare(get(table_, executor->input_gradient(), images_), "/dinput");
    for (int p = 0; p < parameters(); ++p) {
      if (has("/after/" + parameter(p).name)) compare(model_.store->values(p), "/after/" + parameter(p).name);
      if (!parameter(p).statistic) compare(model_.store->gradients(p), "/gradient/" + parameter(p).name);
    }
  }

 private:
  int parameters() const { return static_cast<int>(model_.store->parameters().size()); }
  const graph::Parameter& parameter(int p) const { return model_.store->parameters()[static_cast<std::size_t>(p)]; }
  bool has(const std::string& tensor) const { return golden_.view().find(name_ + tensor) != nullptr; }
  Floats floats(const std::string& tensor) const { return golden_.floats(name_ + tensor); }

  std::unique_ptr<graph::Executor> make(graph::Mode mode) {
    return value_of(graph::Executor::make(*model_.network, *model_.store,
                                          {.mode = mode,
                                           .batch = images_,
                                           .fuse = fuse_,
                                           .input_gradient = mode == graph::Mode::training,
                                           .kernels = &table_}));
  }

  void compare(std::span<const float> actual, const std::string& tensor) {
    CAPTURE(tensor);
    CHECK(error_of_largest(actual, floats(tensor)) <= tolerance);
  }

  const Golden& golden_;
  std::string name_;
  const kernels::KernelTable& table_;
  bool fuse_;
  Model model_;
  int images_;
};

}  // namespace

TEST_CASE("layers equal PyTorch: output, all gradients, running statistics, evaluation") {
  const Golden golden("layers");
  REQUIRE(golden.view().metadata.size() >= 150);
  for (const auto& [name, network] : golden.view().metadata) {
    CAPTURE(name);
    for_each_arch([&, one_case = name](const kernels::KernelTable& table) {
      for (const bool fuse : {true, false}) {
        CAPTURE(fuse);
        Case one(golden, one_case, table, fuse);
        one.evaluate();
        one.train();
      }
    });
  }
}

TEST_CASE("the golden layers hold every type that is registered") {
  const Golden golden("layers");
  for (const layers::LayerType& type : layers::layer_types()) {
    CAPTURE(std::string(type.name));
    const std::string wanted = core::text("\"type\": \"", type.name, "\"");
    const auto& cases = golden.view().metadata;
    CHECK(std::any_of(cases.begin(), cases.end(), [&](const auto& one) { return contains(one.second, wanted); }));
  }
}

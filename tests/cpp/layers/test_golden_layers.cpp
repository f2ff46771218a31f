// Layers and short chains against PyTorch in double precision: output, input gradient, every parameter gradient; on
// every arch, with and without fusion.
//
// Tolerance: float32 sums of at most 125 products of values near 1. Measured worst 4e-7 of the largest value; 2e-6
// leaves room for other summation orders and is far below any mistake.
#include "graph/golden.hpp"

#include <doctest/doctest.h>

using namespace striate;
using namespace striate::tests;

namespace {

constexpr double tolerance = 2e-6;

void check_case(const Golden& golden, const std::string& name, const kernels::KernelTable& table, bool fuse) {
  Model model = make_model(value_of(io::network_from_json(golden.metadata(name))));
  for (int p = 0; p < static_cast<int>(model.store->parameters().size()); ++p) {
    succeed(model.store->set_values(
        p, golden.floats(name + "/value/" + model.store->parameters()[static_cast<std::size_t>(p)].name)));
  }
  const int images = static_cast<int>(golden.tensor(name + "/input").shape[0]);
  auto executor = value_of(graph::Executor::make(
      *model.network, *model.store,
      {.mode = graph::Mode::training, .batch = images, .fuse = fuse, .input_gradient = true, .kernels = &table}));
  put(table, golden.floats(name + "/input"), images, executor->input());
  executor->forward(images);
  CHECK(relative_error(get(table, executor->output(), images), golden.floats(name + "/output")) <= tolerance);
  put(table, golden.floats(name + "/doutput"), images, executor->doutput());
  executor->backward();
  CHECK(relative_error(get(table, executor->input_gradient(), images), golden.floats(name + "/dinput")) <= tolerance);
  for (int p = 0; p < static_cast<int>(model.store->parameters().size()); ++p) {
    const std::string& parameter = model.store->parameters()[static_cast<std::size_t>(p)].name;
    CAPTURE(parameter);
    CHECK(relative_error(model.store->gradients(p), golden.floats(name + "/gradient/" + parameter)) <= tolerance);
  }
}

}  // namespace

TEST_CASE("layers equal PyTorch: output and all gradients") {
  const Golden golden("layers");
  REQUIRE(golden.view().metadata.size() >= 30);
  for (const auto& [name, network] : golden.view().metadata) {
    CAPTURE(name);
    for_each_arch([&](const kernels::KernelTable& table) {
      for (const bool fuse : {true, false}) {
        CAPTURE(fuse);
        check_case(golden, name, table, fuse);
      }
    });
  }
}

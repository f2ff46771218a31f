// The lecture's convolution, window by window in a matrix, against the fast path that never writes the matrix down.
#include "graph/harness.hpp"
#include "striate/introspect/im2col.hpp"
#include "striate/models/zoo.hpp"

#include <doctest/doctest.h>

using namespace striate;
using namespace striate::tests;

namespace {

std::unique_ptr<introspect::Im2col> unrolled(Model& model, const char* name, const Floats& image) {
  auto im2col = value_of(introspect::Im2col::make(*model.network, *model.store, name));
  put(kernels::kernels(), image, 1, im2col->input());
  im2col->run();
  return im2col;
}

}  // namespace

TEST_CASE("im2col by hand: a 3×3 image, a 2×2 window, padding 1 with the number 9") {
  Model model = make_model({"", {{1, 3, 3}, {}, {}},
                            {layer("conv2d", {{"outChannels", 1.0}, {"kernelSize", 2.0}, {"stride", 2.0}, {"padding", 1.0},
                                              {"paddingValue", 9.0}})}});
  succeed(model.store->set_values(0, Floats{1, 10, 100, 1000}));
  succeed(model.store->set_values(1, Floats{0.5f}));
  const auto im2col = unrolled(model, "conv1", {1, 2, 3, 4, 5, 6, 7, 8, 9});
  CHECK(im2col->rows() == 4);
  CHECK(im2col->columns() == 4);
  CHECK(Floats(im2col->matrix().begin(), im2col->matrix().end()) ==
        Floats{9, 9, 9, 5, 9, 9, 4, 6, 9, 2, 9, 8, 1, 3, 7, 9});
  CHECK(Floats(im2col->product().begin(), im2col->product().end()) == Floats{1999.5f, 3299.5f, 7949.5f, 9865.5f});
  CHECK(Floats(im2col->output().begin(), im2col->output().end()) == Floats{1999.5f, 3299.5f, 7949.5f, 9865.5f});
}

TEST_CASE("im2col: the product is the fast path's output, whatever the options") {
  const std::vector<core::Options> all = {
      {{"outChannels", 7.0}, {"kernelSize", 3.0}},
      {{"outChannels", 5.0}, {"kernelSize", std::vector<double>{2, 3}}, {"stride", std::vector<double>{2, 1}}, {"padding", 2.0},
       {"paddingValue", -0.5}},
      {{"outChannels", 4.0}, {"kernelSize", 3.0}, {"dilation", 2.0}, {"groups", 2.0}, {"bias", false}},
      {{"outChannels", 4.0}, {"kernelSize", 3.0}, {"groups", 4.0}, {"padding", 1.0}},
      {{"outChannels", 3.0}, {"kernelSize", 2.0}, {"connections", std::vector<double>{5, 10, 15}}},
      {{"outChannels", 2.0}, {"kernelSize", 5.0}, {"padding", 2.0}, {"paddingMode", "reflect"}},
      {{"outChannels", 2.0}, {"kernelSize", 3.0}, {"padding", 4.0}, {"stride", 3.0}, {"paddingMode", "replicate"}},
  };
  for (const core::Options& options : all) {
    Model model = make_model({"", {{4, 9, 8}, {}, {}}, {layer("conv2d", options)}});
    for (int p = 0; p < static_cast<int>(model.store->parameters().size()); ++p) {
      succeed(model.store->set_values(p, random_floats(model.store->values(p).size(), 4 + static_cast<std::uint32_t>(p))));
    }
    const auto im2col = unrolled(model, "conv1", random_floats(4 * 9 * 8, 3));
    CHECK(relative_error(im2col->output(), Floats(im2col->product().begin(), im2col->product().end())) <= 1e-6);
  }
}

TEST_CASE("im2col of a layer deep in a network, and of what is none") {
  Model model = make_model(value_of(models::make_from_zoo("lenet5-1998")));
  const auto im2col = unrolled(model, "C3", random_floats(28 * 28, 1));
  CHECK(im2col->rows() == 6 * 25);
  CHECK(im2col->columns() == 100);
  CHECK(relative_error(im2col->output(), Floats(im2col->product().begin(), im2col->product().end())) <= 3e-6);  // the output by Winograd's filtering
  CHECK_ERROR(introspect::Im2col::make(*model.network, *model.store, "F6"), invalid_argument, "'F6' is a linear");
  CHECK_ERROR(introspect::Im2col::make(*model.network, *model.store, "C4"), unknown_layer, "C4");
  Model large = make_model({"", {{64, 512, 512}, {}, {}}, {layer("conv2d", {{"outChannels", 1.0}, {"kernelSize", 5.0}})}});
  CHECK_ERROR(introspect::Im2col::make(*large.network, *large.store, "conv1"), out_of_memory, "1600 × 258064");
}

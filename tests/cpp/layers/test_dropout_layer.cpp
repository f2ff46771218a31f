// dropout and dropout2d inside a network: a dropped value and its gradient vanish together, the rest is scaled alike,
// the share is binomial, each step and seed draws anew, and evaluation is the identity.
#include "graph/harness.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace striate;
using namespace striate::tests;

namespace {

constexpr int images = 13, channels = 6, height = 5, width = 7;
constexpr std::size_t values = std::size_t{images} * channels * height * width;

class Dropout {
 public:
  Dropout(const char* type, double p, graph::Mode mode)
      : model_(make_model({"", {{channels, height, width}, {}, {}}, {layer(type, {{"p", p}}, "drop")}})),
        executor_(value_of(
            graph::Executor::make(*model_.network, *model_.store,
                                  {.mode = mode, .batch = images, .input_gradient = mode == graph::Mode::training}))) {}

  Floats forward(const Floats& input, std::uint64_t seed, std::uint32_t step) {
    put(executor_->kernels(), input, images, executor_->input());
    executor_->forward(images, seed, step);
    return get(executor_->kernels(), executor_->output(), images);
  }
  Floats backward(const Floats& doutput) {
    put(executor_->kernels(), doutput, images, executor_->doutput());
    executor_->backward();
    return get(executor_->kernels(), executor_->input_gradient(), images);
  }

 private:
  Model model_;
  std::unique_ptr<graph::Executor> executor_;
};

}  // namespace

TEST_CASE("dropout in training: mask, scale and gradient agree; in evaluation nothing happens") {
  const Floats input = random_floats(values, 1, 1, 2), doutput = random_floats(values, 2, 1, 2);
  for (const char* type : {"dropout", "dropout2d"}) {
    for (const double p : {0.0, 0.2, 0.5, 0.9}) {
      CAPTURE(type);
      CAPTURE(p);
      CHECK(Dropout(type, p, graph::Mode::inference).forward(input, 1, 2) == input);
      Dropout dropout(type, p, graph::Mode::training);
      const Floats output = dropout.forward(input, 1, 2), dinput = dropout.backward(doutput);
      const float scale = 1.0f / (1.0f - static_cast<float>(p));
      for (std::size_t i = 0; i < values; ++i) {
        const bool kept = output[i] != 0.0f;
        CHECK(output[i] == (kept ? input[i] * scale : 0.0f));
        CHECK(dinput[i] == (kept ? doutput[i] * scale : 0.0f));
      }
    }
  }
}

TEST_CASE("dropout in training: the share is binomial over steps, and every step and seed draws anew") {
  const Floats ones(values, 1.0f);
  for (const char* type : {"dropout", "dropout2d"}) {
    CAPTURE(type);
    const bool whole = std::string(type) == "dropout2d";
    for (const double p : {0.1, 0.5, 0.75}) {
      CAPTURE(p);
      Dropout dropout(type, p, graph::Mode::training);
      std::set<Floats> masks;
      double dropped = 0, total = 0, sum = 0;
      for (std::uint32_t step = 0; step < 20; ++step) {
        const Floats output = dropout.forward(ones, step % 2, step / 2);
        masks.insert(output);
        for (std::size_t i = 0; i < values; i += whole ? height * width : 1) {
          dropped += output[i] == 0.0f;
          total += 1;
        }
        for (const float value : output) sum += static_cast<double>(value);
      }
      CHECK(masks.size() == 20);
      const double deviation = std::sqrt(p * (1 - p) / total);
      CHECK(std::fabs(dropped / total - p) <= 4 * deviation);
      // The expected value stays what it was.
      CHECK(std::fabs(sum / (20.0 * static_cast<double>(values)) - 1) <= 4 * deviation / (1 - p));
    }
  }
}

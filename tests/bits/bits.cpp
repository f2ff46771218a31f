// What a few steps of training make of the weights, for machines whose bits are to be the same.
//   striate_bits <arch>
// For each network a line "<network> <64-bit FNV-1a of losses and weights>". SSE4.2 and NEON without FMA ("sse4_2",
// "neon64_strict") print the same: LeNet by SGD, and a residual network with batch norm and Winograd's convolutions by Adam.
#include "striate/core/rng.hpp"
#include "striate/graph/executor.hpp"
#include "striate/kernels/kernel_table.hpp"
#include "striate/losses/loss.hpp"
#include "striate/models/zoo.hpp"
#include "striate/optimizers/optimizer.hpp"

#include <cinttypes>
#include <cstdio>
#include <span>
#include <string>
#include <vector>

using namespace striate;

namespace {

struct Training {
  const char* network;
  const char* optimizer;
  int images;  // a block and part of one, whatever the lanes
  int steps;
};
// Under an emulator a step of the second takes a second.
constexpr Training trainings[] = {{"lenet", "sgd", 20, 4}, {"resnet8", "adam", 5, 2}};

struct Hash {
  std::uint64_t value = 14695981039346656037ull;

  void add(std::span<const std::byte> bytes) {
    for (const std::byte byte : bytes) value = (value ^ static_cast<std::uint64_t>(byte)) * 1099511628211ull;
  }
};

core::Result<std::uint64_t> train(const Training& training, const kernels::KernelTable& table) {
  const int images = training.images;
  STRIATE_TRY(spec, models::make_from_zoo(training.network, {10, {1, 28, 28}}));
  STRIATE_TRY(network, graph::build_network(spec));
  STRIATE_TRY(store, graph::ParamStore::make(*network, 1));
  const graph::ExecutorOptions options = {.mode = graph::Mode::training, .batch = images, .kernels = &table};
  STRIATE_TRY(executor, graph::Executor::make(*network, *store, options));
  STRIATE_TRY(loss, losses::make_loss({}, 10));
  STRIATE_TRY(optimizer, optimizers::make_optimizer({training.optimizer, {{"learningRate", 0.01}}}));
  const kernels::BlockedView input = executor->input();
  loss->prepare(images, input.lanes);

  core::Rng rng(1, core::RandomStream::synthetic, 0, 0);
  std::vector<float> pixels(static_cast<std::size_t>(images) * 784);
  for (float& pixel : pixels) pixel = rng.uniform(-1, 1);
  std::vector<const float*> pointers;
  std::vector<std::int32_t> labels;
  for (int i = 0; i < images; ++i) {
    pointers.push_back(pixels.data() + i * 784);
    labels.push_back(static_cast<std::int32_t>(rng.below(10)));
  }
  std::vector<float> state(optimizer->slots().size() * store->floats()), previous(store->floats());

  Hash hash;
  for (int step = 0; step < training.steps; ++step) {
    const float mean = 0, scale = 1;
    table.load_floats(pointers, &mean, &scale, input);
    executor->forward(images);
    const double mean_loss =
        loss->evaluate({.kernels = table, .logits = executor->output(), .labels = labels, .dlogits = executor->doutput()});
    hash.add(std::as_bytes(std::span(&mean_loss, 1)));
    executor->backward();
    for (int p = 0; p < static_cast<int>(store->parameters().size()); ++p) {
      const graph::Parameter& parameter = store->parameters()[static_cast<std::size_t>(p)];
      if (parameter.statistic) continue;
      std::vector<float*> slots;
      for (std::size_t s = 0; s < optimizer->slots().size(); ++s) {
        slots.push_back(state.data() + s * store->floats() + parameter.offset);
      }
      optimizer->update({.kernels = table,
                         .parameter = store->value_data(p),
                         .gradient = store->gradient_data(p),
                         .state = slots,
                         .previous = previous.data(),
                         .count = parameter.count,
                         .rate = 0.01f,
                         .step = step});
    }
  }
  hash.add(std::as_bytes(store->all_values()));
  return hash.value;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2 || !kernels::use_kernels(argv[1])) return std::fprintf(stderr, "No such kernels here.\n"), 1;
  for (const Training& training : trainings) {
    const auto hash = train(training, kernels::kernels());
    if (!hash) return std::fprintf(stderr, "%s\n", hash.error().message.c_str()), 1;
    std::printf("%s %016" PRIx64 "\n", training.network, *hash);
  }
}

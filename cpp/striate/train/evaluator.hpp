// Evaluator: loss, accuracy, top-k accuracy, confusion matrix and calibration error over a dataset, in slices that let
// other work through.
//
// Images are taken in the dataset's order. Weights may change between slices (training goes on): each slice then counts
// with the weights it met.
#pragma once

#include "striate/core/options.hpp"
#include "striate/core/result.hpp"
#include "striate/graph/executor.hpp"
#include "striate/graph/param_store.hpp"
#include "striate/train/test_time.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace striate::data {
class MemoryDataset;
}

namespace striate::train {

struct EvaluateOptions {
  int batch_size = 64;
  core::TypedOptions loss = {};  // empty type: crossEntropy
  int top_k = 5;
  std::optional<TestTimeOptions> tta = {};  // each image in several views; the measures are of what is merged
  graph::Limits limits = {};
};

struct Evaluation {
  int images = 0;   // seen so far
  double loss = 0;  // mean over them, weighted as the loss weighs them
  double accuracy = 0;
  int top_k = 0;              // the k that counted: no more than there are classes
  double top_k_accuracy = 0;  // share of images whose label is among the k best
  double calibration_error = 0;
  int classes = 0;
  std::vector<std::uint32_t> confusion;  // [label][predicted]
  bool done = false;
};

class Evaluator {
 public:
  static core::Result<std::unique_ptr<Evaluator>> begin(const graph::Network& network, graph::ParamStore& store,
                                                        std::shared_ptr<const data::MemoryDataset> dataset,
                                                        const EvaluateOptions& options = {});
  ~Evaluator();

  // Works through at least `images` further images (whole batches), fewer at the end. Allocates nothing. Fails only with
  // views, when memory for making them runs out.
  core::Status advance(int images);
  bool done() const;
  Evaluation result() const;

 private:
  struct State;
  explicit Evaluator(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace striate::train
